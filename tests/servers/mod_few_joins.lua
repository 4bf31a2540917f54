-- A Prosody module for tests: its users may enter 15 rooms in a second, and are told to wait with the others.
local st = require "util.stanza";
local throttle = require "util.throttle".create(15, 1);

module:hook("pre-presence/full", function (event)
	local stanza = event.stanza;
	if stanza.attr.type or not stanza:get_child("x", "http://jabber.org/protocol/muc") or throttle:poll(1) then
		return;
	end
	module:log("info", "refused: %s", stanza.attr.to);
	event.origin.send(st.error_reply(stanza, "wait", "resource-constraint"));
	return true;
end, 100);
