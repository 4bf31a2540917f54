/* account-form.c: see account-form.h. The settings are those of the account's network (questions.h); what was changed goes to the hub as
 * /account set, with a new password beside the line.
 */
#include "config.h"
#include "account-form.h"

#include "base/secret.h"
#include "questions.h"
#include "status.h"

#include <string.h>

#define WORDS_ROWS 4

typedef struct {
	View view;
	App *app;
	char *title, *account, *protocol;
	gboolean ready; /* the questions are there; else the list of protocols is waited for */
	gboolean saving;
	Form form;
	char *trouble;
	guint serial;
} AccountForm;

static AccountForm *the_form; /* answers that come after it was closed are for nobody */

static const Protocol *protocol_of(AccountForm *edit)
{
	return edit->app->protocols ? protocols_find(edit->app->protocols, edit->protocol) : NULL;
}

static void take_trouble(AccountForm *edit, const char *text)
{
	char *copy = g_strdup(text);
	g_free(edit->trouble);
	edit->trouble = copy;
	app_dirty(edit->app, DIRTY_VIEW);
}

/* A key is also found with _ where the plugin has -. */
static const char *value_of(const Config *config, const char *group, const char *name)
{
	const char *value = config_get(config, group, name);
	g_autofree char *other = g_strdelimit(g_strdup(name), "-", '_');
	return value ? value : config_get(config, group, other);
}

static void ask(AccountForm *edit)
{
	const Protocol *protocol = protocol_of(edit);
	if (!protocol || edit->ready)
		return;
	g_autofree char *group = g_strdup_printf("account %s", edit->account);
	const Config *config = edit->app->config;
	edit->ready = TRUE;
	form_clear(&edit->form);
	form_init(&edit->form);
	Field *address = form_add(&edit->form, FIELD_TEXT, "=address", "Address");
	address->required = TRUE;
	address->standard = g_strdup("");
	address->before = g_strdup(config_account_text(config, edit->account, "address"));
	address->help = g_strdup_printf("The account's address: %s. With another one the account begins anew.", protocol->address);
	edit_set(&address->edit, address->before);
	if (strcmp(protocol->password, "none") != 0) {
		Field *password = form_add(&edit->form, FIELD_SECRET, "password", "New password");
		password->hint = "the old one";
		password->help = g_strdup("It is kept in memory only, unless a keyring or a password_command is set.");
	}
	g_autoptr(GPtrArray) options = questions_options(edit->app->protocols, protocol);
	for (int pass = 0; pass < 2; pass++)
		for (guint i = 0; i < options->len; i++) {
			const ProtocolOption *option = options->pdata[i];
			if (questions_is_first(option) == (pass == 0))
				questions_add_option(&edit->form, option, value_of(config, group, option->name));
		}
	form_add_button(&edit->form, "Save");
	form_add_button(&edit->form, "Close");
	app_dirty(edit->app, DIRTY_VIEW);
}

/* ---- saving ---- */

static void on_saved(const Wire *answer, gpointer context, gpointer user G_GNUC_UNUSED)
{
	AccountForm *edit = the_form;
	if (!edit || edit->serial != GPOINTER_TO_UINT(context) || (answer->kind != WIRE_ERROR && answer->kind != WIRE_DONE))
		return;
	edit->saving = FALSE;
	if (answer->kind == WIRE_ERROR) {
		take_trouble(edit, ((const WireError *)answer)->text);
		return;
	}
	App *app = edit->app;
	app_show(app, NULL);
	app_note(app, "%s", ((const WireDone *)answer)->text ? ((const WireDone *)answer)->text : "the account was changed");
}

static void save(AccountForm *edit)
{
	App *app = edit->app;
	const Protocol *protocol = protocol_of(edit);
	g_autoptr(GError) error = NULL;
	if (!edit->ready || edit->saving || !protocol)
		return;
	g_clear_pointer(&edit->trouble, g_free);
	if (!questions_check_all(&edit->form, app->protocols, protocol, &error)) {
		take_trouble(edit, error->message);
		return;
	}
	g_autoptr(GPtrArray) pairs = questions_changes(&edit->form);
	Field *secret = form_find(&edit->form, "password");
	const char *password = secret ? field_value(secret) : "";
	if (pairs->len == 0 && !*password) {
		app_show(app, NULL);
		app_note(app, "nothing was changed");
		return;
	}
	g_autofree char *name = commands_quote(edit->account);
	g_autoptr(GString) line = g_string_new("/account set ");
	g_string_append(line, name);
	for (guint i = 0; i < pairs->len; i++) {
		g_autofree char *pair = commands_quote(pairs->pdata[i]);
		g_string_append_printf(line, " %s", pair);
	}
	edit->saving = attach_command(app->attach, line->str, NULL, NULL, *password ? password : NULL, on_saved, GUINT_TO_POINTER(++edit->serial), NULL);
	secret_wipe(line->str, line->len);
	if (!edit->saving)
		take_trouble(edit, "the hub is not there: nothing was saved");
}

/* ---- the view ---- */

static gboolean on_key(View *view, const Key *key)
{
	AccountForm *edit = (AccountForm *)view;
	guint button = 0, focus = edit->form.focus;
	if (strcmp(key->name, "Escape") == 0) {
		app_show(edit->app, NULL);
		return TRUE;
	}
	if (strcmp(key->name, "F9") == 0) {
		save(edit);
		return TRUE;
	}
	FormResult result = form_key(&edit->form, key, 0, &button);
	if (result == FORM_PRESSED) {
		if (button == 0)
			save(edit);
		else
			app_show(edit->app, NULL);
		return TRUE;
	}
	if (edit->ready && focus != edit->form.focus && focus < edit->form.fields->len) {
		g_autoptr(GError) error = NULL;
		g_clear_pointer(&edit->trouble, g_free);
		if (!questions_check(edit->form.fields->pdata[focus], edit->app->protocols, protocol_of(edit), &error)) {
			edit->form.focus = focus; /* a wrong answer is refused where it stands */
			take_trouble(edit, error->message);
		}
	}
	return result == FORM_USED || key->type == KEY_TYPE_TEXT;
}

static void on_list(View *view)
{
	AccountForm *edit = (AccountForm *)view;
	ask(edit);
	if (!edit->ready)
		take_trouble(edit, edit->app->protocols->problem ? edit->app->protocols->problem : "this network can't be used here: its plugin is missing");
}

static void changed(View *view, ModelPart part, gpointer thing G_GNUC_UNUSED)
{
	AccountForm *edit = (AccountForm *)view;
	if (part == MODEL_ACCOUNT && !edit->saving && !model_account(edit->app->model, edit->account))
		app_show(edit->app, NULL);
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	AccountForm *edit = (AccountForm *)view;
	int form = MIN(form_rows(&edit->form), MAX(3, rows - (rows > 8 ? WORDS_ROWS : 2))), room = rows - form;
	const char *words = edit->trouble ? edit->trouble : edit->ready ? form_help(&edit->form) : "The settings of this network are being looked up.";
	if (words && room > 0)
		paint_words(window, y, x, room, columns, edit->trouble ? STYLE_ERROR : STYLE_BOX, words);
	if (form > 0)
		form_draw(&edit->form, window, y + rows - form, x, form, columns, &view->cursor_y, &view->cursor_x);
}

static void size(const View *view, int *rows, int *columns)
{
	const AccountForm *edit = (const AccountForm *)view;
	*rows = MIN(*rows, MAX(6, form_rows(&edit->form) + WORDS_ROWS + 1));
	*columns = MIN(*columns, 70);
}

static void free_view(View *view)
{
	AccountForm *edit = (AccountForm *)view;
	form_clear(&edit->form);
	if (the_form == edit)
		the_form = NULL;
	g_free(edit->title);
	g_free(edit->account);
	g_free(edit->protocol);
	g_free(edit->trouble);
	g_free(edit);
}

static const ViewKind kind = { .place = VIEW_CENTER, .size = size, .draw = draw, .key = on_key, .changed = changed, .protocols = on_list, .free = free_view };

View *account_form_new(App *app, const char *name)
{
	static guint serial;
	const Account *account = model_account(app->model, name);
	if (!account) {
		app_note(app, "there is no account \"%s\"", name);
		return NULL;
	}
	AccountForm *edit = g_new0(AccountForm, 1);
	edit->app = app;
	edit->account = g_strdup(account->name);
	edit->protocol = g_strdup(account->protocol);
	edit->title = g_strdup_printf("Settings of %s", account->name);
	edit->serial = serial += 1000;
	edit->view = (View){ .kind = &kind, .title = edit->title, .hint = "Tab moves   ← → choose   F9 saves   Esc closes without saving", .cursor_y = -1, .cursor_x = -1 };
	form_init(&edit->form);
	form_add_button(&edit->form, "Save");
	form_add_button(&edit->form, "Close");
	the_form = edit;
	if (app->protocols)
		on_list(&edit->view);
	else
		app_want_protocols(app);
	return &edit->view;
}
