/* typing.c: see typing.h. Composing with the first letter, paused after some seconds without one, stopped when the line is left. */
#include "config.h"
#include "typing.h"

#include <string.h>

/* What the user begins to write, and stops writing, is told where the account can and the user wants it. */
static struct {
	Tab *tab;
	Typing told;
	guint source;
} typing;

static void tell_typing(App *app, Tab *tab, Typing state)
{
	if (state != typing.told || tab != typing.tab)
		attach_send(app->attach, &WIRE(TYPING, ChatTyping, .account = tab->account, .chat = tab->address, .typing = state));
	typing.tab = state == TYPING_STOPPED ? NULL : tab;
	typing.told = state;
}

static gboolean on_typing_pause(gpointer user)
{
	App *app = user;
	typing.source = 0;
	if (typing.tab && typing.told == TYPING_COMPOSING)
		tell_typing(app, typing.tab, TYPING_PAUSED);
	return G_SOURCE_REMOVE;
}

void typing_stop(App *app, gboolean tell)
{
	if (typing.source)
		g_source_remove(typing.source);
	typing.source = 0;
	if (typing.tab && tell)
		tell_typing(app, typing.tab, TYPING_STOPPED);
	typing.tab = NULL;
	typing.told = TYPING_STOPPED;
}

void typing_follow(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	const char *text = input_text(app->input);
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	gboolean words = *text && (*text != '/' || g_str_has_prefix(text, "/me ") || g_str_has_prefix(text, "//"));
	if (!account || !words || !account_is_online(account) || !account_can(account, "typing") || !config_flag(app->config, "send_typing")) {
		typing_stop(app, TRUE);
		return;
	}
	tell_typing(app, tab, TYPING_COMPOSING);
	if (typing.source)
		g_source_remove(typing.source);
	typing.source = g_timeout_add_seconds(6, on_typing_pause, app);
}
