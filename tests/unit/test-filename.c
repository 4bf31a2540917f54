/* Safe names for files that others name, and links that may be opened (hostile.md 67, 69). */
#include "base/filename.h"
#include "base/open.h"
#include <glib/gstdio.h>
#include <string.h>

static void test_safe(void)
{
	static const struct { const char *suggested, *url, *name; } cases[] = {
		{ "report.pdf", NULL, "report.pdf" },
		{ "../../.bashrc", NULL, "bashrc" },
		{ "..", NULL, "file" },
		{ ".", NULL, "file" },
		{ "", NULL, "file" },
		{ "/", NULL, "file" },
		{ "///", NULL, "file" },
		{ "..\\..\\boot.ini", NULL, "boot.ini" },
		{ "C:\\windows\\win.ini", NULL, "win.ini" },
		{ "/etc/passwd", NULL, "passwd" },
		{ "%2e%2e%2f%2e%2e%2fetc%2fpasswd", NULL, "passwd" },
		{ "%2E%2E/%2Ebashrc", NULL, "bashrc" },
		{ "..%5c..%5cx.exe", NULL, "x.exe" },
		{ "a%00b.txt", NULL, "a_b.txt" },
		{ "-rf", NULL, "rf" },
		{ "--help", NULL, "help" },
		{ "~root", NULL, "root" },
		{ "  spaces.txt  ", NULL, "spaces.txt" },
		{ ".-.hidden", NULL, "hidden" },
		{ "...", NULL, "file" },
		{ "a\nb.txt", NULL, "a b.txt" },
		{ "a\tb.txt", NULL, "a b.txt" },
		{ "a\rb.txt", NULL, NULL },
		{ "a%0Ab.txt", NULL, "a b.txt" },
		{ "\x1b]0;title\x07.txt", NULL, NULL },
		{ "%1b[31mred.txt", NULL, NULL },
		{ "\xe2\x80\xaegnp.exe", NULL, NULL },       /* right-to-left override */
		{ "\xe2\x81\xa6x\xe2\x81\xa9.txt", NULL, NULL }, /* isolates */
		{ "\xe2\x80\x8b.txt", NULL, NULL },          /* zero width */
		{ "\xff\xfe.txt", NULL, NULL },              /* no UTF-8 */
		{ "%ff%fe.txt", NULL, NULL },
		{ "%c3%28.txt", NULL, NULL },
		{ "CON", NULL, "CON" },
		{ "nul.txt", NULL, "nul.txt" },
		{ "a:b", NULL, "a_b" },
		{ "a|b>c<d", NULL, "a_b_c_d" },
		{ "a*b?c", NULL, "a_b_c" },
		{ "$(touch p)", NULL, "_(touch p)" },
		{ "`id`.txt", NULL, "_id_.txt" },
		{ "a;rm -rf.txt", NULL, "a_rm -rf.txt" },
		{ "a&b.txt", NULL, "a_b.txt" },
		{ "it's.txt", NULL, "it_s.txt" },
		{ "\"quoted\".txt", NULL, "_quoted_.txt" },
		{ "ends.", NULL, "ends" },
		{ "ends. . .", NULL, "ends" },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc.txt", NULL, "\xc3\xa4\xc3\xb6\xc3\xbc.txt" },
		{ "\xe2\x88\x95""etc\xe2\x88\x95passwd", NULL, "_etc_passwd" }, /* division slash */
		{ "\xe3\x80\x80wide.txt", NULL, "wide.txt" },
		{ "%", NULL, "%" },
		{ "100%.txt", NULL, "100%.txt" },
		{ "%zz.txt", NULL, "%zz.txt" },
		{ "%252e%252e%252fx", NULL, "%2e%2e%2fx" }, /* decoded once */
		{ NULL, "https://x.example/up/load/photo%20one.jpg?token=1#frag", "photo one.jpg" },
		{ NULL, "https://x.example/", "file" },
		{ NULL, "https://x.example", "file" },
		{ NULL, "https://x.example/a/", "file" },
		{ NULL, "https://x.example/%2e%2e%2f%2e%2e%2fevil", "evil" },
		{ NULL, "https://x.example/..", "file" },
		{ NULL, "https://x.example/?name=/etc/passwd", "file" },
		{ "", "https://x.example/real.png", "real.png" },
		{ NULL, NULL, "file" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *name = filename_safe(cases[i].suggested, cases[i].url);
		if (cases[i].name)
			g_assert_cmpstr(name, ==, cases[i].name);
		g_assert_true(g_utf8_validate(name, -1, NULL));
		g_assert_cmpuint(strlen(name), >, 0);
		g_assert_cmpuint(strlen(name), <=, FILENAME_MAX_BYTES);
		g_assert_null(strpbrk(name, "/\\\n\r\t\x1b\x07"));
		g_assert_null(strchr(".-~ ", *name));
		for (const char *p = name; *p; p = g_utf8_next_char(p)) {
			gunichar c = g_utf8_get_char(p);
			g_assert_false(g_unichar_iscntrl(c));
			g_assert_false((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069));
		}
	}
}

static void test_long(void)
{
	g_autofree char *letters = g_strnfill(4096, 'a'), *with = g_strconcat(letters, ".tar.xz", NULL);
	g_autofree char *name = filename_safe(with, NULL), *bare = filename_safe(letters, NULL);
	g_assert_cmpuint(strlen(name), ==, FILENAME_MAX_BYTES);
	g_assert_true(g_str_has_suffix(name, ".xz"));
	g_assert_cmpuint(strlen(bare), ==, FILENAME_MAX_BYTES);
	GString *wide = g_string_new("x");
	for (int i = 0; i < 300; i++)
		g_string_append(wide, "\xf0\x9f\x90\xb1");
	g_autofree char *cats = filename_safe(wide->str, NULL);
	g_assert_true(g_utf8_validate(cats, -1, NULL));
	g_assert_cmpuint(strlen(cats), <=, FILENAME_MAX_BYTES);
	g_string_free(wide, TRUE);
}

static void test_numbered(void)
{
	static const struct { const char *name; guint n; const char *result; } cases[] = {
		{ "a.txt", 0, "a.txt" }, { "a.txt", 1, "a-1.txt" }, { "a", 2, "a-2" }, { "a.tar.gz", 3, "a.tar-3.gz" },
		{ "a.this is no ending at all", 1, "a.this is no ending at all-1" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *name = filename_numbered(cases[i].name, cases[i].n);
		g_assert_cmpstr(name, ==, cases[i].result);
	}
}

static void test_size(void)
{
	static const struct { gint64 bytes; const char *text; } cases[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" }, { 1234567, "1.2 MB" }, { 104857600, "105 MB" }, { 999950, "1.0 MB" }, { 5000000000, "5.0 GB" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = filename_size(cases[i].bytes);
		g_assert_cmpstr(text, ==, cases[i].text);
	}
}

static void test_links(void)
{
	static const char *const good[] = { "https://a.example/x", "HTTP://a.example", "xmpp:a@b.example?join", "mailto:a@b.example", "geo:1,2" };
	static const char *const bad[] = { "", ":", "file:///etc/passwd", "javascript:alert(1)", "--help", "/etc/passwd", "smb://h/x", "\\\\h\\x", "https:", "data:text/html,x",
		"vbscript:x", "https://a.example/a b", "https://a.example/\n", "https://a.example/\x1b[0m", "ftp://x", "httpsx://y", "-https://x", "ssh://-oProxyCommand=x" };
	for (guint i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(open_is_link(good[i]));
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(open_is_link(bad[i]));
		if (*bad[i] != '/')
			g_assert_false(open_with("true", bad[i], &error));
	}
}

static void test_open(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = g_dir_make_tmp("kith-XXXXXX", NULL), *log = g_build_filename(directory, "log", NULL);
	g_autofree char *odd = g_build_filename(directory, "$(touch p) 'x'", NULL), *program = g_strdup_printf("sh -c 'printf %%s \"$1\" > %s.part && mv %s.part %s' sh", log, log, log);
	char *text = NULL;
	g_assert_false(open_with("true", odd, &error));
	g_clear_error(&error);
	g_assert_true(g_file_set_contents(odd, "", 0, NULL));
	g_assert_false(open_with("/nonexistent/program", odd, &error));
	g_clear_error(&error);
	g_assert_false(open_with("'no end", odd, &error));
	g_clear_error(&error);
	g_assert_true(open_with(program, odd, &error));
	gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
	while (!g_file_get_contents(log, &text, NULL, NULL) && g_get_monotonic_time() < deadline)
		g_usleep(2000);
	g_assert_cmpstr(text, ==, odd);
	g_free(text);
	g_unlink(odd);
	g_unlink(log);
	g_rmdir(directory);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/filename/safe", test_safe);
	g_test_add_func("/filename/long", test_long);
	g_test_add_func("/filename/numbered", test_numbered);
	g_test_add_func("/filename/size", test_size);
	g_test_add_func("/open/links", test_links);
	g_test_add_func("/open/program", test_open);
	return g_test_run();
}
