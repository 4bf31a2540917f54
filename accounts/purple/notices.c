/* notices.c: see notices.h. */
#include "config.h"
#include "purple/notices.h"
#include "base/text.h"
#include "purple/cards.h"
#include "purple/chats.h"
#include "purple/host.h"
#include "purple/outbox.h"
#include "purple/rooms.h"
#include <string.h>

#define INFO_TIMEOUT_S 20
#define CHOICES_MAX 63

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
	else if (!*text)
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

/* The network's results with what can be done with them: each choice is one button for one row. */
typedef struct {
	PurpleConnection *gc;
	gpointer user;
	PurpleNotifySearchResults *results; /* borrowed: libpurple frees it when the notification closes */
	GPtrArray *texts;                   /* owned */
	GPtrArray *rows, *buttons;          /* borrowed, one each for every text but the first */
	char *title, *text;                 /* owned */
} Results;

static void results_free(gpointer data)
{
	Results *r = data;
	g_ptr_array_unref(r->texts);
	g_ptr_array_unref(r->rows);
	g_ptr_array_unref(r->buttons);
	g_free(r->title);
	g_free(r->text);
	g_free(r);
}

static gboolean is_about(gconstpointer data, gconstpointer results)
{
	return ((const Results *)data)->results == results;
}

static char *answer_results(Card *card, const WireAnswer *answer, gpointer data)
{
	Results *r = data;
	for (guint i = 0; answer->choice && i < r->rows->len; i++) {
		PurpleNotifySearchButton *button = r->buttons->pdata[i];
		if (!strcmp(answer->choice, r->texts->pdata[i + 1]))
			button->callback(r->gc, r->rows->pdata[i], r->user);
	}
	if (cards_have(card))
		purple_notify_close(PURPLE_NOTIFY_SEARCHRESULTS, card);
	return NULL;
}

static const char *button_word(const PurpleNotifySearchButton *button)
{
	static const char *const words[] = { [PURPLE_NOTIFY_BUTTON_CONTINUE] = "continue", [PURPLE_NOTIFY_BUTTON_ADD] = "add", [PURPLE_NOTIFY_BUTTON_INFO] = "info",
		[PURPLE_NOTIFY_BUTTON_IM] = "chat", [PURPLE_NOTIFY_BUTTON_JOIN] = "join", [PURPLE_NOTIFY_BUTTON_INVITE] = "invite" };
	return button->type == PURPLE_NOTIFY_BUTTON_LABELED ? button->label : button->type < (int)G_N_ELEMENTS(words) ? words[button->type] : NULL;
}

static char *row_line(GList *row)
{
	GString *line = g_string_new(NULL);
	for (; row; row = row->next) {
		g_autofree char *cell = host_label(row->data);
		if (cell)
			g_string_append_printf(line, "%s%s", line->len ? " · " : "", cell);
	}
	char *short_line = text_shorten(line->str, 7000);
	g_string_free(line, TRUE);
	return short_line;
}

static void add_choices(Results *r, GList *row, const char *line)
{
	for (GList *b = r->results->buttons; b && r->rows->len < CHOICES_MAX; b = b->next) {
		const char *word = button_word(b->data);
		if (!word)
			continue;
		g_ptr_array_add(r->texts, g_strdup_printf("%s: %s", word, line));
		g_ptr_array_add(r->rows, row);
		g_ptr_array_add(r->buttons, b->data);
	}
}

/* The rows as lines, and their choices anew. */
static GPtrArray *list_rows(Results *r)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_set_size(r->texts, 0);
	g_ptr_array_set_size(r->rows, 0);
	g_ptr_array_set_size(r->buttons, 0);
	g_ptr_array_add(r->texts, g_strdup("close"));
	for (GList *row = r->results->rows; row && lines->len < 200; row = row->next) {
		char *line = row_line(row->data);
		add_choices(r, row->data, line);
		g_ptr_array_add(lines, line);
	}
	if (g_list_length(r->results->rows) > lines->len)
		g_ptr_array_add(lines, g_strdup_printf("and %u more", g_list_length(r->results->rows) - lines->len));
	g_ptr_array_add(lines, NULL);
	g_ptr_array_add(r->texts, NULL);
	return lines;
}

static void show_results(Card *card, Results *r)
{
	g_autoptr(GPtrArray) lines = list_rows(r);
	card_replace(card, WIRE(CARD, Card, .card_kind = CARD_CHOICE, .title = r->title ? r->title : "search results", .text = r->text,
		.details = (const char *const *)lines->pdata, .choices = (const char *const *)r->texts->pdata));
}

static void *op_results(PurpleConnection *gc, const char *title, const char *primary, const char *secondary, PurpleNotifySearchResults *results, gpointer user)
{
	Results *r = g_new0(Results, 1);
	*r = (Results){ gc, user, results, g_ptr_array_new_with_free_func(g_free), g_ptr_array_new(), g_ptr_array_new(), host_name(title),
		join_texts((const char *const[]){ primary ? primary : "", secondary ? secondary : "", NULL }) };
	Card *card = card_new(answer_results, r, results_free);
	show_results(card, r);
	return card;
}

/* data is the handle in the documentation, but plugins give NULL as well: the card is known by its results. */
static void op_new_rows(PurpleConnection *gc G_GNUC_UNUSED, PurpleNotifySearchResults *results, void *data G_GNUC_UNUSED)
{
	Card *card = cards_find_data(answer_results, is_about, results);
	if (card)
		show_results(card, card_data(card));
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
