/* test-history-text.c: messages as JSON of the public contract, and the plain-text logs. */
#include "history-help.h"
#include "history/textlog.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- JSON ---- */

static void test_json(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	history_message_json(out, IN(.id = 7, .text = "hi \"there\"\n", .time = 1795356309123000, .received = 1), "Alice Adams");
	g_assert_cmpstr(out->str, ==, "{\"id\":7,\"account\":\"work\",\"chat\":\"alice@example.org\",\"kind\":\"chat\",\"person\":\"Alice Adams\","
		"\"from\":\"alice@example.org\",\"nick\":null,\"direction\":\"in\",\"time\":\"2026-11-22T14:05:09.123Z\",\"text\":\"hi \\\"there\\\"\\n\",\"state\":\"unread\","
		"\"error\":null,\"encryption\":\"none\",\"edited\":false,\"retracted\":false,\"reply_to\":null,\"reactions\":{},\"attachments\":[]}");
	g_string_truncate(out, 0);
	history_message_json(out, OUT("o", .id = 8, .chat = "room@example.org", .chat_kind = CHAT_ROOM, .type = MESSAGE_ACTION, .nick = "me", .text = "waves",
		.time = 0, .state = MESSAGE_FAILED, .error = "no such room", .encryption = "omemo"), NULL);
	g_assert_cmpstr(out->str, ==, "{\"id\":8,\"account\":\"work\",\"chat\":\"room@example.org\",\"kind\":\"room\",\"person\":null,"
		"\"from\":\"me@example.org\",\"nick\":\"me\",\"direction\":\"out\",\"time\":\"1970-01-01T00:00:00.000Z\",\"text\":\"/me waves\",\"state\":\"failed\","
		"\"error\":\"no such room\",\"encryption\":\"omemo\",\"edited\":false,\"retracted\":false,\"reply_to\":null,\"reactions\":{},\"attachments\":[]}");
}

/* ---- text logs ---- */

#define NOON 1795348800000000 /* 2026-11-22T12:00:00Z */

static void test_lines(void)
{
	const struct { const WireMessage *message; const char *lines; } cases[] = {
		{ IN(.time = NOON), "2026-11-22T12:00:00+0000 < alice@example.org: hi\n" },
		{ OUT("o", .time = NOON), "2026-11-22T12:00:00+0000 > me@example.org: ho\n" },
		{ IN(.time = NOON, .nick = "Bob", .type = MESSAGE_ACTION, .text = "waves"), "2026-11-22T12:00:00+0000 < * Bob waves\n" },
		{ IN(.time = NOON, .type = MESSAGE_EVENT, .text = "Bob joined"), "2026-11-22T12:00:00+0000 - Bob joined\n" },
		{ IN(.time = NOON, .text = "one\ntwo\n\nfour"), "2026-11-22T12:00:00+0000 < alice@example.org: one\n    two\n    \n    four\n" },
		{ IN(.time = NOON, .nick = "B\nob\033[2J", .text = "\033]0;x\007y"), NULL },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *lines = textlog_lines(cases[i].message);
		if (cases[i].lines)
			g_assert_cmpstr(lines, ==, cases[i].lines);
		g_assert_null(strchr(lines, '\033'));
		g_assert_null(strchr(lines, '\007'));
		g_assert_cmpint(lines[strlen(lines) - 1], ==, '\n');
	}
}

static void note(const char *text, gpointer user)
{
	g_ptr_array_add(user, g_strdup(text));
}

static char *contents(const char *directory, const char *path)
{
	g_autofree char *file = g_build_filename(directory, path, NULL);
	char *text = NULL;
	g_file_get_contents(file, &text, NULL, NULL);
	return text;
}

static guint mode_of(const char *directory, const char *path)
{
	g_autofree char *file = g_build_filename(directory, path, NULL);
	struct stat info;
	g_assert_cmpint(lstat(file, &info), ==, 0);
	return info.st_mode & 07777;
}

static void test_files(void)
{
	g_autofree char *base = g_dir_make_tmp("kith-test-XXXXXX", NULL), *directory = g_build_filename(base, "a", "texts", NULL);
	g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
	mode_t mask = umask(0);
	TextLog *log = textlog_new(directory, note, troubles);
	for (int i = 0; i < 1000; i++)
		textlog_write(log, IN(.time = NOON, .text = "same"));
	textlog_write(log, IN(.time = NOON + 86400 * (gint64)G_USEC_PER_SEC, .text = "next day"));
	textlog_write(log, IN(.time = NOON, .account = "../..", .chat = "../../etc/passwd", .text = "evil"));
	textlog_free(log);
	umask(mask);
	g_autofree char *one = contents(directory, "work/alice@example.org/2026-11-22.txt"), *two = contents(directory, "work/alice@example.org/2026-11-23.txt");
	g_assert_cmpint(strlen(one), ==, 1000 * strlen("2026-11-22T12:00:00+0000 < alice@example.org: same\n"));
	g_assert_cmpstr(two, ==, "2026-11-23T12:00:00+0000 < alice@example.org: next day\n");
	g_assert_cmpint(mode_of(directory, ""), ==, 0700);
	g_assert_cmpint(mode_of(directory, "work"), ==, 0700);
	g_assert_cmpint(mode_of(directory, "work/alice@example.org"), ==, 0700);
	g_assert_cmpint(mode_of(directory, "work/alice@example.org/2026-11-22.txt"), ==, 0600);
	g_assert_cmpint(troubles->len, ==, 0);
	/* Nothing was written outside. */
	g_autofree char *outside = g_build_filename(base, "etc", NULL);
	g_assert_false(g_file_test(outside, G_FILE_TEST_EXISTS));
	help_remove_tree(base);
}

static void test_failures_are_said_once(void)
{
	g_autofree char *base = g_dir_make_tmp("kith-test-XXXXXX", NULL), *account = g_build_filename(base, "work", NULL);
	g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
	g_assert_cmpint(symlink("/tmp", account), ==, 0);
	TextLog *log = textlog_new(base, note, troubles);
	for (int i = 0; i < 10; i++)
		textlog_write(log, IN(.time = NOON));
	while (!troubles->len)
		g_main_context_iteration(NULL, TRUE);
	/* It goes on by itself when it can. */
	g_assert_cmpint(unlink(account), ==, 0);
	textlog_write(log, IN(.time = NOON));
	textlog_free(log);
	g_assert_cmpint(troubles->len, ==, 1);
	g_assert_nonnull(strstr(troubles->pdata[0], "the text log in \""));
	g_autofree char *text = contents(base, "work/alice@example.org/2026-11-22.txt");
	g_assert_nonnull(text);
	help_remove_tree(base);
}

/* A named pipe that somebody put there holds up nobody. */
static void test_pipe(void)
{
	g_autofree char *base = g_dir_make_tmp("kith-test-XXXXXX", NULL), *chat = g_build_filename(base, "work", "alice@example.org", NULL),
		*day = g_build_filename(chat, "2026-11-22.txt", NULL);
	g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
	g_assert_cmpint(g_mkdir_with_parents(chat, 0700), ==, 0);
	g_assert_cmpint(mkfifo(day, 0600), ==, 0);
	TextLog *log = textlog_new(base, note, troubles);
	textlog_write(log, IN(.time = NOON));
	while (!troubles->len)
		g_main_context_iteration(NULL, TRUE);
	textlog_free(log);
	help_remove_tree(base);
}

int main(int argc, char **argv)
{
	g_setenv("TZ", "UTC", TRUE);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/history/json", test_json);
	g_test_add_func("/history/textlog/lines", test_lines);
	g_test_add_func("/history/textlog/files", test_files);
	g_test_add_func("/history/textlog/failures-are-said-once", test_failures_are_said_once);
	g_test_add_func("/history/textlog/pipe", test_pipe);
	return g_test_run();
}
