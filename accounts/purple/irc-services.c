/* irc-services.c: see irc-services.h.
 *
 * Each kind of services has another command that takes a name back (Atheme REGAIN, Anope RECOVER, older ones GHOST); they are tried in that
 * order while NickServ answers that it knows no such command, which the person is not told.
 *
 * Without a list the plugin tries every mechanism that the SASL library knows, one after the other, each refused: servers with flood limits
 * put it out before it comes to PLAIN.
 */
#include "config.h"
#include "purple/irc-services.h"
#include "purple/host.h"
#include "purple/irc.h"
#include <sasl/sasl.h>
#include <string.h>

#define ANSWER_US (30 * G_USEC_PER_SEC) /* how long a line of NickServ may be the answer to ours */

static const char *const recoveries[] = { "REGAIN", "RECOVER", "GHOST" };

static char *wanted, *secret; /* owned; while a name is taken back */
static guint tried;           /* how many of recoveries */
static gint64 asked;          /* monotonic: the last line to NickServ that carried the password; 0: none */

/* ---- SASL ---- */

static char *mechanisms; /* owned */

static int get_option(void *context G_GNUC_UNUSED, const char *plugin G_GNUC_UNUSED, const char *option, const char **result, unsigned *length)
{
	if (strcmp(option, "client_mech_list"))
		return SASL_FAIL;
	*result = mechanisms;
	if (length)
		*length = (unsigned)strlen(mechanisms);
	return SASL_OK;
}

void irc_services_choose_mechanisms(void)
{
	static const sasl_callback_t callbacks[] = { { SASL_CB_GETOPT, (int (*)(void))(void (*)(void))get_option, NULL }, { SASL_CB_LIST_END, NULL, NULL } };
	const char *protocol = backend_protocol(host.backend), *setting = backend_setting(host.backend, "sasl_mechanisms");
	if (strcmp(protocol, "irc") && strcmp(protocol, "prpl-irc"))
		return;
	mechanisms = g_ascii_strup(setting && *setting ? setting : "PLAIN", -1);
	/* The plugin's own call finds it done, and keeps these. */
	sasl_client_init(callbacks);
}

gboolean irc_services_use_sasl(void)
{
	return backend_setting_flag(host.backend, "sasl", FALSE);
}

/* The plugin logs in as whom it is at that moment, which is another one if the name is taken. */
void irc_services_set_up(void)
{
	const char *user = purple_account_get_username(host.account), *name = purple_account_get_string(host.account, "saslname", NULL);
	g_autofree char *nick = g_strndup(user, strcspn(user, "@"));
	if (!name || !*name)
		purple_account_set_string(host.account, "saslname", nick);
}

/* ---- NickServ ---- */

gboolean irc_services_own_password(void)
{
	return backend_setting_flag(host.backend, "nickserv", FALSE);
}

static void tell_nickserv(const char *command, const char *name, const char *password)
{
	irc_send_raw("PRIVMSG NickServ :%s %s%s%s", command, name ? name : "", name ? " " : "", password);
	asked = g_get_monotonic_time();
}

static void forget(void)
{
	g_clear_pointer(&wanted, g_free);
	g_clear_pointer(&secret, g_free);
}

static void try_next(void)
{
	if (tried < G_N_ELEMENTS(recoveries))
		tell_nickserv(recoveries[tried++], wanted, secret);
	else
		forget();
}

void irc_services_start(const char *name, gboolean taken, const char *password)
{
	irc_services_stop();
	if (!password || (!irc_services_own_password() && !irc_services_use_sasl()))
		return;
	if (irc_services_own_password())
		tell_nickserv("IDENTIFY", taken ? name : NULL, password);
	if (taken) {
		wanted = g_strdup(name);
		secret = g_strdup(password);
		try_next();
	}
}

static gboolean has_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return TRUE;
	return FALSE;
}

gboolean irc_services_take_line(const char *text)
{
	static const char *const no_such_command[] = { "unknown command", "invalid command", "no such command", NULL };
	static const char *const refused[] = { "incorrect", "invalid", "wrong", "not correct", NULL };
	g_autofree char *words = g_ascii_strdown(text, -1);
	if (!asked || g_get_monotonic_time() - asked > ANSWER_US)
		return FALSE;
	if (wanted && has_any(words, no_such_command)) {
		try_next();
		return TRUE;
	}
	if (strstr(words, "password") && has_any(words, refused)) {
		const char *user = purple_account_get_username(host.account);
		backend_notice(host.backend, NULL, TRUE, "NickServ does not accept the password of \"%.*s\"", (int)strcspn(user, "@"), user);
		asked = 0;
		forget();
	} else if (wanted) {
		irc_ask_for_name();
	}
	return FALSE;
}

void irc_services_stop(void)
{
	forget();
	tried = 0;
	asked = 0;
}
