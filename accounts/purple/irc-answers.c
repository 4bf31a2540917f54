/* irc-answers.c: see irc-answers.h.
 *
 * IRC has no answers: a server says nothing at all, or a refusal that names no command. But it takes line after line, so a PING behind a
 * command is answered when the command was dealt with, and a refusal that comes before is the command's.
 */
#include "config.h"
#include "purple/irc-answers.h"
#include "purple/host.h"
#include "purple/irc.h"
#include "purple/outbox.h"
#include "purple/rooms.h"
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S 30
#define TOKEN "kith-"

typedef struct {
	gint64 request;
	guint number;
	char *subject, *other; /* owned: a refusal of it names one of them; NULL: none, and then any will do */
	char *refusal;         /* owned, or NULL */
	char *chat;            /* owned, or NULL; where to tell … */
	gboolean all;          /* … everything that the server says */
	guint timer;
} Waiting;

static GQueue waiting = G_QUEUE_INIT; /* Waiting, oldest first */
static guint last;

static void finish(Waiting *w, const char *failure)
{
	g_queue_remove(&waiting, w);
	g_clear_handle_id(&w->timer, g_source_remove);
	if (failure)
		backend_fail(host.backend, w->request, failure);
	else
		backend_done(host.backend, w->request, NULL);
	g_free(w->subject);
	g_free(w->other);
	g_free(w->refusal);
	g_free(w->chat);
	g_free(w);
}

static gboolean on_timeout(gpointer user)
{
	Waiting *w = user;
	w->timer = 0;
	finish(w, "the network did not answer");
	return G_SOURCE_REMOVE;
}

static Waiting *wait_for(gint64 request)
{
	Waiting *w = g_new0(Waiting, 1);
	*w = (Waiting){ .request = request, .number = ++last };
	w->timer = g_timeout_add_seconds(TIMEOUT_S, on_timeout, w);
	g_queue_push_tail(&waiting, w);
	irc_send_raw("PING :" TOKEN "%u", w->number);
	return w;
}

void irc_answers_wait(gint64 request, const char *subject, const char *other)
{
	Waiting *w = request ? wait_for(request) : NULL;
	if (!w)
		return;
	w->subject = g_strdup(subject);
	w->other = g_strdup(other);
}

void irc_answers_wait_all(gint64 request, const char *chat)
{
	Waiting *w = request ? wait_for(request) : NULL;
	if (!w)
		return;
	w->chat = g_strdup(chat);
	w->all = TRUE;
}

/* ---- lines from the server ---- */

/* " alice #dev :You're not channel operator": the words before the text, and the text. Free words. */
static const char *split(const char *rest, char **words)
{
	const char *colon = strstr(rest, " :");
	*words = colon ? g_strndup(rest, colon - rest + 1) : g_strdup(rest);
	return colon ? colon + 2 : "";
}

static gboolean is_about(const char *words, const char *subject)
{
	g_autofree char *folded = g_ascii_strdown(words, -1), *wanted = g_ascii_strdown(subject, -1);
	g_auto(GStrv) all = g_strsplit(folded, " ", -1);
	return g_strv_contains((const char *const *)all, wanted);
}

/* What the plugin does not tell, or not which room it is about. */
static const struct {
	guint numeric;
	const char *sentence;
} join_refusals[] = {
	{ 403, "there is no such room" },
	{ 405, "you are in too many rooms on this network" },
	{ 437, "the room can't be joined just now" },
	{ 470, "the room sends everybody on to another one" },
	{ 471, "the room is full" },
	{ 473, "only who is invited may come in" },
	{ 474, "you are banned from that room" },
	{ 475, "the room wants a password, or another than this" },
	{ 476, "that is no name of a room" },
	{ 477, "only names that are registered with the network's services may come in" },
	{ 479, "that is no name of a room" },
	{ 489, "only who uses TLS may come in" },
	{ 520, "only the network's operators may come in" },
};

static const char *join_refusal(guint numeric)
{
	for (guint i = 0; i < G_N_ELEMENTS(join_refusals); i++)
		if (join_refusals[i].numeric == numeric)
			return join_refusals[i].sentence;
	return NULL;
}

static Waiting *find_waiting(guint numeric, const char *words)
{
	for (GList *l = waiting.head; l; l = l->next) {
		Waiting *w = l->data;
		if (w->subject ? is_about(words, w->subject) || (w->other && is_about(words, w->other)) : !join_refusal(numeric))
			return w;
	}
	return NULL;
}

static char *refusal_of(const char *text)
{
	g_autofree char *said = host_name(text);
	gsize length = said ? strlen(g_strstrip(said)) : 0;
	if (length && said[length - 1] == '.')
		said[length - 1] = '\0';
	return g_strdup_printf("the server refused it: %s", length ? said : "it did not say why");
}

static gboolean take_refusal(guint numeric, const char *rest)
{
	g_autofree char *words = NULL;
	const char *text = split(rest, &words);
	g_auto(GStrv) all = g_strsplit(g_strstrip(words), " ", -1);
	const char *room = g_strv_length(all) >= 2 ? all[1] : NULL;
	if (room && join_refusal(numeric) && rooms_take_refusal(room, join_refusal(numeric)))
		return TRUE;
	Waiting *w = find_waiting(numeric, words);
	if (w && !w->refusal)
		w->refusal = refusal_of(text);
	if (w || numeric != 404)
		return w != NULL;
	/* Words that a room did not take. */
	g_autofree char *why = refusal_of(text);
	return room && outbox_take_failure(room, why);
}

static gboolean take_pong(const char *rest)
{
	const char *token = strstr(rest, TOKEN);
	guint number = token ? (guint)strtoul(token + strlen(TOKEN), NULL, 10) : 0;
	Waiting *w;
	while (number && (w = g_queue_peek_head(&waiting)) && w->number <= number) {
		g_autofree char *refusal = g_steal_pointer(&w->refusal);
		finish(w, refusal);
	}
	return token != NULL;
}

/* What the plugin shows itself when it was not asked for. */
static gboolean is_shown(guint numeric)
{
	static const guint shown[] = { 301, 324, 331, 332, 333, 367, 368 };
	for (guint i = 0; i < G_N_ELEMENTS(shown); i++)
		if (shown[i] == numeric)
			return TRUE;
	return FALSE;
}

/* " alice #dev 1795393411" and the like, which the plugin would show with its number. */
static gboolean take_about_room(guint numeric, const char *rest)
{
	g_auto(GStrv) words = g_strsplit(rest + strspn(rest, " "), " ", 3);
	if (g_strv_length(words) < 3 || !rooms_find(words[1]))
		return FALSE;
	g_autofree char *room = g_strdup(rooms_address(rooms_find(words[1]))), *said = host_label(words[2] + (*words[2] == ':'));
	g_autoptr(GDateTime) made = g_date_time_new_from_unix_local(said ? g_ascii_strtoll(said, NULL, 10) : 0);
	g_autofree char *day = made ? g_date_time_format(made, "%F") : NULL;
	if (numeric == 329)
		backend_notice(host.backend, room, FALSE, "the room was made on %s", day ? day : "a day that the server does not tell");
	else
		backend_notice(host.backend, room, FALSE, "about the room: %s", said ? said : "nothing");
	return TRUE;
}

/* " alice #dev :words": what came for us, without our name. */
static void tell_reply(guint numeric, const char *rest)
{
	Waiting *w = g_queue_peek_head(&waiting);
	const char *after = strchr(rest + strspn(rest, " "), ' ');
	g_autofree char *words = NULL;
	if (!w || !w->all || is_shown(numeric) || !after)
		return;
	const char *text = split(after, &words);
	g_strstrip(words);
	g_autofree char *whole = g_strconcat(words, *words && *text ? " " : "", text, NULL), *said = host_label(whole);
	if (said)
		backend_notice(host.backend, w->chat, FALSE, "%s", said);
}

gboolean irc_answers_take_line(const char *command, const char *rest)
{
	char *end;
	guint numeric = (guint)strtoul(command, &end, 10);
	if (!rest)
		return FALSE;
	if (!g_ascii_strncasecmp(command, "PONG ", 5))
		return take_pong(rest);
	if (end - command != 3)
		return FALSE;
	if (numeric == 328 || numeric == 329)
		return take_about_room(numeric, rest);
	if (numeric < 400)
		tell_reply(numeric, rest);
	return numeric >= 400 && numeric < 600 && take_refusal(numeric, rest);
}

void irc_answers_stop(void)
{
	while (waiting.head)
		finish(waiting.head->data, "the connection has ended");
}
