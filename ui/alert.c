/* alert.c: see alert.h. */
#include "config.h"
#include "alert.h"

#include "base/moment.h"

#include <string.h>

#define BELL_PAUSE (G_USEC_PER_SEC / 2)
#define OLD_US (5 * 60 * G_USEC_PER_SEC)

/* Cleaned once more for the narrow place it goes to: no control character, no separator of OSC 777. */
static void append_plain(GString *out, const char *text, gsize max)
{
	g_autofree char *clean = text_clean(text, TEXT_LINE);
	g_autofree char *cut = text_shorten(clean, max);
	for (const char *at = cut; *at; at++)
		g_string_append_c(out, (guchar)*at < 0x20 || *at == 0x7f ? ' ' : *at == ';' ? ',' : *at);
}

void alert_title(App *app)
{
	static char *last; /* what the terminal shows already */
	gint64 unread, mentions;
	model_unread(app->model, &unread, &mentions);
	g_autofree char *title = tab_title(tabs_current(app->tabs), app->model);
	GString *out = g_string_new("\033]2;");
	if (unread)
		g_string_append_printf(out, "(%" G_GINT64_FORMAT "%s) ", unread, mentions ? "!" : "");
	if (tabs_current(app->tabs)->account) {
		append_plain(out, title, 80);
		g_string_append(out, " - ");
	}
	g_string_append(out, "kith\a");
	if (!last || strcmp(last, out->str) != 0) {
		screen_write(out->str, out->len);
		g_free(last);
		last = g_strdup(out->str);
	}
	g_string_free(out, TRUE);
}

void alert_end(void)
{
	screen_write("\033]2;\a", 5);
}

static gboolean wants_bell(App *app, const Chat *chat, const WireMessage *message)
{
	const char *when = config_text(app->config, "bell");
	if (strcmp(when, "off") == 0)
		return FALSE;
	if (strcmp(when, "all") == 0)
		return TRUE;
	return chat->kind != CHAT_ROOM || message->mention;
}

/* What was read elsewhere, or lay in an archive for a while, is no news. */
static gboolean is_old(const WireMessage *message)
{
	if (message->type != MESSAGE_EVENT && message->state == MESSAGE_READ)
		return TRUE;
	return message->archived ? message->time < moment_now() - OLD_US : message->delayed;
}

void alert_message(App *app, const WireMessage *message)
{
	if (!app->ready || message->direction != DIRECTION_IN || (message->type == MESSAGE_EVENT && !message->mention) || is_old(message))
		return;
	Account *account = model_account(app->model, message->account);
	Chat *chat = account ? model_chat(account, message->chat) : NULL;
	if (!chat || (chat->notify && strcmp(chat->notify, "none") == 0))
		return;
	gint64 now = g_get_monotonic_time();
	if (now - app->last_bell < BELL_PAUSE)
		return;
	app->last_bell = now;
	if (wants_bell(app, chat, message))
		screen_write("\a", 1);
	const char *osc = config_text(app->config, "osc_notify");
	if (strcmp(osc, "off") == 0 || !chat_wants_notification(chat, message->mention))
		return;
	g_autofree char *title = chat_title(chat);
	gboolean hide = config_flag(app->config, "notify_hide_text");
	GString *out = g_string_new(strcmp(osc, "9") == 0 ? "\033]9;" : "\033]777;notify;");
	append_plain(out, title, 100);
	g_string_append(out, strcmp(osc, "9") == 0 ? ": " : ";");
	append_plain(out, hide ? "a new message" : message->text, 200);
	g_string_append_c(out, '\a');
	screen_write(out->str, out->len);
	g_string_free(out, TRUE);
}
