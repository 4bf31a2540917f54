/* irc-pace.c: see irc-pace.h.
 *
 * Servers count how many seconds of talking a client is ahead of them, and put it out or hold it back at about ten (RFC 1459, 8.10). The same
 * is counted here: a message costs the interval and more for its length, other lines what they cost on InspIRCd, and who is further ahead
 * than the burst waits.
 */
#include "config.h"
#include "purple/irc-pace.h"
#include "purple/host.h"
#include "purple/loop.h"
#include <string.h>

#define INTERVAL "ratelimit-interval" /* seconds */
#define BURST "ratelimit-burst"
#define LENGTH 240 /* bytes that cost as much as one message more */

#define RESERVE_US (2 * G_USEC_PER_SEC) /* for what does not wait */
#define WAITERS 4

static gint64 interval, limit; /* µs; 0: no limit */
static gint64 ahead, seen;     /* µs; the first was so at the second */
static void (*waiters[WAITERS])(void);
static guint timer;

static void drain(void)
{
	gint64 now = g_get_monotonic_time();
	ahead = MAX(0, ahead - (now - seen));
	seen = now;
}

static gboolean on_timer(gpointer user G_GNUC_UNUSED)
{
	void (*woken[WAITERS])(void);
	timer = 0;
	memcpy(woken, waiters, sizeof woken);
	memset(waiters, 0, sizeof waiters);
	for (guint i = 0; i < WAITERS && woken[i]; i++)
		woken[i]();
	return G_SOURCE_REMOVE;
}

gboolean irc_pace_wait(void (*again)(void))
{
	guint i = 0;
	drain();
	if (!interval || ahead <= limit)
		return FALSE;
	while (i < WAITERS - 1 && waiters[i] && waiters[i] != again)
		i++;
	waiters[i] = again;
	if (!timer)
		timer = g_timeout_add((guint)((ahead - limit) / 1000 + 1), on_timer, NULL);
	return TRUE;
}

static gboolean begins_with(const char *line, const char *const *words)
{
	for (; *words; words++)
		if (g_str_has_prefix(line, *words))
			return TRUE;
	return FALSE;
}

static gint64 cost(const char *line)
{
	static const char *const messages[] = { "PRIVMSG ", "NOTICE ", NULL }, *const dear[] = { "JOIN ", "WHO ", "WHOIS ", "LIST", "INVITE ", NULL };
	gsize length = strlen(line);
	if (begins_with(line, messages))
		return interval + interval * (gint64)length / LENGTH;
	return length <= 2 ? 0 : begins_with(line, dear) ? 2 * G_USEC_PER_SEC : G_USEC_PER_SEC;
}

void irc_pace_take_line(const char *line)
{
	drain();
	ahead += cost(line);
}

void irc_pace_set_up(void)
{
	interval = (gint64)MAX(0, purple_account_get_int(host.account, INTERVAL, 2)) * G_USEC_PER_SEC;
	limit = MAX(interval, interval * (purple_account_get_int(host.account, BURST, 5) - 1) - RESERVE_US);
	purple_account_set_int(host.account, INTERVAL, 0);
	loop_drive(loop_tick);
}

void irc_pace_stop(void)
{
	g_clear_handle_id(&timer, g_source_remove);
	memset(waiters, 0, sizeof waiters);
	ahead = 0;
}
