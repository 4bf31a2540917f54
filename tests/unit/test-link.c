/* test-link.c: a connection that speaks the line protocol: handshake, refused lines, back-pressure, freeing in a callback. */
#include "wire/link.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
	Link *link;
	int peer;
	guint hellos, messages, drained;
	gboolean closed, free_in_message;
	char *why;
} Fixture;

static void on_message(Link *link, const Wire *message, gpointer user)
{
	Fixture *f = user;
	g_assert_cmpint(message->kind, ==, WIRE_IDLE);
	f->messages++;
	if (f->free_in_message) {
		link_free(link);
		f->link = NULL;
	}
}

static void on_hello(Link *link G_GNUC_UNUSED, const WireHello *hello, gpointer user)
{
	g_assert_cmpint(hello->side, ==, SIDE_SCREEN);
	((Fixture *)user)->hellos++;
}

static void on_closed(Link *link G_GNUC_UNUSED, const char *why, gpointer user)
{
	Fixture *f = user;
	f->closed = TRUE;
	f->why = g_strdup(why);
}

static void on_drained(Link *link G_GNUC_UNUSED, gpointer user)
{
	((Fixture *)user)->drained++;
}

static const LinkEvents events = { on_message, on_hello, on_closed, on_drained };

static void set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	int pair[2];
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	f->peer = pair[1];
	f->link = link_new(pair[0], SIDE_HUB, NULL, WIRE_C2H, &events, f);
}

static void tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	link_free(f->link);
	close(f->peer);
	g_free(f->why);
}

static void say(Fixture *f, const char *text)
{
	g_assert_cmpint(send(f->peer, text, strlen(text), 0), ==, (gssize)strlen(text));
}

static void turn(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

#define HELLO "{\"kind\":\"hello\",\"version\":1,\"program\":\"t\",\"side\":\"screen\"}\n"
#define IDLE "{\"kind\":\"idle\"}\n"

static void test_messages(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	char buffer[4096];
	say(f, HELLO IDLE "{\"kind\":");
	turn();
	g_assert_cmpuint(f->hellos, ==, 1);
	g_assert_cmpuint(f->messages, ==, 1);
	say(f, "\"idle\"}\n");
	turn();
	g_assert_cmpuint(f->messages, ==, 2);
	gssize n = recv(f->peer, buffer, sizeof buffer - 1, MSG_DONTWAIT);
	g_assert_cmpint(n, >, 0);
	buffer[n] = '\0';
	g_assert_nonnull(strstr(buffer, "\"kind\":\"hello\",\"version\":1"));
}

static void test_version(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	say(f, "{\"kind\":\"hello\",\"version\":2,\"program\":\"t\",\"side\":\"screen\"}\n");
	turn();
	g_assert_true(f->closed);
	g_assert_nonnull(strstr(f->why, "version 1"));
}

static void test_no_hello(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	say(f, IDLE);
	turn();
	g_assert_true(f->closed);
	g_assert_cmpuint(f->messages, ==, 0);
}

static void test_refused(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	char buffer[65536];
	say(f, HELLO "{\"kind\":\"command\",\"request\":9}\n");
	turn();
	gssize n = recv(f->peer, buffer, sizeof buffer - 1, MSG_DONTWAIT);
	buffer[n] = '\0';
	g_assert_nonnull(strstr(buffer, "\"kind\":\"error\",\"request\":9,\"text\":\"command.line: missing\""));
	for (int i = 0; i < 99; i++)
		say(f, "nonsense\n");
	turn();
	g_assert_false(f->closed);
	say(f, "nonsense\n");
	turn();
	g_assert_true(f->closed);
}

static void test_end(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	say(f, HELLO);
	shutdown(f->peer, SHUT_WR);
	turn();
	g_assert_true(f->closed);
	g_assert_null(f->why);
}

static void test_long_line(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *chunk = g_strnfill(60000, 'x');
	say(f, HELLO);
	for (int i = 0; i < 20 && !f->closed; i++) {
		say(f, chunk);
		turn();
	}
	g_assert_true(f->closed);
	g_assert_nonnull(strstr(f->why, "1 MiB"));
}

static void test_freed(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	f->free_in_message = TRUE;
	say(f, HELLO IDLE IDLE IDLE);
	turn();
	g_assert_cmpuint(f->messages, ==, 1);
	g_assert_null(f->link);
}

static void test_backlog(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	g_autofree char *text = g_strnfill(100000, 'x');
	char buffer[65536];
	gsize sent = 0, got = 0;
	say(f, HELLO);
	turn();
	for (int i = 0; i < 30; i++)
		link_send(f->link, &WIRE(NOTICE, Notice, .text = text));
	turn();
	sent = link_backlog(f->link);
	g_assert_cmpuint(sent, >, 1000000);
	g_assert_cmpuint(f->drained, ==, 0);
	while (!f->drained) {
		gssize n = recv(f->peer, buffer, sizeof buffer, MSG_DONTWAIT);
		got += n > 0 ? (gsize)n : 0;
		turn();
	}
	g_assert_cmpuint(link_backlog(f->link), ==, 0);
	g_assert_cmpuint(f->drained, ==, 1);
	g_assert_cmpuint(got, >, sent - 1000000);
}

static void test_pause(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
	say(f, HELLO);
	turn();
	link_pause(f->link, TRUE);
	say(f, IDLE);
	turn();
	g_assert_cmpuint(f->messages, ==, 0);
	link_pause(f->link, FALSE);
	turn();
	g_assert_cmpuint(f->messages, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add("/link/" #name, Fixture, NULL, set_up, test_##name, tear_down)
	TEST(messages);
	TEST(version);
	TEST(no_hello);
	TEST(refused);
	TEST(end);
	TEST(long_line);
	TEST(freed);
	TEST(backlog);
	TEST(pause);
	return g_test_run();
}
