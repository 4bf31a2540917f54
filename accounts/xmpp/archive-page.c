/* archive-page.c: a page of an archive. See archive-page.h. XEP-0313 4.2 (results), XEP-0297 (what is in one), XEP-0203 (its time). */
#include "archive-page.h"

#include <string.h>

#include "base/moment.h"
#include "base/secret.h"
#include "chat.h"
#include "intake.h"
#include "markers.h"

/* 1999-01-01: before that there was no XMPP. */
#define FIRST (G_GINT64_CONSTANT(915148800) * G_USEC_PER_SEC)
/* So long after its time a message may still appear in an archive that several processes write (ejabberd with
 * SQL, busy: 6 s were seen). */
#define LATE_US (15 * G_TIME_SPAN_SECOND)
/* So many pages in a row may be of one and the same moment. */
#define STILL_MOST 200

static void result_free(gpointer data)
{
	Result *result = data;
	xmpp_stanza_release(result->message);
	g_free(result->id);
	g_free(result);
}

void archive_page_free(Page *page)
{
	g_ptr_array_unref(page->results);
	g_free(page->query);
	g_free(page->before);
	g_free(page->chat);
	g_free(page);
}

Page *archive_page_new(Archive *archive, Hole *hole)
{
	Page *page = g_new0(Page, 1);
	page->archive = archive;
	page->hole = hole;
	page->query = secret_random_id();
	page->results = g_ptr_array_new_with_free_func(result_free);
	return page;
}

/* Any time that can be: a stamp without a fraction stands for its whole second. */
static gboolean read_stamp(const char *text, Result *result)
{
	if (!text || !strchr(text, 'T') || !moment_parse(text, &result->stamp, NULL) || result->stamp < FIRST)
		return FALSE;
	result->whole = !strchr(text, '.');
	if (result->whole)
		result->stamp += ARCHIVE_HALF;
	return TRUE;
}

Result *archive_page_at(const Page *page, guint i)
{
	return page->results->pdata[i];
}

/* <message from='own'><result xmlns='urn:xmpp:mam:2' queryid='…' id='…'><forwarded xmlns='urn:xmpp:forward:0'><delay stamp='…'/><message …/> */
gboolean archive_page_take(Page *page, const Arrival *arrival)
{
	xmpp_stanza_t *result = element_child(arrival->stanza, "result", NS_ARCHIVE);
	const char *query = element_get(result, "queryid"), *id = element_get(result, "id");
	if (!query || strcmp(query, page->query) != 0)
		return FALSE;
	if (arrival->carbon || (page->archive->room ? strcmp(arrival->from, page->archive->room) != 0 : !arrival->own))
		return TRUE;
	xmpp_stanza_t *forwarded = element_child(result, "forwarded", NS_FORWARD);
	xmpp_stanza_t *message = element_child(forwarded, "message", NULL);
	Result found = { 0 };
	if (!message || !id || !*id || strlen(id) > FIT_ID || page->results->len > ARCHIVE_PAGE ||
	    !read_stamp(element_get(element_child(forwarded, "delay", NS_DELAY), "stamp"), &found))
		return TRUE;
	/* A session that was resumed in the middle of a page gets a part of it again. */
	for (guint i = 0; i < page->results->len; i++)
		if (strcmp(archive_page_at(page, i)->id, id) == 0)
			return TRUE;
	found.id = g_strdup(id);
	found.message = xmpp_stanza_clone(message);
	g_ptr_array_add(page->results, g_memdup2(&found, sizeof found));
	return TRUE;
}

/* Strictly growing in the archive's order, between the edges: below the newer one in any case. An archive that tells whole seconds may have
 * many messages between the older edge and a page that does not meet it yet, all of one second: room is left for them. */
void archive_page_place(const Page *page, guint from, gboolean met, gint64 older, gint64 newer)
{
	gint64 last = met ? older : 0;
	if (!met && from < page->results->len && archive_page_at(page, from)->stamp < older + G_TIME_SPAN_SECOND)
		last = older + (MIN(newer, older + G_TIME_SPAN_SECOND) - older) / 2;
	for (guint i = from; i < page->results->len; i++) {
		Result *result = archive_page_at(page, i);
		result->place = last = MAX(result->stamp, last + 1);
	}
	gint64 next = newer;
	for (guint i = page->results->len; i-- > from;) {
		Result *result = archive_page_at(page, i);
		if (result->place < next)
			break;
		result->place = --next;
	}
}

void archive_page_dispatch(Session *session, const Page *page, const Result *result, gboolean read)
{
	const char *type = xmpp_stanza_get_type(result->message);
	const char *room = page->archive->room;
	const char *from_text = xmpp_stanza_get_from(result->message), *to_text = xmpp_stanza_get_to(result->message);
	gboolean of_room = g_strcmp0(type, "groupchat") == 0;
	if (g_strcmp0(type, "error") == 0 || of_room != (room != NULL))
		return;
	g_autofree char *from = from_text ? jid_normalise(from_text) : NULL;
	g_autofree char *to = to_text ? jid_normalise(to_text) : g_strdup(session->own);
	if (!from || !to)
		return;
	gboolean out = FALSE;
	if (room) {
		/* An old topic is not the topic. */
		gboolean topic = element_child(result->message, "subject", NULL) && !element_child(result->message, "body", NULL);
		if (topic || !jid_same_bare(from, room))
			return;
	} else {
		out = jid_same_bare(from, session->own);
		if (!out && !jid_same_bare(to, session->own))
			return;
		if (out && !chat_sender_id(result->message) && archive_came_as_copy(session, result->stamp))
			return;
	}
	g_autofree char *bare = jid_bare(from);
	g_autofree char *with = out ? jid_bare(to) : g_strdup(bare);
	Arrival inner = {
		.stanza = result->message,
		.from = from,
		.bare = bare,
		.resource = jid_resource(from),
		.type = type ? type : "",
		.id = xmpp_stanza_get_id(result->message),
		.carbon = TRUE,
		.to = out ? to : NULL,
		.archive_id = result->id,
		.sent = result->place,
	};
	/* At the first reading all is old; how far the user's other devices have read is told apart. */
	intake_take_as_read(session, read && !markers_displayed(session, with));
	dispatch_message(session, &inner, STEP_AMEND);
	intake_take_as_read(session, FALSE);
}

guint archive_page_known(const Page *page, const Edge *older, gboolean *met)
{
	guint n = 0, len = page->results->len;
	if (older->id && *older->id)
		for (guint i = 0; i < len && n == 0; i++)
			if (strcmp(archive_page_at(page, i)->id, older->id) == 0)
				n = i + 1;
	/* It may have been removed there. */
	if (n == 0)
		while (n < len && archive_page_at(page, n)->stamp < older->stamp)
			n++;
	*met = n > 0;
	return n;
}

gboolean archive_page_leads_on(const Page *page, const Edge *from)
{
	const Result *first = page->results->len ? archive_page_at(page, 0) : NULL;
	if (!first || g_strcmp0(first->id, from->id) == 0)
		return FALSE;
	page->hole->still = first->stamp < from->stamp || !from->stamp ? 0 : page->hole->still + 1;
	return page->hole->still < STILL_MOST;
}

gint64 archive_edge_ripens(const Edge *edge)
{
	gint64 age = moment_now() - edge->stamp;
	return edge->stamp % G_USEC_PER_SEC == ARCHIVE_HALF || ABS(age) > LATE_US ? 0 : LATE_US - age;
}

const Result *archive_page_settled(const Page *page, guint known)
{
	const Result *newest = archive_page_at(page, page->results->len - 1);
	for (guint i = page->results->len; i-- > known;)
		if (archive_page_at(page, i)->whole || newest->stamp - archive_page_at(page, i)->stamp > LATE_US)
			return archive_page_at(page, i);
	return NULL;
}
