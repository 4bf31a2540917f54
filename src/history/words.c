/* words.c: see words.h. */
#include "history/words.h"
#include <string.h>

typedef struct {
	char *text;        /* owned: as typed, without quotes and star */
	char *pattern;     /* owned: for LIKE */
	GPtrArray *tokens; /* owned, of char *: its words, folded by the tokenizer */
	gboolean prefix;
} Term;

struct Words {
	GPtrArray *terms; /* of Term, owned */
	fts5_tokenizer functions;
	Fts5Tokenizer *tokenizer;
};

static void term_free(gpointer data)
{
	Term *term = data;
	g_free(term->text);
	g_free(term->pattern);
	g_ptr_array_unref(term->tokens);
	g_free(term);
}

void words_free(Words *words)
{
	if (!words)
		return;
	if (words->tokenizer)
		words->functions.xDelete(words->tokenizer);
	g_ptr_array_unref(words->terms);
	g_free(words);
}

/* ---- the tokenizer of FTS5 ---- */

static gboolean make_tokenizer(Words *words, Database *database)
{
	static const char sql[] = "SELECT fts5(?)", *arguments[] = { "remove_diacritics", "2" };
	fts5_api *api = NULL;
	void *data;
	sqlite3_stmt *row = database_take(database, sql, "");
	if (!row)
		return FALSE;
	sqlite3_bind_pointer(row, 1, &api, "fts5_api_ptr", NULL);
	sqlite3_step(row);
	database_give(database, sql, row);
	return api && api->xFindTokenizer(api, "unicode61", &data, &words->functions) == SQLITE_OK &&
		words->functions.xCreate(data, arguments, G_N_ELEMENTS(arguments), &words->tokenizer) == SQLITE_OK;
}

static int note_token(void *data, G_GNUC_UNUSED int flags, const char *token, int length, G_GNUC_UNUSED int start, G_GNUC_UNUSED int end)
{
	g_ptr_array_add(data, g_strndup(token, (gsize)length));
	return SQLITE_OK;
}

static GPtrArray *tokens_of(const Words *words, const char *text)
{
	GPtrArray *tokens = g_ptr_array_new_with_free_func(g_free);
	words->functions.xTokenize(words->tokenizer, tokens, FTS5_TOKENIZE_QUERY, text, (int)strlen(text), note_token);
	return tokens;
}

/* ---- taking apart ---- */

static char *like_pattern(const char *text)
{
	GString *pattern = g_string_new("%");
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			g_string_append_c(pattern, '\\');
		g_string_append_c(pattern, *text);
	}
	return g_string_free(g_string_append_c(pattern, '%'), FALSE);
}

static gboolean add_term(Words *words, const char *text, gsize length, gboolean prefix)
{
	if (!length)
		return TRUE;
	if (words->terms->len == WORDS_TERMS_MAX)
		return FALSE;
	Term *term = g_new0(Term, 1);
	term->text = g_strndup(text, length);
	term->pattern = like_pattern(term->text);
	term->tokens = tokens_of(words, term->text);
	term->prefix = prefix && term->tokens->len;
	g_ptr_array_add(words->terms, term);
	return TRUE;
}

/* Reads one term and steps behind it. */
static gboolean read_term(Words *words, const char **typed)
{
	const char *from = *typed, *end;
	if (*from == '"') {
		end = strchr(++from, '"');
		if (!end)
			end = from + strlen(from);
		*typed = *end ? end + 1 : end;
		if (**typed == '*') {
			++*typed;
			return add_term(words, from, (gsize)(end - from), TRUE);
		}
		return add_term(words, from, (gsize)(end - from), FALSE);
	}
	end = from + strcspn(from, " \t\r\n");
	*typed = end;
	gboolean star = end - from > 1 && end[-1] == '*';
	return add_term(words, from, (gsize)(end - from) - (star ? 1 : 0), star);
}

static gboolean refuse(const char *why, GError **error)
{
	g_set_error_literal(error, HISTORY_ERROR, HISTORY_ERROR_FAILED, why);
	return FALSE;
}

static gboolean read_terms(Words *words, const char *typed, GError **error)
{
	if (strlen(typed) > WORDS_BYTES_MAX)
		return refuse("too long: the words to search for", error);
	if (!g_utf8_validate(typed, -1, NULL))
		return refuse("not UTF-8: the words to search for", error);
	for (;;) {
		typed += strspn(typed, " \t\r\n");
		if (!*typed)
			break;
		if (!read_term(words, &typed))
			return refuse("too many words to search for", error);
	}
	return words->terms->len || refuse("no words to search for", error);
}

Words *words_new(Database *database, const char *typed, GError **error)
{
	Words *words = g_new0(Words, 1);
	words->terms = g_ptr_array_new_with_free_func(term_free);
	if (!make_tokenizer(words, database))
		refuse("this SQLite was built without FTS5", error);
	else if (read_terms(words, typed ? typed : "", error))
		return words;
	words_free(words);
	return NULL;
}

/* ---- asking FTS5 ---- */

static void append_quoted(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}

char *words_match_expression(const Words *words, gint64 chat)
{
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < words->terms->len; i++) {
		const Term *term = words->terms->pdata[i];
		if (!term->tokens->len)
			continue;
		g_string_append(out, out->len ? " AND " : "text : (");
		append_quoted(out, term->text);
		if (term->prefix)
			g_string_append(out, " *");
	}
	if (!out->len)
		return g_string_free(out, TRUE);
	g_string_append_c(out, ')');
	if (chat)
		g_string_append_printf(out, " AND chat : \"%" G_GINT64_FORMAT "\"", chat);
	return g_string_free(out, FALSE);
}

/* ---- asking without FTS5 ---- */

gboolean words_accept(const Words *words, const char *text)
{
	for (guint i = 0; i < words->terms->len; i++) {
		const Term *term = words->terms->pdata[i];
		if (!term->tokens->len && !strstr(text, term->text))
			return FALSE;
	}
	return TRUE;
}

static gboolean occurs_at(const Term *term, const GPtrArray *tokens, guint at)
{
	for (guint i = 0; i < term->tokens->len; i++) {
		const char *want = term->tokens->pdata[i], *is = tokens->pdata[at + i];
		gboolean last = i + 1 == term->tokens->len;
		if (last && term->prefix ? !g_str_has_prefix(is, want) : strcmp(is, want) != 0)
			return FALSE;
	}
	return TRUE;
}

static gboolean occurs(const Term *term, const GPtrArray *tokens)
{
	for (guint at = 0; at + term->tokens->len <= tokens->len; at++)
		if (occurs_at(term, tokens, at))
			return TRUE;
	return FALSE;
}

/* TRUE if the folded word stands somewhere in text, be it inside another word; text is ASCII. */
static gboolean contains(const char *text, const char *word)
{
	gsize length = strlen(word);
	for (; *text; text++)
		if (g_ascii_tolower(*text) == *word && !g_ascii_strncasecmp(text, word, length))
			return TRUE;
	return FALSE;
}

/* FALSE if a look without the tokenizer, which takes its time, shows already that a word is missing. */
static gboolean may_occur(const Words *words, const char *text)
{
	if (!g_str_is_ascii(text))
		return TRUE;
	for (guint i = 0; i < words->terms->len; i++) {
		const Term *term = words->terms->pdata[i];
		for (guint k = 0; k < term->tokens->len; k++)
			if (!contains(text, term->tokens->pdata[k]))
				return FALSE;
	}
	return TRUE;
}

gboolean words_occur(const Words *words, const char *text)
{
	if (!words_accept(words, text) || !may_occur(words, text))
		return FALSE;
	g_autoptr(GPtrArray) tokens = tokens_of(words, text);
	for (guint i = 0; i < words->terms->len; i++) {
		const Term *term = words->terms->pdata[i];
		if (term->tokens->len && !occurs(term, tokens))
			return FALSE;
	}
	return TRUE;
}

guint words_count(const Words *words)
{
	return words->terms->len;
}

const char *words_pattern(const Words *words, guint i)
{
	return ((const Term *)words->terms->pdata[i])->pattern;
}
