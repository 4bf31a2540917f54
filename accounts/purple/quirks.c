/* quirks.c: see quirks.h. */
#include "config.h"
#include "purple/quirks.h"
#include "purple/irc.h"
#include "purple/sip.h"
#include <string.h>

/* The plugin asks by itself after a minute of silence, and drops what this is answered with. */
static void irc_ping(PurpleConnection *gc G_GNUC_UNUSED)
{
	irc_send_raw("PING :kith");
}

static const Quirks all_quirks[] = {
	{ .id = "prpl-irc", .piece_max = 422, .lines = TRUE, .tls_key = "ssl", .tls_port = 6697, .nobody = "User is not logged in", .part_room = TRUE,
	  .one_nick = TRUE, .whole_list = TRUE, .silence_s = 180, .ping = irc_ping },
	{ .id = "prpl-jabber", .needs_at = TRUE, .marks = TRUE, .history_key = "history_maxstanzas", .plain_status = TRUE },
	{ .id = "prpl-simple", .scheme = "sip:", .html_start = "<html", .one_line = TRUE, .silence_s = 90, .ping = sip_ping },
	{ .id = "prpl-bonjour", .html_start = "<font", .plain_status = TRUE, .bus_name = "org.freedesktop.Avahi",
	  .bus_lost = "avahi-daemon, which finds the people on the local network, has ended on this machine; start it again" },
	{ .id = "prpl-zephyr", .realm = "local-realm", .own_list = TRUE, .room_rest = ",*,", .room_parts = ",", .udp_port = 2104,
	  .udp_lost = "zhm, which knows the Zephyr servers, does not run on this machine; start it, or install zephyr-clients" },
	{ .id = "prpl-mm-sms", .bus_name = "org.freedesktop.ModemManager1",
	  .bus_lost = "ModemManager, which drives the modem, has ended on this machine; start it again",
	  .no_bus = "the system's message bus (D-Bus), over which the modem is reached, does not run on this machine; start it" },
	{ .id = "prpl-eionrobb-discord", .vague_login = TRUE },
	{ .id = NULL },
};

const Quirks *quirks_of(const char *id)
{
	const Quirks *q = all_quirks;
	while (q->id && strcmp(q->id, id))
		q++;
	return q;
}

void quirks_add_abilities(const PurplePlugin *plugin, GPtrArray *can)
{
	const PurplePluginProtocolInfo *p = PURPLE_PLUGIN_PROTOCOL_INFO(plugin);
	const Quirks *quirks = quirks_of(purple_plugin_get_id(plugin));
	const struct {
		gboolean able;
		const char *word;
	} all[] = {
		{ p->join_chat != NULL, "rooms" },
		{ p->roomlist_get_list != NULL, "roomlist" },
		{ p->chat_invite != NULL, "invite" },
		{ p->set_chat_topic != NULL, "topic" },
		{ p->add_buddy || PURPLE_PROTOCOL_PLUGIN_HAS_FUNC(p, add_buddy_with_invite) || quirks->own_list, "contacts" },
		{ p->send_typing != NULL, "typing" },
		{ p->send_file || PURPLE_PROTOCOL_PLUGIN_HAS_FUNC(p, chat_send_file), "files" },
		{ p->icon_spec.format != NULL, "icons" },
		{ PURPLE_PROTOCOL_PLUGIN_HAS_FUNC(p, send_attention), "attention" },
		{ TRUE, "block" },
		{ p->get_info != NULL, "info" },
		{ p->set_status != NULL, "status" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		if (all[i].able)
			g_ptr_array_add(can, g_strdup(all[i].word));
}
