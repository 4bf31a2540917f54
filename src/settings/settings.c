/* settings.c: the table of all settings, and what is a good value for each. The file that holds the values is config.c's.
 *
 * A new setting is one row here; help, completion, checks and kith.conf(5) follow from it. A row without a reader is not welcome.
 */
#include "settings/settings.h"
#include <string.h>

G_DEFINE_QUARK(kith-settings-error, settings_error)

#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define GLOBAL(setting) .scope = SCOPE_GLOBAL, .name = setting
#define ACCOUNT(setting) .scope = SCOPE_ACCOUNT, .name = setting
#define CHAT(setting) .scope = SCOPE_CHAT, .name = setting
#define TYPE_FLAG(value) .type = SETTING_FLAG, .standard = value
#define TYPE_NUMBER(value, low, high) .type = SETTING_NUMBER, .standard = value, .min = low, .max = high
#define TYPE_SPAN(value, low, high) .type = SETTING_DURATION, .standard = value, .min = low, .max = high
#define TYPE_TEXT(value) .type = SETTING_TEXT, .standard = value
#define TYPE_WORD(value, ...) .type = SETTING_WORD, .standard = value, .words = WORDS(__VA_ARGS__)

const Setting settings_table[] = {
	{ GLOBAL("away_after"), TYPE_SPAN("10m", 0, 86400),
	  .help = "When no key was pressed on any screen for this long, accounts whose presence is online are shown as away; the next key brings them back. 0 is never." },
	{ GLOBAL("bell"), TYPE_WORD("mentions", "off", "mentions", "all"),
	  .help = "When the terminal's bell is rung: never, for messages in direct chats and mentions in rooms, or for every message." },
	{ GLOBAL("bookmark_rooms"), TYPE_FLAG("yes"),
	  .help = "Keep the rooms that are entered as bookmarks at the server, so that all devices of the account are in the same rooms." },
	{ GLOBAL("date_format"), TYPE_TEXT("%A %-d %B %Y"),
	  .help = "How the day lines in a chat are written, as a strftime(3) format." },
	{ GLOBAL("download_dir"), TYPE_TEXT(""),
	  .help = "The directory that /save and /take put files into. Without it the desktop's own for downloads, or ~/Downloads." },
	{ GLOBAL("download_max"), TYPE_NUMBER("100", 1, 1048576),
	  .help = "The largest file that is fetched, in MiB." },
	{ GLOBAL("download_private"), TYPE_FLAG("no"),
	  .help = "Fetch files also from addresses of private networks and of this machine. A link that somebody sends may lead to a device that trusts its neighbours; the account's own server may have such an address always." },
	{ GLOBAL("emoji_simple"), TYPE_FLAG("yes"),
	  .help = "Show the first picture only of emoji that are joined of several, for terminals that disagree about their width." },
	{ GLOBAL("heartbeat"), TYPE_SPAN("60s", 2, 3600),
	  .help = "How often each account's process is asked for a sign of life. One that does not answer within the same time is ended and started again." },
	{ GLOBAL("highlight"), TYPE_TEXT(""),
	  .help = "Words, separated by commas or spaces, that count as a mention in a room besides the own nick." },
	{ GLOBAL("list_sort"), TYPE_WORD("presence", "presence", "name", "activity"),
	  .help = "How the contact list is sorted within a group: who is online first, by name, or the newest message first." },
	{ GLOBAL("list_width"), TYPE_NUMBER("26", 0, 80),
	  .help = "Columns of the contact list; 0 hides it." },
	{ GLOBAL("log_level"), TYPE_WORD("info", "error", "warning", "info", "debug"),
	  .help = "How much is written to the log file. debug does not write passwords either." },
	{ GLOBAL("mouse"), TYPE_FLAG("no"),
	  .help = "Take the mouse: a click chooses a tab, a contact or a message, the wheel scrolls. Marking text then needs the shift key in most terminals." },
	{ GLOBAL("nick"), TYPE_TEXT(""),
	  .help = "The name to use in rooms when neither the account nor /join gives one. Without any, the beginning of the account's address is used." },
	{ GLOBAL("nick_colours"), TYPE_FLAG("yes"),
	  .help = "Each name in a colour of its own: the same one that other clients give it, as far as the terminal and the theme can show it. Without it names are bold." },
	{ GLOBAL("notifications"), TYPE_WORD("all", "off", "mentions", "all"),
	  .help = "Desktop notifications: none, only for mentions, or for all that the chats' own setting notify lets through (by default every message of a direct chat and mentions in rooms)." },
	{ GLOBAL("notify_command"), TYPE_TEXT(""),
	  .help = "A program to run for each notification. It is split into words like a shell does, but no shell runs; behind its own words it gets the account, the chat's address, the title and the text as four more, and the same in KITH_ACCOUNT, KITH_CHAT, KITH_TITLE and KITH_TEXT. It runs also when notifications is off." },
	{ GLOBAL("notify_hide_text"), TYPE_FLAG("no"),
	  .help = "Notifications tell who wrote, but not what." },
	{ GLOBAL("opener"), TYPE_TEXT("xdg-open"),
	  .help = "The program that /open gives a saved file or a link to. It is split into words like a shell does, but no shell runs; the file or link is one more word at its end." },
	{ GLOBAL("osc_notify"), TYPE_WORD("off", "off", "9", "777"),
	  .help = "Ask the terminal itself to notify, by OSC 9 (iTerm2, kitty, foot, Windows Terminal) or OSC 777 (urxvt, foot, ghostty)." },
	{ GLOBAL("password_timeout"), TYPE_SPAN("30s", 1, 600),
	  .help = "How long a password_command or the keyring may take." },
	{ GLOBAL("plugin_dir"), TYPE_TEXT(""),
	  .help = "Where libpurple plugins of your own are, besides the system's: directories with \":\" between, for example ~/.purple/plugins. They are loaded only for accounts that need them, and only from places where nobody else can write." },
	{ GLOBAL("send_markers"), TYPE_FLAG("yes"),
	  .help = "Tell contacts who ask for it, and who may see your presence, how far you have read. Your own other devices are told always." },
	{ GLOBAL("send_receipts"), TYPE_FLAG("yes"),
	  .help = "Tell senders who ask for it that their message arrived here." },
	{ GLOBAL("send_typing"), TYPE_FLAG("yes"),
	  .help = "Let others see that you are typing." },
	{ GLOBAL("show_offline"), TYPE_FLAG("yes"),
	  .help = "Show contacts in the list that are offline." },
	{ GLOBAL("stay_online"), TYPE_FLAG("no"),
	  .help = "The accounts stay online when the screen that started kith is closed, as after /detach. /stop or kith stop ends them." },
	{ GLOBAL("styling"), TYPE_FLAG("yes"),
	  .help = "Show *strong*, _emphasized_ and ~struck out~ words, `code` and > quotations as such; the marks stay in sight. Words that came formatted, from IRC or as HTML, look as their sender wanted." },
	{ GLOBAL("text_colours"), TYPE_FLAG("yes"),
	  .help = "Show words in the colours that their sender gave them, on IRC and wherever messages are formatted, as far as they can be read. Bold, underlined and the like are shown by styling." },
	{ GLOBAL("text_logs"), TYPE_FLAG("no"),
	  .help = "Write every message to a plain text file as well, one a chat and day: texts/ACCOUNT/CHAT/YYYY-MM-DD.txt in the data directory; the format is in kith-history(5)." },
	{ GLOBAL("theme"), TYPE_WORD("auto", "auto", "dark", "light", "mono"),
	  .help = "Colours for a dark or a light background, or none. With auto the terminal is asked for its background; where it does not tell, it counts as dark." },
	{ GLOBAL("time_format"), TYPE_TEXT("%H:%M"),
	  .help = "How the time of a message is written, as a strftime(3) format." },
	{ GLOBAL("transfer_timeout"), TYPE_SPAN("45s", 1, 3600),
	  .help = "How long nothing may come or go of a file before the connection is given up and the rest is asked for again." },

	{ ACCOUNT("address"), TYPE_TEXT(""),
	  .help = "The address at the network, for example alice@example.org; for IRC NICK@SERVER. Set by kith account add." },
	{ ACCOUNT("archive"), TYPE_TEXT("all"),
	  .help = "How far back the messages in the server's archive are loaded without being asked for: all, none, or a number of days. Older ones are loaded by /older and by scrolling." },
	{ ACCOUNT("ca_file"), TYPE_TEXT(""),
	  .help = "A file of certificates (PEM) to trust in place of the system's." },
	{ ACCOUNT("enabled"), TYPE_FLAG("yes"),
	  .help = "The account is meant to be online." },
	{ ACCOUNT("insecure"), TYPE_FLAG("no"),
	  .help = "Allow tls=off for a server that is not on this machine. Everybody on the way can read the password and every word." },
	{ ACCOUNT("insecure_upload"), TYPE_FLAG("no"),
	  .help = "Send and fetch files also without encryption (http), where the server offers nothing better." },
	{ ACCOUNT("keyring"), TYPE_FLAG("no"),
	  .help = "Look up the password in the desktop's keyring (libsecret), and keep it there." },
	{ ACCOUNT("nick"), TYPE_TEXT(""),
	  .help = "The name to use in this account's rooms." },
	{ ACCOUNT("password_command"), TYPE_TEXT(""),
	  .help = "A command whose first line of output is the password, for example: pass show chat/work. It is split into words like a shell does, but no shell runs." },
	{ ACCOUNT("pin"), TYPE_TEXT(""),
	  .help = "The SHA-256 fingerprint of a server certificate that is accepted although the certificate authorities do not vouch for it; no other is accepted then. It counts for the connection to the chat server only: where files are put and fetched the authorities, or ca_file, must vouch." },
	{ ACCOUNT("port"), TYPE_NUMBER("0", 0, 65535),
	  .help = "The server's port; 0 is the network's usual one, or the one DNS names." },
	{ ACCOUNT("priority"), TYPE_NUMBER("0", -128, 127),
	  .help = "How much this client wants to get messages that are sent to the account; the highest of its clients gets them." },
	{ ACCOUNT("protocol"), TYPE_TEXT("xmpp"),
	  .help = "xmpp, irc, or the id of a libpurple protocol such as prpl-simple. Set by kith account add." },
	{ ACCOUNT("proxy"), TYPE_TEXT(""),
	  .help = "socks5://[USER:PASSWORD@]HOST:PORT; the proxy resolves the names." },
	{ ACCOUNT("resource"), TYPE_TEXT(""),
	  .help = "The name of this client among the account's clients; one is made up and kept without it." },
	{ ACCOUNT("room_ping"), TYPE_SPAN("15m", 1, 86400),
	  .help = "How long a room may be silent before it is asked whether it still knows us; if not it is entered again." },
	{ ACCOUNT("rooms"), TYPE_TEXT(""),
	  .help = "Rooms to join whenever the account comes online, separated by spaces, besides those that /join entered and /part has not left." },
	{ ACCOUNT("server"), TYPE_TEXT(""),
	  .help = "The server's host name, where it is not the address's own or what DNS names. The certificate is checked against the address all the same." },
	{ ACCOUNT("tls"), TYPE_WORD("", "starttls", "direct", "off"),
	  .help = "How the connection is encrypted: after a word with the server, from the first byte, or not at all, which is refused unless the server is on this machine or insecure=yes is set. Without it what DNS offers is taken, always encrypted." },

	{ CHAT("notify"), TYPE_WORD("", "all", "mentions", "none"),
	  .help = "Which messages of the chat notify. Without it: all in direct chats, mentions in rooms." },
	{ .name = NULL }
};

const Setting *settings_find(SettingScope scope, const char *name)
{
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (setting->scope == scope && !strcmp(setting->name, name))
			return setting;
	return NULL;
}

gboolean settings_read_flag(const char *value, gboolean *flag)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true", "0", "1" };
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (!g_ascii_strcasecmp(words[i], value)) {
			*flag = i % 2;
			return TRUE;
		}
	return FALSE;
}

gboolean settings_read_duration(const char *value, gint64 *seconds)
{
	static const struct { char unit; gint64 seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	char *end;
	gint64 factor = 0;
	if (!g_ascii_isdigit(*value))
		return FALSE;
	guint64 number = g_ascii_strtoull(value, &end, 10);
	if (!*end)
		factor = 1;
	for (guint i = 0; i < G_N_ELEMENTS(units); i++)
		if (*end == units[i].unit && !end[1])
			factor = units[i].seconds;
	if (!factor || number > (guint64)(G_MAXINT32 / factor))
		return FALSE;
	*seconds = (gint64)number * factor;
	return TRUE;
}

static gboolean refuse(GError **error, const Setting *setting, const char *takes, const char *value)
{
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "\"%s\" takes %s, not \"%s\"", setting->name, takes, value);
	return FALSE;
}

static gboolean check_word(const Setting *setting, const char *value, GError **error)
{
	if (g_strv_contains(setting->words, value))
		return TRUE;
	g_autoptr(GString) takes = g_string_new(NULL);
	for (const char *const *word = setting->words; *word; word++)
		g_string_append_printf(takes, "%s%s", word == setting->words ? "" : word[1] ? ", " : " or ", *word);
	return refuse(error, setting, takes->str, value);
}

static gboolean check_number(const Setting *setting, const char *value, GError **error)
{
	gint64 number;
	if (g_ascii_string_to_signed(value, 10, setting->min, setting->max, &number, NULL))
		return TRUE;
	g_autofree char *takes = g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, setting->min, setting->max);
	return refuse(error, setting, takes, value);
}

static gboolean check_duration(const Setting *setting, const char *value, GError **error)
{
	gint64 seconds;
	if (settings_read_duration(value, &seconds) && seconds >= setting->min && seconds <= setting->max)
		return TRUE;
	g_autofree char *takes = g_strdup_printf("a time such as 90s, 15m or 2h, from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " seconds", setting->min, setting->max);
	return refuse(error, setting, takes, value);
}

gboolean settings_check(const Setting *setting, const char *value, GError **error)
{
	gboolean flag;
	if (!g_utf8_validate(value, -1, NULL) || strlen(value) > SETTINGS_VALUE_MAX) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "the value of \"%s\" is %s", setting->name, strlen(value) > SETTINGS_VALUE_MAX ? "too long" : "not UTF-8");
		return FALSE;
	}
	if (!*value && !*setting->standard)
		return TRUE;
	switch (setting->type) {
	case SETTING_FLAG: return settings_read_flag(value, &flag) || refuse(error, setting, "yes or no", value);
	case SETTING_NUMBER: return check_number(setting, value, error);
	case SETTING_DURATION: return check_duration(setting, value, error);
	case SETTING_WORD: return check_word(setting, value, error);
	case SETTING_TEXT: return TRUE;
	}
	return FALSE;
}

char *settings_describe(const Setting *setting)
{
	switch (setting->type) {
	case SETTING_FLAG: return g_strdup("yes or no");
	case SETTING_NUMBER: return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, setting->min, setting->max);
	case SETTING_DURATION: return g_strdup("a time such as 90s, 15m or 2h");
	case SETTING_WORD: return g_strjoinv(", ", (char **)setting->words);
	case SETTING_TEXT: return g_strdup("text");
	}
	return NULL;
}
