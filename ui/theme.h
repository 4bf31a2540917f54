/* theme.h: what each part of the screen looks like, by role; for dark, light and no colours, and for 8, 256 and all colours.
 *
 * Pure: a table and arithmetic. A state is never told by colour alone; the signs are where the state is drawn.
 */
#pragma once
#include "base/markup.h"

typedef enum {
	STYLE_TEXT,     /* words */
	STYLE_DIM,      /* times, rules, hints */
	STYLE_BAR,      /* the line of tabs */
	STYLE_TAB,      /* the tab that is shown */
	STYLE_TAB_NEW,  /* a tab with something unread */
	STYLE_BRAND,    /* the program's name */
	STYLE_RULE,     /* lines between the parts */
	STYLE_HEADER,   /* the chat's title */
	STYLE_TOPIC,    /* status texts and topics */
	STYLE_GROUP,    /* a group's name in the list */
	STYLE_CHOSEN,   /* the line that is chosen */
	STYLE_CURRENT,  /* in the list: the chat that is shown */
	STYLE_ONLINE, STYLE_AWAY, STYLE_BUSY, STYLE_OFFLINE, /* signs of presence */
	STYLE_UNREAD,   /* unread counts */
	STYLE_MENTION,  /* counts of mentions, and messages that mention the user */
	STYLE_ME,       /* the user's own name */
	STYLE_EVENT,    /* joined, left, topic */
	STYLE_LOCAL,    /* what commands print */
	STYLE_ERROR,    /* failures */
	STYLE_GOOD,     /* delivered, read */
	STYLE_NEW,      /* the line of what is new */
	STYLE_PROMPT,   /* from whom and to whom the line sends */
	STYLE_INPUT,    /* the line */
	STYLE_HINT_KEY, STYLE_HINT, /* the help bar */
	STYLE_CARD,     /* the line that tells of questions */
	STYLE_FOUND,    /* the message a search led to */
	STYLE_BOX,      /* a view above the rest */
	STYLE_BOX_TITLE,
	STYLE_BOX_KEY,
	STYLE_FIELD,    /* a field to write in */
	STYLE_FIELD_HINT, /* what to write there */
	STYLE_QUOTE,    /* what somebody quotes, and the beginning of what a message answers */
	STYLE_CODE,     /* preformatted words */
	STYLE_REACTION, /* reactions under a message */
	STYLE_FILE,     /* a file that came with a message */
	STYLES
} Style;

#define THEME_NAMES 360 /* colours for names of people, one a degree of hue */
#define STYLE_NAME(i) (STYLES + (i))
/* Words in colours of their sender's, -1 or a number of base/markup.h each. */
#define STYLE_PAINTED(front, back) (STYLES + THEME_NAMES + ((front) + 1) * (MARKUP_COLOURS + 1) + (back) + 1)
#define THEME_ROLES STYLE_PAINTED(MARKUP_COLOURS, -1)
/* A role with attribute bits of a look besides its own. */
#define STYLE_WITH(role, bits) ((role) | (int)((bits) << 16))

typedef enum { THEME_DARK, THEME_LIGHT, THEME_MONO } ThemeKind;
typedef enum { DEPTH_MONO, DEPTH_8, DEPTH_256, DEPTH_TRUE } ThemeDepth;

/* Attribute bits of a look. */
enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8, LOOK_ITALIC = 16 };

typedef struct {
	int front, back; /* a colour of the terminal: 0…7, 0…255 or 0xRRGGBB by depth; -1: the terminal's own */
	guint bits;
} Look;

/* role may be STYLE_NAME(i) or STYLE_PAINTED(front, back) too. Of the latter only as much is shown as can be read. */
Look theme_look(ThemeKind kind, ThemeDepth depth, int role);
/* The nearest colour of xterm's 256 to 0xRRGGBB, from 16 up. */
int theme_256(guint32 rgb);
/* The role for a person, by the name or address that other clients colour too (XEP-0392). */
int theme_name_role(const char *name);
/* Of the setting's word; background, dark or light, is for auto. */
ThemeKind theme_kind(const char *name, const char *background);
