/* evil.c: the orders for everything that a plugin should not do.
 */
#include "plugin.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void evil_block(PurpleConnection *gc, const char *words)
{
	g_usleep((gulong)g_ascii_strtoull(words, NULL, 10) * G_USEC_PER_SEC);
	oracle_say(gc, "awake");
}

static void evil_spin(PurpleConnection *gc G_GNUC_UNUSED, const char *words G_GNUC_UNUSED)
{
	for (volatile guint i = 0;; i++)
		;
}

static void evil_abort(PurpleConnection *gc G_GNUC_UNUSED, const char *words G_GNUC_UNUSED)
{
	abort();
}

static void evil_segv(PurpleConnection *gc G_GNUC_UNUSED, const char *words G_GNUC_UNUSED)
{
	raise(SIGSEGV);
}

/* MiB that are never given back, a little at a time, so that the loop goes on. */
static gboolean leak_more(gpointer left)
{
	int *mib = left;
	memset(g_malloc(1 << 20), 1, 1 << 20);
	return --*mib > 0;
}

static void evil_leak(PurpleConnection *gc G_GNUC_UNUSED, const char *words)
{
	int *mib = g_new(int, 1);
	*mib = atoi(words);
	purple_timeout_add(1, leak_more, mib);
}

static void evil_bytes(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	serv_got_im(gc, "carol", "bad \377\376 bytes \303", 0, time(NULL));
	serv_got_im(gc, "car\377ol", "a bad name", 0, time(NULL));
	purple_notify_error(gc, "\377", "bad \300\200", "\355\240\200");
	serv_got_alias(gc, ORACLE, "al\377ias");
}

static void evil_big(PurpleConnection *gc, const char *words)
{
	gsize bytes = (gsize)g_ascii_strtoull(words, NULL, 10);
	char *text = g_malloc(bytes + 1);
	memset(text, 'x', bytes);
	text[bytes] = 0;
	serv_got_im(gc, "carol", text, 0, time(NULL));
	g_free(text);
	oracle_say(gc, "that was %s", words);
}

static void evil_html(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	static const char *const texts[] = { "<b><i><u>open", "</b></b></p>closed", "<a href='javascript:alert(1)'>click</a>", "<a href=\"", "<<<>>>&&&;;;", "&#0;&#x110000;&#55296;&#27;[31mred",
		"<img src=x onerror=y>", "<script>run()</script>after", "<!-- <b>hidden</b> -->shown", "<style>b{}</style>plain", "a\001\002\033b", "<font size='99999999999'>big</font>" };
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		serv_got_im(gc, "carol", texts[i], 0, time(NULL));
	GString *deep = g_string_new(NULL);
	for (int i = 0; i < 100000; i++)
		g_string_append(deep, "<blockquote>");
	g_string_append(deep, "deep");
	serv_got_im(gc, "carol", deep->str, 0, time(NULL));
	g_string_free(deep, TRUE);
	oracle_say(gc, "that was html");
}

/* In pieces, so that everything else goes on. */
static gboolean flood_more(gpointer data)
{
	int *left = data;
	PurpleAccount *account = purple_accounts_find("me@test.example", "prpl-kith-test");
	PurpleConnection *gc = account ? purple_account_get_connection(account) : NULL;
	for (int i = 0; gc && i < 1000 && *left > 0; i++, --*left) {
		char text[64];
		g_snprintf(text, sizeof text, "word %d", *left);
		serv_got_im(gc, "carol", text, 0, time(NULL));
	}
	if (gc && *left <= 0)
		oracle_say(gc, "that was a flood");
	return gc && *left > 0;
}

static void evil_flood(PurpleConnection *gc G_GNUC_UNUSED, const char *words)
{
	int *left = g_new(int, 1);
	*left = atoi(words);
	purple_timeout_add(1, flood_more, left);
}

/* More questions than anybody answers. */
static void evil_questions(PurpleConnection *gc, const char *words)
{
	for (int i = atoi(words); i > 0; i--)
		purple_request_action(gc, "Again", "And now?", NULL, 0, purple_connection_get_account(gc), NULL, NULL, gc, 1, "_OK", NULL);
}

static void evil_fail(PurpleConnection *gc, const char *words)
{
	purple_connection_error_reason(gc, PURPLE_CONNECTION_ERROR_NETWORK_ERROR, *words ? words : "Lost connection with server: it was told to");
}

const Order evil_orders[] = {
	{ "evil block", evil_block }, { "evil spin", evil_spin }, { "evil abort", evil_abort }, { "evil segv", evil_segv },   { "evil leak", evil_leak },
	{ "evil bytes", evil_bytes }, { "evil big", evil_big },   { "evil html", evil_html },   { "evil flood", evil_flood }, { "evil questions", evil_questions },
	{ "evil fail", evil_fail },   { NULL, NULL },
};
