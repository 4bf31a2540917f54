/* element.c: building and reading libstrophe stanzas. See element.h. */
#include "element.h"

#include <string.h>

static gboolean is_legal(gunichar c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

char *element_legalise(const char *text)
{
	const char *p = text;
	while (*p && is_legal(g_utf8_get_char(p)))
		p = g_utf8_next_char(p);
	if (!*p)
		return NULL;
	GString *out = g_string_new_len(text, p - text);
	for (; *p; p = g_utf8_next_char(p))
		if (is_legal(g_utf8_get_char(p)))
			g_string_append_unichar(out, g_utf8_get_char(p));
	return g_string_free(out, FALSE);
}

xmpp_stanza_t *element_new(xmpp_ctx_t *ctx, const char *name, const char *ns)
{
	xmpp_stanza_t *element = xmpp_stanza_new(ctx);
	xmpp_stanza_set_name(element, name);
	if (ns)
		xmpp_stanza_set_ns(element, ns);
	return element;
}

xmpp_stanza_t *element_add(xmpp_stanza_t *parent, const char *name, const char *ns)
{
	xmpp_stanza_t *child = element_new(xmpp_stanza_get_context(parent), name, ns);
	xmpp_stanza_add_child_ex(parent, child, 0);
	return child;
}

xmpp_stanza_t *element_add_text(xmpp_stanza_t *parent, const char *name, const char *ns, const char *text)
{
	xmpp_stanza_t *child = element_add(parent, name, ns);
	xmpp_stanza_t *words = xmpp_stanza_new(xmpp_stanza_get_context(parent));
	g_autofree char *legal = element_legalise(text);
	xmpp_stanza_set_text(words, legal ? legal : text);
	xmpp_stanza_add_child_ex(child, words, 0);
	return child;
}

void element_set(xmpp_stanza_t *element, const char *name, const char *value)
{
	if (!value)
		return;
	g_autofree char *legal = element_legalise(value);
	xmpp_stanza_set_attribute(element, name, legal ? legal : value);
}

gboolean element_is(xmpp_stanza_t *element, const char *name, const char *ns)
{
	const char *own;
	if (!element || !xmpp_stanza_is_tag(element))
		return FALSE;
	if (name && ((own = xmpp_stanza_get_name(element)) == NULL || strcmp(own, name) != 0))
		return FALSE;
	return !ns || ((own = xmpp_stanza_get_ns(element)) != NULL && strcmp(own, ns) == 0);
}

xmpp_stanza_t *element_next(xmpp_stanza_t *parent, xmpp_stanza_t *after, const char *name, const char *ns)
{
	xmpp_stanza_t *child = after ? xmpp_stanza_get_next(after) : parent ? xmpp_stanza_get_children(parent) : NULL;
	while (child && !element_is(child, name, ns))
		child = xmpp_stanza_get_next(child);
	return child;
}

xmpp_stanza_t *element_child(xmpp_stanza_t *element, const char *name, const char *ns)
{
	return element_next(element, NULL, name, ns);
}

const char *element_text(xmpp_stanza_t *element)
{
	for (xmpp_stanza_t *child = element ? xmpp_stanza_get_children(element) : NULL; child; child = xmpp_stanza_get_next(child))
		if (xmpp_stanza_is_text(child))
			return xmpp_stanza_get_text_ptr(child);
	return NULL;
}

const char *element_child_text(xmpp_stanza_t *element, const char *name, const char *ns)
{
	return element_text(element_child(element, name, ns));
}

const char *element_get(xmpp_stanza_t *element, const char *name)
{
	return element ? xmpp_stanza_get_attribute(element, name) : NULL;
}
