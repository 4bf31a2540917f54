/* test-purple-html.c: libpurple's HTML to plain text and back. */
#include "purple/html.h"
#include <string.h>

static void test_to_plain(void)
{
	static const struct { const char *html, *plain; } cases[] = {
		{ "", "" },
		{ "hello", "hello" },
		{ "a &lt;b&gt; &amp;amp; c", "a <b> &amp; c" },
		{ "<b>bold</b> <i>it</i> <font color=\"#ff0000\" face='A>B'>red</font>", "bold it red" },
		{ "one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour" },
		{ "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>\n<p>Hello <span style='font-weight: bold;'>you</span></p><p>two</p></body></html>", "Hello you\ntwo" },
		{ "see <a href=\"https://example.org/x?a=1&amp;b=2\">this</a>!", "see this (https://example.org/x?a=1&b=2)!" },
		{ "<A HREF='https://example.org/'>https://example.org/</A>", "https://example.org/" },
		{ "<a href=\"http://example.org\">example.org</a>", "example.org" },
		{ "<a href=\"mailto:a@example.org\">a@example.org</a>", "a@example.org" },
		{ "<a href=\"https://evil.example/\">https://bank.example/</a>", "https://bank.example/ (https://evil.example/)" },
		{ "<a href=\"https://example.org/\"></a>", "https://example.org/" },
		{ "<a href=https://example.org/>x</a>", "x (https://example.org/)" },
		{ "<a>words", "words" },
		{ "&#72;&#x69; &#0; &#xD800; &#99999999999;", "Hi &#0; &#xD800; &#99999999999;" },
		{ "&eacute &nope; & &", "&eacute &nope; & &" },
		{ "1 < 2 > 0, i <3 you", "1 < 2 > 0, i <3 you" },
		{ "<", "<" },
		{ "<a", "<a" },
		{ "<a href=\"", "<a href=\"" },
		{ "<!-- gone -->kept<!-- and", "kept" },
		{ "<script>alert(1)</script><style>b{}</style><title>t</title>x", "x" },
		{ "<ul><li>one</li><li>two</li></ul>end", "• one\n• two\nend" },
		{ "<blockquote>said</blockquote>answer", "> said\nanswer" },
		{ "<img src='x' alt='a cat'> <img src=x>", "[a cat] [image]" },
		{ "two\nlines", "two\nlines" },
		{ "trailing<br><br>", "trailing" },
		{ "<unknown-tag>x</unknown-tag>", "x" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b \nc " },
		{ "Grüße &uuml;&Agrave;&yuml; 明日", "Grüße üÀÿ 明日" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *plain = html_to_plain(cases[i].html);
		g_assert_cmpstr(plain, ==, cases[i].plain);
	}
}

static void test_linear(void)
{
	static const char *const units[] = { "<a", "<a>", "<a href=\"", "&", "&#", "<!--", "<b><i>", "</a>", "<a href='x'>" };
	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		GString *html = g_string_new(NULL);
		while (html->len < 200000)
			g_string_append(html, units[i]);
		g_string_append(html, "='>");
		g_free(html_to_plain(html->str));
		g_string_free(html, TRUE);
	}
}

static void test_from_plain(void)
{
	static const char *const texts[] = { "a <b> & \"c\"", "two\nlines", "明日 'x'", "<a href=\"x\">", "&amp;" };
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *html = html_from_plain(texts[i]), *plain = html_to_plain(html);
		g_assert_cmpstr(plain, ==, texts[i]);
	}
}

static void check_split(const char *text, gsize max, gboolean lines, const char *joined)
{
	g_auto(GStrv) pieces = html_split(text, max, lines);
	g_autofree char *together = g_strjoinv("|", pieces);
	g_assert_cmpstr(together, ==, joined);
	for (guint i = 0; pieces[i]; i++) {
		g_assert_true(g_utf8_validate(pieces[i], -1, NULL));
		g_assert_true(!max || strlen(pieces[i]) <= max);
	}
}

static void test_split(void)
{
	check_split("one two three", 0, TRUE, "one two three");
	check_split("one two three", 9, TRUE, "one two|three");
	check_split("onetwothree", 4, TRUE, "onet|woth|ree");
	check_split("a\nb\n\nc\r\n", 0, TRUE, "a|b|c");
	check_split("a\nb", 0, FALSE, "a\nb");
	check_split("ääää", 3, TRUE, "ä|ä|ä|ä");
	check_split("", 5, TRUE, "");
	check_split("one two     three", 8, TRUE, "one two|three");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/purple/html/to-plain", test_to_plain);
	g_test_add_func("/purple/html/linear", test_linear);
	g_test_add_func("/purple/html/from-plain", test_from_plain);
	g_test_add_func("/purple/html/split", test_split);
	return g_test_run();
}
