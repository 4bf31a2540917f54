/* requests.h: what libpurple asks the person, as cards.
 */
#pragma once
#include <purple.h>

PurpleRequestUiOps *requests_operations(void);
void requests_attach(void);
