/* xmpp-fakes.c: a hub and a stream that only write down. See xmpp-fakes.h. */
#include "xmpp-fakes.h"

#include <stdio.h>
#include <string.h>

#include "xmpp/connection.h"
#include "xmpp/intake.h"
#include "xmpp/outbox.h"

struct Backend {
	char **settings, **kept;
	char *directory;
};

struct Stream {
	const StreamEvents *events;
	gpointer owner;
	xmpp_stanza_t *features;
};

static Fake *the_fake;
static Backend the_backend;
static Stream the_stream;

/* ---- the hub's end ---- */

const char *backend_account(const Backend *backend G_GNUC_UNUSED) { return "work"; }
const char *backend_directory(const Backend *backend) { return backend->directory; }

static const char *find(char **list, const char *key)
{
	gsize size = strlen(key);
	for (; list && *list; list++)
		if (strncmp(*list, key, size) == 0 && (*list)[size] == '=')
			return *list + size + 1;
	return NULL;
}

const char *backend_setting(const Backend *backend, const char *key) { return find(backend->settings, key); }
const char *backend_kept(const Backend *backend, const char *key) { return find(backend->kept, key); }

gboolean backend_setting_flag(const Backend *backend, const char *key, gboolean standard)
{
	const char *value = find(backend->settings, key);
	return value ? strcmp(value, "yes") == 0 : standard;
}

void backend_send(Backend *backend G_GNUC_UNUSED, const void *message)
{
	wire_encode(the_fake->events, message);
	if (((const Wire *)message)->kind == WIRE_KEEP) {
		const WireKeep *keep = message;
		g_ptr_array_insert(the_fake->kept, 0, g_strdup_printf("%s=%s", keep->key, keep->value ? keep->value : ""));
	}
	if (((const Wire *)message)->kind == WIRE_MESSAGE && ((const WireMessage *)message)->cursor)
		g_ptr_array_insert(the_fake->kept, 0, g_strdup_printf("cursor=%s", ((const WireMessage *)message)->cursor));
}

gint64 backend_next_commit(Backend *backend G_GNUC_UNUSED) { return ++the_fake->commit; }
gsize backend_backlog(const Backend *backend G_GNUC_UNUSED) { return the_fake->backlog; }

void backend_done(Backend *backend, gint64 request, const char *text)
{
	if (request)
		backend_send(backend, &WIRE(DONE, Done, .request = request, .text = text));
}

void backend_fail(Backend *backend, gint64 request, const char *text)
{
	if (request)
		backend_send(backend, &WIRE(ERROR, Error, .request = request, .text = text));
}

void backend_state(Backend *backend, AccountState state, Reason reason, const char *text)
{
	backend_send(backend, &WIRE(STATE, State, .account = "work", .state = state, .reason = reason, .text = text));
}

void backend_notice(Backend *backend, const char *chat, gboolean failure, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	backend_send(backend, &WIRE(NOTICE, Notice, .account = "work", .chat = chat, .failure = failure, .text = text));
}

/* ---- the stream's end ---- */

Stream *stream_new(xmpp_ctx_t *ctx G_GNUC_UNUSED, const StreamConfig *config G_GNUC_UNUSED, const StreamEvents *events, gpointer owner)
{
	the_stream = (Stream){ events, owner, NULL };
	return &the_stream;
}

void stream_free(Stream *stream)
{
	if (stream->features)
		xmpp_stanza_release(stream->features);
	stream->features = NULL;
}

void stream_set_password(Stream *stream G_GNUC_UNUSED, const char *password G_GNUC_UNUSED) {}
void stream_connect(Stream *stream G_GNUC_UNUSED) {}
void stream_close(Stream *stream, StreamLeave how G_GNUC_UNUSED) { stream->events->on_closed(stream->owner, STREAM_ENDED, "ended"); }
void stream_answer_certificate(Stream *stream G_GNUC_UNUSED, gboolean accept) { g_string_append_printf(the_fake->sent, "certificate %d\n", accept); }
void stream_send_nonza(Stream *stream G_GNUC_UNUSED, const char *xml) { g_string_append_printf(the_fake->sent, "%s\n", xml); }
guint32 stream_count_sent(const Stream *stream G_GNUC_UNUSED) { return the_fake->count; }
guint32 stream_count_acked(const Stream *stream G_GNUC_UNUSED) { return the_fake->acked; }
void stream_set_handled(Stream *stream G_GNUC_UNUSED, guint32 inbound) { the_fake->handled = inbound; }
char *stream_state(const Stream *stream G_GNUC_UNUSED) { return g_strdup("state"); }
void stream_probe(Stream *stream G_GNUC_UNUSED, guint ms G_GNUC_UNUSED) {}
void stream_pause(Stream *stream G_GNUC_UNUSED, gboolean paused) { the_fake->paused = paused; }
xmpp_stanza_t *stream_features(const Stream *stream) { return stream->features; }
char *stream_security(const Stream *stream G_GNUC_UNUSED) { return NULL; }

guint32 stream_send(Stream *stream G_GNUC_UNUSED, xmpp_stanza_t *stanza)
{
	char *text;
	size_t size;
	xmpp_stanza_to_text(stanza, &text, &size);
	g_string_append_len(the_fake->sent, text, (gssize)size);
	g_string_append_c(the_fake->sent, '\n');
	xmpp_free(the_fake->session->ctx, text);
	return ++the_fake->count;
}

/* ---- the test's end ---- */

Fake *fake_new(const char *const *keep, const char *const *settings)
{
	Fake *fake = g_new0(Fake, 1);
	the_fake = fake;
	fake->events = g_string_new(NULL);
	fake->sent = g_string_new(NULL);
	fake->kept = g_ptr_array_new_with_free_func(g_free);
	the_backend.settings = g_strdupv((char **)settings);
	the_backend.kept = g_strdupv((char **)keep);
	the_backend.directory = g_dir_make_tmp("kith-test-XXXXXX", NULL);
	fake->session = session_new(&the_backend);
	g_assert_true(session_configure(fake->session, &(WireConfigure){ .account = "work", .protocol = "xmpp", .address = "Alice@Kith.Test" }));
	return fake;
}

void fake_free(Fake *fake)
{
	g_autofree char *copy = g_build_filename(the_backend.directory, "contacts", NULL);
	session_free(fake->session);
	remove(copy);
	remove(the_backend.directory);
	g_free(the_backend.directory);
	g_strfreev(the_backend.settings);
	g_strfreev(the_backend.kept);
	g_string_free(fake->events, TRUE);
	g_string_free(fake->sent, TRUE);
	g_ptr_array_unref(fake->kept);
	g_free(fake->features);
	g_free(fake);
}

void fake_online(Fake *fake, gboolean resumed)
{
	static guint sessions;
	static char name[20];
	fake_wish(fake, &WIRE(CONNECT, Connect, .account = "work", .password = "secret", .presence = PRESENCE_ONLINE));
	if (the_stream.features)
		xmpp_stanza_release(the_stream.features);
	the_stream.features = xmpp_stanza_new_from_string(fake->session->ctx, fake->features ? fake->features : "<features xmlns='http://etherx.jabber.org/streams'/>");
	if (!resumed) {
		g_snprintf(name, sizeof name, "session%u", ++sessions);
		fake->count = fake->acked = fake->inbound = fake->handled = 0;
	}
	g_string_truncate(fake->events, 0);
	g_string_truncate(fake->sent, 0);
	the_stream.events->on_online(the_stream.owner, &(StreamOnline){ .resumed = resumed, .jid = "alice@kith.test/here", .session = name, .acks = TRUE });
	fake_commit(fake);
}

void fake_lose(Fake *fake G_GNUC_UNUSED)
{
	the_stream.events->on_closed(the_stream.owner, STREAM_NETWORK_LOST, "the connection broke");
}

void fake_wish(Fake *fake, const void *wish)
{
	dispatch_wish(fake->session, wish);
}

void fake_receive(Fake *fake, const char *xml)
{
	g_autofree char *text = strstr(xml, "xmlns='jabber:client'") ? g_strdup(xml) : NULL;
	if (!text) {
		gsize name = strcspn(xml, " />");
		text = g_strdup_printf("%.*s xmlns='jabber:client'%s", (int)name, xml, xml + name);
	}
	xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(fake->session->ctx, text);
	g_assert_nonnull(stanza);
	the_stream.events->on_stanza(the_stream.owner, stanza, ++fake->inbound);
	xmpp_stanza_release(stanza);
}

void fake_commit(Fake *fake)
{
	gint64 commit = fake->commit;
	intake_committed(fake->session, commit);
	outbox_committed(fake->session, commit);
}

void fake_ack(Fake *fake)
{
	fake->acked = fake->count;
	the_stream.events->on_acked(the_stream.owner, fake->acked);
}

void fake_answer(Fake *fake, const char *payload, const char *from, const char *xml)
{
	g_auto(GStrv) lines = g_strsplit(fake->sent->str, "\n", -1);
	for (guint i = g_strv_length(lines); i-- > 0;) {
		const char *id;
		if (!strstr(lines[i], payload) || !(id = strstr(lines[i], " id=\"")))
			continue;
		g_autofree char *copy = g_strndup(id + 5, strcspn(id + 5, "\""));
		g_autofree char *answer = from ? g_strdup_printf("<iq type='result' id='%s' from='%s'>%s</iq>", copy, from, xml)
					       : g_strdup_printf("<iq type='result' id='%s'>%s</iq>", copy, xml);
		fake_receive(fake, answer);
		return;
	}
	g_error("no request with \"%s\" in: %s", payload, fake->sent->str);
}

void fake_roster(Fake *fake)
{
	fake_answer(fake, "jabber:iq:roster", NULL,
		    "<query xmlns='jabber:iq:roster' ver='v1'><item jid='bob@kith.test' name='Bob' subscription='both'><group>Friends</group></item>"
		    "<item jid='carol@kith.test' subscription='to'/></query>");
}

static gboolean look(GString *where, const char *text)
{
	gboolean found = strstr(where->str, text) != NULL;
	if (g_test_verbose())
		g_test_message("%s", where->str);
	g_string_truncate(where, 0);
	return found;
}

gboolean fake_told(Fake *fake, const char *text) { return look(fake->events, text); }
gboolean fake_sent(Fake *fake, const char *text) { return look(fake->sent, text); }
