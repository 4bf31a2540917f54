/* cards.h: the questions to the person that are open, each with what is to be done with its answer.
 */
#pragma once
#include "wire/wire.h"

typedef struct Card Card;

/* What is done with an answer; an answer without choice, text and values means: closed. NULL when it was taken (the card may be gone by
 * then), else why not, for the person (free with g_free). */
typedef char *(*CardAnswer)(Card *card, const WireAnswer *answer, gpointer data);

/* data is freed with the card. */
Card *card_new(CardAnswer answer, gpointer data, GDestroyNotify free_data);
/* Sends it. The account and id of message are filled in here. */
void card_show(Card *card, WireCard message);
/* Sends a field of it, before card_show. */
void card_show_field(Card *card, WireCardField field);
/* The same once more, when its answer was not good enough. */
void card_show_again(Card *card);
/* It is shown with other fields and words from now on. */
void card_forget(Card *card);
gpointer card_data(const Card *card);
/* Whom it is about, as given to card_show; may be NULL. */
const char *card_address(const Card *card);
/* It is answered or of no interest any more. */
void card_close(Card *card);

/* Whether any card that waits for an answer is shown. */
gboolean cards_are_open(void);
/* Whether this very card is still open. */
gboolean cards_have(const Card *card);
/* The open card about address whose answer function this is, or NULL. */
Card *cards_find(CardAnswer answer, const char *address);
/* The open card with this answer function for whose data fits(data, what) is TRUE, or NULL. */
Card *cards_find_data(CardAnswer answer, gboolean (*fits)(gconstpointer data, gconstpointer what), gconstpointer what);
void cards_answer(const WireAnswer *answer);

/* TRUE when the answer says nothing. */
gboolean card_was_closed(const WireAnswer *answer);
