/* textlog.c: see textlog.h. */
#include "history/textlog.h"
#include "base/moment.h"
#include "base/paths.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUE_MAX 100000 /* messages that wait for a disk that hangs */

struct TextLog {
	char *directory;
	GThread *thread;
	GAsyncQueue *queue; /* of WireMessage, owned copies; the log itself means the end */
	GSource *source;    /* wakes the main loop for trouble */
	TextLogTrouble on_trouble;
	gpointer user;
	GMutex lock;
	char *trouble;      /* under lock: to be told */
	gboolean failing;   /* the thread's: told already */
	gboolean full;      /* the main loop's: the queue overflowed and it was told */
};

/* ---- the format ---- */

static void append_continued(GString *out, const char *text)
{
	for (; *text; text++) {
		g_string_append_c(out, *text);
		if (*text == '\n')
			g_string_append(out, "    ");
	}
}

char *textlog_lines(const WireMessage *m)
{
	static const char *const signs[] = { [DIRECTION_IN] = "<", [DIRECTION_OUT] = ">" };
	g_autofree char *time = moment_local(m->time, "%Y-%m-%dT%H:%M:%S%z");
	g_autofree char *name = text_clean(m->nick ? m->nick : m->from ? m->from : m->account, TEXT_LINE), *text = text_clean(m->text, TEXT_LINES), *note = text_clean(m->note, TEXT_LINE);
	GString *out = g_string_new(time);
	if (m->type == MESSAGE_EVENT)
		g_string_append(out, " - ");
	else if (m->type == MESSAGE_ACTION)
		g_string_append_printf(out, " %s * %s ", signs[m->direction], name);
	else
		g_string_append_printf(out, " %s %s: ", signs[m->direction], name);
	if (m->retracted)
		g_string_append(out, m->note ? "* taken back " : "* taken back");
	else if (m->again && m->edited)
		g_string_append(out, "* corrected: ");
	if (m->retracted && note)
		g_string_append(out, note);
	append_continued(out, text);
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

/* ---- the thread ---- */

static int open_directory(int parent, const char *text)
{
	g_autofree char *name = text_file_name(text);
	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens the day's file; -1 and errno. */
static int open_day(const TextLog *log, const WireMessage *m)
{
	g_autofree char *day = moment_local(m->time, "%Y-%m-%d.txt");
	struct stat info;
	int fd = -1, account = -1, chat = -1, base = open(log->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base < 0 && errno == ENOENT && paths_make_directory(log->directory, NULL))
		base = open(log->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base >= 0 && (account = open_directory(base, m->account)) >= 0 && (chat = open_directory(account, m->chat)) >= 0)
		fd = openat(chat, day, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int number = errno;
	if (fd >= 0 && (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))) {
		number = EINVAL;
		close(fd);
		fd = -1;
	}
	if (fd >= 0 && (info.st_mode & 07777) != 0600)
		fchmod(fd, 0600);
	for (int i = 0, all[] = { base, account, chat }; i < 3; i++)
		if (all[i] >= 0)
			close(all[i]);
	errno = number;
	return fd;
}

/* All of it or nothing. */
static gboolean append(int fd, const char *text)
{
	gsize length = strlen(text);
	off_t before = lseek(fd, 0, SEEK_END);
	gssize written = write(fd, text, length);
	if (written == (gssize)length)
		return TRUE;
	int number = written < 0 ? errno : ENOSPC;
	if (written > 0 && ftruncate(fd, before) < 0)
		number = errno;
	errno = number;
	return FALSE;
}

static void tell(TextLog *log, char *text)
{
	g_mutex_lock(&log->lock);
	g_free(log->trouble);
	log->trouble = text;
	g_mutex_unlock(&log->lock);
	g_source_set_ready_time(log->source, 0);
}

static void write_one(TextLog *log, const WireMessage *m)
{
	g_autofree char *lines = textlog_lines(m);
	int fd = open_day(log, m);
	gboolean written = fd >= 0 && append(fd, lines);
	int number = errno;
	if (fd >= 0)
		close(fd);
	if (!written && !log->failing)
		tell(log, g_strdup_printf("%s: the text log in \"%s\" can't be written (the history is not concerned)", g_strerror(number), log->directory));
	log->failing = !written;
}

static gpointer work(gpointer data)
{
	TextLog *log = data;
	gpointer item;
	while ((item = g_async_queue_pop(log->queue)) != log) {
		write_one(log, item);
		g_free(item);
	}
	return NULL;
}

/* ---- the main loop's side ---- */

static gboolean tell_trouble(gpointer data)
{
	TextLog *log = data;
	g_source_set_ready_time(log->source, -1);
	g_mutex_lock(&log->lock);
	g_autofree char *text = g_steal_pointer(&log->trouble);
	g_mutex_unlock(&log->lock);
	if (text && log->on_trouble)
		log->on_trouble(text, log->user);
	return G_SOURCE_CONTINUE;
}

static gboolean dispatch(G_GNUC_UNUSED GSource *source, GSourceFunc callback, gpointer data)
{
	return callback(data);
}

static GSourceFuncs source_functions = { .dispatch = dispatch };

TextLog *textlog_new(const char *directory, TextLogTrouble on_trouble, gpointer user)
{
	g_autoptr(GMainContext) context = g_main_context_ref_thread_default();
	TextLog *log = g_new0(TextLog, 1);
	log->directory = g_strdup(directory);
	log->queue = g_async_queue_new();
	log->on_trouble = on_trouble;
	log->user = user;
	g_mutex_init(&log->lock);
	log->source = g_source_new(&source_functions, sizeof(GSource));
	g_source_set_name(log->source, "textlog");
	g_source_set_callback(log->source, tell_trouble, log, NULL);
	g_source_attach(log->source, context);
	log->thread = g_thread_new("textlog", work, log);
	return log;
}

void textlog_write(TextLog *log, const WireMessage *message)
{
	if (g_async_queue_length(log->queue) < QUEUE_MAX) {
		log->full = FALSE;
		g_async_queue_push(log->queue, wire_copy(message));
	} else if (!log->full) {
		log->full = TRUE;
		tell(log, g_strdup_printf("the disk is too slow: the text log in \"%s\" leaves messages out (the history is not concerned)", log->directory));
	}
}

void textlog_free(TextLog *log)
{
	if (!log)
		return;
	g_async_queue_push(log->queue, log);
	g_thread_join(log->thread);
	g_source_destroy(log->source);
	g_source_unref(log->source);
	g_async_queue_unref(log->queue);
	g_mutex_clear(&log->lock);
	g_free(log->trouble);
	g_free(log->directory);
	g_free(log);
}
