/* quirks.h: what libpurple does not say about a protocol, and what a protocol can. */
#pragma once
#include <purple.h>

typedef struct {
	const char *id;
	gsize piece_max;     /* bytes that fit into one message: its text, the own name and the chat's; 0: no limit */
	gboolean lines;      /* a newline can't be sent */
	gboolean marks;      /* others show *strong* as it is typed, and many of them no HTML */
	const char *tls_key; /* the option that asks for TLS, and the port that goes with it where none is set; NULL: none */
	int tls_port;
	const char *history_key; /* the field of the join form that limits the old messages a room sends; NULL: none. They carry no id, so that
	                            they would come doubled */
	gboolean vague_login;    /* it calls every failure of a login a wrong password */
	const char *nobody;  /* the line into a chat that says that a message found nobody, where it is not marked as an error; NULL: none */
	gboolean part_room;  /* the command that leaves a room wants its name before the words */
	gboolean whole_list; /* a list of rooms that was begun comes to its end, whoever wants it */
	gboolean one_nick;   /* the own name is unique on the whole network, so it may be taken */
	const char *scheme;  /* what the plugin wants before the address of a contact, and kith does not write; NULL: nothing */
	const char *realm;   /* behind the @ of addresses that the plugin writes without it; the setting realm goes first. NULL: none */
	gboolean needs_at;   /* a person's address has an @, though the plugin takes others too */
	gboolean own_list;   /* contacts are ours alone: the plugin looks who of them is there, and is not told of changes */
	const char *room_rest;  /* the end of a room's name that kith leaves out; NULL: nothing */
	const char *room_parts; /* what is between the parts of a room's name, which are the fields of the form, in order; NULL: the plugin knows */
	const char *html_start;  /* messages that do not begin so are plain, though the plugin hands them on as HTML; NULL: all are HTML */
	gboolean plain_status;   /* the words of a contact's status are plain, not HTML */
	/* What heartbeat.c looks at. */
	gboolean one_line;       /* without a connection to another machine the account is offline */
	guint silence_s;         /* a living server is never silent for so long; 0: it may be */
	void (*ping)(PurpleConnection *gc); /* asks the server for a sign of life; NULL: the plugin does */
	const char *bus_name;    /* the plugin is deaf without the program of this name on the system bus; NULL: none */
	const char *bus_lost;    /* the sentence for that */
	const char *no_bus;      /* the plugin ends the process where there is no system bus; the sentence for that. NULL: it does not */
	guint udp_port;          /* the plugin blocks, and is deaf later, without the program of this machine that has this port; 0: none */
	const char *udp_lost;    /* the sentence for that */
} Quirks;

/* Those of the plugin with that id; never NULL. */
const Quirks *quirks_of(const char *id);
/* Appends what any account of the plugin can, as words (owned by it) of the state message; what else depends on the account is not among them. */
void quirks_add_abilities(const PurplePlugin *plugin, GPtrArray *can);
