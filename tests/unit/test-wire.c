/* test-wire.c: the message table and its codec. */
#include "wire/wire.h"
#include <string.h>

static const Wire *decode(WireBox *box, char *line, WireWay way, GError **error)
{
	return wire_decode(box, line, strlen(line), way, error);
}

static void test_table(void)
{
	for (guint k = WIRE_NOTHING + 1; k < WIRE_KINDS; k++) {
		const WireShape *shape = wire_shape(k);
		g_assert_nonnull(shape);
		g_assert_cmpuint(strlen(shape->help), >, 0);
		g_assert_cmpuint(shape->ways, !=, 0);
		g_assert_cmpuint(shape->n_fields, <, 64);
		for (guint other = k + 1; other < WIRE_KINDS; other++)
			g_assert_cmpstr(shape->name, !=, wire_shape(other)->name);
		for (const WireField *f = shape->fields; f->name; f++) {
			g_assert_cmpuint(strlen(f->help), >, 0);
			g_assert_cmpint(f->type == WIRE_WORD ? f->words != NULL : f->max > 0 || f->type == WIRE_FLAG, ==, TRUE);
			for (const WireField *g = f + 1; g->name; g++)
				g_assert_cmpstr(f->name, !=, g->name);
		}
	}
	g_assert_null(wire_shape(WIRE_NOTHING));
	g_assert_null(wire_shape(WIRE_KINDS));
}

/* Fills every field of every kind, encodes, decodes, encodes again: the lines must be the same. */
static void test_round_trip(void)
{
	static const char *const list[] = { "one", "tw\"o", "dr\xC3\xA9i\n", NULL };
	WireBox *box = wire_box_new();
	for (guint k = WIRE_NOTHING + 1; k < WIRE_KINDS; k++) {
		const WireShape *shape = wire_shape(k);
		g_autofree char *message = g_malloc0(shape->size);
		g_autoptr(GError) error = NULL;
		((Wire *)message)->kind = k;
		for (const WireField *f = shape->fields; f->name; f++) {
			void *place = message + f->offset;
			switch (f->type) {
			case WIRE_TEXT: *(const char **)place = "x\t\"\\\x01 \xF0\x9F\x91\x8B"; break;
			case WIRE_NUM: *(gint64 *)place = MAX(f->min, 1); break;
			case WIRE_FLAG: *(gboolean *)place = TRUE; break;
			case WIRE_WORD: *(int *)place = 1; break;
			case WIRE_LIST: *(const char *const **)place = list; break;
			}
		}
		GString *first = g_string_new(NULL), *second = g_string_new(NULL);
		wire_encode(first, message);
		g_assert_cmpint(first->str[first->len - 1], ==, '\n');
		g_autofree char *line = g_strndup(first->str, first->len - 1);
		const Wire *came = decode(box, line, shape->ways & -shape->ways, &error);
		g_assert_no_error(error);
		wire_encode(second, came);
		g_assert_cmpstr(first->str, ==, second->str);
		Wire *copy = wire_copy(came);
		g_string_truncate(second, 0);
		memset(line, 'x', strlen(line));
		wire_encode(second, copy);
		g_assert_cmpstr(first->str, ==, second->str);
		g_free(copy);
		g_string_free(first, TRUE);
		g_string_free(second, TRUE);
	}
	wire_box_free(box);
}

static void test_refused(void)
{
	static const struct { const char *line; WireWay way; const char *why; } cases[] = {
		{ "", WIRE_H2C, "not a JSON object" },
		{ "[]", WIRE_H2C, "not a JSON object" },
		{ "{}", WIRE_H2C, "empty" },
		{ "{\"x\":1}", WIRE_H2C, "first field" },
		{ "{\"kind\":1}", WIRE_H2C, "first field" },
		{ "{\"kind\":\"nonsense\"}", WIRE_H2C, "not known" },
		{ "{\"kind\":\"send\"}", WIRE_C2H, "may not come" },
		{ "{\"kind\":\"ready\"", WIRE_H2C, "end is missing" },
		{ "{\"kind\":\"ready\"}x", WIRE_H2C, "behind the object" },
		{ "{\"kind\":\"ready\" \"x\":1}", WIRE_H2C, "comma" },
		{ "{\"kind\":\"read\",\"account\":\"a\",\"chat\":\"c\",\"time\":\"1\"}", WIRE_C2H, "read.time: not a whole number" },
		{ "{\"kind\":\"read\",\"account\":\"a\",\"chat\":\"c\",\"time\":1.5}", WIRE_C2H, "not whole" },
		{ "{\"kind\":\"read\",\"account\":\"a\",\"chat\":\"c\",\"time\":01}", WIRE_C2H, "bad number" },
		{ "{\"kind\":\"read\",\"account\":\"a\",\"chat\":\"c\",\"time\":99999999999999999999}", WIRE_C2H, "too large" },
		{ "{\"kind\":\"read\",\"account\":\"a\",\"chat\":\"c\",\"time\":-1}", WIRE_C2H, "out of range" },
		{ "{\"kind\":\"fetch\",\"account\":\"a\",\"chat\":\"c\"}", WIRE_C2H, "fetch.request: missing" },
		{ "{\"kind\":\"read\",\"account\":\"\",\"chat\":\"c\",\"time\":1}", WIRE_C2H, "read.account: missing" },
		{ "{\"kind\":\"read\",\"account\":5,\"chat\":\"c\",\"time\":1}", WIRE_C2H, "not a string" },
		{ "{\"kind\":\"read\",\"account\":\"a\",\"account\":\"b\",\"chat\":\"c\",\"time\":1}", WIRE_C2H, "given twice" },
		{ "{\"kind\":\"idle\",\"idle\":\"yes\"}", WIRE_C2H, "not true or false" },
		{ "{\"kind\":\"typing\",\"account\":\"a\",\"chat\":\"c\",\"typing\":\"dancing\"}", WIRE_C2H, "not one of its words" },
		{ "{\"kind\":\"answer\",\"account\":\"a\",\"card\":\"c\",\"values\":\"x\"}", WIRE_C2H, "not a list" },
		{ "{\"kind\":\"answer\",\"account\":\"a\",\"card\":\"c\",\"values\":[\"x\",1]}", WIRE_C2H, "not a string" },
		{ "{\"kind\":\"answer\",\"account\":\"a\",\"card\":\"c\",\"values\":[\"x\"", WIRE_C2H, "end is missing" },
		{ "{\"kind\":\"idle\",\"x\":\"\\u0000\"}", WIRE_C2H, "escape" },
		{ "{\"kind\":\"idle\",\"x\":\"\\ud800\"}", WIRE_C2H, "escape" },
		{ "{\"kind\":\"idle\",\"x\":\"a\tb\"}", WIRE_C2H, "control character" },
		{ "{\"kind\":\"idle\",\"x\":\"\xC3(\"}", WIRE_C2H, "UTF-8" },
		{ "{\"kind\":\"idle\",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", WIRE_C2H, "deep" },
	};
	WireBox *box = wire_box_new();
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = g_strdup(cases[i].line);
		g_autoptr(GError) error = NULL;
		g_assert_null(decode(box, line, cases[i].way, &error));
		g_assert_nonnull(error);
		g_test_message("%s -> %s", cases[i].line, error->message);
		g_assert_nonnull(strstr(error->message, cases[i].why));
	}
	wire_box_free(box);
}

static void test_limits(void)
{
	WireBox *box = wire_box_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_strnfill(65, 'a');
	g_autofree char *line = g_strdup_printf("{\"kind\":\"read\",\"account\":\"%s\",\"chat\":\"c\",\"id\":1}", name);
	g_assert_null(decode(box, line, WIRE_C2H, &error));
	g_assert_nonnull(strstr(error->message, "too long"));
	g_clear_error(&error);
	g_autofree char *huge = g_strnfill(WIRE_LINE_MAX + 1, ' ');
	g_assert_null(decode(box, huge, WIRE_C2H, &error));
	g_assert_nonnull(strstr(error->message, "1 MiB"));
	wire_box_free(box);
}

static void test_unknown_fields(void)
{
	WireBox *box = wire_box_new();
	g_autoptr(GError) error = NULL;
	char line[] = " { \"kind\" : \"command\" , \"new\" : {\"a\":[1,{\"b\":\"}\"}]} , \"list\":[1,[2]], \"request\" : 7 , \"line\":\"\\u00e9\\ud83d\\udc4b\\/\", \"chat\":null } ";
	const WireCommand *c = (const WireCommand *)decode(box, line, WIRE_C2H, &error);
	g_assert_no_error(error);
	g_assert_cmpint(c->request, ==, 7);
	g_assert_cmpint(wire_box_request(box), ==, 7);
	g_assert_cmpstr(c->line, ==, "\xC3\xA9\xF0\x9F\x91\x8B/");
	g_assert_null(c->chat);
	wire_box_free(box);
}

/* Every prefix and every single changed byte of a line is either decoded or refused, never a crash (run with the sanitizers). */
static void test_damage(void)
{
	static const char good[] = "{\"kind\":\"answer\",\"request\":12,\"account\":\"a\",\"card\":\"c\",\"choice\":\"\\u00e9\\n\",\"values\":[\"x=1\",\"y\"],\"z\":{\"q\":[true]}}";
	static const char bytes[] = "\"\\{}[],:0-tu\x80\xff ";
	WireBox *box = wire_box_new();
	for (gsize n = 0; n < sizeof good; n++) {
		for (gsize b = 0; b < sizeof bytes; b++) {
			g_autofree char *line = g_strdup(good);
			if (b + 1 == sizeof bytes)
				line[n] = '\0';
			else if (n + 1 < sizeof good)
				line[n] = bytes[b];
			g_autofree char *exact = g_strdup(line); /* so that a read behind its end is seen */
			decode(box, exact, WIRE_C2H, NULL);
		}
	}
	wire_box_free(box);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wire/table", test_table);
	g_test_add_func("/wire/round-trip", test_round_trip);
	g_test_add_func("/wire/refused", test_refused);
	g_test_add_func("/wire/limits", test_limits);
	g_test_add_func("/wire/unknown-fields", test_unknown_fields);
	g_test_add_func("/wire/damage", test_damage);
	return g_test_run();
}
