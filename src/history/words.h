/* words.h: what a person types into a search, taken apart by the same rules as the search's tables (FTS5's unicode61); inside src/history only.
 *
 * Terms are separated by spaces; "a phrase" in quotes is one term; a term that ends in * means every word that begins so. Nothing the person types
 * is ever FTS5 syntax. A term without letters or digits (":-)") has no words of its own and must occur as it is.
 */
#pragma once
#include "history/database.h"

typedef struct Words Words;

#define WORDS_TERMS_MAX 32
#define WORDS_BYTES_MAX 1024

/* NULL and error: nothing to look for, or too much. */
Words *words_new(Database *database, const char *typed, GError **error);
void words_free(Words *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Words, words_free)

/* The expression for MATCH, within a chat by its number or (0) everywhere; NULL when no term has words. Free it. */
char *words_match_expression(const Words *words, gint64 chat);
/* TRUE if a message that the expression finds also has the terms without words. */
gboolean words_accept(const Words *words, const char *text);
/* TRUE if all terms occur in text, as MATCH would find them; the order of FTS5, without its tables. */
gboolean words_occur(const Words *words, const char *text);
/* The number of terms, and one as a LIKE pattern with the escape character \ (borrowed). */
guint words_count(const Words *words);
const char *words_pattern(const Words *words, guint i);
