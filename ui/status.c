/* status.c: see status.h. Each state has a sign of its own beside its colour. */
#include "config.h"
#include "status.h"

#include "base/moment.h"
#include "list.h"

static const struct {
	const char *sign;
	int role;
} signs[] = {
	[ACCOUNT_OFFLINE] = { "○", STYLE_OFFLINE },
	[ACCOUNT_CONNECTING] = { "◌", STYLE_AWAY },
	[ACCOUNT_ONLINE] = { "●", STYLE_ONLINE },
	[ACCOUNT_WAITING] = { "◔", STYLE_AWAY },
	[ACCOUNT_ERROR] = { "✗", STYLE_ERROR },
};

static gint64 seconds_left(const Account *account)
{
	gint64 left = (account->retry - moment_now() + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
	return MAX(left, 0);
}

/* 9 s, 59 s, 3 min, 2 h */
static char *span(gint64 seconds)
{
	if (seconds < 60)
		return g_strdup_printf("%" G_GINT64_FORMAT "s", seconds);
	if (seconds < 3600)
		return g_strdup_printf("%" G_GINT64_FORMAT "min", (seconds + 59) / 60);
	return g_strdup_printf("%" G_GINT64_FORMAT "h", (seconds + 3599) / 3600);
}

static const char *const presence_words[] = {
	[PRESENCE_ONLINE] = "online", [PRESENCE_AWAY] = "away", [PRESENCE_XA] = "away for long", [PRESENCE_DND] = "do not disturb",
	[PRESENCE_OFFLINE] = "offline", [PRESENCE_UNKNOWN] = "online",
};

char *status_words(const Account *account)
{
	switch (account->state) {
	case ACCOUNT_ONLINE:
		if (account->hole.loading)
			return g_strdup("catching up");
		return g_strdup(presence_words[account->presence]);
	case ACCOUNT_CONNECTING:
		return g_strdup(account->text ? account->text : "connecting");
	case ACCOUNT_WAITING: {
		g_autofree char *left = span(seconds_left(account));
		return g_strdup_printf("again in %s", left);
	}
	case ACCOUNT_ERROR:
		return g_strdup(account->text ? account->text : "stopped");
	case ACCOUNT_OFFLINE:
		break;
	}
	return g_strdup(account->enabled ? "offline" : "switched off");
}

/* What a reason means to a person, and what helps. */
static const char *const reasons[] = {
	[REASON_NONE] = NULL,
	[REASON_NETWORK] = "there is no connection; it is tried again by itself",
	[REASON_HOST] = "no server of that name was found: is the part behind the @ spelled right, and is this machine online?",
	[REASON_REFUSED] = "the server is there, but it does not accept connections: is it the right port, and does the service run?",
	[REASON_TIMEOUT] = "the server did not answer in time; it is tried again by itself",
	[REASON_TLS] = "no encrypted connection could be made, and an open one is not used",
	[REASON_CERTIFICATE] = "the server could not prove who it is: its certificate was not accepted",
	[REASON_PASSWORD] = "the server did not accept the address or the password",
	[REASON_NO_PASSWORD] = NULL, /* the question says it */
	[REASON_CONFLICT] = "the account was opened elsewhere under the same name",
	[REASON_SETTINGS] = "a setting of the account is missing or wrong",
	[REASON_PROTOCOL] = "the server answered in a way that makes no sense: is it the right kind of server?",
	[REASON_SERVER] = "the server ended the connection",
	[REASON_CRASH] = NULL, /* the text says it all */
};

char *status_trouble(const Account *account)
{
	const char *plain = reasons[account->reason];
	if (account->state == ACCOUNT_ONLINE || (account->state != ACCOUNT_ERROR && account->reason == REASON_NONE) || (!plain && !account->text))
		return NULL;
	if (!plain)
		return g_strdup(account->text);
	if (!account->text)
		return g_strdup(plain);
	return g_strdup_printf("%s (%s)", plain, account->text);
}

int status_rows(const Model *model, int most)
{
	return MIN((int)model_accounts(model)->len, MAX(most, 0));
}

static void draw_account(const Account *account, WINDOW *window, int y, int x, int columns)
{
	gboolean online = account->state == ACCOUNT_ONLINE;
	Presence presence = account->presence == PRESENCE_UNKNOWN ? PRESENCE_ONLINE : account->presence;
	paint_text(window, y, x, 1, online ? presence_role(presence) : signs[account->state].role, online ? presence_sign(presence) : signs[account->state].sign);
	int used = paint_text(window, y, x + 2, MAX(1, columns * 5 / 9), account->state == ACCOUNT_ERROR ? STYLE_ERROR : STYLE_TEXT, account->name);
	if (columns < 12)
		return;
	g_autofree char *words = status_words(account);
	paint_text(window, y, x + 3 + used, columns - 3 - used, account->state == ACCOUNT_ERROR ? STYLE_ERROR : STYLE_DIM, words);
}

void status_draw(const Model *model, WINDOW *window, int y, int x, int rows, int columns)
{
	const GPtrArray *accounts = model_accounts(model);
	int count = (int)accounts->len;
	/* When not all fit: those in trouble first, and how many more there are. */
	int drawn = 0, shown = count > rows ? rows - 1 : count;
	for (int pass = 0; pass < 2 && drawn < shown; pass++)
		for (int i = 0; i < count && drawn < shown; i++) {
			const Account *account = accounts->pdata[i];
			gboolean trouble = account->enabled && account->state != ACCOUNT_ONLINE;
			if (count <= rows ? pass == 0 : trouble == (pass == 0))
				draw_account(account, window, y + drawn++, x, columns);
		}
	if (count > rows && rows > 0) {
		g_autofree char *more = g_strdup_printf("and %d more", count - drawn);
		paint_text(window, y + drawn, x, columns, STYLE_DIM, more);
	}
}

guint status_next_change(const Model *model)
{
	const GPtrArray *accounts = model_accounts(model);
	guint next = 0;
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		gint64 left = account->state == ACCOUNT_WAITING ? seconds_left(account) : 0;
		if (left <= 0)
			continue;
		guint step = left <= 60 ? 1 : (guint)((left - 1) % 60 + 1);
		next = next ? MIN(next, step) : step;
	}
	return next;
}
