/* bench-history.c: prints what the history does a second: storing in a burst, one at a time, paging, searching. Not a test: nothing is judged.
 *
 * Usage: bench-history [ROWS [DIRECTORY]]; ROWS (1,000,000) is the size of the history that pages and searches are measured in.
 */
#include "base/moment.h"
#include "history/history.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char *const vocabulary[] = { "hello", "meeting", "tomorrow", "server", "coffee", "release", "branch", "merge", "review", "ticket", "deploy",
	"lunch", "music", "guitar", "train", "station", "weather", "rain", "sunny", "holiday", "project", "design", "terminal", "client", "protocol", "message",
	"history", "archive", "window", "buffer", "theme", "plugin", "script", "warning", "memory", "thread", "process", "socket", "network", "packet", "router",
	"keyboard", "screen", "pixel", "letter", "sentence", "chapter", "library", "garden", "flower", "forest", "mountain", "river", "ocean", "bridge", "castle",
	"street", "market", "bread", "cheese", "butter", "apple", "orange", "banana", "cherry", "pepper", "onion", "tomato", "potato", "carrot", "dinner" };

static GMainLoop *loop;
static guint outstanding;

static double seconds(void)
{
	return (double)g_get_monotonic_time() / 1e6;
}

static double cpu(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void stored(G_GNUC_UNUSED History *history, G_GNUC_UNUSED const HistoryChange *change, const GError *error, G_GNUC_UNUSED gpointer user)
{
	if (error)
		g_error("%s", error->message);
	if (!--outstanding)
		g_main_loop_quit(loop);
}

/* archived: as an archive is read, newest first. */
static void add(History *history, gint64 n, gint64 chats, gboolean archived)
{
	static char text[1024], chat[64], archive_id[40], sender_id[40];
	guint words = 4 + (guint)rand() % 18;
	char *end = text;
	for (guint i = 0; i < words; i++)
		end += g_snprintf(end, 64, i % 6 ? "%s " : "%s%x ", vocabulary[(guint)rand() % G_N_ELEMENTS(vocabulary)], (guint)rand() % 5000);
	if (n % 100003 == 7)
		strcpy(end, "needleword");
	g_snprintf(chat, sizeof chat, "contact%d@example.org", chats > 1 && rand() % 2 ? 1 + rand() % (int)chats : 0);
	g_snprintf(archive_id, sizeof archive_id, "%08x%08x%08x", (guint)rand(), (guint)rand(), (guint)n);
	g_snprintf(sender_id, sizeof sender_id, "%08x-%08x-%08x", (guint)rand(), (guint)rand(), (guint)n);
	WireMessage message = WIRE(MESSAGE, Message, .account = "work", .chat = chat, .from = chat, .text = text,
		.time = 1600000000000000 + (archived ? -n : n) * 1000000, .received = 1600000000000000 + n * 1000000, .archived = archived, .archive_id = archive_id, .sender_id = sender_id);
	outstanding++;
	history_add(history, &message, stored, NULL);
}

static void burst(History *history, const char *name, gint64 from, gint64 count, gint64 chats, gboolean archived)
{
	double t = seconds(), c = cpu();
	for (gint64 i = 0; i < count; i++)
		add(history, from + i, chats, archived);
	g_main_loop_run(loop);
	t = seconds() - t;
	printf("%-44s %10.0f /s, %.1f us CPU each\n", name, (double)count / t, (cpu() - c) * 1e6 / (double)count);
	fflush(stdout);
}

static void wait_indexed(const char *path, gint64 rows)
{
	double t = seconds(), c = cpu();
	/* The index says how far it is only in the file; waiting for it is all this loop does. */
	for (;;) {
		g_autofree char *command = g_strdup_printf("sqlite3 -readonly '%s' \"SELECT value FROM meta WHERE key='indexed'\"", path);
		g_autofree char *out = NULL;
		if (!g_spawn_command_line_sync(command, &out, NULL, NULL, NULL) || g_ascii_strtoll(out, NULL, 10) + 300 >= rows)
			break;
		g_usleep(200000);
	}
	t = seconds() - t;
	printf("%-44s %10.0f /s, %.1f us CPU each\n", "put into the search in the background", (double)rows / t, (cpu() - c) * 1e6 / (double)rows);
}

static void one_by_one(History *history, gint64 from)
{
	double each[500];
	for (guint i = 0; i < G_N_ELEMENTS(each); i++) {
		double t = seconds();
		add(history, from + i, 1, FALSE);
		g_main_loop_run(loop);
		each[i] = seconds() - t;
		g_usleep(3000);
	}
	for (guint i = 0; i < G_N_ELEMENTS(each); i++)
		for (guint k = i + 1; k < G_N_ELEMENTS(each); k++)
			if (each[k] < each[i]) {
				double swap = each[i];
				each[i] = each[k];
				each[k] = swap;
			}
	printf("%-44s %10.3f ms p50, %.3f ms p99\n", "one message, job to callback", each[250] * 1e3, each[495] * 1e3);
}

static gboolean count_row(G_GNUC_UNUSED const WireMessage *message, gpointer user)
{
	++*(guint *)user;
	return TRUE;
}

static void measure(const char *name, Reader *reader, const ReaderKey *key, const ReaderSearch *search)
{
	double first = 0, best = 1e9;
	guint rows = 0;
	for (int i = 0; i < 5; i++) {
		g_autoptr(GError) error = NULL;
		double t = seconds();
		rows = 0;
		if (!(search ? reader_search(reader, search, count_row, &rows, &error) :
				reader_before(reader, "work", "contact0@example.org", key, 100, count_row, &rows, &error)))
			g_error("%s", error->message);
		t = seconds() - t;
		first = i ? first : t;
		best = MIN(best, t);
	}
	printf("%-44s %10.3f ms first, %.3f ms best, %u rows\n", name, first * 1e3, best * 1e3, rows);
}

int main(int argc, char **argv)
{
	gint64 rows = argc > 1 ? g_ascii_strtoll(argv[1], NULL, 10) : 1000000;
	g_autofree char *directory = argc > 2 ? g_strdup(argv[2]) : g_dir_make_tmp("kith-bench-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(directory, "history.db", NULL);
	g_autoptr(GError) error = NULL;
	loop = g_main_loop_new(NULL, FALSE);
	double t = seconds();
	History *history = history_open(path, NULL, NULL, &error);
	if (!history)
		g_error("%s", error->message);
	printf("%-44s %10.3f ms\n", "opening a new history", (seconds() - t) * 1e3);
	burst(history, "10,000 in a burst, one chat, empty history", 0, 10000, 1, FALSE);
	for (gint64 done = 10000; done < rows; done += 100000)
		burst(history, "100,000 in a burst, 200 chats", done, MIN(100000, rows - done), 200, FALSE);
	g_autoptr(Reader) early = reader_open(path, &error);
	if (!early)
		g_error("%s", error->message);
	measure("search: rare word, behind a burst", early, NULL, &(ReaderSearch){ .words = "needleword", .limit = 50 });
	wait_indexed(path, rows);
	burst(history, "10,000 in a burst, one chat, full history", rows, 10000, 1, FALSE);
	burst(history, "10,000 from an archive, 200 chats", rows + 20000, 10000, 200, TRUE);
	one_by_one(history, rows + 10000);
	g_autoptr(Reader) reader = reader_open(path, &error);
	if (!reader)
		g_error("%s", error->message);
	ReaderKey middle = { 1600000000000000 + rows / 2 * 1000000, G_MAXINT64 };
	measure("newest 100 of a chat", reader, NULL, NULL);
	measure("100 from the middle of a chat", reader, &middle, NULL);
	measure("search: common word", reader, NULL, &(ReaderSearch){ .words = "coffee", .limit = 50 });
	measure("search: rare word", reader, NULL, &(ReaderSearch){ .words = "needleword", .limit = 50 });
	measure("search: three words", reader, NULL, &(ReaderSearch){ .words = "coffee meeting guitar", .limit = 50 });
	measure("search: beginning of a word", reader, NULL, &(ReaderSearch){ .words = "needlew*", .limit = 50 });
	measure("search: a phrase", reader, NULL, &(ReaderSearch){ .words = "\"coffee meeting\"", .limit = 50 });
	measure("search: common word in a small chat", reader, NULL,
		&(ReaderSearch){ .words = "coffee", .account = "work", .chat = "contact57@example.org", .limit = 50 });
	measure("search: part of a word", reader, NULL, &(ReaderSearch){ .words = "eedlewor", .limit = 50 });
	g_clear_pointer(&early, reader_free);
	g_clear_pointer(&reader, reader_free);
	t = seconds();
	history_close(history);
	printf("%-44s %10.3f ms\n", "closing", (seconds() - t) * 1e3);
	g_main_loop_unref(loop);
	if (argc <= 2) {
		g_unlink(path);
		g_rmdir(directory);
	}
	return 0;
}
