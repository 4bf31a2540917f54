/* theme.c: see theme.h. Adding a role is a row in the table; each row says its look without colours too. */
#include "config.h"
#include "theme.h"

#include "base/colour.h"

#include <string.h>

#define OWN (-1)

typedef struct {
	gint32 dark, dark_back, light, light_back; /* 0xRRGGBB or OWN */
	gint8 eight, eight_back;                   /* 0…7 or OWN */
	guint bits;                                /* with colours */
	guint mono;                                /* without */
} Row;

static const Row rows[STYLES] = {
	[STYLE_TEXT] = { OWN, OWN, OWN, OWN, OWN, OWN, 0, 0 },
	[STYLE_DIM] = { 0x7c8594, OWN, 0x6b7280, OWN, OWN, OWN, 0, 0 },
	[STYLE_BAR] = { 0xb4bccb, 0x262b36, 0x394150, 0xdfe3ea, 7, 4, 0, LOOK_REVERSE },
	[STYLE_TAB] = { 0xffffff, 0x3d5a8a, 0xffffff, 0x2f5fa8, 0, 6, LOOK_BOLD, LOOK_BOLD },
	[STYLE_TAB_NEW] = { 0xffd479, 0x262b36, 0x8a4b00, 0xdfe3ea, 3, 4, LOOK_BOLD, LOOK_REVERSE | LOOK_BOLD },
	[STYLE_BRAND] = { 0x86a9e6, 0x262b36, 0x2f5fa8, 0xdfe3ea, 6, 4, LOOK_BOLD, LOOK_REVERSE | LOOK_BOLD },
	[STYLE_RULE] = { 0x414a5a, OWN, 0xb6bdc9, OWN, OWN, OWN, 0, 0 },
	[STYLE_HEADER] = { OWN, OWN, 0x14181f, OWN, OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_TOPIC] = { 0x98a2b3, OWN, 0x4b5563, OWN, OWN, OWN, 0, 0 },
	[STYLE_GROUP] = { 0x86a9e6, OWN, 0x2f5fa8, OWN, 6, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_CHOSEN] = { 0xffffff, 0x3d5a8a, 0xffffff, 0x2f5fa8, 0, 6, 0, LOOK_REVERSE },
	[STYLE_CURRENT] = { 0xffffff, 0x2f3644, 0x14181f, 0xe6eaf0, OWN, OWN, LOOK_BOLD, LOOK_BOLD | LOOK_UNDERLINE },
	[STYLE_ONLINE] = { 0x7ecf8b, OWN, 0x1d7a34, OWN, 2, OWN, 0, 0 },
	[STYLE_AWAY] = { 0xe0b860, OWN, 0x96640a, OWN, 3, OWN, 0, 0 },
	[STYLE_BUSY] = { 0xf08a7e, OWN, 0xb3261e, OWN, 1, OWN, 0, 0 },
	[STYLE_OFFLINE] = { 0x747d8c, OWN, 0x7b8494, OWN, OWN, OWN, 0, 0 },
	[STYLE_UNREAD] = { 0xffd479, OWN, 0x8a4b00, OWN, 3, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_MENTION] = { 0xff9d8f, OWN, 0xb3261e, OWN, 1, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_ME] = { OWN, OWN, 0x394150, OWN, OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_EVENT] = { 0x7c8594, OWN, 0x6b7280, OWN, OWN, OWN, 0, 0 },
	[STYLE_LOCAL] = { 0xa9c7a9, OWN, 0x33691e, OWN, 2, OWN, 0, 0 },
	[STYLE_ERROR] = { 0xff8a80, OWN, 0xb3261e, OWN, 1, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_GOOD] = { 0x7ecf8b, OWN, 0x1d7a34, OWN, 2, OWN, 0, 0 },
	[STYLE_NEW] = { 0xff9d8f, OWN, 0xb3261e, OWN, 1, OWN, 0, LOOK_BOLD },
	[STYLE_PROMPT] = { 0x86a9e6, OWN, 0x2f5fa8, OWN, 6, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_INPUT] = { OWN, OWN, OWN, OWN, OWN, OWN, 0, 0 },
	[STYLE_HINT_KEY] = { OWN, OWN, 0x14181f, OWN, OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_HINT] = { 0x7c8594, OWN, 0x6b7280, OWN, OWN, OWN, 0, 0 },
	[STYLE_CARD] = { 0x1c1f26, 0xe0b860, 0x1c1f26, 0xffd479, 0, 3, LOOK_BOLD, LOOK_REVERSE | LOOK_BOLD },
	[STYLE_FOUND] = { 0xffffff, 0x4a4326, 0x14181f, 0xfff1c2, 0, 3, 0, LOOK_REVERSE },
	[STYLE_BOX] = { 0xd5dae3, 0x1d212a, 0x1c1f26, 0xf3f5f8, OWN, OWN, 0, 0 },
	[STYLE_BOX_KEY] = { 0xffffff, 0x1d212a, 0x14181f, 0xf3f5f8, OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_BOX_TITLE] = { 0x86a9e6, 0x1d212a, 0x2f5fa8, 0xf3f5f8, 6, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_FIELD_HINT] = { 0x8f98a8, 0x333b4a, 0x6b7280, 0xdfe3ea, OWN, OWN, LOOK_UNDERLINE, LOOK_UNDERLINE },
	[STYLE_QUOTE] = { 0x98a2b3, OWN, 0x4b5563, OWN, 6, OWN, LOOK_ITALIC, LOOK_ITALIC },
	[STYLE_CODE] = { 0xd7ba7d, OWN, 0x7a4a00, OWN, 3, OWN, 0, LOOK_DIM },
	[STYLE_REACTION] = { 0xb4bccb, OWN, 0x394150, OWN, OWN, OWN, 0, 0 },
	[STYLE_FILE] = { 0x86d1f0, OWN, 0x00698f, OWN, 6, OWN, 0, LOOK_UNDERLINE },
	[STYLE_FIELD] = { 0xffffff, 0x333b4a, 0x14181f, 0xdfe3ea, OWN, OWN, LOOK_UNDERLINE, LOOK_UNDERLINE },
};

/* Names are as bright as this, and can be read on the backgrounds that themes of this kind have. */
static const struct {
	double lightness;
	guint32 background;
} name_grounds[] = { [THEME_DARK] = { 73, 0x262b36 }, [THEME_LIGHT] = { 42, 0xf0f0f0 } };
#define NAME_CONTRAST 4.5

/* Where one of the terminal's own colours ends and the next begins; red is left to failures, and blue is too dark alone. */
static const struct {
	int hue;
	gint8 colour;
} hues_8[] = { { 48, 5 }, { 107, 3 }, { 160, 2 }, { 229, 6 }, { 287, 4 }, { 360, 5 } };

int theme_256(guint32 rgb)
{
	return colour_256(rgb, 0, 1);
}

static int at_depth(gint32 rgb, ThemeDepth depth)
{
	if (rgb == OWN)
		return -1;
	return depth == DEPTH_TRUE ? rgb : theme_256((guint32)rgb);
}

static Look name_look(ThemeKind kind, ThemeDepth depth, int hue)
{
	if (kind == THEME_MONO || depth == DEPTH_MONO)
		return (Look){ -1, -1, LOOK_BOLD };
	if (depth == DEPTH_8) {
		guint i = 0;
		while (hue >= hues_8[i].hue)
			i++;
		return (Look){ hues_8[i].colour, -1, LOOK_BOLD };
	}
	guint32 rgb = colour_of_hue(hue, name_grounds[kind].lightness);
	return (Look){ depth == DEPTH_TRUE ? (int)rgb : colour_256(rgb, name_grounds[kind].background, NAME_CONTRAST), -1, LOOK_BOLD };
}

/* ---- words that their sender painted ---- */

#define PAINTED_CONTRAST 3.0 /* on a colour of the sender's own choice */
#define MIRC_COLOURS 16

static const gint8 mirc_8[MIRC_COLOURS] = { 7, 0, 4, 2, 1, 1, 5, 3, 3, 2, 6, 6, 4, 5, 7, 7 };

static int painted_8(int colour)
{
	return mirc_8[colour < MIRC_COLOURS ? colour : markup_nearest(markup_rgb(colour), MIRC_COLOURS)];
}

/* Black and white are what words have anyway, on one background or the other, and dark blue can't be read alone. */
static Look painted_look_8(int front, int back)
{
	int words = front < 0 ? OWN : painted_8(front), ground = back < 0 ? OWN : painted_8(back);
	if (back < 0)
		return (Look){ words == 0 || words == 7 ? OWN : words == 4 ? 6 : words, OWN, 0 };
	if (words < 0 || words == ground)
		words = ground == 0 || ground == 4 || ground == 1 || ground == 5 ? 7 : 0;
	return (Look){ words, ground, 0 };
}

/* The colour, or one on its way to white or black that can be read. */
static guint32 readable(guint32 rgb, guint32 background, double contrast)
{
	guint32 end = colour_contrast(0xffffff, background) > colour_contrast(0, background) ? 0xffffff : 0;
	for (int step = 0; step < 8; step++) {
		guint32 mixed = 0;
		for (int shift = 0; shift < 24; shift += 8)
			mixed |= (((rgb >> shift) & 255) * (guint32)(8 - step) + ((end >> shift) & 255) * (guint32)step) / 8 << shift;
		if (colour_contrast(mixed, background) >= contrast)
			return mixed;
	}
	return end;
}

static Look painted_look(ThemeKind kind, ThemeDepth depth, int front, int back)
{
	if (kind == THEME_MONO || depth == DEPTH_MONO || (front < 0 && back < 0))
		return (Look){ OWN, OWN, 0 };
	if (depth == DEPTH_8)
		return painted_look_8(front, back);
	guint32 rgb = front < 0 ? 0xffffff : markup_rgb(front), ground = back < 0 ? name_grounds[kind].background : markup_rgb(back);
	if (back < 0 && (rgb == 0 || rgb == 0xffffff))
		return (Look){ OWN, OWN, 0 };
	double contrast = back < 0 ? NAME_CONTRAST : PAINTED_CONTRAST;
	rgb = readable(rgb, ground, contrast);
	return (Look){ depth == DEPTH_TRUE ? (int)rgb : colour_256(rgb, ground, contrast), back < 0 ? OWN : at_depth((gint32)ground, depth), 0 };
}

Look theme_look(ThemeKind kind, ThemeDepth depth, int role)
{
	int painted = role - STYLE_PAINTED(-1, -1);
	if (painted >= 0)
		return painted_look(kind, depth, painted / (MARKUP_COLOURS + 1) - 1, painted % (MARKUP_COLOURS + 1) - 1);
	if (role >= STYLES)
		return name_look(kind, depth, (role - STYLES) % THEME_NAMES);
	const Row *row = &rows[role];
	if (kind == THEME_MONO || depth == DEPTH_MONO)
		return (Look){ -1, -1, row->mono };
	if (depth == DEPTH_8)
		return (Look){ row->eight, row->eight_back, row->bits };
	if (kind == THEME_LIGHT)
		return (Look){ at_depth(row->light, depth), at_depth(row->light_back, depth), row->bits };
	return (Look){ at_depth(row->dark, depth), at_depth(row->dark_back, depth), row->bits };
}

int theme_name_role(const char *name)
{
	return STYLE_NAME((int)colour_hue(name) % THEME_NAMES);
}

ThemeKind theme_kind(const char *name, const char *background)
{
	if (strcmp(name, "auto") == 0)
		name = background;
	return strcmp(name, "light") == 0 ? THEME_LIGHT : strcmp(name, "mono") == 0 ? THEME_MONO : THEME_DARK;
}
