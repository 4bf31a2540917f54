/* json.h: reading and writing one flat JSON object, in place and in one pass (RFC 8259).
 *
 * Enough for the line protocol and for --json output: an object whose values are strings, integers, booleans, null,
 * or arrays of strings; any other value is skipped with a depth limit. It is not a general JSON library.
 */
#pragma once
#include <glib.h>

typedef enum { JSON_NULL, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_ARRAY, JSON_OBJECT } JsonType;

/* A place in a text that is read; why says what was wrong after a FALSE. */
typedef struct {
	char *at, *end;
	const char *why;
} JsonReader;

typedef struct {
	JsonType type;
	char *text;  /* JSON_STRING: unescaped in place, NUL-terminated; JSON_ARRAY, JSON_OBJECT: where it begins */
	gsize length;
	gint64 number;
} JsonValue;

/* line[length] must be NUL; the text must be valid UTF-8 (checked by the caller). */
void json_reader_init(JsonReader *reader, char *line, gsize length);

/* Steps into the object. */
gboolean json_read_open(JsonReader *reader);

/* The next key and value; FALSE at the end of the object (why is NULL) or at an error (why says it).
 * Strings are unescaped in place. A JSON_ARRAY value is not read yet: call json_read_item until it says FALSE. */
gboolean json_read_field(JsonReader *reader, char **key, JsonValue *value);

/* The next item of the array that json_read_field just gave, which must be a string; FALSE at its end or at an error. */
gboolean json_read_item(JsonReader *reader, char **text, gsize *length);

/* Skips the array that json_read_field just gave. */
gboolean json_skip_array(JsonReader *reader);

/* TRUE when the object was closed and nothing but white space follows. */
gboolean json_read_end(JsonReader *reader);

/* Writing: json_open, any number of json_put_*, json_close. NULL text writes nothing unless said so. */
void json_open(GString *out);
void json_close(GString *out);
void json_put_text(GString *out, const char *key, const char *text);
void json_put_text_or_null(GString *out, const char *key, const char *text);
void json_put_number(GString *out, const char *key, gint64 number);
void json_put_flag(GString *out, const char *key, gboolean flag);
void json_put_list(GString *out, const char *key, const char *const *texts);
/* raw is written as it is: "{}", "[]". */
void json_put_raw(GString *out, const char *key, const char *raw);
