/* html.h: the HTML that libpurple passes around, to plain text with markup and back. Pure.
 *
 * Not a browser: about forty tags matter in chats, every other tag is dropped and its text kept. One pass, no recursion; it never
 * fails, whatever the input.
 */
#pragma once
#include <glib.h>

/* The words of html: line breaks as newlines, links as "words (address)", entities resolved. Free with g_free. */
char *html_to_plain(const char *html);
/* The same; *markup gets how the words look (base/markup.h), NULL if nothing is said of it. html is valid UTF-8. Free both. */
char *html_to_marked(const char *html, char **markup);
/* text escaped for sending, newlines as <br>. Free with g_free. */
char *html_from_plain(const char *text);
/* The same with *strong*, _emphasized_ and ~struck out~ words and `code` as HTML (XEP-0393). */
char *html_from_styled(const char *text);

/* text in pieces of at most max bytes (0: any length), cut at spaces where there are some, else between characters (not before marks); with lines also cut at
 * every newline. Empty pieces are left out. Free with g_strfreev. */
char **html_split(const char *text, gsize max, gboolean lines);
