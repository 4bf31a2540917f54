/* test-protocols.c: the list of protocols, from what kith-purple prints to what is checked and shown. */
#include "settings/protocols.h"
#include <string.h>

#define EVERY "keyring, log_level, nick, notify, password_command, rooms, send_markers, send_receipts, send_typing"

static const char printed[] =
	"a plugin says something\n"
	"{\"protocol\":\"irc\",\"id\":\"prpl-irc\",\"name\":\"IRC\",\"address\":\"NAME@SERVER\",\"password\":\"optional\",\"can\":[\"rooms\",\"files\"],\"network\":\"alive\"}\n"
	"{\"split\":\"Server\",\"of\":\"irc\",\"separator\":\"@\",\"standard\":\"irc.example\"}\n"
	"{\"option\":\"port\",\"of\":\"irc\",\"type\":\"number\",\"label\":\"Port\",\"standard\":\"6667\"}\n"
	"{\"option\":\"ratelimit-burst\",\"of\":\"irc\",\"type\":\"number\"}\n"
	"{\"option\":\"ssl\",\"of\":\"irc\",\"type\":\"yesno\",\"standard\":\"no\"}\n"
	"{\"option\":\"way\",\"of\":\"irc\",\"type\":\"choice\",\"choices\":[\"one\",\"two\"]}\n"
	"{\"option\":\"stray\",\"of\":\"other\",\"type\":\"text\"}\n"
	"{\"broken\n"
	"{\"unfit\":\"rvp\",\"id\":\"librvp.so\",\"name\":\"rvp\",\"why\":\"undefined symbol: gtk\"}\n"
	"{\"option\":\"proxy\",\"of\":\"*\",\"type\":\"text\"}\n";

static Protocols *parse(void)
{
	g_autofree char *lines = g_strdup(printed);
	return protocols_parse(lines);
}

static void test_list(void)
{
	g_autoptr(Protocols) list = parse();
	const Protocol *irc = protocols_find(list, "PRPL-irc");
	g_assert_cmpuint(list->all->len, ==, 2);
	g_assert_cmpstr(((const Protocol *)list->all->pdata[0])->name, ==, "xmpp");
	g_assert_nonnull(irc);
	g_assert_true(irc == protocols_find(list, "irc") && irc == protocols_find(list, "IRC"));
	g_assert_cmpuint(irc->options->len, ==, 4);
	g_assert_cmpuint(irc->splits->len, ==, 1);
	g_assert_cmpint(((const ProtocolSplit *)irc->splits->pdata[0])->separator, ==, '@');
	g_assert_null(protocols_find(list, "icq"));
}

static void test_check(void)
{
	static const struct { const char *protocol, *pair, *why; } cases[] = {
		{ "irc", "port=7000", NULL },
		{ "irc", "ratelimit_burst=3", NULL },
		{ "irc", "ssl=on", NULL },
		{ "irc", "way=two", NULL },
		{ "irc", "proxy=none", NULL },
		{ "irc", "port=", NULL },
		{ "irc", "por=", "the protocol IRC has no setting \"por\"; it has port, ratelimit-burst, ssl, way, proxy, and like every account address, enabled, " EVERY },
		{ "irc", "password_command=pass show irc", NULL },
		{ "irc", "port=many", "\"port\" is a number, not \"many\"" },
		{ "irc", "ssl=perhaps", "\"ssl\" is yes or no, not \"perhaps\"" },
		{ "irc", "way=three", "\"way\" is one of one, two, not \"three\"" },
		{ "irc", "por=7000", "the protocol IRC has no setting \"por\"; it has port, ratelimit-burst, ssl, way, proxy, and like every account address, enabled, " EVERY },
		{ "irc", "ports=7000", "the protocol IRC has no setting \"ports\"; it has port, ratelimit-burst, ssl, way, proxy, and like every account address, enabled, " EVERY },
		{ "irc", "port", "this is not KEY=VALUE: \"port\"" },
		{ "RVP", "port=1", "the plugin \"RVP\" does not load here: undefined symbol: gtk" },
		{ "icq", "port=1", "there is no protocol \"icq\" here; there are xmpp, irc" },
	};
	g_autoptr(Protocols) list = parse();
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *const pairs[] = { cases[i].pair, NULL };
		g_autoptr(GError) error = NULL;
		gboolean good = protocols_check(list, cases[i].protocol, pairs, &error);
		g_assert_true(good == !cases[i].why);
		if (cases[i].why)
			g_assert_cmpstr(error->message, ==, cases[i].why);
	}
}

static void test_show(void)
{
	g_autoptr(Protocols) list = parse();
	g_autoptr(GString) rows = g_string_new(NULL), one = g_string_new(NULL), json = g_string_new(NULL);
	g_assert_true(protocols_put(rows, list, NULL, FALSE, NULL));
	g_assert_nonnull(strstr(rows->str, "irc          IRC            alive\n"));
	g_assert_true(g_str_has_suffix(rows->str, "\nrvp          rvp            can't be used: its plugin does not load (undefined symbol: gtk)\n"));
	g_assert_true(protocols_put(one, list, "irc", FALSE, NULL));
	g_assert_nonnull(strstr(one->str, "\nand like every account address, enabled, " EVERY "\n"));
	g_assert_nonnull(strstr(one->str, "address: NAME@SERVER; Server is irc.example where it is not given\n"));
	g_assert_nonnull(strstr(one->str, "one, two"));
	g_assert_true(protocols_put(json, list, "irc", TRUE, NULL));
	g_assert_true(g_str_has_prefix(json->str, "{\"protocol\":\"irc\""));
	g_autoptr(GError) error = NULL;
	g_assert_false(protocols_put(one, list, "icq", FALSE, &error));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/protocols/list", test_list);
	g_test_add_func("/protocols/check", test_check);
	g_test_add_func("/protocols/show", test_show);
	return g_test_run();
}
