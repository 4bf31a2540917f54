/* plugin.h: what the parts of the test plugin share. See protocol.c.
 */
#pragma once
#include <purple.h>

/* Who takes orders, and who repeats what is said. */
#define ORACLE "oracle"
#define ECHO "echo"

/* A word from the oracle. */
void oracle_say(PurpleConnection *gc, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* An order of two words, say "request input"; words is the rest, maybe empty. */
typedef struct {
	const char *name;
	void (*run)(PurpleConnection *gc, const char *words);
} Order;

extern const Order asking_orders[];   /* asks.c: everything that libpurple asks and tells */
extern const Order evil_orders[];     /* evil.c: everything a plugin should not do */
extern const Order reaching_orders[]; /* reach.c: for what is not the account's */
extern const Order protocol_orders[]; /* protocol.c: contacts, rooms, presence */
extern const Order transfer_orders[]; /* transfers.c: files */

/* transfers.c */
gboolean transfers_can_receive(PurpleConnection *gc, const char *who);
void transfers_send(PurpleConnection *gc, const char *who, const char *path);
gboolean transfers_can_into_room(PurpleConnection *gc, int id);
void transfers_into_room(PurpleConnection *gc, int id, const char *path);
PurpleXfer *transfers_new(PurpleConnection *gc, const char *who);
