/* presence.c: who is there. See presence.h. RFC 6121 4.
 *
 * Kept are the devices of contacts in the list, at most DEVICES_MOST each; presence of anybody else is let go. The hub hears of a contact
 * only when its best device changes: highest priority, then readiest, then latest. */
#include "presence.h"

#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "room.h"
#include "roster.h"

#define DEVICES_MOST 32
#define STATUS_MOST 1024

typedef struct {
	char *resource; /* owned */
	char *status;   /* owned, or NULL */
	Presence show;
	gint8 priority;
	guint order;    /* grows with each presence */
} Device;

struct Presences {
	GHashTable *contacts; /* bare (owned) -> GPtrArray of Device */
	guint order;
	gboolean probe_due; /* presences are to be asked for, and the contacts are not known yet */
};

static void device_free(gpointer data)
{
	Device *device = data;
	g_free(device->resource);
	g_free(device->status);
	g_free(device);
}

/* ---- our own ---- */

static const char *const shows[] = {
	[PRESENCE_UNKNOWN] = NULL, [PRESENCE_OFFLINE] = NULL, [PRESENCE_ONLINE] = NULL, [PRESENCE_AWAY] = "away", [PRESENCE_XA] = "xa", [PRESENCE_DND] = "dnd",
};

void presence_set_own(Session *session, Presence presence, const char *status)
{
	session->show = presence;
	g_free(session->status);
	session->status = status && *status ? g_strdup(status) : NULL;
}

xmpp_stanza_t *presence_new(Session *session, const char *to)
{
	xmpp_stanza_t *presence = element_new(session->ctx, "presence", NULL);
	element_set(presence, "to", to);
	if (shows[session->show])
		element_add_text(presence, "show", NULL, shows[session->show]);
	if (session->status)
		element_add_text(presence, "status", NULL, session->status);
	caps_add(session, presence);
	return presence;
}

void presence_announce(Session *session)
{
	xmpp_stanza_t *presence = presence_new(session, NULL);
	const char *priority = backend_setting(session->backend, "priority");
	gint64 number;
	if (priority && g_ascii_string_to_signed(priority, 10, -128, 127, &number, NULL) && number != 0)
		element_add_text(presence, "priority", NULL, priority);
	session_send(session, presence);
	room_announce_all(session);
}

void presence_send_farewell(Session *session, const char *status)
{
	xmpp_stanza_t *presence = element_new(session->ctx, "presence", NULL);
	element_set(presence, "type", "unavailable");
	if (status && *status)
		element_add_text(presence, "status", NULL, status);
	stream_send(session->stream, presence);
	xmpp_stanza_release(presence);
}

static void on_show(Session *session, const Wire *wish)
{
	const WireShow *show = (const WireShow *)wish;
	presence_set_own(session, show->presence, show->status);
	if (session->online)
		presence_announce(session);
}

/* ---- the contacts' ---- */

Presence presence_of_show(const char *show)
{
	if (!show)
		return PRESENCE_ONLINE;
	for (guint i = PRESENCE_AWAY; i < G_N_ELEMENTS(shows); i++)
		if (strcmp(show, shows[i]) == 0)
			return (Presence)i;
	return PRESENCE_ONLINE;
}

static gboolean is_better(const Device *a, const Device *b)
{
	/* The words of Presence stand in the order of readiness, but for dnd, which is there and busy. */
	static const int readiness[] = { [PRESENCE_ONLINE] = 4, [PRESENCE_DND] = 3, [PRESENCE_AWAY] = 2, [PRESENCE_XA] = 1 };
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (a->show != b->show)
		return readiness[a->show] > readiness[b->show];
	return a->order > b->order;
}

static const Device *best_of(const GPtrArray *devices)
{
	const Device *best = NULL;
	for (guint i = 0; devices && i < devices->len; i++)
		if (!best || is_better(devices->pdata[i], best))
			best = devices->pdata[i];
	return best;
}

static void report(Session *session, const char *bare, const Device *best)
{
	backend_send(session->backend, &WIRE(PRESENCE, ContactPresence, .account = session->account, .address = bare,
					     .presence = best ? best->show : PRESENCE_OFFLINE, .status = best ? best->status : NULL,
					     .device = best ? best->resource : NULL));
}

static gint8 read_priority(const char *text)
{
	gint64 number;
	return text && g_ascii_string_to_signed(text, 10, -128, 127, &number, NULL) ? (gint8)number : 0;
}

static guint find_device(const GPtrArray *devices, const char *resource)
{
	guint i = 0;
	while (i < devices->len && strcmp(((Device *)devices->pdata[i])->resource, resource) != 0)
		i++;
	return i;
}

static void take_available(Session *session, const Arrival *arrival)
{
	struct Presences *presences = session->presences;
	const char *status = element_child_text(arrival->stanza, "status", NULL);
	const char *resource = arrival->resource ? arrival->resource : "";
	GPtrArray *devices = g_hash_table_lookup(presences->contacts, arrival->bare);

	if (!devices) {
		devices = g_ptr_array_new_full(1, device_free);
		g_hash_table_insert(presences->contacts, g_strdup(arrival->bare), devices);
	}
	guint i = find_device(devices, resource);
	if (i == devices->len) {
		if (devices->len >= DEVICES_MOST)
			return;
		Device *device = g_new0(Device, 1);
		device->resource = g_strdup(resource);
		g_ptr_array_add(devices, device);
	}
	Device *device = devices->pdata[i];
	g_free(device->status);
	device->status = status && *status ? g_strdup(session_fit(session, status, STATUS_MOST)) : NULL;
	device->show = presence_of_show(element_child_text(arrival->stanza, "show", NULL));
	device->priority = read_priority(element_child_text(arrival->stanza, "priority", NULL));
	device->order = ++presences->order;
	const Device *best = best_of(devices);
	if (best == device || devices->len > 1)
		report(session, arrival->bare, best);
}

static void take_unavailable(Session *session, const Arrival *arrival)
{
	struct Presences *presences = session->presences;
	GPtrArray *devices = g_hash_table_lookup(presences->contacts, arrival->bare);

	if (devices && arrival->resource) {
		guint i = find_device(devices, arrival->resource);
		if (i == devices->len)
			return;
		g_ptr_array_remove_index_fast(devices, i);
	}
	const Device *best = arrival->resource ? best_of(devices) : NULL;
	if (best) {
		report(session, arrival->bare, best);
		return;
	}
	const char *status = element_child_text(arrival->stanza, "status", NULL);
	backend_send(session->backend, &WIRE(PRESENCE, ContactPresence, .account = session->account, .address = arrival->bare,
					     .presence = PRESENCE_OFFLINE, .status = status && *status ? session_fit(session, status, STATUS_MOST) : NULL));
	if (devices)
		g_hash_table_remove(presences->contacts, arrival->bare);
}

static gboolean on_presence(Session *session, const Arrival *arrival)
{
	if (!roster_has(session, arrival->bare))
		return FALSE;
	if (*arrival->type == '\0')
		take_available(session, arrival);
	else if (strcmp(arrival->type, "unavailable") == 0)
		take_unavailable(session, arrival);
	else
		return FALSE;
	return TRUE;
}

void presence_forget(Session *session, const char *bare)
{
	g_hash_table_remove(session->presences->contacts, bare);
}

const char *presence_best_resource(Session *session, const char *bare)
{
	const Device *best = best_of(g_hash_table_lookup(session->presences->contacts, bare));
	return best && *best->resource ? best->resource : NULL;
}

char *presence_describe(Session *session, const char *bare)
{
	const GPtrArray *devices = g_hash_table_lookup(session->presences->contacts, bare);
	if (!devices || devices->len == 0)
		return NULL;
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < devices->len; i++) {
		const Device *device = devices->pdata[i];
		g_string_append_printf(out, "%s%s: %s", out->len ? "\n" : "", *device->resource ? device->resource : "(no device name)",
				       wire_words_presence[device->show]);
		if (device->status)
			g_string_append_printf(out, " (%s)", device->status);
	}
	return g_string_free(out, FALSE);
}

/* After a resume by a new process: the server sends initial presences only once a session. */
static void probe(Session *session, const char *bare)
{
	xmpp_stanza_t *presence = element_new(session->ctx, "presence", NULL);
	element_set(presence, "type", "probe");
	element_set(presence, "to", bare);
	session_send(session, presence);
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	if (!resumed)
		g_hash_table_remove_all(session->presences->contacts);
	if (!resumed || fresh_process)
		presence_announce(session);
	session->presences->probe_due = resumed && fresh_process;
	if (roster_is_known(session))
		presence_on_roster(session);
}

void presence_on_roster(Session *session)
{
	if (session->presences->probe_due)
		roster_foreach_seen(session, probe);
	session->presences->probe_due = FALSE;
}

void presence_attach(Session *session)
{
	session->presences = g_new0(struct Presences, 1);
	session->presences->contacts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
	session_on_presence(session, on_presence);
	session_on_wish(session, WIRE_SHOW, on_show);
	session_on_life(session, on_online, NULL);
}

void presence_detach(Session *session)
{
	g_hash_table_unref(session->presences->contacts);
	g_clear_pointer(&session->presences, g_free);
}
