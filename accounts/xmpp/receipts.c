/* receipts.c: did it reach the other's program. See receipts.h. XEP-0184.
 *
 * A receipt tells that we are online, so only who may see our presence gets one; and only when the message is stored here. */
#include "receipts.h"

#include <string.h>

#include "base/secret.h"
#include "chat.h"
#include "disco.h"
#include "intake.h"
#include "roster.h"

typedef struct {
	char *to, *id; /* owned */
} Receipt;

static void receipt_free(gpointer data)
{
	Receipt *receipt = data;
	g_free(receipt->to);
	g_free(receipt->id);
	g_free(receipt);
}

void receipts_ask(xmpp_stanza_t *message)
{
	element_add(message, "request", NS_RECEIPTS);
}

static void on_stored(Session *session, gpointer user)
{
	const Receipt *receipt = user;
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	g_autofree char *own_id = secret_random_id();

	element_set(message, "to", receipt->to);
	element_set(message, "type", "chat");
	element_set(message, "id", own_id);
	element_set(element_add(message, "received", NS_RECEIPTS), "id", receipt->id);
	element_add(message, "store", NS_HINTS);
	session_send(session, message);
}

/* <message from='a@b/c' id='1'><body>Hi</body><request xmlns='urn:xmpp:receipts'/></message> */
static void answer(Session *session, const Arrival *arrival)
{
	MessageKind type;
	if (arrival->carbon || !arrival->id || !*arrival->id || strcmp(arrival->bare, session->own) == 0 ||
	    !element_child(arrival->stanza, "request", NS_RECEIPTS) || !chat_words(session, arrival->stanza, &type) ||
	    !roster_may_see_us(session, arrival->bare) || !backend_setting_flag(session->backend, "send_receipts", TRUE))
		return;
	Receipt *receipt = g_new(Receipt, 1);
	*receipt = (Receipt){ g_strdup(arrival->from), g_strdup(arrival->id) };

	intake_when_stored(session, on_stored, receipt, receipt_free);
}

/* <message from='a@b/c'><received xmlns='urn:xmpp:receipts' id='…'/></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	if (strcmp(arrival->type, "groupchat") == 0)
		return FALSE;
	xmpp_stanza_t *received = element_child(arrival->stanza, "received", NS_RECEIPTS);
	const char *id = element_get(received, "id");
	if (id && *id && strlen(id) <= FIT_ID && !arrival->to)
		backend_send(session->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = session->account, .chat = arrival->bare,
						     .own_id = id, .state = MESSAGE_DELIVERED));
	answer(session, arrival);
	return FALSE;
}

void receipts_attach(Session *session)
{
	session_on_message(session, STEP_RECEIPT, on_message);
	disco_add_feature(session, NS_RECEIPTS);
}
