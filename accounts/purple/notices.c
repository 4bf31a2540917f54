/* notices.c: see notices.h. */
#include "config.h"
#include "purple/notices.h"
#include "base/text.h"
#include "purple/cards.h"
#include "purple/chats.h"
#include "purple/files.h"
#include "purple/host.h"
#include "purple/outbox.h"
#include "purple/rooms.h"
#include <string.h>

#define INFO_TIMEOUT_S 20
#define ROWS_MOST 250
#define ROW_MOST 180
#define BUTTONS_MOST 32

/* An info request that waits for the network. */
typedef struct {
	gint64 request;
	char *who;
	guint timer;
} Asked;

static GList *asked; /* Asked */
static GString *captured;

/* ---- who asked ---- */

static void asked_free(Asked *a)
{
	g_clear_handle_id(&a->timer, g_source_remove);
	asked = g_list_remove(asked, a);
	g_free(a->who);
	g_free(a);
}

static gboolean on_info_timeout(gpointer user)
{
	Asked *a = user;
	a->timer = 0;
	backend_fail(host.backend, a->request, "the network did not answer");
	asked_free(a);
	return G_SOURCE_REMOVE;
}

static Asked *find_asked(const char *who)
{
	g_autofree char *normal = g_strdup(purple_normalize(host.account, who));
	for (GList *l = asked; l; l = l->next) {
		Asked *a = l->data;
		if (!strcmp(a->who, who) || !strcmp(purple_normalize(host.account, a->who), normal))
			return a;
	}
	return NULL;
}

gboolean notices_take_line(const char *chat, const char *text)
{
	Asked *a = find_asked(chat);
	if (!a)
		return FALSE;
	backend_fail(host.backend, a->request, text);
	asked_free(a);
	return TRUE;
}

static void tell_room_info(const WireInfo *m, PurpleConversation *room)
{
	PurpleConvChat *chat = PURPLE_CONV_CHAT(room);
	g_autofree char *topic = host_name(purple_conv_chat_get_topic(chat));
	g_autofree char *text = g_strdup_printf("room: %s\noccupants: %u%s%s", m->address, g_list_length(purple_conv_chat_get_users(chat)),
		topic ? "\ntopic: " : "", topic ? topic : "");
	backend_done(host.backend, m->request, text);
}

void notices_ask_info(const WireInfo *m)
{
	PurpleConnection *gc = host_connection();
	PurpleConversation *room = gc ? rooms_find(m->address) : NULL;
	if (room) {
		tell_room_info(m, room);
	} else if (!gc || !host.protocol->get_info) {
		backend_fail(host.backend, m->request, gc ? "this network tells nothing about anybody" : "the account is not online");
	} else {
		Asked *a = g_new0(Asked, 1);
		a->request = m->request;
		a->who = chats_recipient(m->address, strchr(m->address, '/') ? CHAT_PRIVATE : CHAT_DIRECT);
		a->timer = g_timeout_add_seconds(INFO_TIMEOUT_S, on_info_timeout, a);
		asked = g_list_append(asked, a);
		g_autofree char *who = g_strdup(a->who);
		serv_get_info(gc, who);
	}
}

void notices_stop(void)
{
	while (asked) {
		Asked *a = asked->data;
		backend_fail(host.backend, a->request, "the connection has ended");
		asked_free(a);
	}
}

/* ---- what nobody asked for ---- */

static char *close_card(Card *card, const WireAnswer *answer G_GNUC_UNUSED, gpointer type)
{
	purple_notify_close(GPOINTER_TO_INT(type), card);
	return NULL;
}

/* A card that can only be closed; the handle for libpurple. */
static void *show_card(PurpleNotifyType type, const char *title, const char *text, const char *const *details)
{
	Card *card = card_new(close_card, GINT_TO_POINTER(type), NULL);
	card_show(card, WIRE(CARD, Card, .card_kind = CARD_NOTICE, .title = title ? title : "a message of the network", .text = text, .details = details));
	return card;
}

static char *join_texts(const char *const *texts)
{
	GString *all = g_string_new(NULL);
	for (; *texts; texts++) {
		g_autofree char *text = host_name(*texts);
		if (text)
			g_string_append_printf(all, "%s%s", all->len ? "\n" : "", text);
	}
	return g_string_free(all, FALSE);
}

/* A notice needs no closing: libpurple gets a handle that is closed right away. */
static gboolean close_later(gpointer card)
{
	if (cards_have(card))
		purple_notify_close(PURPLE_NOTIFY_MESSAGE, card);
	return G_SOURCE_REMOVE;
}

static void *passing_handle(void)
{
	Card *card = card_new(close_card, GINT_TO_POINTER(PURPLE_NOTIFY_MESSAGE), NULL);
	g_idle_add(close_later, card);
	return card;
}

char *notices_capture(gboolean on)
{
	if (on) {
		captured = g_string_new(NULL);
		return NULL;
	}
	gboolean empty = !captured->len;
	char *text = g_string_free(captured, empty);
	captured = NULL;
	return empty ? NULL : text;
}

void notices_capture_text(const char *text)
{
	g_autofree char *words = host_name(text);
	if (captured && words)
		g_string_append_printf(captured, "%s\n", words);
}

static gboolean answers_something(const char *text)
{
	if (rooms_take_error(text))
		return TRUE;
	if (!asked)
		return FALSE;
	Asked *a = asked->data;
	backend_fail(host.backend, a->request, text);
	asked_free(a);
	return TRUE;
}

/* One sentence of the two parts of a message. */
static char *message_line(const char *primary, const char *secondary)
{
	g_autofree char *first = host_name(primary), *second = host_name(secondary);
	gsize end = first ? strlen(g_strchomp(first)) : 0;
	if (end && second && strchr(".:", first[end - 1]))
		first[end - 1] = '\0';
	char *line = g_strdup_printf("%s%s%s", first ? g_strstrip(first) : "", first && second ? ": " : "", second ? g_strstrip(second) : "");
	gsize length = strlen(line);
	if (length && line[length - 1] == '.' && !captured)
		line[length - 1] = '\0';
	return line;
}

/* prpl-zephyr says so whom a message has not reached. */
static gboolean fails_message(const char *title, const char *text)
{
	return title && *title && outbox_take_failure(host_address(title), text);
}

static void *op_message(PurpleNotifyMsgType type, const char *title, const char *primary, const char *secondary)
{
	g_autofree char *text = message_line(primary && *primary ? primary : title, secondary);
	if (captured)
		g_string_append_printf(captured, "%s\n", text);
	else if (!*text || (secondary && files_take_line(NULL, secondary)) || (primary && files_take_line(NULL, primary)))
		return passing_handle();
	else if (type == PURPLE_NOTIFY_MSG_INFO || (!answers_something(text) && !fails_message(title, text)))
		backend_notice(host.backend, NULL, type != PURPLE_NOTIFY_MSG_INFO, "%s", text);
	return passing_handle();
}

static char *mail_line(const char *subject, const char *from, const char *url)
{
	g_autofree char *what = host_name(subject), *who = host_name(from), *where = host_name(url);
	return g_strdup_printf("%s%s%s%s%s", who ? who : "", who ? ": " : "", what ? what : "new mail", where ? " " : "", where ? where : "");
}

static void *op_email(PurpleConnection *gc G_GNUC_UNUSED, const char *subject, const char *from, const char *to G_GNUC_UNUSED, const char *url)
{
	g_autofree char *line = mail_line(subject, from, url);
	return show_card(PURPLE_NOTIFY_EMAIL, "new mail", line, NULL);
}

static void *op_emails(PurpleConnection *gc G_GNUC_UNUSED, size_t count, gboolean detailed, const char **subjects, const char **froms,
                       const char **tos G_GNUC_UNUSED, const char **urls)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *title = g_strdup_printf("%zu new mails", count);
	for (size_t i = 0; detailed && i < count && i < 200; i++)
		g_ptr_array_add(lines, mail_line(subjects ? subjects[i] : NULL, froms ? froms[i] : NULL, urls ? urls[i] : NULL));
	g_ptr_array_add(lines, NULL);
	return show_card(PURPLE_NOTIFY_EMAILS, title, NULL, (const char *const *)lines->pdata);
}

static void *op_formatted(const char *title, const char *primary, const char *secondary, const char *html)
{
	g_autofree char *words = host_plain(html, 60000), *head = host_name(title ? title : primary);
	g_autofree char *intro = join_texts((const char *const[]){ primary ? primary : "", secondary ? secondary : "", NULL });
	g_autofree char *text = g_strdup_printf("%s%s%s", intro, *intro && words ? "\n" : "", words ? words : "");
	return show_card(PURPLE_NOTIFY_FORMATTED, head, text, NULL);
}

/* ---- search results ---- */

/* The network's results as a form of one field: which row; what can be done with it are the answers. */
typedef struct {
	PurpleConnection *gc;
	gpointer user;
	PurpleNotifySearchResults *results; /* owned */
	GPtrArray *rows;                    /* owned lines, no two the same */
	char *title, *text;                 /* owned */
} Results;

static void results_free(gpointer data)
{
	Results *r = data;
	purple_notify_searchresults_free(r->results);
	g_ptr_array_unref(r->rows);
	g_free(r->title);
	g_free(r->text);
	g_free(r);
}

static gboolean is_about(gconstpointer data, gconstpointer results)
{
	return ((const Results *)data)->results == results;
}

static const char *button_word(const PurpleNotifySearchButton *button)
{
	static const char *const words[] = { [PURPLE_NOTIFY_BUTTON_CONTINUE] = "continue", [PURPLE_NOTIFY_BUTTON_ADD] = "add", [PURPLE_NOTIFY_BUTTON_INFO] = "info",
		[PURPLE_NOTIFY_BUTTON_IM] = "chat", [PURPLE_NOTIFY_BUTTON_JOIN] = "join", [PURPLE_NOTIFY_BUTTON_INVITE] = "invite" };
	return button->type == PURPLE_NOTIFY_BUTTON_LABELED ? button->label : button->type < (int)G_N_ELEMENTS(words) ? words[button->type] : NULL;
}

static char *line_of(GList *cells)
{
	g_autoptr(GString) line = g_string_new(NULL);
	for (; cells; cells = cells->next) {
		g_autofree char *cell = host_label(cells->data);
		if (cell)
			g_string_append_printf(line, "%s%s", line->len ? " · " : "", cell);
	}
	return text_shorten(line->len ? line->str : "-", ROW_MOST);
}

static char *column_line(const PurpleNotifySearchResults *results)
{
	g_autoptr(GList) titles = NULL;
	for (GList *l = results->columns; l; l = l->next)
		titles = g_list_append(titles, ((const PurpleNotifySearchColumn *)l->data)->title);
	return titles ? line_of(titles) : NULL;
}

static void list_rows(Results *r)
{
	g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
	g_ptr_array_set_size(r->rows, 0);
	for (GList *row = r->results->rows; row && r->rows->len < ROWS_MOST; row = row->next) {
		char *line = line_of(row->data);
		if (g_hash_table_contains(taken, line)) {
			char *same = line;
			line = g_strdup_printf("%s (row %u)", same, r->rows->len + 1);
			g_free(same);
		}
		g_hash_table_add(taken, line);
		g_ptr_array_add(r->rows, line);
	}
	g_ptr_array_add(r->rows, NULL);
}

static GPtrArray *list_buttons(const Results *r)
{
	GPtrArray *choices = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(choices, g_strdup("close"));
	for (GList *b = r->results->buttons; b && choices->len < BUTTONS_MOST; b = b->next)
		if (button_word(b->data))
			g_ptr_array_add(choices, host_name(button_word(b->data)));
	g_ptr_array_add(choices, NULL);
	return choices;
}

static void show_results(Card *card, Results *r)
{
	guint count = g_list_length(r->results->rows);
	list_rows(r);
	g_autoptr(GPtrArray) choices = list_buttons(r);
	guint shown = r->rows->len - 1;
	g_autofree char *columns = column_line(r->results);
	g_autofree char *found = count > shown ? g_strdup_printf("the first %u of %u; search for more words to find the others", shown, count)
	                       : g_strdup_printf("%u found", count);
	g_autoptr(GPtrArray) details = g_ptr_array_new();
	g_ptr_array_add(details, found);
	if (columns)
		g_ptr_array_add(details, columns);
	for (guint i = 0; i <= shown; i++) /* with the NULL */
		g_ptr_array_add(details, r->rows->pdata[i]);
	card_forget(card);
	if (shown)
		card_show_field(card, WIRE(CARD_FIELD, CardField, .field = "row", .label = "Row", .type = "choice", .choices = (const char *const *)r->rows->pdata));
	card_show(card, WIRE(CARD, Card, .card_kind = CARD_FORM, .title = r->title ? r->title : "search results", .text = r->text, .details = (const char *const *)details->pdata,
		.choices = (const char *const *)choices->pdata));
}

/* The row that the answer names, or the first one. */
static GList *chosen_row(const Results *r, const WireAnswer *answer)
{
	GList *row = r->results->rows;
	const char *line = *answer->values && g_str_has_prefix(*answer->values, "row=") ? *answer->values + strlen("row=") : NULL;
	for (guint i = 0; line && row && r->rows->pdata[i]; i++, row = row->next)
		if (!strcmp(r->rows->pdata[i], line))
			return row->data;
	return line ? NULL : row ? row->data : NULL;
}

static char *answer_results(Card *card, const WireAnswer *answer, gpointer data)
{
	Results *r = data;
	PurpleNotifySearchButton *button = NULL;
	GList *row = chosen_row(r, answer);
	for (GList *b = r->results->buttons; answer->choice && b && !button; b = b->next) {
		g_autofree char *word = host_name(button_word(b->data));
		button = !g_strcmp0(answer->choice, word) ? b->data : NULL;
	}
	if (!button && answer->choice && strcmp(answer->choice, "close"))
		return g_strdup("that is not one of the choices");
	gboolean goes_on = button && button->type == PURPLE_NOTIFY_BUTTON_CONTINUE;
	if (button && !row && !goes_on)
		return g_strdup("there is no such row");
	if (button)
		button->callback(r->gc, row, r->user);
	/* The next rows come into the same card, which libpurple keeps until it is closed. */
	if (!goes_on && cards_have(card))
		purple_notify_close(PURPLE_NOTIFY_SEARCHRESULTS, card);
	return NULL;
}

static void *op_results(PurpleConnection *gc, const char *title, const char *primary, const char *secondary, PurpleNotifySearchResults *results, gpointer user)
{
	Results *r = g_new0(Results, 1);
	*r = (Results){ gc, user, results, g_ptr_array_new_with_free_func(g_free), host_name(title),
		join_texts((const char *const[]){ primary ? primary : "", secondary ? secondary : "", NULL }) };
	Card *card = card_new(answer_results, r, results_free);
	show_results(card, r);
	return card;
}

/* data is the handle in the documentation, but plugins give NULL as well, with the results of the card; others give a handle and new results. */
static void op_new_rows(PurpleConnection *gc G_GNUC_UNUSED, PurpleNotifySearchResults *results, void *data)
{
	Card *card = data && cards_have(data) ? data : cards_find_data(answer_results, is_about, results);
	if (!card)
		return;
	Results *r = card_data(card);
	if (r->results != results) {
		purple_notify_searchresults_free(r->results);
		r->results = results;
	}
	show_results(card, r);
}

static void *op_user_info(PurpleConnection *gc G_GNUC_UNUSED, const char *who, PurpleNotifyUserInfo *info)
{
	g_autofree char *html = purple_notify_user_info_get_text_with_newline(info, "<br>");
	g_autofree char *text = host_plain(html, 60000);
	Asked *a = find_asked(who);
	if (!a) {
		g_autofree char *title = g_strdup_printf("about %s", host_address(who));
		return show_card(PURPLE_NOTIFY_USERINFO, title, text, NULL);
	}
	backend_done(host.backend, a->request, text ? text : "nothing is known");
	asked_free(a);
	return passing_handle();
}

static void *op_uri(const char *uri)
{
	g_autofree char *address = host_name(uri);
	return show_card(PURPLE_NOTIFY_URI, "the network wants you to open an address", address, NULL);
}

static void op_close(PurpleNotifyType type G_GNUC_UNUSED, void *handle)
{
	card_close(handle);
}

PurpleNotifyUiOps *notices_operations(void)
{
	static PurpleNotifyUiOps operations = { .notify_message = op_message, .notify_email = op_email, .notify_emails = op_emails,
		.notify_formatted = op_formatted, .notify_searchresults = op_results, .notify_searchresults_new_rows = op_new_rows,
		.notify_userinfo = op_user_info, .notify_uri = op_uri, .close_notify = op_close };
	return &operations;
}
