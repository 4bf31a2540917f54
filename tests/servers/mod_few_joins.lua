-- A Prosody module for tests: its users come into ten rooms at once, and into others when they ask again.
local st = require "util.stanza";
local entered, refused = 0, {};

module:hook("pre-presence/full", function (event)
	local stanza = event.stanza;
	local place = stanza.attr.from .. " " .. stanza.attr.to;
	if stanza.attr.type or not stanza:get_child("x", "http://jabber.org/protocol/muc") then
		return;
	end
	entered = entered + 1;
	if entered <= 10 or refused[place] then
		return;
	end
	refused[place] = true;
	event.origin.send(st.error_reply(stanza, "wait", "resource-constraint"));
	return true;
end, 100);
