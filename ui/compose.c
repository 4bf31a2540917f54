/* compose.c: see compose.h. A reply or a correction is the command of that name, so keys and commands are one thing. */
#include "config.h"
#include "compose.h"

#include <string.h>

#define WORDS_BYTES 200

static void begin(App *app, Tab *tab, Compose kind, const Entry *entry, char *words)
{
	compose_end(app, tab);
	tab->compose = kind;
	tab->compose_id = entry->id;
	tab->compose_words = words;
	chatview_unchoose(&tab->view);
	app_dirty(app, DIRTY_INPUT | DIRTY_CHAT | DIRTY_BAR);
}

void compose_reply(App *app, Tab *tab, const Entry *entry)
{
	AppStyle style;
	app_style(app, tab, &style);
	g_autofree char *beginning = text_shorten(entry->text, WORDS_BYTES);
	begin(app, tab, COMPOSE_REPLY, entry, g_strdup_printf("replying to %s: %s", entryview_name(entry, &style.style), beginning));
	app_style_clear(&style);
}

void compose_correct(App *app, Tab *tab, const Entry *entry)
{
	g_autofree char *text = entry->type == MESSAGE_ACTION ? g_strconcat("/me ", entry->text, NULL) : g_strdup(entry->text);
	begin(app, tab, COMPOSE_CORRECT, entry, g_strdup("correcting what you said"));
	tab->compose_draft = g_strdup(input_text(app->input));
	input_set(app->input, "");
	input_insert(app->input, text);
}

void compose_end(App *app, Tab *tab)
{
	if (tab->compose == COMPOSE_NOTHING)
		return;
	gboolean corrected = tab->compose == COMPOSE_CORRECT;
	tab->compose = COMPOSE_NOTHING;
	tab->compose_id = 0;
	g_clear_pointer(&tab->compose_words, g_free);
	g_autofree char *draft = g_steal_pointer(&tab->compose_draft);
	if (corrected && tab == tabs_current(app->tabs))
		input_set(app->input, draft);
	app_dirty(app, DIRTY_INPUT | DIRTY_BAR);
}

char *compose_words(const Tab *tab)
{
	return tab->compose == COMPOSE_NOTHING ? NULL : g_strdup(tab->compose_words);
}

char *compose_line(const Tab *tab, const char *line)
{
	gboolean action = g_str_has_prefix(line, "/me ");
	if (tab->compose == COMPOSE_NOTHING || (*line == '/' && line[1] != '/' && !action))
		return NULL;
	return g_strdup_printf("/%s %" G_GINT64_FORMAT " %s", tab->compose == COMPOSE_REPLY ? "reply" : "correct", tab->compose_id,
	                       *line == '/' && line[1] == '/' ? line + 1 : line);
}
