/* setup.c: see setup.h. It uses the same command as everybody (/account add), with the password beside the line, never in it;
 * what goes wrong is read from the account's state and said in plain words.
 *
 * The networks are those that can be used here, each with the questions of its own schema (questions.h); XMPP is first, because it needs the least.
 */
#include "config.h"
#include "setup.h"

#include "base/secret.h"
#include "cards.h"
#include "questions.h"
#include "status.h"

#include <string.h>

#define WORDS_ROWS 4 /* for the words above the questions */

typedef enum { STEP_ASK, STEP_WAIT } Step;

typedef struct {
	View view;
	App *app;
	Step step;
	Form form;         /* ASK: the questions; WAIT: what to do when it went wrong */
	char *protocol;    /* the network's name in the list */
	GPtrArray *names;  /* of the networks in the order they are offered; owned */
	GHashTable *typed; /* id of a field -> what stands in it, while the form is made anew; wiped */
	gboolean all;      /* all settings are asked for */
	char *name;        /* of the account that was added; NULL: none */
	char *address;     /* as it was made of what was typed */
	char *trouble;     /* in plain words */
	guint serial;      /* answers to earlier tries are passed over */
} Setup;

static Setup *the_setup; /* answers that come after it was closed are for nobody */

/* ---- the questions ---- */

static const Protocols *list_of(Setup *setup)
{
	static Protocols *xmpp_only; /* until the list is there */
	if (setup->app->protocols)
		return setup->app->protocols;
	if (!xmpp_only)
		xmpp_only = protocols_parse((char[]){ "" });
	return xmpp_only;
}

static const Protocol *protocol_of(Setup *setup)
{
	const Protocol *protocol = protocols_find(list_of(setup), setup->protocol);
	return protocol ? protocol : protocols_find(list_of(setup), "xmpp");
}

static void keep_typed(Setup *setup)
{
	for (guint i = 0; i < setup->form.fields->len; i++) {
		Field *field = setup->form.fields->pdata[i];
		if (field->type != FIELD_LABEL)
			g_hash_table_replace(setup->typed, g_strdup(field->id), secret_new(field_value(field)));
	}
}

static void put_typed(Setup *setup)
{
	for (guint i = 0; i < setup->form.fields->len; i++) {
		Field *field = setup->form.fields->pdata[i];
		const char *value = g_hash_table_lookup(setup->typed, field->id);
		if (!value || strcmp(field->id, "network") == 0)
			continue;
		if (field->type == FIELD_FLAG)
			field->choice = *value == '1';
		else if (field->type != FIELD_CHOICE)
			edit_set(&field->edit, value);
		for (guint n = 0; field->type == FIELD_CHOICE && field->choices[n]; n++)
			if (strcmp(field->choices[n], value) == 0)
				field->choice = n;
	}
}

/* Two networks of the same title are told apart by their names. */
static char *title_of(const Protocols *list, const Protocol *protocol)
{
	for (guint i = 0; i < list->all->len; i++) {
		const Protocol *other = list->all->pdata[i];
		if (other == protocol)
			break;
		if (strcmp(other->title, protocol->title) == 0)
			return g_strdup_printf("%s (%s)", protocol->title, protocol->id);
	}
	return g_strdup(protocol->title);
}

static void add_network(Setup *setup)
{
	const Protocols *list = list_of(setup);
	g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_set_size(setup->names, 0);
	for (int pass = 0; pass < 2; pass++) /* IRC behind XMPP */
		for (guint i = 0; i < list->all->len; i++) {
			const Protocol *protocol = list->all->pdata[i];
			gboolean early = strcmp(protocol->name, "xmpp") == 0 || strcmp(protocol->name, "irc") == 0;
			if (early != (pass == 0))
				continue;
			g_ptr_array_add(titles, title_of(list, protocol));
			g_ptr_array_add(setup->names, g_strdup(protocol->name));
		}
	guint chosen = 0;
	for (guint i = 0; i < setup->names->len; i++)
		if (strcmp(setup->names->pdata[i], setup->protocol) == 0)
			chosen = i;
	g_ptr_array_add(titles, NULL);
	Field *network = form_add(&setup->form, FIELD_CHOICE, "network", "Network");
	field_set_choices(network, (const char *const *)titles->pdata, titles->pdata[chosen]);
	const Protocol *protocol = protocol_of(setup);
	network->help = !setup->app->protocols ? g_strdup("← → choose the network. The list of the others is being read.")
	              : list->problem ? g_strdup_printf("XMPP can be used; %s.", list->problem)
	                              : g_strdup_printf("← → choose the network, or its first letter. This one: %s.", protocol->network);
}

static void ask(Setup *setup, const char *focus)
{
	const Protocol *protocol = protocol_of(setup);
	g_autoptr(GPtrArray) options = questions_options(list_of(setup), protocol);
	Field *field;
	setup->step = STEP_ASK;
	form_clear(&setup->form);
	form_init(&setup->form);
	add_network(setup);
	questions_add_address(&setup->form, protocol);
	if (strcmp(protocol->password, "none") != 0) {
		field = form_add(&setup->form, FIELD_SECRET, "password", "Password");
		field->hint = strcmp(protocol->password, "optional") == 0 ? "if there is one" : "asked for if left empty";
		field->help = g_strdup("It is kept in memory only, unless a keyring or a password_command is set.");
	}
	for (int rest = 0; rest <= (setup->all ? 1 : 0); rest++)
		for (guint i = 0; i < options->len; i++) {
			const ProtocolOption *option = options->pdata[i];
			gboolean first = questions_is_first(option) && (strcmp(protocol->name, "xmpp") != 0 || strcmp(option->name, "server") == 0);
			if (first == !rest && strcmp(option->name, "enabled") != 0)
				questions_add_option(&setup->form, option, NULL);
		}
	if (strcmp(protocol->name, "xmpp") == 0 && (field = form_find(&setup->form, "=server")))
		field->hint = "only if it is a special one";
	if (setup->all) {
		field = form_add(&setup->form, FIELD_TEXT, "name", "Its name here");
		field->hint = "made of the address";
		field->help = g_strdup("What kith calls the account in commands and lists.");
	}
	form_add_button(&setup->form, "Go online");
	form_add_button(&setup->form, setup->all ? "Fewer settings" : "All settings");
	form_add_button(&setup->form, "Not now");
	put_typed(setup);
	setup->form.focus = 1;
	for (guint i = 0; focus && i < setup->form.fields->len; i++)
		if (strcmp(((const Field *)setup->form.fields->pdata[i])->id, focus) == 0)
			setup->form.focus = i;
	setup->view.hint = "Tab moves  ← → choose  Enter goes on  F9 all settings  Esc not now";
	app_dirty(setup->app, DIRTY_BAR | DIRTY_VIEW);
}

/* The same questions anew, where one is. */
static void ask_again(Setup *setup)
{
	const Field *field = setup->form.focus < setup->form.fields->len ? setup->form.fields->pdata[setup->form.focus] : NULL;
	g_autofree char *focus = g_strdup(field ? field->id : NULL);
	guint button = field ? 0 : setup->form.focus - setup->form.fields->len;
	keep_typed(setup);
	ask(setup, focus);
	if (!focus)
		setup->form.focus = setup->form.fields->len + button;
}

static void wait_for(Setup *setup)
{
	setup->step = STEP_WAIT;
	form_clear(&setup->form);
	form_init(&setup->form);
	form_add_button(&setup->form, "Change what I typed");
	form_add_button(&setup->form, "Let it try on");
	setup->view.hint = "← → choose   Enter   Esc lets it try on";
	app_dirty(setup->app, DIRTY_BAR | DIRTY_VIEW);
}

/* ---- the account ---- */

/* A short name for the account, from its address: the server's name without its ending; for a server without a name the network's. */
static char *name_for(const Setup *setup, const char *address)
{
	const char *at = strrchr(address, '@'), *server = at ? at + 1 : address;
	GString *name = g_string_new(NULL);
	if (g_hostname_is_ip_address(server))
		server = setup->protocol;
	for (const char *c = server; *c && *c != '/' && *c != ':' && name->len < 30; c++)
		if (g_ascii_isalnum(*c) || *c == '-')
			g_string_append_c(name, g_ascii_tolower(*c));
		else if (*c == '.' && name->len) {
			if (strchr(c + 1, '.') && name->len < 5) { /* "xmpp.example.org": the part behind says more */
				g_string_truncate(name, 0);
				continue;
			}
			break;
		}
	if (name->len == 0)
		g_string_append(name, "account");
	g_autofree char *base = g_strdup(name->str);
	for (guint i = 2; model_account(setup->app->model, name->str); i++)
		g_string_printf(name, "%s%u", base, i);
	return g_string_free(name, FALSE);
}

static void take_trouble(Setup *setup, const char *text)
{
	g_free(setup->trouble);
	setup->trouble = g_strdup(text);
	app_dirty(setup->app, DIRTY_VIEW);
}

static void on_added(const Wire *answer, gpointer context, gpointer user G_GNUC_UNUSED)
{
	Setup *setup = the_setup;
	if (!setup || setup->serial != GPOINTER_TO_UINT(context) || answer->kind != WIRE_ERROR)
		return;
	take_trouble(setup, ((const WireError *)answer)->text);
	g_clear_pointer(&setup->name, g_free);
	ask(setup, NULL);
}

/* "you" alone, or spaces: said before anybody is asked. */
static const char *complaint(const char *address, const Protocol *protocol)
{
	gboolean xmpp = strcmp(protocol->name, "xmpp") == 0;
	const char *at = strchr(address, '@');
	if ((xmpp || strcmp(protocol->name, "irc") == 0) && strpbrk(address, " \t"))
		return "an address has no spaces in it";
	if (xmpp && (!at || at == address || !at[1]))
		return "the address has two parts: your name, an @, and the server's name";
	return NULL;
}

/* The line that adds the account. */
static char *add_line(Setup *setup, const Protocol *protocol)
{
	g_autoptr(GPtrArray) pairs = questions_changes(&setup->form);
	g_autofree char *name = commands_quote(setup->name), *id = commands_quote(protocol->name), *address = commands_quote(setup->address);
	GString *line = g_string_new(NULL);
	g_string_append_printf(line, "/account add %s %s %s", name, id, address);
	for (guint i = 0; i < pairs->len; i++) {
		g_autofree char *pair = commands_quote(pairs->pdata[i]);
		g_string_append_printf(line, " %s", pair);
	}
	return g_string_free(line, FALSE);
}

static void add_account(Setup *setup)
{
	App *app = setup->app;
	const Protocol *protocol = protocol_of(setup);
	g_autoptr(GError) error = NULL;
	g_clear_pointer(&setup->trouble, g_free);
	g_autofree char *address = questions_address(&setup->form, protocol, &error);
	const char *wrong = address ? complaint(address, protocol) : error->message;
	if (wrong)
		setup->form.focus = address ? 1 : setup->form.focus;
	else if (!questions_check_all(&setup->form, list_of(setup), protocol, &error))
		wrong = error->message;
	else if (!attach_is_up(app->attach))
		wrong = "the hub is not there yet; try again in a moment";
	if (wrong) {
		take_trouble(setup, wrong);
		return;
	}
	if (setup->name) { /* the second try takes the place of the first */
		g_autofree char *quoted = commands_quote(setup->name);
		g_autofree char *line = g_strdup_printf("/account remove %s", quoted);
		attach_command(app->attach, line, NULL, NULL, NULL, NULL, NULL, NULL);
	}
	g_free(setup->address);
	setup->address = g_steal_pointer(&address);
	Field *named = form_find(&setup->form, "name"), *secret = form_find(&setup->form, "password");
	char *name = named && *field_value(named) ? g_strdup(field_value(named)) : setup->name ? g_strdup(setup->name) : name_for(setup, setup->address);
	g_free(setup->name);
	setup->name = name;
	g_autofree char *line = add_line(setup, protocol);
	const char *password = secret ? field_value(secret) : "";
	keep_typed(setup);
	attach_command(app->attach, line, NULL, NULL, *password ? password : NULL, on_added, GUINT_TO_POINTER(++setup->serial), NULL);
	secret_wipe(line, strlen(line)); /* some settings are secrets */
	g_hash_table_remove(setup->typed, "password");
	wait_for(setup);
}

/* ---- the view ---- */

static void close_setup(App *app)
{
	app_show(app, NULL);
}

static void show_all(Setup *setup)
{
	setup->all = !setup->all;
	ask_again(setup);
}

/* IRC's encrypted port is another one than the schema's, and everybody's. */
static void follow_encryption(Setup *setup, gboolean was)
{
	Field *ssl = form_find(&setup->form, "=ssl"), *port = form_find(&setup->form, "=port");
	if (!ssl || !port || strcmp(setup->protocol, "irc") != 0 || (ssl->choice != 0) == was)
		return;
	if (ssl->choice && !port->edit.length)
		edit_set(&port->edit, "6697");
	else if (!ssl->choice && strcmp(port->edit.text, "6697") == 0)
		edit_set(&port->edit, "");
}

/* Another network was chosen: it asks other things. */
static void follow_network(Setup *setup)
{
	const Field *network = form_find(&setup->form, "network");
	if (!network || network->choice >= setup->names->len || strcmp(setup->names->pdata[network->choice], setup->protocol) == 0)
		return;
	keep_typed(setup);
	g_free(setup->protocol);
	setup->protocol = g_strdup(setup->names->pdata[network->choice]);
	GHashTableIter iter;
	gpointer id;
	g_hash_table_iter_init(&iter, setup->typed);
	while (g_hash_table_iter_next(&iter, &id, NULL)) /* a port of one network is none of another */
		if (*(char *)id == '=')
			g_hash_table_iter_remove(&iter);
	g_clear_pointer(&setup->trouble, g_free);
	ask(setup, "network");
}

/* A wrong answer is refused where it stands. */
static void check_left(Setup *setup, guint left)
{
	g_autoptr(GError) error = NULL;
	if (setup->step != STEP_ASK || left == setup->form.focus || left >= setup->form.fields->len)
		return;
	g_clear_pointer(&setup->trouble, g_free);
	if (questions_check(setup->form.fields->pdata[left], list_of(setup), protocol_of(setup), &error))
		return;
	setup->form.focus = left;
	take_trouble(setup, error->message);
}

static gboolean on_key(View *view, const Key *key)
{
	Setup *setup = (Setup *)view;
	App *app = setup->app;
	guint button = 0, focus = setup->form.focus;
	const Field *ssl = form_find(&setup->form, "=ssl");
	gboolean was_encrypted = ssl && ssl->choice;
	if (strcmp(key->name, "Escape") == 0) {
		close_setup(app);
		return TRUE;
	}
	if (strcmp(key->name, "Ctrl-Q") == 0)
		return FALSE;
	if (strcmp(key->name, "F9") == 0 && setup->step == STEP_ASK) {
		show_all(setup);
		return TRUE;
	}
	FormResult result = form_key(&setup->form, key, 0, &button);
	follow_network(setup);
	follow_encryption(setup, was_encrypted);
	if (result != FORM_PRESSED) {
		check_left(setup, focus);
		return result == FORM_USED || key->type == KEY_TYPE_TEXT;
	}
	if (button == (setup->step == STEP_ASK ? 2 : 1))
		close_setup(app);
	else if (setup->step == STEP_ASK && button == 1)
		show_all(setup);
	else if (setup->step == STEP_ASK)
		add_account(setup);
	else
		ask(setup, NULL);
	return TRUE;
}

static void changed(View *view, ModelPart part, gpointer thing)
{
	Setup *setup = (Setup *)view;
	App *app = setup->app;
	if (!setup->name || setup->step != STEP_WAIT)
		return;
	Account *account = model_account(app->model, setup->name);
	if (!account)
		return;
	if (part == MODEL_CARD && thing) {
		const Card *card = thing;
		if (card->account == account && card->card->card_kind != CARD_PASSWORD && card->card->card_kind != CARD_NOTICE) {
			cards_open_one(app, card); /* this view is gone now */
			return;
		}
	}
	if (part != MODEL_ACCOUNT || thing != account)
		return;
	if (account_is_online(account)) {
		app_say(app, tabs_home(app->tabs), ENTRY_LOCAL, "%s is online. F2 goes to a person or a room, /query ADDRESS writes to somebody new, F1 helps.", account->name);
		close_setup(app);
		return;
	}
	g_free(setup->trouble);
	setup->trouble = status_trouble(account);
	app_dirty(app, DIRTY_VIEW);
}

static void on_list(View *view)
{
	Setup *setup = (Setup *)view;
	if (setup->step == STEP_ASK)
		ask_again(setup);
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	Setup *setup = (Setup *)view;
	int form = MIN(form_rows(&setup->form), MAX(3, rows - (rows > 8 ? WORDS_ROWS : 2))), room = rows - form;
	const char *words = form_help(&setup->form);
	g_autofree char *waiting = NULL;
	if (setup->step == STEP_WAIT) {
		Account *account = setup->name ? model_account(setup->app->model, setup->name) : NULL;
		g_autofree char *state = account ? status_words(account) : g_strdup("starting");
		words = waiting = g_strdup_printf("%s: %s", setup->address, state);
	} else if (setup->form.focus == 1 && strcmp(setup->protocol, "xmpp") == 0 && columns >= 50) {
		words = "Which account do you have? kith keeps any number of them online together; more are added later with /account add.";
	}
	/* In the way of a trouble there is no help. */
	gboolean alone = setup->trouble && room < WORDS_ROWS;
	int used = 0;
	if (words && room > 0 && !alone)
		used = paint_words(window, y, x, setup->trouble ? 2 : room, columns, STYLE_BOX, words);
	if (setup->trouble && room > used)
		paint_words(window, y + used, x, room - used, columns, STYLE_ERROR, setup->trouble);
	form_draw(&setup->form, window, y + rows - form, x, form, columns, &view->cursor_y, &view->cursor_x);
}

static void size(const View *view, int *rows, int *columns)
{
	const Setup *setup = (const Setup *)view;
	*rows = MIN(*rows, MAX(9, form_rows(&setup->form) + WORDS_ROWS + 1));
	*columns = MIN(*columns, 70);
}

static void free_view(View *view)
{
	Setup *setup = (Setup *)view;
	form_clear(&setup->form);
	g_hash_table_unref(setup->typed);
	g_ptr_array_unref(setup->names);
	g_free(setup->protocol);
	g_free(setup->name);
	g_free(setup->address);
	g_free(setup->trouble);
	if (the_setup == setup)
		the_setup = NULL;
	g_free(setup);
}

static const ViewKind setup_kind = { .place = VIEW_CENTER, .size = size, .draw = draw, .key = on_key, .changed = changed, .protocols = on_list, .free = free_view };

static void free_typed(gpointer data)
{
	secret_free(data);
}

View *setup_view_new(App *app)
{
	static guint serial;
	Setup *setup = g_new0(Setup, 1);
	setup->app = app;
	setup->serial = serial += 1000;
	setup->protocol = g_strdup("xmpp");
	setup->names = g_ptr_array_new_with_free_func(g_free);
	setup->typed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_typed);
	setup->view = (View){ .kind = &setup_kind, .title = model_accounts(app->model)->len ? "Another account" : "Welcome to kith", .cursor_y = -1, .cursor_x = -1 };
	form_init(&setup->form);
	ask(setup, NULL);
	the_setup = setup;
	app_want_protocols(app);
	return &setup->view;
}
