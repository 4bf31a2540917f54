/* sip.c: see sip.h. */
#include "config.h"
#include "purple/sip.h"
#include "purple/host.h"
#include <string.h>

/* A server answers with rport to where the question came from (RFC 3581), so no address of ours is needed. The plugin drops the answer. */
void sip_ping(PurpleConnection *gc)
{
	const char *user = purple_account_get_username(host.account), *at = strchr(user, '@');
	g_autofree char *id = g_uuid_string_random();
	const char *way = purple_account_get_bool(host.account, "udp", FALSE) ? "UDP" : "TCP";
	g_autofree char *text = g_strdup_printf("OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1;rport;branch=z9hG4bK%s\r\nFrom: <sip:%s>;tag=%.8s\r\n"
		"To: <sip:%s>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		at ? at + 1 : user, way, id, user, id, at ? at + 1 : user, id);
	if (host.protocol->send_raw)
		host.protocol->send_raw(gc, text, (int)strlen(text));
}
