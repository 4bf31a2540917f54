/* transfers.c: see transfers.h. */
#include "config.h"
#include "transfers.h"

#include <string.h>

static int percent(const WireTransfer *transfer)
{
	return transfer->size > 0 ? (int)(MIN(transfer->moved, transfer->size) * 100.0 / transfer->size) : -1;
}

const WireTransfer *transfers_of_message(const Model *model, const char *account, gint64 id)
{
	const GPtrArray *all = model_transfers(model);
	for (guint i = account && id ? all->len : 0; i-- > 0;) {
		const WireTransfer *transfer = ((const FileTransfer *)all->pdata[i])->transfer;
		if (transfer->id == id && strcmp(transfer->account, account) == 0)
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

static char *offers_line(const WireTransfer *offer, guint offered)
{
	const char *name = offer->name && *offer->name ? offer->name : "a file", *who = offer->chat ? offer->chat : offer->account;
	return offered > 1 ? g_strdup_printf("↓ %s offers %s, and %u more wait: /transfers", who, name, offered - 1)
	                   : g_strdup_printf("↓ %s offers %s: /take %s", who, name, offer->transfer);
}

/* What moves, else what is offered: the line is seen in every chat. */
char *transfers_line(const Model *model)
{
	guint moving = 0, offered = 0;
	const WireTransfer *newest = NULL, *offer = NULL;
	const GPtrArray *all = model_transfers(model);
	for (guint i = 0; i < all->len; i++) {
		const WireTransfer *transfer = ((const FileTransfer *)all->pdata[i])->transfer;
		if (transfer->state == TRANSFER_OFFERED) {
			offered++;
			offer = transfer;
		}
		if (transfer->state != TRANSFER_ACTIVE && transfer->state != TRANSFER_WAITING)
			continue;
		moving++;
		if (!newest || transfer->state == TRANSFER_ACTIVE)
			newest = transfer;
	}
	if (!newest)
		return offer ? offers_line(offer, offered) : NULL;
	g_autofree char *words = transfer_words(newest);
	const char *sign = newest->direction == DIRECTION_IN ? "↓" : "↑", *name = newest->name && *newest->name ? newest->name : "a file";
	return moving > 1 ? g_strdup_printf("%s %s %s, and %u more", sign, name, words, moving - 1) : g_strdup_printf("%s %s %s", sign, name, words);
}
