/* room-form.c: see room-form.h. */
#include "config.h"
#include "purple/room-form.h"
#include "purple/cards.h"
#include "purple/host.h"
#include <string.h>

#define KEPT "room-forms"

typedef struct {
	char *chat;             /* owned */
	GHashTable *components; /* owned */
	void (*enter)(const char *chat, GHashTable *components);
} Asked;

static GPtrArray *kept; /* of char *: "ROOM\tFIELD\tVALUE" */

static GPtrArray *get_kept(void)
{
	if (!kept)
		kept = g_ptr_array_new_with_free_func(g_free);
	return kept;
}

void room_form_load(void)
{
	const char *lines = backend_kept(host.backend, KEPT);
	g_auto(GStrv) each = g_strsplit(lines ? lines : "", "\n", -1);
	for (char **line = each; *line; line++)
		if (**line)
			g_ptr_array_add(get_kept(), g_strdup(*line));
}

/* ---- the plugin's form ---- */

static GList *plugin_form(PurpleConnection *gc)
{
	return host.protocol->chat_info ? host.protocol->chat_info(gc) : NULL;
}

static const struct proto_chat_entry *entry_named(GList *form, const char *name)
{
	for (; form; form = form->next)
		if (!strcmp(((struct proto_chat_entry *)form->data)->identifier, name))
			return form->data;
	return NULL;
}

static const struct proto_chat_entry *secret_entry(GList *form)
{
	for (; form; form = form->next)
		if (((struct proto_chat_entry *)form->data)->secret)
			return form->data;
	return NULL;
}

static char *label_of(const struct proto_chat_entry *entry)
{
	g_autofree char *bare = purple_text_strip_mnemonic(entry->label), *label = host_name(bare);
	gsize length = label ? strlen(g_strstrip(label)) : 0;
	if (length && label[length - 1] == ':')
		label[length - 1] = '\0';
	return g_strdup(length ? label : entry->identifier);
}

static char *missing_label(GList *form, GHashTable *components)
{
	for (; form; form = form->next) {
		struct proto_chat_entry *entry = form->data;
		const char *value = g_hash_table_lookup(components, entry->identifier);
		if (entry->required && (!value || !*value) && !entry->is_int)
			return label_of(entry);
	}
	return NULL;
}

/* The key is a copy: whether the table frees its keys is the plugin's choice, and a few bytes lost are better than a constant freed. */
static void put(GHashTable *components, const char *key, const char *value)
{
	if (key && value)
		g_hash_table_replace(components, g_strdup(key), g_strdup(value));
}

static void put_entry(GHashTable *components, const struct proto_chat_entry *entry, const char *value)
{
	if (entry)
		put(components, entry->identifier, value);
}

static void put_kept(GHashTable *components, const char *chat)
{
	for (guint i = 0; i < get_kept()->len; i++) {
		g_auto(GStrv) parts = g_strsplit(kept->pdata[i], "\t", 3);
		if (g_strv_length(parts) == 3 && !strcmp(parts[0], chat))
			put(components, parts[1], parts[2]);
	}
}

static void put_parts(GHashTable *components, GList *form, const char *chat)
{
	g_auto(GStrv) parts = host.quirks->room_parts ? g_strsplit(chat, host.quirks->room_parts, (int)g_list_length(form)) : NULL;
	for (char **part = parts; part && *part && form; part++, form = form->next)
		if (**part)
			put_entry(components, form->data, *part);
}

GHashTable *room_form_fill(PurpleConnection *gc, const WireJoin *m, char **missing)
{
	GHashTable *components = host.protocol->chat_info_defaults ? host.protocol->chat_info_defaults(gc, m->chat) : NULL;
	GList *form = plugin_form(gc);
	if (!components)
		components = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	put_parts(components, form, m->chat);
	put_kept(components, m->chat);
	put_entry(components, secret_entry(form), m->password);
	put_entry(components, entry_named(form, "handle"), m->nick);
	put_entry(components, entry_named(form, "nick"), m->nick);
	put(components, host.quirks->history_key, "0");
	*missing = missing_label(form, components);
	g_list_free_full(form, g_free);
	return components;
}

/* ---- the card ---- */

static void asked_free(gpointer data)
{
	Asked *asked = data;
	g_hash_table_unref(asked->components);
	g_free(asked->chat);
	g_free(asked);
}

static gboolean fits_line(const char *text)
{
	return g_utf8_validate(text, -1, NULL) && !strpbrk(text, "\t\n");
}

static void keep_answer(GList *form, const Asked *asked)
{
	g_autofree char *prefix = g_strdup_printf("%s\t", asked->chat);
	for (guint i = get_kept()->len; i-- > 0;)
		if (g_str_has_prefix(kept->pdata[i], prefix))
			g_ptr_array_remove_index(kept, i);
	for (GList *l = form; l && fits_line(asked->chat); l = l->next) {
		const struct proto_chat_entry *entry = l->data;
		const char *value = g_hash_table_lookup(asked->components, entry->identifier);
		if (value && *value && !entry->secret && fits_line(value))
			g_ptr_array_add(kept, g_strdup_printf("%s%s\t%s", prefix, entry->identifier, value));
	}
	g_autoptr(GString) all = g_string_new(NULL);
	for (guint i = 0; i < kept->len; i++)
		g_string_append_printf(all, "%s\n", (const char *)kept->pdata[i]);
	backend_send(host.backend, &WIRE(KEEP, Keep, .account = backend_account(host.backend), .key = KEPT, .value = all->len ? all->str : NULL));
}

static char *take_values(GList *form, GHashTable *components, const char *const *values)
{
	for (; *values; values++) {
		const char *equals = strchr(*values, '=');
		g_autofree char *name = equals ? g_strndup(*values, equals - *values) : NULL;
		const struct proto_chat_entry *entry = name ? entry_named(form, name) : NULL;
		gint64 number;
		if (!entry)
			continue;
		if (entry->is_int && equals[1] && !g_ascii_string_to_signed(equals + 1, 10, entry->min, entry->max > entry->min ? entry->max : G_MAXINT, &number, NULL)) {
			g_autofree char *label = label_of(entry);
			return g_strdup_printf("\"%s\" is a number from %d to %d", label, entry->min, entry->max);
		}
		put(components, entry->identifier, equals + 1);
	}
	g_autofree char *missing = missing_label(form, components);
	return missing ? g_strdup_printf("\"%s\" must be filled in", missing) : NULL;
}

static char *answer_form(Card *card, const WireAnswer *answer, gpointer data)
{
	Asked *asked = data;
	PurpleConnection *gc = host_connection();
	if (card_was_closed(answer) || !g_strcmp0(answer->choice, "cancel") || !gc) {
		card_close(card);
		return NULL;
	}
	GList *form = plugin_form(gc);
	char *why = take_values(form, asked->components, answer->values);
	if (!why) {
		keep_answer(form, asked);
		asked->enter(asked->chat, asked->components);
		card_close(card);
	}
	g_list_free_full(form, g_free);
	return why;
}

static void show_entry(Card *card, const struct proto_chat_entry *entry, GHashTable *components)
{
	const char *value = g_hash_table_lookup(components, entry->identifier);
	g_autofree char *label = label_of(entry), *shown = entry->secret ? NULL : host_name(value), *number = g_strdup_printf("%d", entry->min);
	card_show_field(card, WIRE(CARD_FIELD, CardField, .field = entry->identifier, .label = label, .required = entry->required,
		.type = entry->secret ? "secret" : entry->is_int ? "number" : "text", .value = shown ? shown : entry->is_int ? number : NULL));
}

void room_form_ask(PurpleConnection *gc, const char *chat, GHashTable *components, void (*enter)(const char *chat, GHashTable *components))
{
	static const char *const choices[] = { "cancel", "join", NULL };
	Card *old = cards_find(answer_form, chat);
	if (old)
		card_close(old);
	Asked *asked = g_new0(Asked, 1);
	*asked = (Asked){ g_strdup(chat), components, enter };
	Card *card = card_new(answer_form, asked, asked_free);
	GList *form = plugin_form(gc);
	for (GList *l = form; l; l = l->next)
		show_entry(card, l->data, components);
	g_list_free_full(form, g_free);
	g_autofree char *title = g_strdup_printf("entering \"%s\"", chat);
	card_show(card, WIRE(CARD, Card, .card_kind = CARD_FORM, .title = title, .text = "This network wants to know more about the room.", .address = chat, .choices = choices));
}
