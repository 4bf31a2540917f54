/* ping.c: signs of life, answered. See ping.h. XEP-0199. Asking for them is the stream's work (stream_probe). */
#include "ping.h"

#include "disco.h"
#include "iq.h"

static gboolean on_ping(Session *session, const Arrival *arrival)
{
	session_send(session, iq_answer(session, arrival));
	return TRUE;
}

void ping_attach(Session *session)
{
	session_on_request(session, "get", "ping", NS_PING, on_ping);
	disco_add_feature(session, NS_PING);
}
