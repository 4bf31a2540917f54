/* transfers.c: see transfers.h. Those that ended are kept until there are many, for the messages they belong to. */
#include "config.h"
#include "transfers.h"

#include <string.h>

#define ENDED_MAX 200

struct Transfers {
	GPtrArray *all; /* of WireTransfer, owned copies, oldest first */
};

Transfers *transfers_new(void)
{
	Transfers *transfers = g_new0(Transfers, 1);
	transfers->all = g_ptr_array_new_with_free_func(g_free);
	return transfers;
}

void transfers_free(Transfers *transfers)
{
	if (!transfers)
		return;
	g_ptr_array_unref(transfers->all);
	g_free(transfers);
}

void transfers_clear(Transfers *transfers)
{
	g_ptr_array_set_size(transfers->all, 0);
}

static gboolean has_ended(const WireTransfer *transfer)
{
	return transfer->state == TRANSFER_DONE || transfer->state == TRANSFER_FAILED || transfer->state == TRANSFER_CANCELLED;
}

static int percent(const WireTransfer *transfer)
{
	return transfer->size > 0 ? (int)(MIN(transfer->moved, transfer->size) * 100.0 / transfer->size) : -1;
}

gboolean transfers_note(Transfers *transfers, const WireTransfer *transfer)
{
	WireTransfer *copy = (WireTransfer *)wire_copy(transfer);
	guint ended = 0;
	for (guint i = transfers->all->len; i-- > 0;) {
		WireTransfer *known = transfers->all->pdata[i];
		if (strcmp(known->transfer, transfer->transfer) == 0 && strcmp(known->account, transfer->account) == 0) {
			gboolean same = known->state == transfer->state && known->id == transfer->id && percent(known) == percent(transfer) &&
			                (known->size || known->moved == transfer->moved);
			transfers->all->pdata[i] = copy;
			g_free(known);
			return !same;
		}
		if (has_ended(known) && ++ended > ENDED_MAX)
			g_ptr_array_remove_index(transfers->all, i);
	}
	g_ptr_array_add(transfers->all, copy);
	return TRUE;
}

const WireTransfer *transfers_of_message(const Transfers *transfers, gint64 id)
{
	for (guint i = transfers ? transfers->all->len : 0; id && i-- > 0;) {
		const WireTransfer *transfer = transfers->all->pdata[i];
		if (transfer->id == id)
			return transfer;
	}
	return NULL;
}

char *transfer_words(const WireTransfer *transfer)
{
	g_autofree char *size = transfer->size > 0 ? g_format_size((guint64)transfer->size) : NULL;
	g_autofree char *moved = g_format_size((guint64)MAX(transfer->moved, 0));
	switch (transfer->state) {
	case TRANSFER_OFFERED:
		return g_strdup("offered: s takes it");
	case TRANSFER_WAITING:
		return g_strdup("waits");
	case TRANSFER_ACTIVE:
		return size ? g_strdup_printf("%d%% of %s", percent(transfer), size) : g_strdup(moved);
	case TRANSFER_DONE:
		return g_strdup(transfer->direction == DIRECTION_IN ? "saved" : "sent");
	case TRANSFER_FAILED:
		return g_strdup_printf("failed: %s", transfer->text ? transfer->text : "the network did not say why");
	case TRANSFER_CANCELLED:
		break;
	}
	return g_strdup("given up");
}

char *transfers_line(const Transfers *transfers)
{
	guint moving = 0;
	const WireTransfer *newest = NULL;
	for (guint i = 0; i < transfers->all->len; i++) {
		const WireTransfer *transfer = transfers->all->pdata[i];
		if (transfer->state != TRANSFER_ACTIVE && transfer->state != TRANSFER_WAITING)
			continue;
		moving++;
		if (!newest || transfer->state == TRANSFER_ACTIVE)
			newest = transfer;
	}
	if (!newest)
		return NULL;
	g_autofree char *words = transfer_words(newest);
	const char *sign = newest->direction == DIRECTION_IN ? "↓" : "↑", *name = newest->name && *newest->name ? newest->name : "a file";
	return moving > 1 ? g_strdup_printf("%s %s %s, and %u more", sign, name, words, moving - 1) : g_strdup_printf("%s %s %s", sign, name, words);
}
