/* data-form.h: forms as the network asks them (XEP-0004), shown to the person as a card, filled in and sent back.
 *
 * What is sent back is every field that had a value or was given one, with the form's own FORM_TYPE; a field that the person's answer does
 * not name keeps what it had. Numbers of fields and choices are bounded. */
#pragma once
#include "session.h"

typedef struct DataForm DataForm;

/* The form in x (<x xmlns='jabber:x:data' type='form'/>), or NULL if it is none, or none of that FORM_TYPE (NULL: any). */
DataForm *data_form_read(xmpp_stanza_t *x, const char *form_type);
void data_form_free(DataForm *form);

/* The form's own words, or NULL. */
const char *data_form_title(const DataForm *form);
const char *data_form_words(const DataForm *form);
/* The first value of a field by its whole name, or NULL. */
const char *data_form_value(const DataForm *form, const char *field);

/* Sends the card_field messages and then the card itself, whose fields, account apart, are those of card. */
void data_form_show(Session *session, const DataForm *form, const WireCard *card);
/* Takes FIELD=VALUE …: FIELD is its whole name, or what stands behind '#' or the first '_' in it; several values are separated by newlines.
 * FALSE: one of them can't be; nothing is changed then, and *why (the caller frees) says which. */
gboolean data_form_fill(DataForm *form, const char *const *values, char **why);
/* Adds the answer, <x type='submit'/>. */
void data_form_submit(const DataForm *form, xmpp_stanza_t *parent);

/* The answer to a form that was not asked for first: FORM_TYPE, then names and values by turns, ended by NULL as a name; what has
 * NULL as its value is left out. */
void data_form_add_answer(xmpp_stanza_t *parent, const char *form_type, ...) G_GNUC_NULL_TERMINATED;
/* A field's first value in a form of type result or form, by its whole name, or NULL. Borrowed. */
const char *data_form_find(xmpp_stanza_t *x, const char *field);
