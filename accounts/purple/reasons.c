/* reasons.c: libpurple's reasons for the end of a connection in kith's words.
 *
 * libpurple says "network error" for nearly everything and puts the cause into a text; the texts are English because kith-purple sets no
 * locale for messages.
 */
#include "config.h"
#include "purple/connection.h"
#include "purple/host.h"
#include <string.h>

typedef struct {
	const char *part;
	Reason reason;
	const char *sentence; /* %s is the address of the account */
} Text;

/* Looked for in this order in the text of an error of the network or of encryption. */
static const Text network_texts[] = {
	{ "local mDNS server", REASON_NETWORK, "avahi-daemon, which finds the people on the local network, does not run on this machine; install or start it" },
	{ "listen for incoming IM", REASON_NETWORK, "no port is free on this machine for \"%s\" to be reached at; another program may have the one in the setting \"port\"" },
	{ "initialize zephyr", REASON_NETWORK, "zhm, which knows the Zephyr servers, does not answer on this machine" },
	{ "set location", REASON_TIMEOUT, "no Zephyr server answers: zhm on this machine may have the wrong name" },
	{ "connect to ModemManager", REASON_NETWORK, "ModemManager, which drives the modem, does not run on this machine; install or start it" },
	{ "connect to modem", REASON_NETWORK, "ModemManager knows of no modem on this machine" },
	{ "refused", REASON_REFUSED, "the server of \"%s\" does not accept connections" },
	{ "resolve", REASON_HOST, "the server of \"%s\" is not known" },
	{ "resolving", REASON_HOST, "the server of \"%s\" is not known" },
	{ "Name or service not known", REASON_HOST, "the server of \"%s\" is not known" },
	{ "Name does not resolve", REASON_HOST, "the server of \"%s\" is not known" },
	{ "timed out", REASON_TIMEOUT, "the server of \"%s\" did not answer in time" },
	{ "unreachable", REASON_NETWORK, "the server of \"%s\" can't be reached from here" },
	{ "No route", REASON_NETWORK, "the server of \"%s\" can't be reached from here" },
	{ "Lost connection", REASON_NETWORK, "the connection to the server of \"%s\" was lost" },
	{ "closed the connection", REASON_SERVER, "the server of \"%s\" closed the connection" },
	{ "has disconnected", REASON_SERVER, "the server of \"%s\" closed the connection" },
	{ "Read error", REASON_NETWORK, "the connection to the server of \"%s\" was lost" },
	{ "Host Unknown", REASON_HOST, "the server that answered does not know the domain of \"%s\"" },
	{ "XML Parse error", REASON_PROTOCOL, "what answers is no server for \"%s\": its name or port may be wrong" },
	{ "not MRIM packet", REASON_PROTOCOL, "what answers is no server for \"%s\": its name or port may be wrong" },
	{ "reset by peer", REASON_NETWORK, "the connection to the server of \"%s\" was lost" },
	{ "invalid certificate", REASON_CERTIFICATE, "the certificate of the server of \"%s\" was not accepted" },
	{ "SSL Handshake Failed", REASON_NETWORK, "the server of \"%s\" agreed to no encrypted connection: the port may be one for plain connections" },
	{ "SSL Connection Failed", REASON_NETWORK, "no connection to the server of \"%s\" could be made: its name or port may be wrong, or it does not run" },
	{ "Connection failed", REASON_NETWORK, "no connection to the server of \"%s\" could be made: its name or port may be wrong, or it does not run" },
	{ "Unable to connect", REASON_NETWORK, "no connection to the server of \"%s\" could be made: its name or port may be wrong, or it does not run" },
	{ "ouldn't connect", REASON_NETWORK, "no connection to the server of \"%s\" could be made: its name or port may be wrong, or it does not run" },
	{ "onnection problem", REASON_NETWORK, "no connection to the server of \"%s\" could be made: its name or port may be wrong, or it does not run" },
	{ "Could not connect", REASON_NETWORK, "no connection to the server of \"%s\" could be made: its name or port may be wrong, or it does not run" },
	{ "Unknown error", REASON_NETWORK, "the connection to the server of \"%s\" failed, and the plugin does not tell why" },
	{ .part = NULL },
};

/* And in the text of a login that is not possible or was refused. A network's services may be away for a while. */
static const Text login_texts[] = {
	{ "server supplied", REASON_SETTINGS, "the address \"%s\" names no server: it is NAME|SERVER" },
	{ "does not support SASL", REASON_SERVER, "the server of \"%s\" offers no SASL now" },
	{ "No worthy", REASON_SETTINGS, "the password of \"%s\" does not go over a line that is not encrypted: ssl=yes encrypts it" },
	{ .part = NULL },
};

static const struct {
	PurpleConnectionError error;
	Reason reason;
	const char *sentence; /* %s is the address of the account, %w the network's own words; NULL: only those */
} errors[] = {
	{ PURPLE_CONNECTION_ERROR_NETWORK_ERROR, REASON_NETWORK, NULL },
	{ PURPLE_CONNECTION_ERROR_INVALID_USERNAME, REASON_SETTINGS, "the address or a setting of \"%s\" is wrong: %w" },
	{ PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED, REASON_PASSWORD, "the server refused the name or the password of \"%s\"" },
	{ PURPLE_CONNECTION_ERROR_AUTHENTICATION_IMPOSSIBLE, REASON_SETTINGS, NULL },
	{ PURPLE_CONNECTION_ERROR_NO_SSL_SUPPORT, REASON_TLS, NULL },
	{ PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR, REASON_TLS, NULL },
	{ PURPLE_CONNECTION_ERROR_NAME_IN_USE, REASON_CONFLICT, NULL },
	{ PURPLE_CONNECTION_ERROR_INVALID_SETTINGS, REASON_SETTINGS, "the address or a setting of \"%s\" is wrong: %w" },
	{ PURPLE_CONNECTION_ERROR_CERT_NOT_PROVIDED, REASON_CERTIFICATE, "the server of \"%s\" shows no certificate" },
	{ PURPLE_CONNECTION_ERROR_CERT_UNTRUSTED, REASON_CERTIFICATE, "the certificate of the server of \"%s\" is not trusted" },
	{ PURPLE_CONNECTION_ERROR_CERT_EXPIRED, REASON_CERTIFICATE, "the certificate of the server of \"%s\" has expired" },
	{ PURPLE_CONNECTION_ERROR_CERT_NOT_ACTIVATED, REASON_CERTIFICATE, "the certificate of the server of \"%s\" is not valid yet" },
	{ PURPLE_CONNECTION_ERROR_CERT_HOSTNAME_MISMATCH, REASON_CERTIFICATE, "the certificate of the server of \"%s\" belongs to another server" },
	{ PURPLE_CONNECTION_ERROR_CERT_FINGERPRINT_MISMATCH, REASON_CERTIFICATE, "the certificate of the server of \"%s\" has another fingerprint than expected" },
	{ PURPLE_CONNECTION_ERROR_CERT_SELF_SIGNED, REASON_CERTIFICATE, "the certificate of the server of \"%s\" is signed by nobody else" },
	{ PURPLE_CONNECTION_ERROR_CERT_OTHER_ERROR, REASON_CERTIFICATE, "the certificate of the server of \"%s\" was not accepted" },
	{ PURPLE_CONNECTION_ERROR_OTHER_ERROR, REASON_SERVER, NULL },
};

/* The network's words in kith's manner: one line, no capital in front (unless the word is one of capitals), no full stop. */
static char *own_words(const char *text)
{
	g_autofree char *given = host_name(text);
	g_auto(GStrv) lines = g_strsplit(given ? g_strstrip(given) : "", "\n", 2);
	if (!lines[0])
		return g_strdup("the network gave no reason");
	char *plain = lines[1] ? g_strdup_printf("%s: %s", g_strdelimit(g_strchomp(lines[0]), ".", '\0'), lines[1]) : g_strdup(lines[0]);
	g_strdelimit(plain, "\r\n", ' ');
	gsize length = strlen(plain);
	if (length && plain[length - 1] == '.')
		plain[length - 1] = '\0';
	if (g_ascii_isupper(plain[0]) && (g_ascii_islower(plain[1]) || g_str_has_prefix(plain, "A ")))
		plain[0] = g_ascii_tolower(plain[0]);
	return plain;
}

static char *about_account(const char *sentence, const char *words)
{
	g_autofree char *own = own_words(words);
	GString *text = g_string_new(sentence);
	g_string_replace(text, "%s", backend_address(host.backend), 1);
	if (g_str_has_suffix(sentence, "%w"))
		g_string_append(g_string_truncate(text, text->len - 2), own);
	return g_string_free(text, FALSE);
}

Reason connection_reason(PurpleConnectionError error, const char *text, char **sentence)
{
	gboolean network = error == PURPLE_CONNECTION_ERROR_NETWORK_ERROR || error == PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR;
	gboolean login = error == PURPLE_CONNECTION_ERROR_AUTHENTICATION_IMPOSSIBLE || error == PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED;
	const Text *known = network ? network_texts : login ? login_texts : NULL;
	if (error == PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED && host.quirks->vague_login) {
		*sentence = about_account("the name or the password of \"%s\" was refused, or no encrypted connection to the server could be made: "
			"the plugin does not tell which", text);
		return REASON_PASSWORD;
	}
	for (; known && text && known->part; known++) {
		if (strstr(text, known->part)) {
			*sentence = about_account(known->sentence, text);
			return known->reason;
		}
	}
	for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
		if (errors[i].error == error) {
			*sentence = about_account(errors[i].sentence ? errors[i].sentence : "%w", text);
			return errors[i].reason;
		}
	}
	*sentence = own_words(text);
	return REASON_SERVER;
}
