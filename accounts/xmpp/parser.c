/* parser.c: see parser.h.
 *
 * Invariants: the tree under construction never has more than the limits allow, because building one
 * child walks all its siblings and releasing a tree recurses; once a limit is passed the tree is
 * released and only nesting and bytes are counted until the element ends. Text is gathered before it is
 * added. Counters are our own: expat's protections are about entities, which never get this far. */
#include "config.h"

#include "parser.h"

#include <expat.h>
#include <string.h>

#define SEPARATOR '\x1f'	/* between namespace and local name; not allowed in XML 1.0 */
#define STREAM_NAMESPACE "http://etherx.jabber.org/streams"
#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"
#define MAX_CHILDREN 25000	/* in one parent: libstrophe appends by walking */
#define PAYLOAD_CHILDREN 500	/* in the payload of an own answer, then it goes on in a twin */
#define MAX_ATTRIBUTES 100	/* of one element: libstrophe's table has 8 buckets */

struct Parser {
	xmpp_ctx_t *ctx;		/* borrowed */
	const ParserEvents *events;	/* borrowed */
	gpointer owner;			/* borrowed */
	char *account;			/* owned: bare JID */
	StreamLimits limits;
	XML_Parser expat;		/* owned */

	guint64 fed;			/* bytes given to expat since the reset */
	guint64 mark;			/* where the last top-level element ended */
	guint64 end;			/* parser_stop(): where the last delivered element ended */
	guint64 count;
	gboolean stopped;
	gboolean restricted, nested;	/* why parsing was stopped: forbidden XML, a stream in the stream */

	guint depth;			/* open elements, the stream's root included */
	guint64 start;			/* of the current top-level element */
	guint elements;			/* in it */
	gsize max_bytes;		/* for it */
	guint max_elements;
	gboolean own;			/* an answer of the own account */
	xmpp_stanza_t **stack;		/* owned array of limits.depth; [0] is owned, the rest belong to it */
	guint *children;		/* owned array: how many each has */
	guint height;
	GString *text;
	xmpp_stanza_t *head;		/* owned; set when the current element was dropped */
	const char *why;
};

G_DEFINE_QUARK(kith-xmpp-parser-error-quark, parser_error)

static guint64 parser_position(Parser *parser)
{
	return (guint64)XML_GetCurrentByteIndex(parser->expat);
}

static void parser_release_tree(Parser *parser)
{
	if (parser->height > 0)
		xmpp_stanza_release(parser->stack[0]);
	parser->height = 0;
	g_clear_pointer(&parser->head, xmpp_stanza_release);
	g_string_truncate(parser->text, 0);
	if (parser->text->allocated_len > 65536) {
		g_string_free(parser->text, TRUE);
		parser->text = g_string_new(NULL);
	}
}

/* A new element with the name and the attributes of another. */
static xmpp_stanza_t *parser_copy_head(Parser *parser, xmpp_stanza_t *element)
{
	const char *pairs[2 * (MAX_ATTRIBUTES + 1)];
	xmpp_stanza_t *head = xmpp_stanza_new(parser->ctx);
	int n = xmpp_stanza_get_attributes(element, pairs, G_N_ELEMENTS(pairs));

	xmpp_stanza_set_name(head, xmpp_stanza_get_name(element));
	for (int i = 0; i + 1 < n; i += 2)
		xmpp_stanza_set_attribute(head, pairs[i], pairs[i + 1]);
	return head;
}

/* Keeps name and attributes of the element and lets the rest of it go. */
static void parser_drop(Parser *parser, const char *why)
{
	if (parser->head)
		return;
	xmpp_stanza_t *head = parser_copy_head(parser, parser->stack[0]);
	parser_release_tree(parser);
	parser->head = head;
	parser->why = why;
}

static void parser_check_size(Parser *parser, guint64 position)
{
	if (!parser->head && position - parser->start > parser->max_bytes)
		parser_drop(parser, "too many bytes");
}

static void parser_add_child(Parser *parser, xmpp_stanza_t *child)
{
	parser->children[parser->height - 1]++;
	xmpp_stanza_add_child_ex(parser->stack[parser->height - 1], child, 0);
}

/* A contact list of 10,000 would be appended in 50 million steps. */
static void parser_split_payload(Parser *parser)
{
	if (!parser->own || parser->height != 2 || parser->children[1] < PAYLOAD_CHILDREN)
		return;
	xmpp_stanza_t *twin = parser_copy_head(parser, parser->stack[1]);
	parser->height = 1;
	parser_add_child(parser, twin);
	parser->children[1] = 0;
	parser->stack[parser->height++] = twin;
}

static void parser_add_text(Parser *parser)
{
	if (parser->text->len == 0)
		return;
	xmpp_stanza_t *text = xmpp_stanza_new(parser->ctx);
	xmpp_stanza_set_text_with_size(text, parser->text->str, parser->text->len);
	parser_add_child(parser, text);
	g_string_truncate(parser->text, 0);
}

static xmpp_stanza_t *parser_make_element(Parser *parser, const char *name, const char **attributes)
{
	xmpp_stanza_t *element = xmpp_stanza_new(parser->ctx);
	const char *local = strchr(name, SEPARATOR);
	char buffer[256];

	xmpp_stanza_set_name(element, local ? local + 1 : name);
	if (local && local > name) {
		gsize size = local - name;
		char *ns = size < sizeof buffer ? buffer : g_malloc(size + 1);
		memcpy(ns, name, size);
		ns[size] = '\0';
		xmpp_stanza_set_ns(element, ns);
		if (ns != buffer)
			g_free(ns);
	}
	for (guint i = 0; attributes[i] && i < 2 * MAX_ATTRIBUTES; i += 2) {
		const char *key = attributes[i];
		const char *sep = strchr(key, SEPARATOR);
		/* "xml:lang" must not become "lang"; no other attribute with a prefix has a meaning in XMPP */
		if (!sep)
			xmpp_stanza_set_attribute(element, key, attributes[i + 1]);
		else if (g_str_has_prefix(key, XML_NAMESPACE "\x1f") && strcmp(sep + 1, "lang") == 0)
			xmpp_stanza_set_attribute(element, "xml:lang", attributes[i + 1]);
	}
	return element;
}

static const char *parser_find_attribute(const char **attributes, const char *key)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], key) == 0)
			return attributes[1];
	return NULL;
}

/* An answer of the own account: a server stamps `from` on everything that others send. */
static gboolean parser_is_own_answer(Parser *parser, const char *name, const char **attributes)
{
	const char *local = strchr(name, SEPARATOR);
	const char *type = parser_find_attribute(attributes, "type");
	const char *from = parser_find_attribute(attributes, "from");

	return strcmp(local ? local + 1 : name, "iq") == 0 && g_strcmp0(type, "result") == 0 &&
	       (!from || strcmp(from, parser->account) == 0);
}

static void parser_begin_element(Parser *parser, const char *name, const char **attributes)
{
	gboolean own = parser->own = parser_is_own_answer(parser, name, attributes);

	parser->start = parser_position(parser);
	parser->elements = 0;
	parser->max_bytes = own ? parser->limits.own_bytes : parser->limits.bytes;
	parser->max_elements = own ? parser->limits.own_elements : parser->limits.elements;
}

static void XMLCALL parser_on_start(void *data, const char *name, const char **attributes)
{
	Parser *parser = data;
	guint n = 0;

	if (parser->stopped)
		return;
	parser->depth++;
	if (parser->depth == 1) {
		const char *local = strchr(name, SEPARATOR);
		g_autofree char *ns = local ? g_strndup(name, local - name) : NULL;
		parser->mark = parser->end = parser_position(parser) + XML_GetCurrentByteCount(parser->expat);
		parser->events->on_open(parser->owner, local ? local + 1 : name, ns, attributes);
		return;
	}
	if (parser->depth == 2 && strcmp(name, STREAM_NAMESPACE "\x1fstream") == 0) {
		parser->nested = TRUE;
		XML_StopParser(parser->expat, XML_FALSE);
		return;
	}
	if (parser->depth == 2)
		parser_begin_element(parser, name, attributes);
	else
		parser_check_size(parser, parser_position(parser));
	if (parser->head)
		return;

	while (attributes[2 * n])
		n++;
	if (parser->height > 0)
		parser_add_text(parser);
	parser_split_payload(parser);
	xmpp_stanza_t *element = parser_make_element(parser, name, attributes);
	const char *why = NULL;
	if (++parser->elements > parser->max_elements)
		why = "too many elements";
	else if (parser->height >= parser->limits.depth)
		why = "nested too deeply";
	else if (parser->height > 0 && parser->children[parser->height - 1] >= MAX_CHILDREN)
		why = "too many elements in one";
	if (why && parser->height > 0) {
		xmpp_stanza_release(element);
		parser_drop(parser, why);
		return;
	}
	if (parser->height > 0)
		parser_add_child(parser, element);
	parser->children[parser->height] = 0;
	parser->stack[parser->height++] = element;
	if (n > MAX_ATTRIBUTES)
		parser_drop(parser, "too many attributes");
}

static void parser_end_element(Parser *parser, guint64 end)
{
	parser_check_size(parser, end);
	parser->mark = parser->end = end;
	parser->count++;
	if (parser->head) {
		xmpp_stanza_t *head = g_steal_pointer(&parser->head);
		parser->events->on_dropped(parser->owner, head, parser->why);
		xmpp_stanza_release(head);
	} else {
		xmpp_stanza_t *element = parser->stack[0];
		parser->height = 0;
		parser->events->on_element(parser->owner, element);
		xmpp_stanza_release(element);
	}
}

static void XMLCALL parser_on_end(void *data, const char *name G_GNUC_UNUSED)
{
	Parser *parser = data;
	guint64 end;

	if (parser->stopped)
		return;
	parser->depth--;
	if (parser->depth == 0) {
		parser->mark = parser->end = parser_position(parser) + XML_GetCurrentByteCount(parser->expat);
		parser->events->on_close(parser->owner);
		return;
	}
	if (!parser->head)
		parser_add_text(parser);
	if (parser->depth == 1) {
		end = parser_position(parser) + XML_GetCurrentByteCount(parser->expat);
		parser_end_element(parser, end);
	} else if (!parser->head) {
		parser->height--;
	}
}

static void XMLCALL parser_on_text(void *data, const char *text, int size)
{
	Parser *parser = data;

	if (parser->stopped)
		return;
	if (parser->depth < 2) {	/* white space that keeps the connection alive */
		parser->mark = parser_position(parser) + XML_GetCurrentByteCount(parser->expat);
		return;
	}
	parser_check_size(parser, parser_position(parser));
	if (!parser->head)
		g_string_append_len(parser->text, text, size);
}

static void parser_restrict(Parser *parser)
{
	parser->restricted = TRUE;
	XML_StopParser(parser->expat, XML_FALSE);
}

static void XMLCALL parser_on_doctype(void *data, const char *name G_GNUC_UNUSED, const char *sys G_GNUC_UNUSED,
				      const char *pub G_GNUC_UNUSED, int internal G_GNUC_UNUSED)
{
	parser_restrict(data);
}

static void XMLCALL parser_on_comment(void *data, const char *text G_GNUC_UNUSED)
{
	parser_restrict(data);
}

static void XMLCALL parser_on_instruction(void *data, const char *target G_GNUC_UNUSED,
					  const char *text G_GNUC_UNUSED)
{
	parser_restrict(data);
}

Parser *parser_new(xmpp_ctx_t *ctx, const StreamLimits *limits, const char *account,
		   const ParserEvents *events, gpointer owner)
{
	Parser *parser = g_new0(Parser, 1);

	parser->ctx = ctx;
	parser->events = events;
	parser->owner = owner;
	parser->account = g_strdup(account);
	parser->limits = *limits;
	if (parser->limits.bytes == 0)
		parser->limits.bytes = 1024 * 1024;
	if (parser->limits.elements == 0)
		parser->limits.elements = 10000;
	if (parser->limits.depth == 0)
		parser->limits.depth = 100;
	if (parser->limits.own_bytes == 0)
		parser->limits.own_bytes = 8 * 1024 * 1024;
	if (parser->limits.own_elements == 0)
		parser->limits.own_elements = 100000;
	parser->stack = g_new0(xmpp_stanza_t *, parser->limits.depth);
	parser->children = g_new0(guint, parser->limits.depth);
	parser->text = g_string_new(NULL);
	parser->expat = XML_ParserCreateNS(NULL, SEPARATOR);
	parser_reset(parser);
	return parser;
}

void parser_free(Parser *parser)
{
	if (!parser)
		return;
	parser_release_tree(parser);
	XML_ParserFree(parser->expat);
	g_string_free(parser->text, TRUE);
	g_free(parser->stack);
	g_free(parser->children);
	g_free(parser->account);
	g_free(parser);
}

void parser_reset(Parser *parser)
{
	parser_release_tree(parser);
	parser->fed = parser->mark = parser->end = 0;
	parser->depth = 0;
	parser->stopped = parser->restricted = parser->nested = FALSE;
	XML_ParserReset(parser->expat, "UTF-8");
	XML_SetUserData(parser->expat, parser);
	XML_SetElementHandler(parser->expat, parser_on_start, parser_on_end);
	XML_SetCharacterDataHandler(parser->expat, parser_on_text);
	XML_SetStartDoctypeDeclHandler(parser->expat, parser_on_doctype);
	XML_SetCommentHandler(parser->expat, parser_on_comment);
	XML_SetProcessingInstructionHandler(parser->expat, parser_on_instruction);
#ifdef HAVE_XML_SETREPARSEDEFERRALENABLED
	/* else everything behind a tag of 20 kB waits until as much again has arrived */
	XML_SetReparseDeferralEnabled(parser->expat, XML_FALSE);
#endif
}

gboolean parser_feed(Parser *parser, const char *bytes, gsize size, gsize *used, GError **error)
{
	guint64 before = parser->fed;
	gsize limit = 2 * MAX(parser->limits.bytes, parser->limits.own_bytes);

	*used = size;
	if (parser->stopped) {
		*used = 0;
		return TRUE;
	}
	parser->fed += size;
	if (XML_Parse(parser->expat, bytes, (int)size, XML_FALSE) != XML_STATUS_OK) {
		if (parser->stopped) {
			*used = parser->end > before ? parser->end - before : 0;
			return TRUE;
		}
		if (parser->restricted)
			g_set_error_literal(error, PARSER_ERROR, PARSER_ERROR_RESTRICTED,
					    "the server sent a DTD, a comment or a processing instruction");
		else if (parser->nested)
			g_set_error_literal(error, PARSER_ERROR, PARSER_ERROR_MALFORMED,
					    "the server opened a stream inside the stream");
		else
			g_set_error(error, PARSER_ERROR, PARSER_ERROR_MALFORMED, "the server sent broken XML: %s",
				    XML_ErrorString(XML_GetErrorCode(parser->expat)));
		return FALSE;
	}
	if (parser->fed - parser->mark > limit) {
		g_set_error(error, PARSER_ERROR, PARSER_ERROR_TOO_LARGE,
			    "the server sent a stanza of more than %" G_GSIZE_FORMAT " bytes", limit);
		return FALSE;
	}
	return TRUE;
}

void parser_stop(Parser *parser)
{
	parser->stopped = TRUE;
	XML_StopParser(parser->expat, XML_FALSE);
}

gboolean parser_is_midway(const Parser *parser)
{
	return parser->depth >= 2 || parser->fed > parser->mark;
}

guint64 parser_count(const Parser *parser)
{
	return parser->count;
}
