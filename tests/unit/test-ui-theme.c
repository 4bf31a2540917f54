/* test-ui-theme.c: every role has a look in every theme and depth; states do not rest on colour. */
#include "base/colour.h"
#include "list.h"
#include "theme.h"

static void test_looks(void)
{
	for (int kind = THEME_DARK; kind <= THEME_MONO; kind++)
		for (int depth = DEPTH_MONO; depth <= DEPTH_TRUE; depth++)
			for (int role = 0; role < THEME_ROLES; role++) {
				Look look = theme_look(kind, depth, role);
				int most = depth == DEPTH_TRUE ? 0xffffff : depth == DEPTH_256 ? 255 : depth == DEPTH_8 ? 7 : -1;
				g_assert_cmpint(look.front, <=, most);
				g_assert_cmpint(look.back, <=, most);
				g_assert_cmpint(look.front, >=, -1);
				if (kind == THEME_MONO || depth == DEPTH_MONO)
					g_assert_true(look.front == -1 && look.back == -1);
				if (look.front == look.back) /* visible */
					g_assert_cmpint(look.front, ==, -1);
			}
}

/* What somebody painted can be read on any theme; words on their own colour are not hidden. */
static void test_painted(void)
{
	for (int kind = THEME_DARK; kind <= THEME_LIGHT; kind++)
		for (int front = -1; front < MARKUP_COLOURS; front++)
			for (int back = -1; back < MARKUP_COLOURS; back++) {
				Look look = theme_look(kind, DEPTH_TRUE, STYLE_PAINTED(front, back));
				if (look.front >= 0)
					g_assert_cmpfloat(colour_contrast((guint32)look.front, look.back >= 0 ? (guint32)look.back : kind == THEME_DARK ? 0x262b36 : 0xf0f0f0), >=, 3);
				g_assert_true((look.back >= 0) == (back >= 0));
			}
	Look red = theme_look(THEME_DARK, DEPTH_TRUE, STYLE_PAINTED(4, 8)), plain = theme_look(THEME_LIGHT, DEPTH_256, STYLE_PAINTED(0, -1));
	g_assert_true(red.front == 0xff0000 && red.back == 0xffff00);
	g_assert_true(plain.front == -1 && plain.back == -1);
	g_assert_cmpint(theme_look(THEME_DARK, DEPTH_8, STYLE_PAINTED(4, -1)).front, ==, 1);
}

/* What is marked by a background is marked without colours too. */
static void test_mono(void)
{
	static const int marked[] = { STYLE_TAB_NEW, STYLE_CHOSEN, STYLE_CURRENT, STYLE_UNREAD, STYLE_MENTION, STYLE_CARD, STYLE_FOUND, STYLE_FIELD, STYLE_ERROR };
	for (guint i = 0; i < G_N_ELEMENTS(marked); i++)
		g_assert_cmpint(theme_look(THEME_MONO, DEPTH_256, marked[i]).bits, !=, 0);
}

static void test_256(void)
{
	g_assert_cmpint(theme_256(0x000000), ==, 16);
	g_assert_cmpint(theme_256(0xffffff), ==, 231);
	g_assert_cmpint(theme_256(0xff0000), ==, 196);
	g_assert_cmpint(theme_256(0x808080), ==, 244);
}

static void test_signs(void)
{
	for (int a = PRESENCE_UNKNOWN; a <= PRESENCE_DND; a++)
		for (int b = a + 1; b <= PRESENCE_DND; b++)
			g_assert_cmpstr(presence_sign(a), !=, presence_sign(b));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/theme/looks", test_looks);
	g_test_add_func("/theme/painted", test_painted);
	g_test_add_func("/theme/mono", test_mono);
	g_test_add_func("/theme/256", test_256);
	g_test_add_func("/theme/signs", test_signs);
	return g_test_run();
}
