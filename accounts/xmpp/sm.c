/* sm.c: see sm.h.
 *
 * After a resume the server sends again what we have not acknowledged. The owner may have it already (on its
 * way to the disk), so the fingerprints of everything that is not both received and stored are kept, and
 * the same stanza under the same number is not reported twice. */
#include "config.h"

#include "sm.h"

#include <string.h>

typedef struct {
	gsize size;
	char xml[];
} SmText;

struct Sm {
	guint32 sent, acked;
	GQueue texts;		/* of SmText, for acked + 1 … sent */
	guint32 received;	/* counted since the session or its last resume began */
	guint32 stored;		/* confirmed by the owner; after a rewind possibly ahead of received */
	guint32 base;		/* the smaller of the two: what the server may be told */
	GArray *prints;		/* of guint32, for base + 1 … the highest ever received */
	guint skip;		/* entries at the head of prints that are below the base already */
	gboolean restored;
};

Sm *sm_new(void)
{
	Sm *sm = g_new0(Sm, 1);

	g_queue_init(&sm->texts);
	sm->prints = g_array_new(FALSE, FALSE, sizeof(guint32));
	return sm;
}

void sm_free(Sm *sm)
{
	if (!sm)
		return;
	g_queue_clear_full(&sm->texts, g_free);
	g_array_unref(sm->prints);
	g_free(sm);
}

void sm_begin(Sm *sm)
{
	g_queue_clear_full(&sm->texts, g_free);
	g_array_set_size(sm->prints, 0);
	sm->skip = 0;
	sm->sent = sm->acked = sm->received = sm->stored = sm->base = 0;
	sm->restored = FALSE;
}

void sm_restore(Sm *sm, guint32 handled)
{
	sm_begin(sm);
	sm->received = sm->stored = sm->base = handled;
	sm->restored = TRUE;
}

gboolean sm_is_restored(const Sm *sm)
{
	return sm->restored;
}

void sm_adopt(Sm *sm, guint32 handled)
{
	sm->sent = sm->acked = handled;
	sm->restored = FALSE;
}

guint32 sm_push(Sm *sm, const char *xml, gsize size)
{
	SmText *text = g_malloc(sizeof *text + size);

	text->size = size;
	memcpy(text->xml, xml, size);
	g_queue_push_tail(&sm->texts, text);
	return ++sm->sent;
}

gboolean sm_ack(Sm *sm, guint32 h)
{
	guint32 news = h - sm->acked;

	if (news > sm->sent - sm->acked)
		return FALSE;
	while (news-- > 0)
		g_free(g_queue_pop_head(&sm->texts));
	sm->acked = h;
	return TRUE;
}

void sm_foreach(const Sm *sm, void (*call)(gpointer data, const char *xml, gsize size), gpointer data)
{
	for (const GList *l = sm->texts.head; l; l = l->next) {
		const SmText *text = l->data;
		call(data, text->xml, text->size);
	}
}

guint32 sm_sent(const Sm *sm)
{
	return sm->sent;
}

guint32 sm_acked(const Sm *sm)
{
	return sm->acked;
}

guint sm_unacked(const Sm *sm)
{
	return sm->sent - sm->acked;
}

/* The base is the smaller of stored and received: nothing below it can come again. */
static void sm_move_base(Sm *sm)
{
	guint32 news = MIN(sm->stored - sm->base, sm->received - sm->base);

	sm->base += news;
	sm->skip += news;
	if (sm->skip == sm->prints->len) {
		g_array_set_size(sm->prints, 0);
		sm->skip = 0;
	} else if (sm->skip > 1024 && sm->skip > sm->prints->len / 2) {
		g_array_remove_range(sm->prints, 0, sm->skip);
		sm->skip = 0;
	}
}

guint32 sm_receive(Sm *sm, guint32 print, gboolean *repeated)
{
	guint index = sm->skip + (sm->received - sm->base);

	*repeated = FALSE;
	if (index < sm->prints->len) {
		*repeated = g_array_index(sm->prints, guint32, index) == print;
		if (!*repeated) {	/* another stanza than before: this one is not stored */
			g_array_set_size(sm->prints, index);
			sm->stored = sm->base + MIN(sm->stored - sm->base, sm->received - sm->base);
		}
	}
	if (!*repeated)
		g_array_append_val(sm->prints, print);
	sm->received++;
	sm_move_base(sm);
	return sm->received;
}

gboolean sm_set_handled(Sm *sm, guint32 number)
{
	guint32 before = sm->base;

	if (number - sm->base > sm->prints->len - sm->skip || number - sm->base <= sm->stored - sm->base)
		return FALSE;
	sm->stored = number;
	sm_move_base(sm);
	return sm->base != before;
}

void sm_rewind(Sm *sm)
{
	sm->received = sm->base;
}

guint32 sm_handled(const Sm *sm)
{
	return sm->base;
}

guint32 sm_received(const Sm *sm)
{
	return sm->received;
}

gboolean sm_parse_count(const char *text, guint32 *count)
{
	guint64 value = 0;

	if (!text || !*text)
		return FALSE;
	for (; *text; text++) {
		if (!g_ascii_isdigit(*text))
			return FALSE;
		value = value * 10 + (guint64)(*text - '0');
		if (value > G_MAXUINT32)
			return FALSE;
	}
	*count = (guint32)value;
	return TRUE;
}
