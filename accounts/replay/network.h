/* network.h: the well-behaved network that kith-replay plays between the steps of its script.
 *
 * It takes every message of the hub as a real network would: a send is marked, and only when the mark is stored the message is
 * appended to the file "network" of the account's directory (that is: it went out) and acknowledged; requests are carried out and
 * answered. The file outlives the process, so that tests can count what went out, how often, after any crash.
 */
#pragma once
#include "backend.h"

typedef struct Network Network;

typedef enum {
	ACK_OFF,       /* sends are ignored */
	ACK_HOLD,      /* marked, never sent */
	ACK_SENT,      /* marked, sent */
	ACK_DELIVERED, /* and delivered */
	ACK_READ,      /* and read */
	ACK_FAIL,      /* marked, then refused */
} Ack;

/* directory must exist. */
Network *network_new(Backend *backend, const char *directory);
void network_free(Network *network);

/* off, hold, sent, delivered, read or fail; FALSE for other words. */
gboolean network_ack_from_word(const char *word, Ack *ack);
void network_set_ack(Network *network, Ack ack);
/* on: requests are answered; otherwise the script does it. */
void network_set_answers(Network *network, gboolean on);

void network_receive(Network *network, const Wire *message);
void network_committed(Network *network, gint64 commit);
/* How many messages went out, those of earlier processes included. */
guint network_count(const Network *network);
