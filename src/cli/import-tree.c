/* import-tree.c: see import-tree.h. */
#include "cli/import-tree.h"
#include <gio/gio.h>
#include <string.h>

#define DEPTH_MAX 32
#define FILE_MAX_BYTES (32 * 1024 * 1024)

typedef struct {
	GPtrArray *open; /* ImportNode, borrowed; outermost first */
	ImportNode *root;
} Reading;

static ImportNode *node_new(const char *name)
{
	ImportNode *node = g_new0(ImportNode, 1);
	node->name = g_strdup(name);
	node->attributes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	node->text = g_string_new(NULL);
	node->children = g_ptr_array_new_with_free_func((GDestroyNotify)import_tree_free);
	return node;
}

void import_tree_free(ImportNode *node)
{
	if (!node)
		return;
	g_hash_table_unref(node->attributes);
	g_string_free(node->text, TRUE);
	g_ptr_array_unref(node->children);
	g_free(node->name);
	g_free(node);
}

static void on_start(GMarkupParseContext *context G_GNUC_UNUSED, const char *name, const char **names, const char **values, gpointer user, GError **error)
{
	Reading *reading = user;
	if (reading->open->len >= DEPTH_MAX) {
		g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "too many elements inside each other");
		return;
	}
	ImportNode *node = node_new(name);
	for (; *names; names++, values++)
		g_hash_table_replace(node->attributes, g_strdup(*names), g_strdup(*values));
	if (reading->open->len)
		g_ptr_array_add(((ImportNode *)reading->open->pdata[reading->open->len - 1])->children, node);
	else if (!reading->root)
		reading->root = node;
	g_ptr_array_add(reading->open, node);
}

static void on_end(GMarkupParseContext *context G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user, GError **error G_GNUC_UNUSED)
{
	Reading *reading = user;
	g_ptr_array_set_size(reading->open, (int)reading->open->len - 1);
}

static void on_text(GMarkupParseContext *context G_GNUC_UNUSED, const char *text, gsize length, gpointer user, GError **error G_GNUC_UNUSED)
{
	Reading *reading = user;
	if (reading->open->len)
		g_string_append_len(((ImportNode *)reading->open->pdata[reading->open->len - 1])->text, text, (gssize)length);
}

ImportNode *import_tree_read(const char *path, GError **error)
{
	static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
	g_autofree char *text = NULL;
	gsize length;
	g_autoptr(GError) why = NULL;
	if (!g_file_get_contents(path, &text, &length, &why)) {
		if (g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
			g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is no such file: \"%s\"", path);
		else
			g_set_error(error, G_FILE_ERROR, why->code, "\"%s\" can't be read: %s", path, strrchr(why->message, ':') ? strrchr(why->message, ':') + 2 : why->message);
		return NULL;
	}
	if (length > FILE_MAX_BYTES) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the file is too large: \"%s\"", path);
		return NULL;
	}
	Reading reading = { g_ptr_array_new(), NULL };
	GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &reading, NULL);
	gboolean good = g_markup_parse_context_parse(context, text, (gssize)length, error) && g_markup_parse_context_end_parse(context, error);
	g_markup_parse_context_free(context);
	g_ptr_array_unref(reading.open);
	if (good)
		return reading.root;
	g_prefix_error(error, "\"%s\" can't be read: ", path);
	import_tree_free(reading.root);
	return NULL;
}

const ImportNode *import_tree_child(const ImportNode *node, const char *name)
{
	for (guint i = 0; node && i < node->children->len; i++)
		if (!strcmp(((const ImportNode *)node->children->pdata[i])->name, name))
			return node->children->pdata[i];
	return NULL;
}

const char *import_tree_text(const ImportNode *node, const char *child)
{
	const ImportNode *found = import_tree_child(node, child);
	return found && found->text->len ? found->text->str : NULL;
}

const char *import_tree_attribute(const ImportNode *node, const char *name)
{
	return node ? g_hash_table_lookup(node->attributes, name) : NULL;
}

const ImportNode *import_tree_named(const ImportNode *node, const char *child, const char *name)
{
	for (guint i = 0; node && i < node->children->len; i++) {
		const ImportNode *c = node->children->pdata[i];
		if (!strcmp(c->name, child) && !g_strcmp0(import_tree_attribute(c, "name"), name))
			return c;
	}
	return NULL;
}
