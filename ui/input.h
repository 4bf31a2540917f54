/* input.h: the line to write in: readline's editing, history and key bindings, without its drawing.
 *
 * The process has one (readline is global). Secrets never come here. Several lines are one text with newlines in it.
 */
#pragma once
#include "commands/commands.h"
#include "keys.h"
#include "paint.h"

typedef struct Input Input;

Input *input_new(void);
void input_free(Input *input);
/* Gives a key to readline. */
void input_key(Input *input, const Key *key);
const char *input_text(const Input *input);
gboolean input_is_empty(const Input *input);
void input_set(Input *input, const char *text);
/* Inserts text as it is; control characters but newlines and tabs are left out. */
void input_insert(Input *input, const char *text);
void input_to_start(Input *input);
void input_to_end(Input *input);
/* Takes the text away and remembers it (unless keep_out: it may hold something that is not to be seen again). Free it. */
char *input_take(Input *input, gboolean keep_out);
guint input_lines(const Input *input);
/* Whether the user was asked about this text; any change of it forgets that. */
gboolean input_was_asked(const Input *input);
void input_set_asked(Input *input, gboolean asked);
/* TRUE once after readline itself accepted the line (a key bound to accept-line). */
gboolean input_accepted(Input *input);
gboolean input_is_vi(const Input *input);

/* Completion: steps through candidates; FALSE if there are none, or if it needs the list of protocols first: then input_wants_protocols. */
gboolean input_complete(Input *input, const Model *model, const Config *config, const Protocols *protocols, Account *account, Chat *chat, int step);
gboolean input_wants_protocols(const Input *input);
void input_end_completion(Input *input);
/* The candidates while more than one is offered, the current one's index; NULL: none. */
const GPtrArray *input_candidates(const Input *input, int *current);

/* Rows it wants at this width. */
int input_rows(const Input *input, int columns, int most);
/* Draws; gives the place of the cursor. */
void input_draw(const Input *input, WINDOW *window, int y, int x, int rows, int columns, int *cursor_y, int *cursor_x);
