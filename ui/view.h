/* view.h: something above the rest of the screen: help, search, the switcher, a card, the first steps. One at a time.
 */
#pragma once
#include "keys.h"
#include "model/model.h"
#include "paint.h"

typedef struct View View;

typedef enum {
	VIEW_WIDE,   /* over the chat, all of it */
	VIEW_CENTER, /* a box in the middle */
	VIEW_LOW,    /* a box above the input line */
} ViewPlace;

typedef struct {
	ViewPlace place;
	/* Rows and columns wanted for its content, at most. */
	void (*size)(const View *view, int *rows, int *columns);
	/* Draws the content into rows and columns of the window from y, x on; sets cursor_y and cursor_x when it has a field to write in. */
	void (*draw)(View *view, WINDOW *window, int y, int x, int rows, int columns);
	/* TRUE if the key was used; the view may be gone then. */
	gboolean (*key)(View *view, const Key *key);
	/* The model changed. May be NULL. */
	void (*changed)(View *view, ModelPart part, gpointer thing);
	/* The list of protocols has come (app.h). May be NULL. */
	void (*protocols)(View *view);
	/* Frees it, with what it holds. */
	void (*free)(View *view);
} ViewKind;

struct View {
	const ViewKind *kind;
	const char *title; /* cleaned when drawn; lives as long as the view */
	const char *hint;  /* its keys */
	int cursor_y, cursor_x; /* -1: none */
};
