/* session.c: the one account of this process: its parts are put together here. See session.h. */
#include "session.h"

#include <string.h>

#include "archive-check.h"
#include "archive.h"
#include "attachment.h"
#include "attention.h"
#include "avatar.h"
#include "base/text.h"
#include "blocking.h"
#include "bookmarks.h"
#include "caps.h"
#include "carbons.h"
#include "certificate.h"
#include "chat.h"
#include "connection.h"
#include "correction.h"
#include "disco.h"
#include "info.h"
#include "intake.h"
#include "invite.h"
#include "iq.h"
#include "jingle.h"
#include "markers.h"
#include "outbox.h"
#include "ping.h"
#include "presence.h"
#include "pubsub.h"
#include "reaction.h"
#include "receipts.h"
#include "reply.h"
#include "retraction.h"
#include "room.h"
#include "roster.h"
#include "refusal.h"
#include "subscription.h"
#include "typing.h"
#include "upload.h"

/* The parts, in the order in which they hear of a connection: the contact list is asked for before presence goes out. */
static const struct {
	void (*attach)(Session *session);
	void (*detach)(Session *session); /* or NULL */
} parts[] = {
	{ dispatch_attach, dispatch_detach },
	{ disco_attach, disco_detach },
	{ iq_attach, iq_detach },
	{ intake_attach, intake_detach },
	{ outbox_attach, outbox_detach },
	{ connection_attach, connection_detach },
	{ certificate_attach, NULL },
	{ archive_attach, archive_detach }, /* before archive_check, which takes every other result */
	{ archive_check_attach, archive_check_detach },
	{ caps_attach, caps_detach },
	{ pubsub_attach, pubsub_detach },
	{ ping_attach, NULL },
	{ roster_attach, roster_detach },
	{ carbons_attach, carbons_detach },
	{ room_attach, room_detach },
	{ subscription_attach, subscription_detach },
	{ presence_attach, presence_detach },
	{ invite_attach, invite_detach },
	{ bookmarks_attach, bookmarks_detach },
	{ correction_attach, NULL },
	{ retraction_attach, NULL },
	{ reaction_attach, NULL },
	{ reply_attach, NULL },
	{ attachment_attach, NULL },
	{ attention_attach, attention_detach },
	{ receipts_attach, NULL },
	{ markers_attach, markers_detach },
	{ typing_attach, typing_detach },
	{ chat_attach, NULL },
	{ info_attach, NULL },
	{ avatar_attach, NULL },
	{ blocking_attach, NULL },
	{ upload_attach, upload_detach },
	{ jingle_attach, jingle_detach },
	{ refusal_attach, NULL },
};

Session *session_new(Backend *backend)
{
	Session *session = g_new0(Session, 1);
	session->backend = backend;
	session->ctx = xmpp_ctx_new(NULL, NULL);
	session->show = PRESENCE_ONLINE;
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		parts[i].attach(session);
	return session;
}

gboolean session_configure(Session *session, const WireConfigure *configure)
{
	g_autofree char *full = jid_normalise(configure->address);
	const char *error = NULL;

	session->account = g_strdup(configure->account);
	if (!full || !strchr(full, '@'))
		error = "is not an XMPP address: it must be NAME@SERVER";
	if (error) {
		g_autofree char *text = g_strdup_printf("\"%s\" %s", configure->address, error);
		backend_state(session->backend, ACCOUNT_ERROR, REASON_SETTINGS, session_fit(session, text, FIT_LABEL));
		return FALSE;
	}
	session->own = jid_bare(full);
	session->domain = jid_domain(full);
	connection_configure(session);
	roster_load(session);
	archive_load(session);
	return TRUE;
}

void session_free(Session *session)
{
	connection_drop(session);
	for (gsize i = G_N_ELEMENTS(parts); i-- > 0;)
		if (parts[i].detach)
			parts[i].detach(session);
	for (gsize i = 0; i < G_N_ELEMENTS(session->fits); i++)
		g_free(session->fits[i]);
	xmpp_ctx_free(session->ctx);
	g_free(session->account);
	g_free(session->own);
	g_free(session->domain);
	g_free(session->jid);
	g_free(session->status);
	g_free(session->pin);
	g_free(session->asked_pin);
	g_free(session);
}

void session_send(Session *session, xmpp_stanza_t *stanza)
{
	outbox_push(session, stanza);
}

const char *session_fit(Session *session, const char *text, gsize max)
{
	if (!text || strlen(text) <= max)
		return text;
	char **place = &session->fits[session->next_fit++ % G_N_ELEMENTS(session->fits)];
	g_free(*place);
	*place = text_shorten(text, max);
	return *place;
}

gboolean session_warns_first(Session *session, Warning warning)
{
	gboolean first = (session->warned & warning) == 0;
	session->warned |= warning;
	return first;
}
