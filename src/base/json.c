/* json.c: see json.h. */
#include "base/json.h"
#include <string.h>

#define SKIP_DEPTH_MAX 32

static gboolean fail(JsonReader *r, const char *why)
{
	r->why = why;
	return FALSE;
}

static void skip_space(JsonReader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n'))
		r->at++;
}

void json_reader_init(JsonReader *reader, char *line, gsize length)
{
	*reader = (JsonReader){ .at = line, .end = line + length };
}

gboolean json_read_open(JsonReader *r)
{
	skip_space(r);
	if (r->at >= r->end || *r->at != '{')
		return fail(r, "not a JSON object");
	r->at++;
	return TRUE;
}

static int hex4(const char *p)
{
	int value = 0;
	for (int i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(p[i]);
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Reads \uXXXX at p (behind the u), a surrogate pair included; gives the bytes taken or 0. */
static gsize read_unicode(const char *p, const char *end, gunichar *c)
{
	int high, low;
	if (end - p < 4 || (high = hex4(p)) < 0)
		return 0;
	*c = (gunichar)high;
	if (high < 0xD800 || high > 0xDFFF)
		return high ? 4 : 0;
	if (high > 0xDBFF || end - p < 10 || p[4] != '\\' || p[5] != 'u' || (low = hex4(p + 6)) < 0xDC00 || low > 0xDFFF)
		return 0;
	*c = 0x10000 + (((gunichar)high - 0xD800) << 10) + ((gunichar)low - 0xDC00);
	return 10;
}

/* Reads a string whose quote was passed; unescapes it in place. */
static gboolean read_string(JsonReader *r, char **text, gsize *length)
{
	char *p = r->at, *out;
	*text = p;
	while (p < r->end && *p != '"' && *p != '\\' && (guchar)*p >= 0x20)
		p++;
	for (out = p; p < r->end && *p != '"';) {
		if ((guchar)*p < 0x20)
			return fail(r, "a control character in a string");
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		if (++p >= r->end)
			break;
		char c = *p++;
		gunichar u;
		gsize taken;
		switch (c) {
		case '"': case '\\': case '/': *out++ = c; break;
		case 'n': *out++ = '\n'; break;
		case 't': *out++ = '\t'; break;
		case 'r': *out++ = '\r'; break;
		case 'b': *out++ = '\b'; break;
		case 'f': *out++ = '\f'; break;
		case 'u':
			if (!(taken = read_unicode(p, r->end, &u)))
				return fail(r, "a bad \\u escape in a string");
			p += taken;
			out += g_unichar_to_utf8(u, out);
			break;
		default: return fail(r, "a bad escape in a string");
		}
	}
	if (p >= r->end)
		return fail(r, "a string without its end");
	*length = (gsize)(out - *text);
	*out = '\0';
	r->at = p + 1;
	return TRUE;
}

static gboolean read_number(JsonReader *r, JsonValue *value)
{
	char *p = r->at, *digits;
	gboolean negative = *p == '-';
	guint64 n = 0;
	if (negative)
		p++;
	for (digits = p; p < r->end && g_ascii_isdigit(*p); p++) {
		if (p - digits > 18)
			return fail(r, "a number too large");
		n = n * 10 + (guint64)(*p - '0');
	}
	if (p == digits || (*digits == '0' && p - digits > 1))
		return fail(r, "a bad number");
	if (p < r->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return fail(r, "a number that is not whole");
	if (n > G_MAXINT64)
		return fail(r, "a number too large");
	value->type = JSON_NUMBER;
	value->number = negative ? -(gint64)n : (gint64)n;
	r->at = p;
	return TRUE;
}

static gboolean read_word(JsonReader *r, const char *word)
{
	gsize n = strlen(word);
	if ((gsize)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return fail(r, "a bad value");
	r->at += n;
	return TRUE;
}

/* Skips an object or array of unknown shape. */
static gboolean skip_nested(JsonReader *r)
{
	int depth = 0;
	do {
		if (r->at >= r->end)
			return fail(r, "an object or array without its end");
		char c = *r->at++;
		if (c == '"') {
			while (r->at < r->end && *r->at != '"')
				r->at += *r->at == '\\' ? 2 : 1;
			if (r->at >= r->end)
				return fail(r, "a string without its end");
			r->at++;
		} else if (c == '{' || c == '[') {
			if (++depth > SKIP_DEPTH_MAX)
				return fail(r, "nested too deep");
		} else if (c == '}' || c == ']') {
			depth--;
		}
	} while (depth > 0);
	return TRUE;
}

static gboolean read_value(JsonReader *r, JsonValue *value)
{
	value->text = r->at;
	value->length = 0;
	switch (r->at < r->end ? *r->at : '\0') {
	case '"':
		r->at++;
		value->type = JSON_STRING;
		return read_string(r, &value->text, &value->length);
	case '[':
		r->at++;
		value->type = JSON_ARRAY;
		return TRUE;
	case '{': value->type = JSON_OBJECT; return skip_nested(r);
	case 't': value->type = JSON_TRUE; return read_word(r, "true");
	case 'f': value->type = JSON_FALSE; return read_word(r, "false");
	case 'n': value->type = JSON_NULL; return read_word(r, "null");
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		return read_number(r, value);
	default: return fail(r, "a value is missing");
	}
}

/* Steps over the comma before the next field or item; FALSE at close, which it steps over. */
static gboolean step(JsonReader *r, char open, char close)
{
	char before;
	skip_space(r);
	if (r->at >= r->end)
		return fail(r, "the end is missing");
	if (*r->at == close) {
		r->at++;
		return FALSE;
	}
	for (char *p = r->at - 1; (before = *p) == ' ' || before == '\t'; p--)
		;
	if (before == open)
		return TRUE;
	if (*r->at != ',')
		return fail(r, "a comma is missing");
	r->at++;
	skip_space(r);
	return TRUE;
}

gboolean json_read_field(JsonReader *r, char **key, JsonValue *value)
{
	gsize length;
	r->why = NULL;
	if (!step(r, '{', '}'))
		return FALSE;
	if (r->at >= r->end || *r->at != '"')
		return fail(r, "a key is missing");
	r->at++;
	if (!read_string(r, key, &length))
		return FALSE;
	skip_space(r);
	if (r->at >= r->end || *r->at != ':')
		return fail(r, "a colon is missing");
	r->at++;
	skip_space(r);
	return read_value(r, value);
}

gboolean json_read_item(JsonReader *r, char **text, gsize *length)
{
	r->why = NULL;
	if (!step(r, '[', ']'))
		return FALSE;
	if (r->at >= r->end || *r->at != '"')
		return fail(r, "an item that is not a string");
	r->at++;
	return read_string(r, text, length);
}

gboolean json_skip_array(JsonReader *r)
{
	r->at--;
	return skip_nested(r);
}

gboolean json_read_end(JsonReader *r)
{
	skip_space(r);
	return r->at == r->end || fail(r, "something behind the object");
}

/* ---- writing ---- */

void json_open(GString *out)
{
	g_string_append_c(out, '{');
}

void json_close(GString *out)
{
	g_string_append_c(out, '}');
}

static void put_string(GString *out, const char *text)
{
	const char *from = text;
	g_string_append_c(out, '"');
	for (const char *p = text; *p; p++) {
		guchar c = (guchar)*p;
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		g_string_append_len(out, from, p - from);
		from = p + 1;
		if (c == '"' || c == '\\') {
			g_string_append_c(out, '\\');
			g_string_append_c(out, (char)c);
		} else if (c == '\n') {
			g_string_append_len(out, "\\n", 2);
		} else {
			g_string_append_printf(out, "\\u%04x", c);
		}
	}
	g_string_append(out, from);
	g_string_append_c(out, '"');
}

static void put_key(GString *out, const char *key)
{
	if (out->len && out->str[out->len - 1] != '{')
		g_string_append_c(out, ',');
	g_string_append_c(out, '"');
	g_string_append(out, key);
	g_string_append_len(out, "\":", 2);
}

void json_put_text(GString *out, const char *key, const char *text)
{
	if (!text)
		return;
	put_key(out, key);
	put_string(out, text);
}

void json_put_text_or_null(GString *out, const char *key, const char *text)
{
	put_key(out, key);
	if (text)
		put_string(out, text);
	else
		g_string_append_len(out, "null", 4);
}

void json_put_number(GString *out, const char *key, gint64 number)
{
	char digits[24];
	int n = g_snprintf(digits, sizeof digits, "%" G_GINT64_FORMAT, number);
	put_key(out, key);
	g_string_append_len(out, digits, n);
}

void json_put_flag(GString *out, const char *key, gboolean flag)
{
	put_key(out, key);
	g_string_append(out, flag ? "true" : "false");
}

void json_put_list(GString *out, const char *key, const char *const *texts)
{
	put_key(out, key);
	g_string_append_c(out, '[');
	for (guint i = 0; texts && texts[i]; i++) {
		if (i)
			g_string_append_c(out, ',');
		put_string(out, texts[i]);
	}
	g_string_append_c(out, ']');
}

void json_put_raw(GString *out, const char *key, const char *raw)
{
	put_key(out, key);
	g_string_append(out, raw);
}
