/* adding.h: a form with which the person adds somebody whom a plugin proposes: somebody found by a search, or who has added us.
 */
#pragma once

/* words, name and group may be NULL; all but title as libpurple has it. */
void adding_ask(const char *title, const char *words, const char *who, const char *name, const char *group);
