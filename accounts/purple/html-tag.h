/* html-tag.h: the tags and entities of html.c. Pure; texts are NUL-terminated. */
#pragma once
#include <glib.h>

#define HTML_NAME_MAX 16

/* attributes are borrowed from the text. */
typedef struct {
	char name[HTML_NAME_MAX]; /* lower case */
	gboolean closing;
	const char *attributes, *end;
} HtmlTag;

gboolean html_begins_tag(const char *text);
/* Reads the tag at text; FALSE when it has no end. Quoted attributes may hold '>'. */
gboolean html_read_tag(const char *text, HtmlTag *tag);
/* The value of an attribute, entities resolved, or NULL. */
char *html_tag_attribute(const HtmlTag *tag, const char *name);
/* Appends the entity at text (which is at '&') and gives its length, or appends '&' and gives 1. */
gsize html_append_entity(GString *out, const char *text, const char *end);
