/* account-form.h: all settings of an account, to look at and to change. */
#pragma once
#include "app.h"

/* Says why there is nothing to show, and gives NULL, if there is no such account. */
View *account_form_new(App *app, const char *account);
