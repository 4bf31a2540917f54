/* attachment.c: files that a message names by URL. See attachment.h.
 *
 * One file may be named in all three ways at once; the way that says most about it counts. What can't be a URL is no file. */
#include "attachment.h"

#include <string.h>

#include "disco.h"

#define FILES_MOST 16
#define URL_MOST 4096
#define WORDS_MOST 1000

enum { LINE_URL, LINE_NAME, LINE_TYPE, LINE_SIZE, LINE_HASH, LINE_WORDS, LINE_LENGTH, LINE_PIXELS, LINE_SHOWN, LINES };

static gboolean is_url(const char *text)
{
	if (!text || strlen(text) > URL_MOST || !g_uri_peek_scheme(text))
		return FALSE;
	for (; *text; text = g_utf8_next_char(text))
		if (g_unichar_isspace(g_utf8_get_char(text)) || g_unichar_iscntrl(g_utf8_get_char(text)))
			return FALSE;
	return TRUE;
}

static gboolean is_known(const GPtrArray *files, const char *url)
{
	for (guint i = 0; i < files->len; i++) {
		const char *file = files->pdata[i];
		if (g_str_has_prefix(file, url) && (file[strlen(url)] == '\n' || file[strlen(url)] == '\0'))
			return TRUE;
	}
	return FALSE;
}

/* Adds a file of up to LINES lines, NULL for what is not known. */
static void add_file(Session *session, GPtrArray *files, const char *const *lines)
{
	if (files->len >= FILES_MOST || !is_url(lines[LINE_URL]) || is_known(files, lines[LINE_URL]))
		return;
	GString *file = g_string_new(lines[LINE_URL]);
	guint last = 0;
	for (guint i = 1; i < LINES; i++)
		if (lines[i] && *lines[i])
			last = i;
	for (guint i = 1; i <= last; i++) {
		g_autofree char *line = g_strdup(lines[i] ? session_fit(session, lines[i], WORDS_MOST) : "");
		g_strdelimit(line, "\r\n", ' ');
		g_string_append_printf(file, "\n%s", g_strstrip(line));
	}
	g_ptr_array_add(files, g_string_free(file, FALSE));
}

/* The text of that child if it is a number from 1 to most, or NULL. */
static const char *number_in(xmpp_stanza_t *file, const char *name, guint64 most)
{
	const char *text = element_child_text(file, name, NULL);
	guint64 value;
	return text && g_ascii_string_to_unsigned(text, 10, 1, most, &value, NULL) ? text : NULL;
}

/* What <file/> says, in the two namespaces it comes in. shown: it is part of the talk (disposition inline), as a voice message is. */
static void add_described(Session *session, GPtrArray *files, const char *url, xmpp_stanza_t *file, gboolean shown)
{
	const char *lines[LINES] = { url, element_child_text(file, "name", NULL), element_child_text(file, "media-type", NULL), number_in(file, "size", G_MAXINT64), NULL,
				     element_child_text(file, "desc", NULL), number_in(file, "length", G_MAXINT32), NULL, shown ? "inline" : NULL };
	const char *width = number_in(file, "width", G_MAXUINT16), *height = number_in(file, "height", G_MAXUINT16);
	g_autofree char *pixels = width && height ? g_strdup_printf("%sx%s", width, height) : NULL;
	lines[LINE_PIXELS] = pixels;
	for (xmpp_stanza_t *hash = NULL; !lines[LINE_HASH] && (hash = element_next(file, hash, "hash", NS_HASHES));)
		if (g_strcmp0(element_get(hash, "algo"), "sha-256") == 0)
			lines[LINE_HASH] = element_text(hash);
	add_file(session, files, lines);
}

/* <file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'>…</file><sources><url-data target='…'/></sources></file-sharing> */
static void read_sharing(Session *session, GPtrArray *files, xmpp_stanza_t *stanza)
{
	for (xmpp_stanza_t *sharing = NULL; (sharing = element_next(stanza, sharing, "file-sharing", NS_FILE_SHARING));) {
		xmpp_stanza_t *source = element_child(element_child(sharing, "sources", NULL), "url-data", NS_URL_DATA);
		add_described(session, files, element_get(source, "target"), element_child(sharing, "file", NS_FILE), g_strcmp0(element_get(sharing, "disposition"), "inline") == 0);
	}
}

/* <reference type='data' xmlns='urn:xmpp:reference:0'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'>…</file>
 *   <sources><reference type='data' uri='https://…' xmlns='urn:xmpp:reference:0'/></sources></media-sharing></reference> */
static void read_media(Session *session, GPtrArray *files, xmpp_stanza_t *stanza)
{
	for (xmpp_stanza_t *reference = NULL; (reference = element_next(stanza, reference, "reference", NS_REFERENCE));) {
		xmpp_stanza_t *media = element_child(reference, "media-sharing", NS_MEDIA_SHARING), *sources = element_child(media, "sources", NULL);
		const char *url = NULL;
		for (xmpp_stanza_t *source = NULL; !url && (source = element_next(sources, source, "reference", NS_REFERENCE));)
			if (g_str_has_prefix(element_get(source, "uri") ? element_get(source, "uri") : "", "http"))
				url = element_get(source, "uri");
		add_described(session, files, url, element_child(media, "file", NS_FILE_JINGLE), FALSE);
	}
}

/* <x xmlns='jabber:x:oob'><url>https://…</url><desc>…</desc></x> */
static void read_oob(Session *session, GPtrArray *files, xmpp_stanza_t *stanza)
{
	for (xmpp_stanza_t *x = NULL; (x = element_next(stanza, x, "x", NS_OOB));)
		add_file(session, files, (const char *const[LINES]){ [LINE_URL] = element_child_text(x, "url", NULL), [LINE_WORDS] = element_child_text(x, "desc", NULL) });
}

char **attachment_read(Session *session, xmpp_stanza_t *stanza)
{
	GPtrArray *files = g_ptr_array_new();
	read_sharing(session, files, stanza);
	read_media(session, files, stanza);
	read_oob(session, files, stanza);
	if (files->len)
		g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(files, files->len == 0);
}

char *attachment_url(const char *file)
{
	return g_strndup(file, strcspn(file, "\n"));
}

char *attachment_body(char *const *files)
{
	GString *body = g_string_new(NULL);
	for (guint i = 0; files[i]; i++)
		g_string_append_printf(body, "%s%.*s", i ? "\n" : "", (int)strcspn(files[i], "\n"), files[i]);
	return g_string_free(body, FALSE);
}

static void add_sharing(xmpp_stanza_t *stanza, char **lines)
{
	static const char *const names[LINE_LENGTH] = { [LINE_NAME] = "name", [LINE_TYPE] = "media-type", [LINE_SIZE] = "size", [LINE_WORDS] = "desc" };
	xmpp_stanza_t *sharing = element_add(stanza, "file-sharing", NS_FILE_SHARING);
	xmpp_stanza_t *file = element_add(sharing, "file", NS_FILE);
	guint count = g_strv_length(lines);

	gboolean shown = count > LINE_TYPE && (g_str_has_prefix(lines[LINE_TYPE], "image/") || g_str_has_prefix(lines[LINE_TYPE], "audio/"));
	element_set(sharing, "disposition", shown ? "inline" : "attachment");
	for (guint i = 1; i < MIN(count, LINE_LENGTH); i++) { /* what is sent from here tells no more of itself */
		if (!*lines[i])
			continue;
		if (i == LINE_HASH)
			element_set(element_add_text(file, "hash", NS_HASHES, lines[i]), "algo", "sha-256");
		else
			element_add_text(file, names[i], NULL, lines[i]);
	}
	element_set(element_add(element_add(sharing, "sources", NULL), "url-data", NS_URL_DATA), "target", lines[LINE_URL]);
}

void attachment_add(xmpp_stanza_t *stanza, char *const *files)
{
	for (guint i = 0; files[i]; i++) {
		g_auto(GStrv) lines = g_strsplit(files[i], "\n", LINES);
		add_sharing(stanza, lines);
		/* A program that knows nothing else shows the file only if it is all there is (XEP-0066 5). */
		if (i == 0 && !files[1])
			element_add_text(element_add(stanza, "x", NS_OOB), "url", NULL, lines[LINE_URL]);
	}
	xmpp_stanza_t *fallback = element_add(stanza, "fallback", NS_FALLBACK);
	element_set(fallback, "for", NS_FILE_SHARING);
	element_add(fallback, "body", NULL);
}

void attachment_attach(Session *session)
{
	disco_add_feature(session, NS_OOB);
	disco_add_feature(session, NS_FILE_SHARING);
	disco_add_feature(session, NS_FILE);
	disco_add_feature(session, NS_MEDIA_SHARING);
}
