/* archive-check.c: did messages of ours arrive? See archive-check.h. XEP-0313 (queries), XEP-0059 (pages), XEP-0004 (the form). */
#include "archive-check.h"

#include <string.h>

#include "base/moment.h"
#include "base/secret.h"
#include "data-form.h"
#include "iq.h"
#include "stanza-error.h"

#define PAGE "100"
#define PAGES_MOST 100
/* A server may still be at work on what an old connection of ours has brought, when the new one asks: what is not found is looked for once more. */
#define AGAIN_SECONDS 12
/* Clocks differ. */
#define MARGIN G_TIME_SPAN_MINUTE

typedef struct {
	char *query;      /* owned */
	char *chat;       /* owned */
	gboolean of_room; /* the room's archive is asked, else the own account's about the chat */
	gint64 since;
	guint pages;
	char *oldest;     /* owned: the oldest that the archive has shown; the next page ends before it */
	char *newest;     /* owned: the newest that it has shown */
	char *known;      /* owned: the newest that it showed the first time: the second time nothing older is looked at */
	guint taken;      /* so many of the page that comes */
	gboolean reached; /* the page that comes goes as far back as need be */
	gboolean enough;  /* all that was looked for is found */
	gboolean again;   /* this is the second time */
	guint timer;      /* waits for the second time */
	Session *session;
	ArchiveFound found;
	ArchiveEnd end;
} Check;

struct ArchiveChecks {
	GHashTable *open; /* query -> Check, borrowed from the iq */
};

static void check_free(gpointer data)
{
	Check *check = data;
	g_free(check->query);
	g_free(check->chat);
	g_free(check->oldest);
	g_free(check->newest);
	g_free(check->known);
	g_free(check);
}

static void on_end_of_page(Session *session, xmpp_stanza_t *answer, gpointer user);

static void ask_page(Session *session, Check *check)
{
	xmpp_stanza_t *iq = iq_new(session, "set", check->of_room ? check->chat : NULL);
	xmpp_stanza_t *query = element_add(iq, "query", NS_ARCHIVE);
	element_set(query, "queryid", check->query);
	data_form_add_answer(query, NS_ARCHIVE, "with", check->of_room ? NULL : check->chat, NULL);
	xmpp_stanza_t *set = element_add(query, "set", NS_RSM);
	element_add_text(set, "max", NULL, PAGE);
	if (check->oldest)
		element_add_text(set, "before", NULL, check->oldest);
	else
		element_add(set, "before", NULL);
	check->taken = 0;
	check->pages++;
	iq_ask(session, iq, IQ_SECONDS, on_end_of_page, check, NULL);
}

/* Not now; perhaps later (RFC 6120 8.3.2). */
static gboolean is_busy(xmpp_stanza_t *answer)
{
	static const char *const conditions[] = { "internal-server-error", "remote-server-timeout", "resource-constraint", NULL };
	return !iq_is_result(answer) && g_strv_contains(conditions, stanza_error_condition(answer));
}

static void finish(Check *check, gboolean answered)
{
	g_hash_table_remove(check->session->archive_checks->open, check->query);
	check->end(check->session, check->chat, answered);
	check_free(check);
}

static gboolean on_again(gpointer user)
{
	Check *check = user;
	check->timer = 0;
	ask_page(check->session, check);
	return G_SOURCE_REMOVE;
}

static void on_end_of_page(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Check *check = user;
	if (iq_is_result(answer) && !check->enough) {
		const char *complete = element_get(element_child(answer, "fin", NS_ARCHIVE), "complete");
		if (g_strcmp0(complete, "true") != 0 && check->taken && !check->reached && check->pages < PAGES_MOST) {
			ask_page(session, check);
			return;
		}
		if (!check->again) {
			check->again = TRUE;
			check->pages = 0;
			check->known = g_steal_pointer(&check->newest);
			g_clear_pointer(&check->oldest, g_free);
			check->timer = g_timeout_add_seconds(AGAIN_SECONDS, on_again, check);
			return;
		}
	}
	finish(check, answer && !is_busy(answer));
}

/* A page tells the older before the newer (XEP-0313 4.1.2). */
static void note_place(Check *check, xmpp_stanza_t *result)
{
	const char *id = element_get(result, "id");
	const char *stamp = element_get(element_child(element_child(result, "forwarded", NS_FORWARD), "delay", NS_DELAY), "stamp");
	gint64 time;
	if (!id || !*id)
		return;
	if (!check->taken++) {
		g_free(check->oldest);
		check->oldest = g_strdup(id);
		check->reached = !stamp || !moment_parse(stamp, &time, NULL) || time < check->since - MARGIN;
	}
	if (check->pages == 1) {
		g_free(check->newest);
		check->newest = g_strdup(id);
	}
	check->reached |= g_strcmp0(id, check->known) == 0;
}

/* <message from='own'><result xmlns='urn:xmpp:mam:2' queryid='…' id='…'><forwarded xmlns='urn:xmpp:forward:0'><message id='…'/> */
static gboolean on_result(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *result = element_child(arrival->stanza, "result", NS_ARCHIVE);
	if (!result)
		return FALSE;
	const char *query = element_get(result, "queryid");
	Check *check = query ? g_hash_table_lookup(session->archive_checks->open, query) : NULL;
	if (!check || check->enough || (check->of_room ? strcmp(arrival->from, check->chat) != 0 : !arrival->own))
		return TRUE;
	note_place(check, result);
	xmpp_stanza_t *message = element_child(element_child(result, "forwarded", NS_FORWARD), "message", NULL);
	const char *origin = element_get(element_child(message, "origin-id", NS_STANZA_ID), "id");
	const char *id = element_get(message, "id"), *archive_id = element_get(result, "id");
	if (origin && *origin)
		check->enough = !check->found(session, check->chat, origin, archive_id);
	if (!check->enough && id && *id && g_strcmp0(id, origin) != 0)
		check->enough = !check->found(session, check->chat, id, archive_id);
	return TRUE;
}

void archive_check(Session *session, const char *chat, gboolean of_room, gint64 since, ArchiveFound found, ArchiveEnd end)
{
	Check *check = g_new0(Check, 1);
	check->session = session;
	check->query = secret_random_id();
	check->chat = g_strdup(chat);
	check->of_room = of_room;
	check->since = since;
	check->found = found;
	check->end = end;
	g_hash_table_insert(session->archive_checks->open, check->query, check);
	ask_page(session, check);
}

/* What is asked ends by itself. */
static void on_offline(Session *session)
{
	g_autoptr(GList) open = g_hash_table_get_values(session->archive_checks->open);
	for (GList *at = open; at; at = at->next) {
		Check *check = at->data;
		if (!check->timer)
			continue;
		g_clear_handle_id(&check->timer, g_source_remove);
		finish(check, FALSE);
	}
}

void archive_check_attach(Session *session)
{
	session->archive_checks = g_new0(struct ArchiveChecks, 1);
	session->archive_checks->open = g_hash_table_new(g_str_hash, g_str_equal);
	session_on_message(session, STEP_ARCHIVE, on_result);
	session_on_life(session, NULL, on_offline);
}

void archive_check_detach(Session *session)
{
	on_offline(session);
	g_hash_table_unref(session->archive_checks->open);
	g_clear_pointer(&session->archive_checks, g_free);
}
