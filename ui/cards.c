/* cards.c: see cards.h. A card is shown with all its lines to look at before the answers; the first answer is the safe one and is
 * the one chosen at first, so that Enter pressed too early does no harm.
 */
#include "config.h"
#include "cards.h"

#include "base/secret.h"
#include "form.h"

#include <string.h>

#define COLUMNS_MOST 84
#define LABEL_LINES_MOST 50

typedef struct {
	View view;
	App *app;
	char *account, *card, *title;
	CardKind kind;
	char *text;      /* question and details, prepared */
	GArray *lines;
	int width, top, text_rows;
	char **choices;  /* as the card gave them; NULL-terminated, may be empty */
	char *problem;   /* what is wrong with the answer; NULL: nothing is known to be */
	Form form;
} CardView;

static const char *const kind_words[] = {
	[CARD_NOTICE] = "has something to say", [CARD_PASSWORD] = "needs a password", [CARD_CERTIFICATE] = "asks about a certificate",
	[CARD_SUBSCRIPTION] = "has a contact request", [CARD_INVITATION] = "has an invitation", [CARD_INPUT] = "asks something",
	[CARD_CHOICE] = "asks something", [CARD_FORM] = "has a form to fill in",
};

guint cards_waiting(const App *app)
{
	return model_cards(app->model)->len;
}

void cards_draw_line(App *app, WINDOW *window, int y, int columns)
{
	const GPtrArray *cards = model_cards(app->model);
	if (cards->len == 0)
		return;
	const Card *card = cards->pdata[0];
	const char *key = keys_for_action(app->keys, "cards");
	g_autofree char *more = cards->len > 1 ? g_strdup_printf(" (and %u more)", cards->len - 1) : g_strdup("");
	g_autofree char *words = g_strdup_printf(" ? %s %s: %s%s", card->account->name, kind_words[card->card->card_kind], card->card->title, more);
	g_autofree char *hint = g_strdup_printf("%s answers ", key ? key : "the switcher's \"cards\"");
	paint_fill(window, y, 0, columns, STYLE_CARD);
	int right = paint_columns(hint);
	if (columns >= right + 20)
		paint_right(window, y, 0, columns, STYLE_CARD, hint);
	else
		right = 0;
	paint_text(window, y, 0, columns - right - (right ? 1 : 0), STYLE_CARD, words);
}

static FieldType field_type(const char *type)
{
	static const struct {
		const char *word;
		FieldType type;
	} types[] = {
		{ "text", FIELD_TEXT }, { "lines", FIELD_TEXT }, { "number", FIELD_TEXT }, { "choices", FIELD_CHOICES }, { "secret", FIELD_SECRET },
		{ "yesno", FIELD_FLAG }, { "choice", FIELD_CHOICE }, { "label", FIELD_LABEL },
	};
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].word, type) == 0)
			return types[i].type;
	return FIELD_TEXT;
}

/* Words to read, as many lines as they need. */
static void add_words(Form *form, const WireCardField *field, int columns)
{
	g_autofree char *words = wrap_prepare(field->label ? field->label : field->field, TEXT_LINES, WRAP_SIMPLE_EMOJI);
	g_autoptr(GArray) lines = wrap_lines(words, columns);
	for (guint i = 0; i < MIN(lines->len, LABEL_LINES_MOST); i++) {
		const WrapLine *line = &g_array_index(lines, WrapLine, i);
		g_autofree char *text = g_strndup(words + line->start, line->length);
		form_add(form, FIELD_LABEL, field->field, text);
	}
}

static void add_field(Form *form, const WireCardField *field, int columns)
{
	FieldType type = field_type(field->type);
	if (type == FIELD_LABEL) {
		add_words(form, field, columns);
		return;
	}
	Field *made = form_add(form, type, field->field, field->label ? field->label : field->field);
	made->required = field->required;
	made->edit.lines = strcmp(field->type, "lines") == 0;
	if (type == FIELD_CHOICE || type == FIELD_CHOICES) {
		field_set_choices(made, field->choices, field->value);
	} else if (type == FIELD_FLAG) {
		made->choice = field->value && (strcmp(field->value, "1") == 0 || strcmp(field->value, "true") == 0 || strcmp(field->value, "yes") == 0);
	} else {
		edit_set(&made->edit, field->value);
	}
}

/* What there is to read, as one text. */
static char *words_of(const Card *card)
{
	const WireCard *wire = card->card;
	GString *out = g_string_new(NULL);
	if (wire->text)
		g_string_append_printf(out, "%s\n", wire->text);
	if (wire->address && !(wire->text && strstr(wire->text, wire->address)))
		g_string_append_printf(out, "%s\n", wire->address);
	if (out->len && wire->details && wire->details[0])
		g_string_append_c(out, '\n');
	for (guint i = 0; wire->details && wire->details[i]; i++) {
		g_autofree char *line = text_clean(wire->details[i], TEXT_LINE);
		g_string_append_printf(out, "%s\n", line);
	}
	while (out->len && out->str[out->len - 1] == '\n')
		g_string_truncate(out, out->len - 1);
	char *shown = wrap_prepare(out->str, TEXT_LINES, WRAP_SIMPLE_EMOJI);
	g_string_free(out, TRUE);
	return shown;
}

/* Where a card names no answers, these stand for its kind; the one that does nothing comes first. */
static const char *const *choices_of(const WireCard *card)
{
	static const char *const close[] = { "close", NULL }, *const send[] = { "send", NULL };
	if (card->choices && card->choices[0])
		return card->choices;
	return card->card_kind == CARD_NOTICE ? close : send;
}

static gboolean has_fields(const CardView *card)
{
	return card->kind == CARD_PASSWORD || card->kind == CARD_INPUT || card->kind == CARD_FORM;
}

static gboolean is_number_field(const Card *card, const char *id)
{
	for (guint i = 0; i < card->fields->len; i++) {
		const WireCardField *field = card->fields->pdata[i];
		if (strcmp(field->field, id) == 0)
			return strcmp(field->type, "number") == 0;
	}
	return FALSE;
}

/* Goes to the field and says what is wrong with it; FALSE if nothing is that can be seen here. */
static gboolean complain(CardView *view, const Card *card, guint i)
{
	Field *field = view->form.fields->pdata[i];
	const char *value = field_value(field);
	gboolean missing = field->required && !*value;
	if (!missing && (!*value || !is_number_field(card, field->id) || g_ascii_string_to_signed(value, 10, G_MININT64, G_MAXINT64, NULL, NULL)))
		return FALSE;
	g_free(view->problem);
	view->problem = g_strdup_printf("\"%s\" %s", field->label, missing ? "must be filled in" : "is not a number");
	view->view.hint = view->problem;
	view->form.focus = i;
	return TRUE;
}

static void answer(CardView *view, guint button)
{
	App *app = view->app;
	Account *account = model_account(app->model, view->account);
	Card *card = account ? model_card(account, view->card) : NULL;
	if (!card) {
		app_show(app, NULL);
		return;
	}
	const char *given = card->card->choices && card->card->choices[0] ? view->choices[button] : NULL;
	gboolean declines = given && button == 0;
	WireAnswer wire = WIRE(ANSWER, Answer, .account = view->account, .card = view->card, .choice = given);
	static const char *const nothing[] = { NULL };
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func((GDestroyNotify)secret_free);
	wire.values = nothing;
	if (view->kind == CARD_PASSWORD || view->kind == CARD_INPUT) {
		wire.text = field_value(view->form.fields->pdata[0]);
		if (!given)
			wire.choice = view->choices[button];
	} else if (view->kind == CARD_FORM) {
		for (guint i = 0; i < view->form.fields->len; i++) {
			Field *field = view->form.fields->pdata[i];
			if (field->type == FIELD_LABEL)
				continue;
			if (!declines && complain(view, card, i))
				return;
			g_autofree char *pair = g_strdup_printf("%s=%s", field->id, field_value(field));
			g_ptr_array_add(values, secret_new(pair));
			secret_wipe(pair, strlen(pair));
		}
		g_ptr_array_add(values, NULL);
		wire.values = (const char *const *)values->pdata;
		if (!given)
			wire.choice = view->choices[button];
	} else if (!given && view->kind != CARD_NOTICE) {
		wire.choice = view->choices[button];
	}
	if (!attach_is_up(app->attach)) {
		app_say(app, NULL, ENTRY_FAILURE, "the hub is not there: the answer was not sent");
		return;
	}
	attach_send(app->attach, &wire);
	app_show(app, NULL);
}

static int text_lines(const CardView *card)
{
	return *card->text ? (int)card->lines->len : 0;
}

static gboolean on_key(View *view, const Key *key)
{
	CardView *card = (CardView *)view;
	guint button = 0, count = card->form.buttons->len;
	if (strcmp(key->name, "Escape") == 0 || strcmp(key->name, "F4") == 0) {
		app_show(card->app, NULL);
		return TRUE;
	}
	if (card->lines && text_lines(card) > card->text_rows && (strcmp(key->name, "PageDown") == 0 || strcmp(key->name, "PageUp") == 0)) {
		int by = strcmp(key->name, "PageDown") == 0 ? 1 : -1;
		card->top = MAX(0, card->top + by * MAX(1, card->text_rows - 1));
		return TRUE;
	}
	/* Enter behind the last field gives the second answer: the first one is "not now". */
	switch (form_key(&card->form, key, MIN(1, count - 1), &button)) {
	case FORM_PRESSED:
		answer(card, button);
		return TRUE;
	case FORM_USED:
		return TRUE;
	case FORM_NOTHING:
		break;
	}
	return key->type == KEY_TYPE_TEXT || key->type == KEY_TYPE_PASTE;
}

static void wrap(CardView *card, int columns)
{
	if (card->lines && card->width == columns)
		return;
	g_clear_pointer(&card->lines, g_array_unref);
	card->lines = wrap_lines(card->text, columns);
	card->width = columns;
}

static void size(const View *view, int *rows, int *columns)
{
	CardView *card = (CardView *)view;
	*columns = MIN(*columns, COLUMNS_MOST);
	wrap(card, *columns);
	*rows = MIN(*rows, text_lines(card) + (text_lines(card) ? 1 : 0) + form_rows(&card->form));
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	CardView *card = (CardView *)view;
	wrap(card, columns);
	int words = MIN(text_lines(card), 3) + (rows > 8 ? 1 : 0); /* and a row between */
	int form = MIN(form_rows(&card->form), MAX(MIN(2, rows), rows - words));
	card->text_rows = MAX(0, MIN(text_lines(card), rows - form - (rows > form + 1 ? 1 : 0)));
	card->top = CLAMP(card->top, 0, MAX(0, text_lines(card) - card->text_rows));
	for (int i = 0; i < card->text_rows; i++) {
		const WrapLine *line = &g_array_index(card->lines, WrapLine, card->top + i);
		paint_prepared(window, y + i, x, columns, STYLE_BOX, card->text + line->start, line->length);
	}
	if (card->top + card->text_rows < text_lines(card) && card->text_rows)
		paint_right(window, y + card->text_rows - 1, x, columns, STYLE_BOX_TITLE, " PageDown: more");
	form_draw(&card->form, window, y + rows - form, x, form, columns, &view->cursor_y, &view->cursor_x);
	/* What does not fit before its field. */
	const Field *focus = card->form.focus < card->form.fields->len ? card->form.fields->pdata[card->form.focus] : NULL;
	if (focus && rows > form && paint_columns(focus->label) > columns / 2)
		paint_text(window, y + rows - form - 1, x, columns, STYLE_BOX_TITLE, focus->label);
}

static void changed(View *view, ModelPart part, gpointer thing G_GNUC_UNUSED)
{
	CardView *card = (CardView *)view;
	if (part != MODEL_CARD && part != MODEL_ACCOUNT)
		return;
	Account *account = model_account(card->app->model, card->account);
	if (!account || !model_card(account, card->card))
		app_show(card->app, NULL);
}

static void free_view(View *view)
{
	CardView *card = (CardView *)view;
	form_clear(&card->form);
	g_clear_pointer(&card->lines, g_array_unref);
	g_strfreev(card->choices);
	g_free(card->problem);
	g_free(card->text);
	g_free(card->account);
	g_free(card->card);
	g_free(card->title);
	g_free(card);
}

static const ViewKind card_kind = { .place = VIEW_LOW, .size = size, .draw = draw, .key = on_key, .changed = changed, .free = free_view };

void cards_open_one(App *app, const Card *card)
{
	const WireCard *wire = card->card;
	CardView *view = g_new0(CardView, 1);
	view->app = app;
	view->account = g_strdup(card->account->name);
	view->card = g_strdup(wire->card);
	view->title = g_strdup_printf("%s: %s", card->account->name, wire->title);
	view->kind = wire->card_kind;
	view->text = words_of(card);
	view->choices = g_strdupv((char **)choices_of(wire));
	view->view = (View){ .kind = &card_kind, .title = view->title, .hint = "Tab moves   Enter answers   Esc leaves it for later", .cursor_y = -1, .cursor_x = -1 };
	form_init(&view->form);
	if (view->kind == CARD_PASSWORD)
		form_add(&view->form, FIELD_SECRET, "password", "Password");
	else if (view->kind == CARD_INPUT)
		edit_set(&form_add(&view->form, FIELD_TEXT, "text", "Answer")->edit, wire->value);
	for (guint i = 0; view->kind == CARD_FORM && i < card->fields->len; i++)
		add_field(&view->form, card->fields->pdata[i], MIN(COLS, COLUMNS_MOST) - 4);
	for (guint i = 0; view->choices[i]; i++)
		form_add_button(&view->form, view->choices[i]);
	if (!has_fields(view))
		view->form.focus = 0; /* the safe answer */
	app_show(app, &view->view);
}

void cards_open(App *app)
{
	const GPtrArray *cards = model_cards(app->model);
	if (cards->len == 0) {
		app_say(app, NULL, ENTRY_LOCAL, "no account asks anything");
		return;
	}
	cards_open_one(app, cards->pdata[0]);
}
