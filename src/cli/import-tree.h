/* import-tree.h: an XML file of another program as a small tree. Pure.
 */
#pragma once
#include <glib.h>

typedef struct ImportNode ImportNode;
struct ImportNode {
	char *name;
	GHashTable *attributes; /* char * -> char * */
	GString *text;
	GPtrArray *children; /* ImportNode */
};

/* The outermost element, or NULL and error. At most 32 elements deep; the file at most 32 MiB. */
ImportNode *import_tree_read(const char *path, GError **error);
void import_tree_free(ImportNode *node);
/* The first child of that name, or NULL; node may be NULL. */
const ImportNode *import_tree_child(const ImportNode *node, const char *name);
/* The first one of these whose attribute name is name. */
const ImportNode *import_tree_named(const ImportNode *node, const char *child, const char *name);
/* A child's text, or NULL when there is none. */
const char *import_tree_text(const ImportNode *node, const char *child);
const char *import_tree_attribute(const ImportNode *node, const char *name);
