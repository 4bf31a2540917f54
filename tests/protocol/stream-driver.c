/* stream-driver.c: a Stream on a command line, for tests/protocol/test-xmpp-stream.py.
 *
 * Configuration as key=value arguments (user, domain, password, server, port, tls, ca_file, pin, proxy, insecure,
 * allow_weaker, resource, state (a file), handled, handled_session, bytes, elements). Commands on standard input,
 * one a line; what happens on standard output, one JSON object a line. What is printed and flushed for a stanza counts as
 * stored, so it is reported as handled at once, unless store=no. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "xmpp/stream.h"

typedef struct {
	Stream *stream;
	xmpp_ctx_t *ctx;
	GMainLoop *loop;
	GDataInputStream *in;
	GHashTable *options;
	gboolean store;		/* stanzas count as handled when printed */
	gboolean quiet;		/* only counts stanzas */
	gboolean free_online;	/* frees the stream inside on_online */
	int again;		/* reconnects inside on_closed that are left */
	guint64 stanzas;
	guint64 bytes;
	gint64 first, last;	/* monotonic µs of stanzas */
	gint64 beat;		/* monotonic µs of the last turn of the loop */
	gint64 worst;		/* longest turn in µs */
	guint64 turns;
} Driver;

static void say(const char *event, ...) G_GNUC_NULL_TERMINATED;

static void print_quoted(const char *text)
{
	putchar('"');
	for (; text && *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((guchar)*text < 0x20)
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

/* Pairs of name and text; a NULL text is left out. */
static void say(const char *event, ...)
{
	va_list args;
	const char *name;

	va_start(args, event);
	printf("{\"event\":");
	print_quoted(event);
	while ((name = va_arg(args, const char *))) {
		const char *text = va_arg(args, const char *);
		if (text) {
			printf(",\"%s\":", name);
			print_quoted(text);
		}
	}
	va_end(args);
	printf("}\n");
	fflush(stdout);
}

static char *number(gint64 n)
{
	static char buffers[8][24];
	static int next;

	next = (next + 1) % 8;
	g_snprintf(buffers[next], sizeof buffers[next], "%" G_GINT64_FORMAT, n);
	return buffers[next];
}

static void on_progress(gpointer owner G_GNUC_UNUSED, const char *word)
{
	say("progress", "word", word, NULL);
}

static void on_certificate(gpointer owner G_GNUC_UNUSED, const StreamCertificate *c)
{
	g_autofree char *wrong = g_strjoinv(", ", (char **)c->wrong);
	g_autofree char *chain = g_strjoinv("\n", (char **)c->chain);

	say("certificate", "subject", c->subject, "issuer", c->issuer, "names", c->names, "sha256", c->sha256, "sha1",
	    c->sha1, "from", number(c->valid_from), "until", number(c->valid_until), "wrong", wrong, "chain", chain,
	    "pin_broken", c->pin_broken ? "yes" : "no", NULL);
}

static void on_online(gpointer owner, const StreamOnline *online)
{
	Driver *d = owner;
	g_autofree char *security = stream_security(d->stream);

	say("online", "resumed", online->resumed ? "yes" : "no", "jid", online->jid, "session", online->session,
	    "handled", online->handled_known ? number(online->handled) : NULL, "handled_session",
	    online->handled_session, "acks", online->acks ? "yes" : "no", "security", security, "sent",
	    number(stream_count_sent(d->stream)), NULL);
	if (d->free_online)
		g_clear_pointer(&d->stream, stream_free);
}

static void on_stanza(gpointer owner, xmpp_stanza_t *stanza, guint32 inbound)
{
	Driver *d = owner;
	gint64 now = g_get_monotonic_time();

	d->stanzas++;
	d->last = now;
	if (!d->first)
		d->first = now;
	if (!d->quiet) {
		char *body = strcmp(xmpp_stanza_get_name(stanza), "message") == 0 ? xmpp_message_get_body(stanza) : NULL;
		gsize size = body ? strlen(body) : 0;
		if (size > 200)
			body[20] = '\0';
		say("stanza", "name", xmpp_stanza_get_name(stanza), "type", xmpp_stanza_get_type(stanza), "id",
		    xmpp_stanza_get_id(stanza), "from", xmpp_stanza_get_from(stanza), "body", body, "size", number(size),
		    "inbound", number(inbound), "session", stream_session(d->stream), NULL);
		if (body)
			xmpp_free(d->ctx, body);
	} else if (g_strcmp0(xmpp_stanza_get_id(stanza), "end") == 0) {
		say("end", NULL);
	}
	if (d->store)
		stream_set_handled(d->stream, inbound);
}

static void on_dropped(gpointer owner, xmpp_stanza_t *head, guint32 inbound, const char *why)
{
	Driver *d = owner;

	say("dropped", "name", xmpp_stanza_get_name(head), "from", xmpp_stanza_get_from(head), "why", why, "inbound",
	    number(inbound), NULL);
	if (d->store)
		stream_set_handled(d->stream, inbound);
}

static void on_acked(gpointer owner G_GNUC_UNUSED, guint32 outbound)
{
	say("acked", "number", number(outbound), NULL);
}

/* The state file is replaced as a whole: the process may be killed at any moment. */
static void on_state(gpointer owner, const char *state)
{
	Driver *d = owner;
	const char *file = g_hash_table_lookup(d->options, "state");

	if (file && !g_file_set_contents(file, state, -1, NULL))
		abort();
	say("state", "text", state, NULL);
}

static void on_closed(gpointer owner, StreamReason reason, const char *text)
{
	Driver *d = owner;

	say("closed", "reason", stream_reason_word(reason), "text", text, NULL);
	if (d->again > 0) {
		d->again--;
		stream_connect(d->stream);
	}
}

static const StreamEvents events = {
	.on_progress = on_progress,
	.on_certificate = on_certificate,
	.on_online = on_online,
	.on_stanza = on_stanza,
	.on_dropped = on_dropped,
	.on_acked = on_acked,
	.on_state = on_state,
	.on_closed = on_closed,
};

static void send_message(Driver *d, const char *to, const char *body, const char *id)
{
	xmpp_stanza_t *message = xmpp_message_new(d->ctx, "chat", to, id);

	xmpp_message_set_body(message, body);
	if (g_hash_table_contains(d->options, "log")) {	/* what an outbox does: first the number, then the bytes */
		printf("{\"event\":\"mark\",\"id\":\"%s\",\"session\":\"%s\",\"number\":\"%u\"}\n", id,
		       stream_session(d->stream), stream_count_sent(d->stream) + 1);
		fflush(stdout);
	}
	guint32 n = stream_send(d->stream, message);
	xmpp_stanza_release(message);
	if (!d->quiet)
		say("sent", "id", id, "number", number(n), NULL);
}

static void say_usage(Driver *d)
{
	struct rusage r;
	struct mallinfo2 m = mallinfo2();
	double cpu, seconds = (d->last - d->first) / 1e6;
	char a[32], b[32], c[32];

	getrusage(RUSAGE_SELF, &r);
	cpu = r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
	g_snprintf(a, sizeof a, "%.3f", cpu);
	g_snprintf(b, sizeof b, "%.3f", seconds);
	g_snprintf(c, sizeof c, "%.1f", d->worst / 1e3);
	say("usage", "cpu", a, "stanzas", number(d->stanzas), "seconds", b, "heap", number(m.uordblks + m.hblkhd), "worst_ms",
	    c, "turns", number(d->turns), "backlog", number(stream_backlog(d->stream)), NULL);
	d->worst = 0;
	d->beat = 0;
}

/* Names the longest time between two polls: how long the loop was deaf. */
static Driver *polled;
static gint poll_watched(GPollFD *fds, guint n, gint timeout)
{
	gint64 now = g_get_monotonic_time();
	gint got;

	if (polled->beat && now - polled->beat > polled->worst)
		polled->worst = now - polled->beat;
	got = g_poll(fds, n, timeout);
	polled->beat = g_get_monotonic_time();
	polled->turns++;
	return got;
}

static void do_command(Driver *d, const char *line)
{
	g_auto(GStrv) w = g_strsplit(line, " ", 4);
	guint n = g_strv_length(w);

	if (strcmp(w[0], "connect") == 0) {
		stream_connect(d->stream);
	} else if (strcmp(w[0], "end") == 0) {
		stream_close(d->stream, STREAM_LEAVE_END);
	} else if (strcmp(w[0], "keep") == 0) {
		stream_close(d->stream, STREAM_LEAVE_KEEP);
	} else if (strcmp(w[0], "again") == 0 && n > 1) {
		d->again = atoi(w[1]);
	} else if (strcmp(w[0], "answer") == 0 && n > 1) {
		stream_answer_certificate(d->stream, strcmp(w[1], "yes") == 0);
	} else if (strcmp(w[0], "message") == 0 && n == 4) {	/* message ID TO TEXT */
		send_message(d, w[2], w[3], w[1]);
	} else if (strcmp(w[0], "many") == 0 && n == 4) {	/* many COUNT TO PREFIX */
		for (int i = 1; i <= atoi(w[1]); i++) {
			g_autofree char *id = g_strdup_printf("%s%d", w[3], i);
			send_message(d, w[2], id, id);
		}
	} else if (strcmp(w[0], "big") == 0 && n == 4) {	/* big BYTES TO ID */
		g_autofree char *body = g_strnfill(atoi(w[1]), 'x');
		send_message(d, w[2], body, w[3]);
	} else if (strcmp(w[0], "raw") == 0) {
		guint32 sent = stream_send_text(d->stream, line + 4, strlen(line + 4));
		say("sent", "number", number(sent), NULL);
	} else if (strcmp(w[0], "nonza") == 0) {
		stream_send_nonza(d->stream, line + 6);
	} else if (strcmp(w[0], "probe") == 0 && n > 1) {
		stream_probe(d->stream, (guint)atoi(w[1]));
	} else if (strcmp(w[0], "handled") == 0 && n > 1) {
		stream_set_handled(d->stream, (guint32)strtoul(w[1], NULL, 10));
	} else if (strcmp(w[0], "store") == 0 && n > 1) {
		d->store = strcmp(w[1], "yes") == 0;
	} else if (strcmp(w[0], "pause") == 0 && n > 1) {
		stream_pause(d->stream, strcmp(w[1], "yes") == 0);
	} else if (strcmp(w[0], "password") == 0 && n > 1) {
		stream_set_password(d->stream, w[1]);
	} else if (strcmp(w[0], "quiet") == 0) {
		d->quiet = TRUE;
	} else if (strcmp(w[0], "usage") == 0) {
		say_usage(d);
	} else if (strcmp(w[0], "free") == 0) {
		g_clear_pointer(&d->stream, stream_free);
		say("freed", NULL);
	} else if (strcmp(w[0], "free-online") == 0) {
		d->free_online = TRUE;
	} else {
		say("error", "text", line, NULL);
	}
}

static void on_line(GObject *source, GAsyncResult *result, gpointer data)
{
	Driver *d = data;
	g_autofree char *line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);

	if (!line || strcmp(line, "quit") == 0) {
		g_main_loop_quit(d->loop);
		return;
	}
	if (d->stream)
		do_command(d, line);
	g_data_input_stream_read_line_async(d->in, G_PRIORITY_DEFAULT, NULL, on_line, d);
}

static const char *option(Driver *d, const char *key)
{
	return g_hash_table_lookup(d->options, key);
}

static StreamTls tls_of(const char *word)
{
	static const char *const names[] = { "any", "starttls", "direct", "off" };

	for (guint i = 0; word && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], word) == 0)
			return (StreamTls)i;
	return STREAM_TLS_ANY;
}

int main(int argc, char **argv)
{
	Driver d = { .store = TRUE };
	g_autofree char *state = NULL;

	signal(SIGPIPE, SIG_IGN);
	d.options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (value)
			g_hash_table_insert(d.options, g_strndup(argv[i], value - argv[i]), g_strdup(value + 1));
	}
	if (option(&d, "state"))
		g_file_get_contents(option(&d, "state"), &state, NULL, NULL);
	const char *port = option(&d, "port"), *handled = option(&d, "handled");
	const char *bytes = option(&d, "bytes"), *elements = option(&d, "elements");
	StreamConfig config = {
		.user = option(&d, "user"),
		.domain = option(&d, "domain"),
		.resource = option(&d, "resource"),
		.password = option(&d, "password"),
		.server = option(&d, "server"),
		.port = port ? (guint16)atoi(port) : 0,
		.tls = tls_of(option(&d, "tls")),
		.insecure = option(&d, "insecure") != NULL,
		.allow_weaker = option(&d, "allow_weaker") != NULL,
		.ca_file = option(&d, "ca_file"),
		.pin = option(&d, "pin"),
		.proxy = option(&d, "proxy"),
		.limits = { .bytes = bytes ? strtoul(bytes, NULL, 10) : 0,
			    .elements = elements ? (guint)strtoul(elements, NULL, 10) : 0 },
		.state = state,
		.handled_session = option(&d, "handled_session"),
		.handled = handled ? (guint32)strtoul(handled, NULL, 10) : 0,
	};
	polled = &d;
	g_main_context_set_poll_func(NULL, poll_watched);
	xmpp_initialize();
	d.ctx = xmpp_ctx_new(NULL, NULL);
	d.stream = stream_new(d.ctx, &config, &events, &d);
	d.loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GInputStream) standard = g_unix_input_stream_new(0, FALSE);
	d.in = g_data_input_stream_new(standard);
	say("ready", NULL);
	g_data_input_stream_read_line_async(d.in, G_PRIORITY_DEFAULT, NULL, on_line, &d);
	g_main_loop_run(d.loop);
	stream_free(d.stream);
	while (g_main_context_iteration(NULL, FALSE))
		;
	xmpp_ctx_free(d.ctx);
	xmpp_shutdown();
	g_main_loop_unref(d.loop);
	g_object_unref(d.in);
	g_hash_table_unref(d.options);
	return 0;
}
