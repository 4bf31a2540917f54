/* delay.c: when a stanza was really sent. See delay.h.
 *
 * A sender can put a delay of his own into a message and name our server in it; so what is in the future, or before XMPP was, is not
 * believed either, and the order in a chat stays that of arrival (the hub's concern). */
#include "delay.h"

#include "base/moment.h"

/* 1999-01-01 */
#define FIRST (G_GINT64_CONSTANT(915148800) * G_USEC_PER_SEC)

gint64 delay_of(Session *session, xmpp_stanza_t *stanza, const char *room)
{
	xmpp_stanza_t *delay = NULL;
	while ((delay = element_next(stanza, delay, "delay", NS_DELAY))) {
		const char *from = element_get(delay, "from");
		const char *stamp = element_get(delay, "stamp");
		g_autofree char *by = from ? jid_normalise(from) : NULL;
		gboolean trusted = room ? !from || (by && jid_same_bare(by, room))
					: by && (g_strcmp0(by, session->domain) == 0 || g_strcmp0(by, session->own) == 0 || g_strcmp0(by, session->jid) == 0);
		gint64 moment;
		if (trusted && stamp && moment_parse(stamp, &moment, NULL) && moment >= FIRST && moment <= moment_now())
			return moment;
	}
	return 0;
}
