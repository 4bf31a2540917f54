/* test-purple-html.c: libpurple's HTML to plain text with markup and back, also the HTML that is made to hurt. */
#include "base/markup.h"
#include "purple/html.h"
#include "purple/irc-codes.h"
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
		{ "<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol><li>out", "1. one\n2. two\n  • in\n• out" },
		{ "<blockquote>said</blockquote>answer", "> said\nanswer" },
		{ "<blockquote>one<br>two<blockquote>in<br><br>ner</blockquote>three</blockquote>four", "> one\n> two\n> > in\n\n> > ner\n> three\nfour" },
		{ "<blockquote><a href='https://example.org'></a></blockquote>x<blockquote></blockquote>", "> https://example.org\nx" },
		{ "<html><body>a  b<pre>c  d\n e</pre> f</body></html>", "a b\nc  d\n e\nf" },
		{ "<h1>Title</h1>words", "Title\nwords" },
		{ "<img src='x' alt='a cat'> <img src=x>", "[a cat] [image]" },
		{ "two\nlines", "two\nlines" },
		{ "trailing<br><br>", "trailing" },
		{ "<unknown-tag>x</unknown-tag>", "x" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc" },
		{ "<table><tr><th>Name</th><th>Town</th></tr><tr><td>Bob</td><td></td></tr></table>", "Name | Town\nBob | " },
		{ "<dl><dt>word</dt><dd>what it means</dd></dl>", "word\nwhat it means" },
		{ "<bob@example.org> wrote <https://example.org/> </b@c>", "<bob@example.org> wrote <https://example.org/> </b@c>" },
		{ "<o:p>x</o:p><b/>y", "xy" },
		{ "<!DOCTYPE html><?xml version='1.0'?><b>x</b>", "x" },
		{ "<!DOCTYPE html <?xml", "<!DOCTYPE html <?xml" },
		{ "Grüße &uuml;&Agrave;&yuml; 明日", "Grüße üÀÿ 明日" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *plain = html_to_plain(cases[i].html);
		g_assert_cmpstr(plain, ==, cases[i].plain);
	}
}

static void test_markup(void)
{
	static const struct { const char *html, *plain, *markup; } cases[] = {
		{ "plain", "plain", NULL },
		{ "<b></b><i> </i>", " ", "i0-1" },
		{ "<b>bold</b> <i>it</i> <u>un</u> <s>st</s> <tt>co</tt>", "bold it un st co", "b0-4 i5-7 u8-10 s11-13 c14-16" },
		{ "<STRONG>a</STRONG><Em>b</eM><strike>c</strike><del>d</del><code>e</code><ins>f</ins>", "abcdef", "b0-1 i1-2 s2-4 c4-5 u5-6" },
		{ "<b>ä😀</b>日<b>本", "ä😀日本", "b0-2 b3-4" },
		{ "&lt;<b>&amp;&uuml;</b>", "<&ü", "b1-3" },
		{ "<b>a<b>b</b>c</b>d", "abcd", "b0-3 b1-2" },
		{ "<b>a</b><b>b</b>c", "abc", "b0-2" },
		{ "<b>a<i>b</b>c</i>d", "abcd", "b0-2 i1-3" },
		{ "</b>a</i>b", "ab", NULL },
		{ "<b>one<br>two</b>", "one\ntwo", "b0-7" },
		{ "<b>one<br><br></b>", "one", "b0-3" },
		{ "<blockquote>said <b>so</b></blockquote>yes", "> said so\nyes", "q0-9 b7-9" },
		{ "<pre>x  y</pre>z", "x  y\nz", "c0-4" },
		{ "<h2>head</h2>text", "head\ntext", "b0-4" },
		{ "<FONT COLOR=\"red\">r</FONT>x<font color=\"dark green\" BACK=\"light grey\">g</font>", "rxg", "f4:0-1 f3:2-3 g15:2-3" },
		{ "<font color=#f00>r<font color='#0000FC'>b</font>r</font>x", "rbrx", "f4:0-3 f12:1-2" },
		{ "<font size=7>a<font color=teal>b</font>c</font>d", "abcd", "f10:1-2" },
		{ "<span style='color: rgb(255, 255, 0); font-weight: bold'>a<span>b</span>c</span>d", "abcd", "b0-3 f8:0-3" },
		{ "<span style='FONT-STYLE:Italic;text-decoration: underline line-through;background-color:#000;font-family:monospace'>a</span>", "a", "c0-1 g1:0-1 i0-1 s0-1 u0-1" },
		{ "<span style='font-weight:700'>a</span><span style='font-weight:400;color:;:;;color'>b</span>", "ab", "b0-1" },
		{ "<font color='no such colour'>a</font><font color='#ff'>b</font><font color='rgb(1,2'>c</font><font color='#1234567'>d</font>", "abcd", NULL },
		{ "<font face='Courier New'>a</font><font face='DejaVu Sans Mono'>b</font>", "ab", "c0-2" },
		{ "a\x1D" "b\x1D" "c\x1E" "d\x11" "e", "abcde", "i1-2 s3-5 c4-5" },
		{ "<b>/me</b>", "/me", "b0-3" },
		{ "<script><b>x</b></script>y", "y", NULL },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *markup = NULL, *plain = html_to_marked(cases[i].html, &markup);
		g_test_message("%s", cases[i].html);
		g_assert_cmpstr(plain, ==, cases[i].plain);
		g_assert_cmpstr(markup, ==, cases[i].markup);
	}
}

/* What comes of unit again and again up to so many bytes, with words at the end. */
static char *repeated(const char *unit, gsize bytes, const char *rest, char **markup)
{
	g_autoptr(GString) html = g_string_sized_new(bytes + 100);
	while (html->len < bytes)
		g_string_append(html, unit);
	g_string_append(html, rest);
	char *plain = html_to_marked(html->str, markup);
	g_assert_cmpuint(*markup ? strlen(*markup) : 0, <, 8192); /* what the wire takes */
	return plain;
}

static void test_wild(void)
{
	static const char *const units[] = { "<b>", "</b>", "<b>x", "<b>x</b> ", "<blockquote>", "<blockquote>x", "</blockquote>", "<ol>", "<li>", "<ul><li>", "<pre>",
		"<span style='color:red;color:red'>", "<span style=';;;;;;;;'>", "<font color=red back=blue>x", "<font color='", "\x1D", "\x1D\x1E\x11", "<a href='x'>y", "<html>",
		"<b><i></b></i>", "&#x1F600;<i>", "<h1>", "<table><tr><td>", "<img alt='<b>'>", "<!-- -->", "<!", "<b ", "\n" };
	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		g_autofree char *markup = NULL, *plain = repeated(units[i], 1000000, "end", &markup);
		g_autoptr(GArray) runs = markup_runs(markup, plain);
		g_assert_true(g_utf8_validate(plain, -1, NULL));
		g_assert_cmpuint(strlen(plain), <=, 8 * 1000100);
	}
	g_autofree char *deep_markup = NULL, *deep = repeated("<blockquote>", 1200000, "deep", &deep_markup);
	g_assert_cmpstr(deep, ==, "> > > > > > > > deep");
	g_autofree char *closed_markup = NULL, *closed = repeated("<b><b>", 600000, "bold</b>", &closed_markup);
	g_assert_cmpstr(closed, ==, "bold");
	g_autofree char *big_markup = NULL, *big = repeated("<b>x</b>y", 10000000, "", &big_markup);
	g_assert_cmpuint(strlen(big), >, 2000000);
	g_autofree char *many_markup = NULL, *many = repeated("<b>x</b>y", 100000, "", &many_markup);
	g_auto(GStrv) spans = g_strsplit(many_markup, " ", -1);
	g_assert_cmpuint(g_strv_length(spans), ==, MARKUP_SPANS_MAX);
	for (guint i = 0; i < 2000; i++) {
		static const char *const bits[] = { "<", ">", "b", "/", "=", "'", "\"", " ", "&", ";", "#", "font", "color", "style", "span", "blockquote", "li", "\n", "ä", "\x1D", "<b>", "</b>", "<span style='", "red" };
		g_autoptr(GString) html = g_string_new(NULL);
		for (guint k = 0; k < 40; k++)
			g_string_append(html, bits[g_test_rand_int_range(0, G_N_ELEMENTS(bits))]);
		g_autofree char *markup = NULL, *plain = html_to_marked(html->str, &markup);
		g_autoptr(GArray) runs = markup_runs(markup, plain);
		g_assert_true(g_utf8_validate(plain, -1, NULL));
	}
	g_free(html_to_plain("bad \377\376 <b>\303</b> &\300; <font color='\377'>")); /* callers make it valid, but nothing may break */
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

static void test_from_styled(void)
{
	static const struct { const char *text, *html; } cases[] = {
		{ "plain", "plain" },
		{ "a <b> & \"c\"\n'd'", "a &lt;b&gt; &amp; &quot;c&quot;<br>&apos;d&apos;" },
		{ "*bold* _it_ ~st~", "<b>bold</b> <i>it</i> <s>st</s>" },
		{ "*<b>&*", "<b>&lt;b&gt;&amp;</b>" },
		{ "_a *b* c_", "<i>a </i><b><i>b</i></b><i> c</i>" },
		{ "*_a_*", "<b><i>a</i></b>" },
		{ "`*x*`", "<span style=\"font-family: monospace;\">`*x*`</span>" },
		{ "*`b`*", "<span style=\"font-family: monospace;\"><b>`b`</b></span>" },
		{ "```\n*x*\n```\n*y*", "<span style=\"font-family: monospace;\">```</span><br><span style=\"font-family: monospace;\">*x*</span><br>"
			"<span style=\"font-family: monospace;\">```</span><br><b>y</b>" },
		{ "> *quoted*\nyes", "&gt; <b>quoted</b><br>yes" },
		{ "*ä* 2*3*4 snake_case_name **", "<b>ä</b> 2*3*4 snake_case_name **" },
		{ "*", "*" },
		{ "", "" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *html = html_from_styled(cases[i].text);
		g_assert_cmpstr(html, ==, cases[i].html);
	}
	for (guint i = 0; i < 2000; i++) { /* nothing but the marks is lost */
		static const char *const bits[] = { "*", "_", "~", "`", " ", "a", "\n", "> ", "```", "<", "ä" };
		g_autoptr(GString) text = g_string_new("x");
		for (guint k = 0; k < 20; k++)
			g_string_append(text, bits[g_test_rand_int_range(0, G_N_ELEMENTS(bits))]);
		g_string_append(text, "x");
		g_autofree char *html = html_from_styled(text->str), *plain = html_to_plain(html);
		g_assert_true(g_utf8_validate(html, -1, NULL));
		const char *at = plain;
		for (const char *c = text->str; *c; c++) {
			if (*c == *at)
				at++;
			else
				g_assert_nonnull(strchr("*_~", *c));
		}
		g_assert_cmpstr(at, ==, "");
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
	check_split("e\u0301e\u0301e\u0301", 7, TRUE, "e\u0301e\u0301|e\u0301");
	check_split("xxxxxxxx\U0001F469\u200D\U0001F467", 14, TRUE, "xxxxxxxx|\U0001F469\u200D\U0001F467");
	check_split("\u0301\u0301\u0301", 4, TRUE, "\u0301\u0301|\u0301");
	check_split("", 5, TRUE, "");
	check_split("one two     three", 8, TRUE, "one two|three");
}

static void test_irc_codes(void)
{
#define TO ":bob!u@h PRIVMSG alice :"
	static const struct { const char *line, *good; } cases[] = {
		{ TO "plain \x02bold\x02 \x1Fu\x1F", NULL },
		{ TO "\x03" "4red\x03 x", TO "\x03" "04red\x03 x" },
		{ TO "\x03" "4,12red\x03", TO "\x03" "04,12red\x03" },
		{ TO "\x03" "52a\x03" "98,16b\x03" "99c", TO "\x03" "04a\x03" "00,05b\x03" "c" },
		{ TO "\x03" "4, and\x03" "4,99x\x03,5", TO "\x03" "04\x02\x02, and\x03" "04x\x03\x02\x02,5" },
		{ TO "\x03" "0499 bottles", TO "\x03" "04\x02\x02" "99 bottles" },
		{ TO "\x04" "ff0000red\x04 x\x04" "FFFF00,0000fdy\x04" "ff", TO "\x03" "04red\x03 x\x03" "08,12y\x03" "ff" },
		{ TO "\x1Dit\x0Fplain\x1D\x1E\x11\x0Fx", TO "\x1Dit\x1D\x0Fplain\x1D\x1E\x11\x11\x1D\x1E\x0Fx" },
		{ TO "\x03", TO "\x03" },
		{ TO "\x04", TO "\x03" },
		{ TO "", NULL },
		{ ":x NOTICE a :\x04" "ff0000", ":x NOTICE a :\x03" "04" },
		{ ":x TOPIC #a :\x04" "ff0000a\x02" "b\x0F\x1D\x1E\x11\x16\x1F" "c\x03" "4,5d", ":x TOPIC #a :abcd" },
		{ ":s 332 alice #a :\x02topic", ":s 332 alice #a :topic" },
		{ ":x!u@h QUIT :plain: 5 :)", NULL },
		{ ":x JOIN :#\x02" "a", NULL },
		{ "PING :\x03" "5", NULL },
		{ ":\x03", NULL },
		{ "", NULL },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *good = irc_codes_for_plugin(cases[i].line);
		g_assert_cmpstr(good, ==, cases[i].good);
	}
	g_autoptr(GString) many = g_string_new(TO);
	while (many->len < 500000)
		g_string_append(many, "\x03\x04\x1D\x0F,1");
	g_free(irc_codes_for_plugin(many->str));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/purple/html/to-plain", test_to_plain);
	g_test_add_func("/purple/html/linear", test_linear);
	g_test_add_func("/purple/html/markup", test_markup);
	g_test_add_func("/purple/html/wild", test_wild);
	g_test_add_func("/purple/html/from-plain", test_from_plain);
	g_test_add_func("/purple/html/from-styled", test_from_styled);
	g_test_add_func("/purple/html/split", test_split);
	g_test_add_func("/purple/html/irc-codes", test_irc_codes);
	return g_test_run();
}
