/* actions.h: what keys do, by name; the names are what [bind] takes besides command lines. */
#pragma once
#include "app.h"

typedef struct {
	const char *name;
	const char *note;
	void (*run)(App *app);
} Action;

/* The table, ended by a NULL name. */
extern const Action actions_table[];
const Action *actions_find(const char *name);
/* Runs an action or a command line; FALSE if there is no such action. */
gboolean actions_run(App *app, const char *action);
/* A word whose completion waits for the list of protocols is completed, if it still stands there. */
void actions_complete_again(App *app);
/* Opens what is chosen in the list. */
void actions_open_chosen(App *app);
