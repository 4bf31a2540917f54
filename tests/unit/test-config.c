/* test-config.c: the configuration file: tolerant reading, round trips, careful saving; accounts in it. */
#include "settings/settings.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char *directory, *path;
} Place;

static void set_up(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	place->directory = g_dir_make_tmp("kith-config-XXXXXX", NULL);
	place->path = g_build_filename(place->directory, "kith.conf", NULL);
}

static void tear_down(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GDir) dir = g_dir_open(place->directory, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(place->directory, name, NULL);
		g_assert_cmpint(g_unlink(path), ==, 0);
	}
	g_assert_cmpint(g_rmdir(place->directory), ==, 0);
	g_free(place->path);
	g_free(place->directory);
}

static Config *load(const Place *place, const char *text, GPtrArray *complaints)
{
	g_autoptr(GError) error = NULL;
	if (text)
		g_assert_true(g_file_set_contents(place->path, text, -1, NULL));
	Config *config = config_load(place->path, complaints, &error);
	g_assert_no_error(error);
	return config;
}

static void save_and_compare(Config *config, const Place *place, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	GStatBuf info;
	config_save(config, &error);
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(place->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpint(g_stat(place->path, &info), ==, 0);
	g_assert_cmpint(info.st_mode & 0777, ==, 0600);
}

static const char example[] =
	"# my settings\n"
	"[kith]\n"
	"bell = all\n"
	"what is this\n"
	"list_width=nonsense\n"
	"nosuch=1\n"
	"\n"
	"# the account at work\n"
	"[account work]\n"
	"protocol=xmpp\n"
	"  address = alice@example.org  \n"
	"priority=5\n"
	"priority=7\n"
	"password=hunter2\n"
	"\n"
	"[chat work/%23x%5Bbob%5D]\n"
	"notify=none\n";

static void test_complaints(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const expected[] = { ":4: neither", ":5: \"list_width\" takes", ":6: there is no setting \"nosuch\"", ":12: given again", ":14: a password", "chmod 600" };
	g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
	g_assert_true(g_file_set_contents(place->path, example, -1, NULL));
	g_assert_cmpint(g_chmod(place->path, 0644), ==, 0);
	Config *config = load(place, NULL, complaints);
	config_free(config);
	/* The lines that make no sense first, then the values in order. */
	g_assert_cmpuint(complaints->len, ==, G_N_ELEMENTS(expected));
	for (guint i = 0; i < complaints->len; i++) {
		g_test_message("%s", (char *)complaints->pdata[i]);
		g_assert_true(g_str_has_prefix(complaints->pdata[i], place->path));
		g_assert_nonnull(strstr(complaints->pdata[i], expected[i]));
		g_assert_null(strstr(complaints->pdata[i], "hunter2"));
	}
}

static void test_values(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(Config) config = load(place, example, NULL);
	g_auto(GStrv) groups = config_groups(config);
	g_autofree char *joined = g_strjoinv("|", groups);
	g_assert_cmpstr(joined, ==, "kith|account work|chat work/#x[bob]");
	g_assert_cmpstr(config_text(config, "bell"), ==, "all");
	g_assert_cmpint(config_number(config, "list_width"), ==, 26);
	g_assert_cmpstr(config_account_text(config, "work", "address"), ==, "alice@example.org");
	g_assert_cmpint(config_account_number(config, "work", "priority"), ==, 7);
	g_assert_true(config_account_flag(config, "work", "enabled"));
	g_assert_cmpstr(config_account_text(config, "work", "tls"), ==, "");
	g_assert_cmpstr(config_chat_text(config, "work", "#x[bob]", "notify"), ==, "none");
	g_assert_cmpstr(config_chat_text(config, "work", "other", "notify"), ==, "");
	g_assert_cmpint(config_number(config, "away_after"), ==, 600);
	g_assert_null(config_get(config, "account work", "server"));
	g_assert_cmpstr(config_get(config, "account work", "password"), ==, "hunter2");
}

static void test_round_trip(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(Config) config = load(place, example, NULL);
	g_autofree char *same = NULL;
	g_assert_true(config_save(config, NULL));
	g_assert_true(g_file_get_contents(place->path, &same, NULL, NULL));
	g_assert_cmpstr(same, ==, example);
	config_set(config, "kith", "bell", "off");
	config_set(config, "kith", "mouse", "yes");
	config_set(config, "account work", "priority", NULL);
	config_set(config, "chat work/#x[bob]", "notify", NULL);
	config_set(config, "alias", "tell", " /msg $1\t\\o/ ");
	save_and_compare(config, place,
		"# my settings\n[kith]\nbell=off\nwhat is this\nlist_width=nonsense\nnosuch=1\nmouse=yes\n\n"
		"# the account at work\n[account work]\nprotocol=xmpp\n  address = alice@example.org  \npassword=hunter2\n\n"
		"[alias]\ntell=\\s/msg $1\\t\\\\o/\\s\n");
	g_autoptr(Config) again = load(place, NULL, NULL);
	g_assert_cmpstr(config_get(again, "alias", "tell"), ==, " /msg $1\t\\o/ ");
	config_remove_group(again, "account work");
	save_and_compare(again, place, "# my settings\n[kith]\nbell=off\nwhat is this\nlist_width=nonsense\nnosuch=1\nmouse=yes\n\n[alias]\ntell=\\s/msg $1\\t\\\\o/\\s\n");
}

static void test_names(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const names[] = { "chat irc/#a=b[c]%d", "chat x/ñ\n\x01", "chat x/100%25", " padded " };
	g_autoptr(Config) config = load(place, NULL, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		config_set(config, names[i], "k[e]y=#1", names[i]);
	g_assert_true(config_save(config, NULL));
	g_autoptr(Config) again = load(place, NULL, NULL);
	g_auto(GStrv) groups = config_groups(again);
	g_assert_cmpuint(g_strv_length(groups), ==, G_N_ELEMENTS(names));
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_assert_cmpstr(groups[i], ==, names[i]);
		g_assert_cmpstr(config_get(again, names[i], "k[e]y=#1"), ==, names[i]);
	}
	/* What is written is a GKeyFile. */
	g_autoptr(GKeyFile) key_file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_key_file_load_from_file(key_file, place->path, G_KEY_FILE_NONE, &error);
	g_assert_no_error(error);
}

static void test_changed(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	g_autoptr(Config) config = load(place, "[kith]\nbell=off\n", NULL);
	g_assert_true(config_is_current(config));
	g_assert_true(g_file_set_contents(place->path, "[kith]\nbell=all\n", -1, NULL));
	g_assert_false(config_is_current(config));
	config_set(config, "kith", "mouse", "yes");
	g_assert_false(config_save(config, &error));
	g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_CHANGED);
	g_assert_true(g_file_get_contents(place->path, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "[kith]\nbell=all\n");
	config_revert(config);
	g_assert_false(config_flag(config, "mouse"));
	g_assert_cmpstr(config_text(config, "bell"), ==, "off");
}

static void test_files(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *link = g_build_filename(place->directory, "link", NULL);
	/* A missing file is empty, and is made. */
	g_autoptr(Config) config = load(place, NULL, NULL);
	config_set(config, "kith", "bell", "all");
	save_and_compare(config, place, "[kith]\nbell=all\n");
	/* A symbolic link stays one. */
	g_assert_cmpint(symlink("kith.conf", link), ==, 0);
	g_autoptr(Config) linked = config_load(link, NULL, NULL);
	config_set(linked, "kith", "bell", NULL);
	g_assert_true(config_save(linked, NULL));
	g_assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
	g_autoptr(Config) empty = load(place, NULL, NULL);
	g_assert_cmpstr(config_text(empty, "bell"), ==, "mentions");
	/* Windows line ends, a byte order mark, no newline at the end, bytes that are not UTF-8. */
	g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(Config) odd = load(place, "\xef\xbb\xbf[kith]\r\nbell=all\r\n\xff\xfe\r\nmouse=yes", complaints);
	g_assert_cmpstr(config_text(odd, "bell"), ==, "all");
	g_assert_true(config_flag(odd, "mouse"));
	g_assert_cmpuint(complaints->len, ==, 1);
	/* A directory in its place. */
	g_assert_null(config_load(place->directory, NULL, &error));
	g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_FILE);
}

static void test_accounts(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	static const struct { const char *name, *protocol, *address, *pair; } bad[] = {
		{ "", "xmpp", "a@b", NULL }, { "a b", "xmpp", "a@b", NULL }, { "a/b", "xmpp", "a@b", NULL }, { "work", "xmpp", "a@b", NULL }, { "x", "xm pp", "a@b", NULL }, { "x", "xmpp", "ab", NULL },
		{ "x", "xmpp", "@b", NULL }, { "x", "xmpp", "a@b/c", NULL }, { "x", "irc", "", NULL }, { "x", "irc", "a\nb", NULL }, { "x", "xmpp", "a@b", "foo=1" }, { "x", "xmpp", "a@b", "tls=maybe" },
		{ "x", "xmpp", "a@b", "password=p" }, { "x", "irc", "a@b", "password=p" }, { "x", "xmpp", "a@b", "nothing" }, { "x", "xmpp", "a@b", "protocol=irc" }, { "x", "irc", "a@b", "enabled=perhaps" },
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(Config) config = load(place, NULL, NULL);
	const char *const pairs[] = { "tls=direct", "password_command=pass show \"a b\"", NULL }, *const other[] = { "ssl=yes", "ratelimit-interval=0", NULL };
	g_assert_true(config_account_add(config, "work", "xmpp", "alice@example.org", pairs, NULL));
	g_assert_true(config_account_add(config, "libera", "irc", "alice@irc.libera.chat", other, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		const char *const more[] = { bad[i].pair, NULL };
		g_clear_error(&error);
		g_test_message("%s %s %s %s", bad[i].name, bad[i].protocol, bad[i].address, bad[i].pair ? bad[i].pair : "");
		g_assert_false(config_account_add(config, bad[i].name, bad[i].protocol, bad[i].address, more, &error));
		g_assert_nonnull(error);
	}
	g_auto(GStrv) names = config_accounts(config);
	g_autofree char *joined = g_strjoinv(" ", names);
	g_assert_cmpstr(joined, ==, "work libera");
	g_assert_true(config_account_set(config, "work", "tls", "", NULL));
	g_assert_null(config_get(config, "account work", "tls"));
	g_assert_true(config_account_set(config, "work", "port", "5223", NULL) && config_account_set(config, "work", "port", "", NULL));
	g_assert_null(config_get(config, "account work", "port"));
	g_assert_false(config_account_set(config, "work", "port", "many", NULL));
	g_assert_false(config_account_set(config, "work", "prot", "", NULL));
	g_assert_false(config_account_set(config, "work", "protocol", "irc", NULL));
	g_assert_false(config_account_set(config, "work", "address", "x", NULL));
	g_assert_false(config_account_set(config, "nobody", "tls", "direct", NULL));
	config_set(config, "chat work/bob@example.org", "notify", "none");
	config_set(config, "chat libera/#x", "notify", "none");
	g_assert_true(config_account_remove(config, "work", NULL));
	g_assert_null(config_get(config, "chat work/bob@example.org", "notify"));
	g_assert_nonnull(config_get(config, "chat libera/#x", "notify"));
	g_assert_false(config_account_remove(config, "work", NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add("/config/" #name, Place, NULL, set_up, test_##name, tear_down)
	TEST(complaints);
	TEST(values);
	TEST(round_trip);
	TEST(names);
	TEST(changed);
	TEST(files);
	TEST(accounts);
	return g_test_run();
}
