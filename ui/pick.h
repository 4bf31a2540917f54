/* pick.h: a small view to choose one of a few things in: an emoji, a link, yes or no. */
#pragma once
#include "app.h"

typedef struct {
	char key;         /* takes it at once; 0: none */
	const char *text; /* copied; cleaned when drawn */
	gboolean marked;  /* it is so already */
} PickChoice;

/* Called once with what was taken: an index, or the text that was typed (index -1). The view is gone by then. */
typedef void (*PickTaken)(App *app, int index, const char *typed, gpointer context);

/* One more choice at its end, while it is shown. */
void pick_view_add(View *view, const PickChoice *choice);
/* choices ends with a NULL text. field: what may be typed instead, as a hint; NULL: nothing. context is freed with free_context. */
View *pick_view_new(App *app, const char *title, const PickChoice *choices, const char *field, PickTaken taken, gpointer context, GDestroyNotify free_context);
