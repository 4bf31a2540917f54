/* form.h: a column of fields and buttons in a view: cards and the first steps are made of it. */
#pragma once
#include "edit.h"
#include "paint.h"

typedef enum { FIELD_TEXT, FIELD_SECRET, FIELD_CHOICE, FIELD_CHOICES, FIELD_FLAG, FIELD_LABEL } FieldType;

typedef struct {
	FieldType type;
	char *id, *label;
	const char *hint; /* shown while it is empty */
	Edit edit;      /* TEXT, SECRET; with several lines Alt-Enter begins a new one */
	char **choices; /* CHOICE, CHOICES */
	guint choice;   /* CHOICE; CHOICES: the one that is shown; FLAG: 0 or 1 */
	gboolean *taken; /* CHOICES: a flag for each, owned */
	char *value;     /* CHOICES: what field_value gave */
	gboolean required;
	char *help;             /* what it is for; owned, may be NULL */
	char *standard, *before; /* of a setting (questions.h): what it is where it is not set, what it was; owned */
} Field;

typedef struct {
	GPtrArray *fields;  /* of Field, owned */
	GPtrArray *buttons; /* of char *, owned */
	guint focus;        /* fields first, then buttons */
	guint top;
	int label; /* columns of the widest label */
} Form;

typedef enum { FORM_NOTHING, FORM_USED, FORM_PRESSED } FormResult;

void form_init(Form *form);
void form_clear(Form *form);
Field *form_add(Form *form, FieldType type, const char *id, const char *label);
void form_add_button(Form *form, const char *label);
/* PRESSED: button (an index) was chosen; Enter in a field goes on to the next, and from the last presses the button named by primary. */
FormResult form_key(Form *form, const Key *key, guint primary, guint *button);
/* The rows it wants. */
int form_rows(const Form *form);
/* Draws it; sets the cursor's place or -1. */
void form_draw(Form *form, WINDOW *window, int y, int x, int rows, int columns, int *cursor_y, int *cursor_x);
/* What the field in focus is for; NULL: it says nothing of it, or there is none. */
const char *form_help(const Form *form);
/* The field with this id, or NULL. */
Field *form_find(const Form *form, const char *id);
/* The value as text; borrowed. FLAG: "1" or "0"; CHOICES: those that are taken, a line each. */
const char *field_value(Field *field);
/* The choices of a field (copied), and those taken at first: the one, or for CHOICES a line each. */
void field_set_choices(Field *field, const char *const *choices, const char *value);
