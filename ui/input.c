/* input.c: see input.h.
 *
 * readline gets its bytes one by one from a queue of ours and never touches the terminal; what it would draw is drawn here.
 */
#include "config.h"
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#define HISTORY_LINES 500
#define DRAW_BYTES 6000 /* of a very long text only what is around the cursor is drawn */

struct Input {
	GQueue bytes;
	gboolean accepted;
	char *accepted_line;
	FILE *nowhere;
	Completion *completion;
	guint current;
	gsize from, inserted; /* of the word: where it begins, bytes of what stands there now */
	gboolean asked;       /* whether the user was asked about this text */
	gboolean wants_protocols;
};

static Input *the_input; /* readline's callbacks carry no context */

static int next_byte(FILE *file G_GNUC_UNUSED)
{
	return g_queue_is_empty(&the_input->bytes) ? EOF : GPOINTER_TO_INT(g_queue_pop_head(&the_input->bytes));
}

/* readline looks ahead while it inserts. Left to itself it asks standard input, whose bytes come another way, and then takes the empty
 * queue for the end of the file, and that for Enter.
 */
static int bytes_wait(void)
{
	return !g_queue_is_empty(&the_input->bytes);
}

static void draw_nothing(void)
{
}


static void on_line(char *line)
{
	if (!line)
		return; /* end of file: not a thing here */
	g_free(the_input->accepted_line);
	the_input->accepted_line = g_strdup(line);
	the_input->accepted = TRUE;
	free(line);
}

Input *input_new(void)
{
	Input *input = g_new0(Input, 1);
	the_input = input;
	g_queue_init(&input->bytes);
	input->nowhere = fopen("/dev/null", "w");
	rl_readline_name = "kith";
	rl_instream = stdin;
	rl_outstream = input->nowhere;
	rl_getc_function = next_byte;
	rl_input_available_hook = bytes_wait;
	rl_redisplay_function = draw_nothing;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_variable_bind("enable-bracketed-paste", "off");
	rl_variable_bind("bell-style", "none");
	rl_variable_bind("keyseq-timeout", "0");
	rl_inhibit_completion = 1;
	rl_bind_key('\t', rl_insert);
	rl_callback_handler_install(NULL, on_line);
	using_history();
	stifle_history(HISTORY_LINES);
	return input;
}

void input_free(Input *input)
{
	if (!input)
		return;
	input_end_completion(input);
	rl_callback_handler_remove();
	clear_history();
	rl_outstream = NULL;
	g_queue_clear(&input->bytes);
	if (input->nowhere)
		fclose(input->nowhere);
	g_free(input->accepted_line);
	g_free(input);
	the_input = NULL;
}

gboolean input_was_asked(const Input *input)
{
	return input->asked;
}

void input_set_asked(Input *input, gboolean asked)
{
	input->asked = asked;
}

void input_key(Input *input, const Key *key)
{
	input->asked = FALSE;
	for (gsize i = 0; i < key->length; i++)
		g_queue_push_tail(&input->bytes, GINT_TO_POINTER((int)(guchar)key->text[i]));
	while (!g_queue_is_empty(&input->bytes))
		rl_callback_read_char();
	if (input->accepted && !rl_line_buffer[0] && input->accepted_line) { /* the line is still ours until input_take */
		rl_replace_line(input->accepted_line, 1);
		rl_point = rl_end;
	}
	g_clear_pointer(&input->accepted_line, g_free);
}

gboolean input_accepted(Input *input)
{
	gboolean accepted = input->accepted;
	input->accepted = FALSE;
	return accepted;
}

gboolean input_is_vi(const Input *input G_GNUC_UNUSED)
{
	return rl_editing_mode == 0;
}

const char *input_text(const Input *input G_GNUC_UNUSED)
{
	return rl_line_buffer ? rl_line_buffer : "";
}

gboolean input_is_empty(const Input *input)
{
	return *input_text(input) == 0;
}

void input_set(Input *input, const char *text)
{
	input_end_completion(input);
	input->asked = FALSE;
	rl_replace_line(text ? text : "", 1);
	rl_point = rl_end;
	rl_mark = 0;
}

void input_to_start(Input *input G_GNUC_UNUSED)
{
	rl_point = 0;
}

void input_to_end(Input *input G_GNUC_UNUSED)
{
	rl_point = rl_end;
}

void input_insert(Input *input, const char *text)
{
	GString *out = g_string_new(NULL);
	for (const char *at = text; *at;) {
		gunichar c = g_utf8_get_char_validated(at, -1);
		if (c == (gunichar)-1 || c == (gunichar)-2) {
			at++;
			continue;
		}
		const char *next = g_utf8_next_char(at);
		if (c == '\r' && *next != '\n')
			g_string_append_c(out, '\n');
		else if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)))
			g_string_append_len(out, at, next - at);
		at = next;
	}
	input_end_completion(input);
	input->asked = FALSE;
	rl_insert_text(out->str);
	g_string_free(out, TRUE);
}

char *input_take(Input *input, gboolean keep_out)
{
	char *text = g_strdup(input_text(input));
	const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
	if (*text && !keep_out && strlen(text) < 16384 && !(last && strcmp(last->line, text) == 0))
		add_history(text);
	using_history();
	rl_free_undo_list();
	input_set(input, "");
	return text;
}

guint input_lines(const Input *input)
{
	guint lines = 1;
	for (const char *at = input_text(input); (at = strchr(at, '\n')); at++)
		lines++;
	return lines;
}

/* ---- completion ---- */

void input_end_completion(Input *input)
{
	g_clear_pointer(&input->completion, completion_free);
}

static void put_word(Input *input, const char *word)
{
	rl_begin_undo_group();
	rl_delete_text((int)input->from, (int)(input->from + input->inserted));
	rl_point = (int)input->from;
	rl_insert_text(word);
	rl_end_undo_group();
	input->inserted = strlen(word);
}

gboolean input_complete(Input *input, const Model *model, const Config *config, const Protocols *protocols, Account *account, Chat *chat, int step)
{
	if (input->completion) {
		guint count = input->completion->words->len;
		input->current = (input->current + count + (guint)(step > 0 ? 1 : count - 1)) % count;
		put_word(input, input->completion->words->pdata[input->current]);
		return TRUE;
	}
	gsize cursor = (gsize)rl_point;
	Completion *completion = commands_complete(model, config, protocols, account, chat, input_text(input), cursor);
	input->wants_protocols = completion && completion->wants_protocols;
	if (!completion || input->wants_protocols || completion->words->len == 0 || completion->start > cursor) {
		if (completion)
			completion_free(completion);
		return FALSE;
	}
	input->completion = completion;
	input->from = completion->start;
	input->inserted = cursor - completion->start;
	input->current = step > 0 ? 0 : completion->words->len - 1;
	put_word(input, completion->words->pdata[input->current]);
	if (completion->words->len == 1) {
		gboolean open = g_str_has_suffix(completion->words->pdata[0], "=") || g_str_has_suffix(completion->words->pdata[0], " ");
		if (!open && input_text(input)[rl_point] != ' ')
			rl_insert_text(" ");
		input_end_completion(input);
	}
	return TRUE;
}

gboolean input_wants_protocols(const Input *input)
{
	return input->wants_protocols;
}

const GPtrArray *input_candidates(const Input *input, int *current)
{
	if (!input->completion)
		return NULL;
	*current = (int)input->current;
	return input->completion->words;
}

/* ---- drawing ---- */

/* The text as it is drawn: newlines and tabs as signs. */
static char *drawn(const char *text, gsize length)
{
	GString *out = g_string_new(NULL);
	for (gsize i = 0; i < length; i++) {
		if (text[i] == '\n')
			g_string_append(out, "⏎ ");
		else
			g_string_append_c(out, text[i]);
	}
	char *shown = wrap_prepare(out->str, TEXT_LINE, paint_emoji());
	g_string_free(out, TRUE);
	return shown;
}

/* What of the text is drawn: all, or the part around the cursor. */
static void window_of(const char *text, gsize *from, gsize *to)
{
	gsize length = strlen(text), point = (gsize)rl_point;
	*from = 0;
	*to = length;
	if (length <= DRAW_BYTES)
		return;
	*from = point > DRAW_BYTES / 2 ? point - DRAW_BYTES / 2 : 0;
	*to = MIN(length, *from + DRAW_BYTES);
	while (*from > 0 && ((guchar)text[*from] & 0xc0) == 0x80)
		(*from)--;
	while (*to < length && ((guchar)text[*to] & 0xc0) == 0x80)
		(*to)++;
}

/* Row and column of the place behind a prepared text, broken at width. */
static void place_behind(const char *shown, int width, int *row, int *column)
{
	*row = *column = 0;
	for (const char *at = shown; *at;) {
		int used;
		gsize fits = wrap_fit(at, -1, width, &used);
		if (fits == 0)
			fits = g_utf8_skip[(guchar)*at];
		if (!at[fits] && used < width) {
			*column = used;
			return;
		}
		at += fits;
		(*row)++;
	}
}

int input_rows(const Input *input, int columns, int most)
{
	if (columns < 2)
		return 1;
	gsize from, to;
	const char *text = input_text(input);
	window_of(text, &from, &to);
	g_autofree char *shown = drawn(text + from, to - from);
	int row, column;
	place_behind(shown, columns, &row, &column);
	return CLAMP(row + 1, 1, MAX(most, 1));
}

void input_draw(const Input *input, WINDOW *window, int y, int x, int rows, int columns, int *cursor_y, int *cursor_x)
{
	gsize from, to;
	const char *text = input_text(input);
	window_of(text, &from, &to);
	g_autofree char *shown = drawn(text + from, to - from);
	g_autofree char *before = drawn(text + from, (gsize)rl_point - from);
	int row, column;
	columns = MAX(columns, 2);
	place_behind(before, columns, &row, &column);
	int first = MAX(0, row - rows + 1), at_row = 0;
	for (const char *at = shown; *at && at_row < first + rows; at_row++) {
		gsize fits = wrap_fit(at, -1, columns, NULL);
		if (fits == 0)
			break;
		if (at_row >= first)
			paint_prepared(window, y + at_row - first, x, columns, STYLE_INPUT, at, fits);
		at += fits;
	}
	*cursor_y = y + row - first;
	*cursor_x = x + column;
}
