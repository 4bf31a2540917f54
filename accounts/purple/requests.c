/* requests.c: see requests.h.
 *
 * The handle that libpurple gets is the card; libpurple closes it when its reason is gone, and we close it through libpurple after an answer.
 * A card that is closed without an answer takes the cancelling way, so that nothing in libpurple waits for ever.
 */
#include "config.h"
#include "purple/requests.h"
#include "base/text.h"
#include "purple/cards.h"
#include "purple/files.h"
#include "purple/fields.h"
#include "purple/host.h"
#include "purple/notices.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#define CHOICE_MOST 500
#define CHOICES_MOST 63

typedef struct {
	PurpleRequestType type;
	GPtrArray *texts; /* owned: the choices, NULL-terminated */
	GArray *values;   /* int: what libpurple calls each choice */
	GPtrArray *calls; /* GCallback of each choice */
	GCallback ok, cancel;
	char *cancel_text; /* owned */
	gpointer user;
	PurpleRequestFields *fields; /* owned */
} Request;

/* The invitation that the next action request is about: see on_invited. */
static char *invited_to; /* owned */

static Request *request_new(PurpleRequestType type, gpointer user)
{
	Request *r = g_new0(Request, 1);
	r->type = type;
	r->user = user;
	r->texts = g_ptr_array_new_with_free_func(g_free);
	r->values = g_array_new(FALSE, FALSE, sizeof(int));
	r->calls = g_ptr_array_new();
	return r;
}

static void request_free(gpointer data)
{
	Request *r = data;
	if (r->fields)
		purple_request_fields_destroy(r->fields);
	g_ptr_array_unref(r->texts);
	g_array_unref(r->values);
	g_ptr_array_unref(r->calls);
	g_free(r->cancel_text);
	g_free(r);
}

/* Without the mark of the underlined letter. */
static char *button_text(const char *text)
{
	g_autofree char *bare = purple_text_strip_mnemonic(text ? text : "");
	g_autofree char *label = host_name(bare);
	return text_shorten(label ? label : "OK", CHOICE_MOST);
}

static void add_choice(Request *r, const char *text, int value, GCallback call)
{
	if (r->values->len == CHOICES_MOST)
		return;
	g_ptr_array_add(r->texts, button_text(text));
	g_array_append_val(r->values, value);
	g_ptr_array_add(r->calls, (gpointer)call);
}

static void move_to_front(Request *r, guint i)
{
	g_ptr_array_insert(r->texts, 0, g_ptr_array_steal_index(r->texts, i));
	g_ptr_array_insert(r->calls, 0, g_ptr_array_steal_index(r->calls, i));
	int value = g_array_index(r->values, int, i);
	g_array_remove_index(r->values, i);
	g_array_prepend_val(r->values, value);
}

static void ok_and_cancel(Request *r, const char *ok_text, GCallback ok, const char *cancel_text, GCallback cancel)
{
	r->ok = ok;
	r->cancel = cancel;
	r->cancel_text = button_text(cancel_text ? cancel_text : "Cancel");
	g_ptr_array_add(r->texts, g_strdup(r->cancel_text));
	g_ptr_array_add(r->texts, button_text(ok_text ? ok_text : "OK"));
	g_ptr_array_add(r->texts, NULL);
}

/* The title and question of every kind of request. */
static Card *present(Card *card, Request *r, CardKind kind, const char *title, const char *primary, const char *secondary, const char *who, WireCard more)
{
	g_autofree char *first = host_name(title), *second = host_name(primary), *third = host_name(secondary);
	g_autofree char *address = who && *who ? g_strdup(host_address(who)) : NULL;
	gboolean both = first && second && third && strcmp(first, second);
	g_autofree char *text = both ? g_strdup_printf("%s\n%s", second, third) : g_strdup(third ? third : first ? second : NULL);
	more.card_kind = kind;
	more.title = first ? first : second ? second : "a question of the network";
	more.text = text;
	if (!more.address)
		more.address = address;
	if (r->fields)
		fields_show(r->fields, card);
	if (!more.choices)
		more.choices = (const char *const *)r->texts->pdata;
	card_show(card, more);
	return card;
}

static Card *show(Request *r, CardAnswer answer, CardKind kind, const char *title, const char *primary, const char *secondary, const char *who, WireCard more)
{
	return present(card_new(answer, r, request_free), r, kind, title, primary, secondary, who, more);
}

/* libpurple's callback may have closed the request already. */
static void finish(Card *card, PurpleRequestType type)
{
	if (cards_have(card))
		purple_request_close(type, card);
}

static gboolean is_cancel(const Request *r, const WireAnswer *answer)
{
	return card_was_closed(answer) || !g_strcmp0(answer->choice, r->cancel_text);
}

/* ---- one text ---- */

static char *answer_input(Card *card, const WireAnswer *answer, gpointer data)
{
	Request *r = data;
	GCallback call = is_cancel(r, answer) ? r->cancel : r->ok;
	if (call)
		((PurpleRequestInputCb)call)(r->user, answer->text ? answer->text : "");
	finish(card, PURPLE_REQUEST_INPUT);
	return NULL;
}

static void *op_input(const char *title, const char *primary, const char *secondary, const char *value, gboolean multiline G_GNUC_UNUSED, gboolean masked,
                      gchar *hint G_GNUC_UNUSED, const char *ok_text, GCallback ok, const char *cancel_text, GCallback cancel,
                      PurpleAccount *account G_GNUC_UNUSED, const char *who, PurpleConversation *conversation G_GNUC_UNUSED, void *user)
{
	Request *r = request_new(PURPLE_REQUEST_INPUT, user);
	ok_and_cancel(r, ok_text, ok, cancel_text, cancel);
	g_autofree char *start = masked ? NULL : host_name(value);
	return show(r, answer_input, masked ? CARD_PASSWORD : CARD_INPUT, title, primary, secondary, who, WIRE(CARD, Card, .value = start));
}

/* ---- one of several ---- */

static int find_choice(const Request *r, const char *choice)
{
	for (guint i = 0; choice && i < r->values->len; i++)
		if (!strcmp(r->texts->pdata[i], choice))
			return (int)i;
	return -1;
}

static char *answer_choice(Card *card, const WireAnswer *answer, gpointer data)
{
	Request *r = data;
	int i = card_was_closed(answer) ? 0 : find_choice(r, answer->choice);
	if (i < 0)
		return g_strdup("that is not one of the choices");
	GCallback call = i ? r->ok : r->cancel;
	if (call)
		((PurpleRequestChoiceCb)call)(r->user, g_array_index(r->values, int, i));
	finish(card, PURPLE_REQUEST_CHOICE);
	return NULL;
}

static void *op_choice(const char *title, const char *primary, const char *secondary, int standard G_GNUC_UNUSED, const char *ok_text G_GNUC_UNUSED,
                       GCallback ok, const char *cancel_text, GCallback cancel, PurpleAccount *account G_GNUC_UNUSED, const char *who,
                       PurpleConversation *conversation G_GNUC_UNUSED, void *user, va_list choices)
{
	Request *r = request_new(PURPLE_REQUEST_CHOICE, user);
	const char *text;
	r->ok = ok;
	r->cancel = cancel;
	add_choice(r, cancel_text ? cancel_text : "Cancel", -1, NULL);
	while ((text = va_arg(choices, const char *))) {
		int value = va_arg(choices, int);
		add_choice(r, text, value, NULL);
	}
	g_ptr_array_add(r->texts, NULL);
	return show(r, answer_choice, CARD_CHOICE, title, primary, secondary, who, WIRE(CARD, Card, .value = NULL));
}

/* ---- actions ---- */

static char *answer_action(Card *card, const WireAnswer *answer, gpointer data)
{
	Request *r = data;
	int i = card_was_closed(answer) ? 0 : find_choice(r, answer->choice);
	if (i < 0)
		return g_strdup("that is not one of the choices");
	GCallback call = (GCallback)r->calls->pdata[i];
	if (call)
		((PurpleRequestActionCb)call)(r->user, g_array_index(r->values, int, i));
	finish(card, PURPLE_REQUEST_ACTION);
	return NULL;
}

/* The choice that changes nothing, which comes first and which closing the card means. */
static guint safe_choice(const Request *r, int standard)
{
	static const char *const safe[] = { "Cancel", "Reject", "Deny", "Decline", "No", "Ignore", "Close", NULL };
	for (guint i = 0; i < r->values->len; i++)
		if (g_strv_contains(safe, r->texts->pdata[i]))
			return i;
	return standard >= 0 && (guint)standard < r->values->len ? (guint)standard : r->values->len - 1;
}

/* The choice that shows the certificate, or -1. */
static int view_choice(const Request *r)
{
	for (guint i = 0; i < r->values->len; i++)
		if (!strncmp(r->texts->pdata[i], "View", 4))
			return (int)i;
	return -1;
}

static void remove_choice(Request *r, int i)
{
	if (i < 0)
		return;
	g_ptr_array_remove_index(r->texts, i);
	g_ptr_array_remove_index(r->calls, i);
	g_array_remove_index(r->values, i);
}

/* The safe choice first; ready to be shown. */
static void order_choices(Request *r, int standard)
{
	if (r->values->len)
		move_to_front(r, safe_choice(r, standard));
	else
		add_choice(r, "Close", 0, NULL);
	g_ptr_array_add(r->texts, NULL);
}

static gboolean close_later(gpointer card)
{
	finish(card, PURPLE_REQUEST_ACTION);
	return G_SOURCE_REMOVE;
}

/* A handle for a request that is over before anybody saw it. */
static void *passing_handle(Request *r)
{
	Card *card = card_new(answer_action, r, request_free);
	g_idle_add(close_later, card);
	return card;
}

/* While libpurple shows a certificate: the question that it asks anew then. */
static gboolean viewing;
static Card *asked_again;

/* The lines that are not empty. */
static GStrv lines_of(const char *text)
{
	g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
	g_auto(GStrv) all = g_strsplit(text ? text : "", "\n", 200);
	for (char **line = all; *line; line++)
		if (*g_strstrip(*line))
			g_strv_builder_add(lines, *line);
	return g_strv_builder_end(lines);
}

/* A question about a certificate has no structured data, but one choice shows it and asks anew. So that is taken at once: what it shows
 * goes into the card of the second question, and the first question is over. */
static void *ask_certificate(Request *r, const char *title, const char *primary, const char *secondary, int standard)
{
	int view = view_choice(r);
	Card *card = NULL;
	GStrv details = NULL;
	if (view >= 0) {
		viewing = TRUE;
		asked_again = NULL;
		notices_capture(TRUE);
		((PurpleRequestActionCb)r->calls->pdata[view])(r->user, g_array_index(r->values, int, view));
		g_autofree char *text = notices_capture(FALSE);
		viewing = FALSE;
		details = lines_of(text);
		card = asked_again;
	}
	Request *now = card ? card_data(card) : r;
	remove_choice(now, view_choice(now));
	order_choices(now, standard);
	Card *shown = card ? card : card_new(answer_action, r, request_free);
	present(shown, now, CARD_CERTIFICATE, title, primary, secondary, NULL, WIRE(CARD, Card, .details = (const char *const *)details));
	g_strfreev(details);
	return card ? passing_handle(r) : shown;
}

/* What libpurple asks while it shows a certificate: the certificate itself, or the same question anew. */
static void *take_view(Request *r, gboolean question, const char *secondary)
{
	if (question)
		return asked_again = card_new(answer_action, r, request_free);
	notices_capture_text(secondary);
	return passing_handle(r);
}

static void *op_action(const char *title, const char *primary, const char *secondary, int standard, PurpleAccount *account G_GNUC_UNUSED, const char *who,
                       PurpleConversation *conversation G_GNUC_UNUSED, void *user, size_t count, va_list actions)
{
	Request *r = request_new(PURPLE_REQUEST_ACTION, user);
	g_autofree char *room = g_steal_pointer(&invited_to);
	for (size_t i = 0; i < count; i++) {
		const char *text = va_arg(actions, const char *);
		GCallback call = va_arg(actions, GCallback);
		add_choice(r, text, (int)i, call);
	}
	if (files_is_offer(user))
		return card_new(answer_action, r, request_free); /* never shown */
	gboolean certificate = !g_strcmp0(title, "SSL Certificate Verification");
	if (viewing)
		return take_view(r, certificate, secondary);
	if (certificate)
		return ask_certificate(r, title, primary, secondary, standard);
	order_choices(r, standard);
	return show(r, answer_action, room ? CARD_INVITATION : CARD_CHOICE, title, primary, secondary, who, WIRE(CARD, Card, .address = room));
}

static void *op_action_with_icon(const char *title, const char *primary, const char *secondary, int standard, PurpleAccount *account, const char *who,
                                 PurpleConversation *conversation, gconstpointer icon G_GNUC_UNUSED, gsize icon_size G_GNUC_UNUSED, void *user, size_t count,
                                 va_list actions)
{
	return op_action(title, primary, secondary, standard, account, who, conversation, user, count, actions);
}

/* libpurple asks about an invitation right behind this signal. */
static int on_invited(PurpleAccount *account G_GNUC_UNUSED, const char *inviter G_GNUC_UNUSED, const char *room, const char *message G_GNUC_UNUSED,
                      GHashTable *components G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
	g_free(invited_to);
	invited_to = g_strdup(host_address(room));
	return 0;
}

/* ---- forms ---- */

static char *answer_fields(Card *card, const WireAnswer *answer, gpointer data)
{
	Request *r = data;
	gboolean cancel = is_cancel(r, answer);
	char *why = cancel ? NULL : fields_fill(r->fields, answer->values);
	if (why)
		return why;
	GCallback call = cancel ? r->cancel : r->ok;
	if (call)
		((PurpleRequestFieldsCb)call)(r->user, r->fields);
	finish(card, PURPLE_REQUEST_FIELDS);
	return NULL;
}

static void *op_fields(const char *title, const char *primary, const char *secondary, PurpleRequestFields *fields, const char *ok_text, GCallback ok,
                       const char *cancel_text, GCallback cancel, PurpleAccount *account G_GNUC_UNUSED, const char *who,
                       PurpleConversation *conversation G_GNUC_UNUSED, void *user)
{
	Request *r = request_new(PURPLE_REQUEST_FIELDS, user);
	r->fields = fields;
	ok_and_cancel(r, ok_text, ok, cancel_text, cancel);
	return show(r, answer_fields, CARD_FORM, title, primary, secondary, who, WIRE(CARD, Card, .value = NULL));
}

/* ---- files ---- */

/* This process reads and writes in the account's directory only. A path that is not whole counts from the part of it that is for files. */
static char *files_directory(void)
{
	char *directory = g_build_filename(backend_directory(host.backend), "files", NULL);
	g_mkdir_with_parents(directory, 0700);
	return directory;
}

static char *why_not_path(PurpleRequestType type, const char *path)
{
	int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (type == PURPLE_REQUEST_FOLDER ? O_DIRECTORY : 0), 0), problem = errno;
	if (fd >= 0) {
		g_close(fd, NULL);
		return NULL;
	}
	g_autofree char *directory = files_directory();
	return g_strdup_printf("%s: \"%s\"; the account reads only what is in \"%s\"", g_strerror(problem), path, directory);
}

static char *answer_file(Card *card, const WireAnswer *answer, gpointer data)
{
	Request *r = data;
	PurpleRequestType type = r->type;
	gboolean cancel = is_cancel(r, answer) || !answer->text;
	g_autofree char *directory = files_directory(), *path = cancel ? NULL : g_canonicalize_filename(answer->text, directory);
	char *why = cancel ? NULL : why_not_path(type, path);
	if (why)
		return why;
	GCallback call = cancel ? r->cancel : r->ok;
	if (call)
		((PurpleRequestFileCb)call)(r->user, path);
	finish(card, type);
	return NULL;
}

/* kind: what the path is of. */
static void *ask_path(Request *r, const char *title, const char *kind, const char *who)
{
	g_autofree char *directory = files_directory();
	g_autofree char *words = g_strdup_printf("The path of a %s in \"%s\"; put there what the network is to have.", kind, directory);
	return show(r, answer_file, CARD_INPUT, title, NULL, words, who, WIRE(CARD, Card, .value = r->type == PURPLE_REQUEST_FOLDER ? directory : NULL));
}

typedef struct {
	Card *card;
	char *path;
} Chosen;

static gboolean give_path(gpointer user)
{
	Chosen *chosen = user;
	if (cards_have(chosen->card)) {
		Request *r = card_data(chosen->card);
		if (r->ok)
			((PurpleRequestFileCb)r->ok)(r->user, chosen->path);
		finish(chosen->card, PURPLE_REQUEST_FILE);
	}
	g_free(chosen->path);
	g_free(chosen);
	return G_SOURCE_REMOVE;
}

/* Where to save is not asked: there is one directory, and the name is made safe. */
static void *op_file(const char *title, const char *name, gboolean save, GCallback ok, GCallback cancel, PurpleAccount *account G_GNUC_UNUSED, const char *who,
                     PurpleConversation *conversation G_GNUC_UNUSED, void *user)
{
	Request *r = request_new(PURPLE_REQUEST_FILE, user);
	g_autofree char *path = save ? files_reserve(name) : NULL;
	ok_and_cancel(r, NULL, ok, NULL, cancel);
	if (!path)
		return ask_path(r, title ? title : "Choose a file", "file", who);
	Chosen *chosen = g_new0(Chosen, 1);
	chosen->card = card_new(answer_file, r, request_free);
	chosen->path = g_steal_pointer(&path);
	g_idle_add(give_path, chosen);
	return chosen->card;
}

static void *op_folder(const char *title, const char *name G_GNUC_UNUSED, GCallback ok, GCallback cancel, PurpleAccount *account G_GNUC_UNUSED, const char *who,
                       PurpleConversation *conversation G_GNUC_UNUSED, void *user)
{
	Request *r = request_new(PURPLE_REQUEST_FOLDER, user);
	ok_and_cancel(r, NULL, ok, NULL, cancel);
	return ask_path(r, title ? title : "Choose a directory", "directory", who);
}

static void op_close(PurpleRequestType type G_GNUC_UNUSED, void *handle)
{
	card_close(handle);
}

PurpleRequestUiOps *requests_operations(void)
{
	static PurpleRequestUiOps operations = { .request_input = op_input, .request_choice = op_choice, .request_action = op_action, .request_fields = op_fields,
		.request_file = op_file, .close_request = op_close, .request_folder = op_folder, .request_action_with_icon = op_action_with_icon };
	return &operations;
}

void requests_attach(void)
{
	static int handle;
	purple_signal_connect(purple_conversations_get_handle(), "chat-invited", &handle, PURPLE_CALLBACK(on_invited), NULL);
}
