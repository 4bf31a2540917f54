/* chosen.c: see chosen.h. */
#include "config.h"
#include "chosen.h"

#include "base/open.h"
#include "compose.h"
#include "fetch.h"
#include "pick.h"

#include <string.h>

#define COPY_MAX 65536
#define LINKS_MAX 20
#define TITLE_BYTES 60

static Entry *chosen(App *app)
{
	return chatview_chosen(&tabs_current(app->tabs)->view);
}

/* Likewise, but only what somebody said; an event can have nothing but a file. */
static Entry *chosen_words(App *app)
{
	Entry *entry = chosen(app);
	if (!entry || entry->type != MESSAGE_EVENT)
		return entry;
	app_note(app, "nobody said that");
	return NULL;
}

static void choose(App *app, int step)
{
	Tab *tab = tabs_current(app->tabs);
	AppStyle style;
	app_style(app, tab, &style);
	gboolean none = !chatview_chosen(&tab->view);
	if (!chatview_choose(&tab->view, step, &style.style) && step < 0 && !none)
		fetch_older(app, tab); /* the first of what is here */
	else if (none && !chatview_chosen(&tab->view))
		app_note(app, "there is no message to choose");
	app_style_clear(&style);
	app_dirty(app, DIRTY_CHAT | DIRTY_BAR);
}

void chosen_up(App *app)
{
	choose(app, -1);
}

void chosen_down(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	if (!chatview_chosen(&tab->view))
		return;
	gint64 before = tab->view.chosen;
	choose(app, 1);
	if (tab->view.chosen == before)
		chosen_leave(app); /* below the newest: back to writing */
}

void chosen_at(App *app, int row)
{
	Tab *tab = tabs_current(app->tabs);
	AppStyle style;
	app_style(app, tab, &style);
	gboolean any = chatview_choose_at(&tab->view, row, &style.style);
	app_style_clear(&style);
	if (any)
		app_dirty(app, DIRTY_CHAT | DIRTY_BAR);
	else if (chatview_chosen(&tab->view))
		chosen_leave(app);
}

void chosen_leave(App *app)
{
	chatview_unchoose(&tabs_current(app->tabs)->view);
	app_mark_read(app);
	app_dirty(app, DIRTY_CHAT | DIRTY_BAR);
}

/* Says why not, where the account can't do it. */
static gboolean can(App *app, const char *ability, const char *words)
{
	const Tab *tab = tabs_current(app->tabs);
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	if (!account)
		return FALSE;
	if (account_can(account, ability) || !account_is_online(account))
		return TRUE;
	app_note(app, "this network knows no %s", words);
	return FALSE;
}

void chosen_reply(App *app)
{
	Entry *entry = chosen_words(app);
	if (entry && can(app, "replies", "replies"))
		compose_reply(app, tabs_current(app->tabs), entry);
}

static void correct(App *app, Entry *entry)
{
	if (entry->direction != DIRECTION_OUT)
		app_note(app, "only your own words can be corrected");
	else if (entry->retracted)
		app_note(app, "that message was taken back");
	else if (entry->type == MESSAGE_EVENT || (entry->attachments[0] && g_str_has_prefix(entry->attachments[0], entry->text)))
		app_note(app, "only words can be corrected");
	else if (can(app, "corrections", "corrections"))
		compose_correct(app, tabs_current(app->tabs), entry);
}

void chosen_correct(App *app)
{
	Entry *entry = chosen(app);
	if (entry)
		correct(app, entry);
}

void chosen_correct_last(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	if (!timeline_at_end(tab->view.timeline)) {
		AppStyle style;
		app_style(app, tab, &style);
		chatview_to_newest(&tab->view, &style.style);
		app_style_clear(&style);
	}
	const GPtrArray *entries = timeline_entries(tab->view.timeline);
	for (guint i = entries->len; i-- > 0;) {
		Entry *entry = entries->pdata[i];
		if (!entry->id || entry->direction != DIRECTION_OUT || entry->type == MESSAGE_EVENT || entry->retracted)
			continue;
		correct(app, entry);
		return;
	}
	app_note(app, "you said nothing here that could be corrected");
}

/* ---- with a question ---- */

/* Hands a command about a message to the hub; what of it is left to say is shown in the chat. */
static void run_on(App *app, const char *command, gint64 id, const char *words)
{
	g_autofree char *line = g_strdup_printf("/%s %" G_GINT64_FORMAT "%s%s", command, id, words ? " " : "", words ? words : "");
	app_enter(app, line);
}

static char *title_of(const char *what, const Entry *entry)
{
	g_autofree char *clean = text_clean(entry->text, TEXT_LINE);
	g_autofree char *beginning = text_shorten(clean, TITLE_BYTES);
	return g_strdup_printf("%s: %s", what, beginning);
}

static gpointer keep_id(gint64 id)
{
	return g_memdup2(&id, sizeof id);
}

static void on_retract(App *app, int index, const char *typed G_GNUC_UNUSED, gpointer context)
{
	if (index == 0)
		run_on(app, "retract", *(gint64 *)context, NULL);
}

static void on_moderate(App *app, int index, const char *typed, gpointer context)
{
	if (index <= 0)
		run_on(app, "moderate", *(gint64 *)context, index < 0 ? typed : NULL);
}

void chosen_retract(App *app)
{
	Entry *entry = chosen_words(app);
	if (!entry)
		return;
	gboolean own = entry->direction == DIRECTION_OUT;
	if (entry->retracted) {
		app_note(app, "that message was taken back already");
		return;
	}
	if (!own && tabs_current(app->tabs)->kind != CHAT_ROOM) {
		app_note(app, "only your own words can be taken back");
		return;
	}
	if (entry->state != MESSAGE_QUEUED && !can(app, own ? "retractions" : "moderation", own ? "taking back" : "moderation"))
		return;
	if (!own) {
		g_autofree char *moderate = title_of("Take out of the room", entry);
		app_show(app, pick_view_new(app, moderate, (PickChoice[]){ { '1', "yes, for everybody", FALSE }, { '2', "no, leave it", FALSE }, { 0, NULL, FALSE } },
		                            "or yes: type why", on_moderate, keep_id(entry->id), g_free));
		return;
	}
	g_autofree char *title = title_of("Take back for everybody", entry);
	app_show(app, pick_view_new(app, title, (PickChoice[]){ { 'y', "yes, take it back", FALSE }, { 'n', "no, leave it", FALSE }, { 0, NULL, FALSE } }, NULL,
	                            on_retract, keep_id(entry->id), g_free));
}

static const char *const common_emoji[] = { "👍", "❤️", "😂", "😮", "😢", "🎉", "👀", "👎", NULL };

static void on_react(App *app, int index, const char *typed, gpointer context)
{
	run_on(app, "react", *(gint64 *)context, index < 0 ? typed : common_emoji[index]);
}

static gboolean has_own(const Entry *entry, const char *emoji)
{
	for (char **at = entry->reactions; *at; at++)
		if (g_str_has_prefix(*at, emoji) && (strcmp(*at + strlen(emoji), " ") == 0 || strcmp(*at + strlen(emoji), "") == 0))
			return TRUE;
	return FALSE;
}

void chosen_react(App *app)
{
	Entry *entry = chosen_words(app);
	if (!entry || !can(app, "reactions", "reactions"))
		return;
	PickChoice choices[G_N_ELEMENTS(common_emoji)] = { 0 };
	for (guint i = 0; common_emoji[i]; i++)
		choices[i] = (PickChoice){ (char)('1' + i), common_emoji[i], has_own(entry, common_emoji[i]) };
	g_autofree char *title = title_of("React", entry);
	app_show(app, pick_view_new(app, title, choices, "or type another", on_react, keep_id(entry->id), g_free));
}

/* ---- links and files ---- */

static void open_target(App *app, const char *target)
{
	g_autofree char *quoted = commands_quote(target);
	g_autofree char *line = g_strdup_printf("/open %s", quoted);
	app_enter(app, line);
}

/* The first may be the saved file, which the command finds by the message. */
typedef struct {
	gint64 id;
	gboolean file;
	GPtrArray *links;
} Opening;

static void opening_free(gpointer data)
{
	Opening *opening = data;
	g_ptr_array_unref(opening->links);
	g_free(opening);
}

static void on_open(App *app, int index, const char *typed G_GNUC_UNUSED, gpointer context)
{
	const Opening *opening = context;
	if (index == 0 && opening->file)
		run_on(app, "open", opening->id, NULL);
	else
		open_target(app, opening->links->pdata[index]);
}

static void add_link(GPtrArray *links, const char *text)
{
	for (guint i = 0; i < links->len; i++)
		if (strcmp(links->pdata[i], text) == 0)
			return;
	if (links->len < LINKS_MAX)
		g_ptr_array_add(links, g_strdup(text));
}

static GPtrArray *links_of(const Entry *entry)
{
	GPtrArray *links = g_ptr_array_new_with_free_func(g_free);
	if (entry->saved && *entry->saved == '/')
		add_link(links, entry->saved);
	g_auto(GStrv) words = g_strsplit_set(entry->text, " \n\t", -1);
	for (char **word = words; *word; word++) {
		char *at = *word + strspn(*word, "(<[\"'*_~`");
		gsize length = strlen(at);
		while (length > 0 && (strchr(".,;:!?>]\"'*~`", at[length - 1]) || (at[length - 1] == ')' && !memchr(at, '(', length))))
			at[--length] = 0;
		if (strchr(at, ':') && open_is_link(at))
			add_link(links, at);
	}
	for (char **file = entry->attachments; *file; file++) {
		g_autofree char *url = g_strndup(*file, strcspn(*file, "\n"));
		if (open_is_link(url))
			add_link(links, url);
	}
	return links;
}

void chosen_open(App *app)
{
	Entry *entry = chosen(app);
	if (!entry)
		return;
	g_autoptr(GPtrArray) links = links_of(entry);
	if (links->len == 0) {
		app_note(app, "there is no link and no saved file in that message");
		return;
	}
	gboolean file = entry->saved && *entry->saved == '/';
	if (links->len == 1) {
		if (file)
			run_on(app, "open", entry->id, NULL);
		else
			open_target(app, links->pdata[0]);
		return;
	}
	PickChoice choices[LINKS_MAX + 1] = { 0 };
	for (guint i = 0; i < links->len; i++)
		choices[i] = (PickChoice){ i < 9 ? (char)('1' + i) : 0, links->pdata[i], FALSE };
	Opening *opening = g_new0(Opening, 1);
	*opening = (Opening){ entry->id, file, g_steal_pointer(&links) };
	app_show(app, pick_view_new(app, "Open", choices, NULL, on_open, opening, opening_free));
}

void chosen_save(App *app)
{
	Entry *entry = chosen(app);
	if (!entry)
		return;
	if (!entry->attachments[0] && !transfers_of_message(app->model, tabs_current(app->tabs)->account, entry->id))
		app_note(app, "there is no file in that message");
	else
		run_on(app, "save", entry->id, NULL);
}

/* ---- the rest ---- */

void chosen_versions(App *app)
{
	Entry *entry = chosen(app);
	if (!entry)
		return;
	run_on(app, "versions", entry->id, NULL);
	chosen_leave(app);
}

/* To the clipboard of the terminal (OSC 52): a constant around base64, so nothing in it can be a sequence of its own. */
void chosen_copy(App *app)
{
	Entry *entry = chosen(app);
	if (!entry)
		return;
	g_autofree char *text = text_clean(entry->text, TEXT_LINES); /* what is pasted from there does no harm either */
	gsize length = strlen(text);
	if (length == 0 || length > COPY_MAX) {
		app_note(app, length ? "that is too long for the terminal's clipboard" : "there are no words to copy");
		return;
	}
	g_autofree char *encoded = g_base64_encode((const guchar *)text, length);
	g_autofree char *bytes = g_strdup_printf("\033]52;c;%s\a", encoded);
	screen_write(bytes, strlen(bytes));
	app_note(app, "copied");
}

void chosen_jump(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	Entry *entry = chosen(app);
	if (!entry)
		return;
	if (entry->about == 0) {
		app_note(app, entry->target ? "the message it answers is not here" : "it answers no message");
		return;
	}
	app_to_message(app, tab, entry->about);
}
