/* theme.c: see theme.h. Adding a role is a row in the table; each row says its look without colours too. */
#include "config.h"
#include "theme.h"

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
	[STYLE_FIELD] = { 0xffffff, 0x333b4a, 0x14181f, 0xdfe3ea, OWN, OWN, LOOK_UNDERLINE, LOOK_UNDERLINE },
};

/* Names: apart from each other and from the signs, readable on the background. */
static const guint32 names_dark[THEME_NAMES] = {
	0x8fb8ff, 0xf2a272, 0x7fd3c4, 0xd9a5f5, 0xc5d86d, 0xff9ebb, 0x86d1f0, 0xe3c16f, 0xa9b4ff, 0x9fdc9a, 0xe9a3a3, 0xb8c9d9,
};
static const guint32 names_light[THEME_NAMES] = {
	0x1f5fbf, 0xa8480a, 0x00766a, 0x7b2fb0, 0x566b00, 0xb01657, 0x00698f, 0x7d5c00, 0x4146c4, 0x1d7a34, 0x9c2f2f, 0x44586b,
};
static const gint8 names_8[THEME_NAMES] = { 4, 3, 6, 5, 2, 5, 6, 3, 4, 2, 5, 6 };

int theme_256(guint32 rgb)
{
	static const int steps[] = { 0, 95, 135, 175, 215, 255 };
	int part[3] = { (rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255 };
	int cube[3], cube_error = 0;
	for (int i = 0; i < 3; i++) {
		cube[i] = 0;
		for (int s = 1; s < 6; s++)
			if (ABS(part[i] - steps[s]) < ABS(part[i] - steps[cube[i]]))
				cube[i] = s;
		cube_error += (part[i] - steps[cube[i]]) * (part[i] - steps[cube[i]]);
	}
	int grey = CLAMP(((part[0] + part[1] + part[2]) / 3 - 8 + 5) / 10, 0, 23);
	int level = 8 + grey * 10, grey_error = 0;
	for (int i = 0; i < 3; i++)
		grey_error += (part[i] - level) * (part[i] - level);
	return grey_error < cube_error ? 232 + grey : 16 + cube[0] * 36 + cube[1] * 6 + cube[2];
}

static int at_depth(gint32 rgb, ThemeDepth depth)
{
	if (rgb == OWN)
		return -1;
	return depth == DEPTH_TRUE ? rgb : theme_256((guint32)rgb);
}

static Look name_look(ThemeKind kind, ThemeDepth depth, int i)
{
	if (kind == THEME_MONO || depth == DEPTH_MONO)
		return (Look){ -1, -1, LOOK_BOLD };
	if (depth == DEPTH_8)
		return (Look){ names_8[i], -1, LOOK_BOLD };
	return (Look){ at_depth((gint32)(kind == THEME_LIGHT ? names_light : names_dark)[i], depth), -1, LOOK_BOLD };
}

Look theme_look(ThemeKind kind, ThemeDepth depth, int role)
{
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
	return STYLE_NAME((int)(g_str_hash(name) % THEME_NAMES));
}

ThemeKind theme_kind(const char *name)
{
	return strcmp(name, "light") == 0 ? THEME_LIGHT : strcmp(name, "mono") == 0 ? THEME_MONO : THEME_DARK;
}
