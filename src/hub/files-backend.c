/* files-backend.c: what the backends say of files: places, offers, how far those are that they carry themselves, and that a connection is gone. */
#include "hub/files.h"
#include "base/filename.h"
#include <string.h>

#define OFFERS_MAX 50 /* of an account, that wait for the user */

static Transfer *find_by_id(Runner *r, const char *id)
{
	Files *files = r->hub->files;
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (!strcmp(t->account, r->account->name) && !strcmp(t->id, id))
			return t;
	}
	return NULL;
}

void files_on_slot(Runner *r, const WireSlot *slot)
{
	Transfer *t = find_by_id(r, slot->transfer);
	if (t && t->step == STEP_ASKED)
		move_on_slot(t, slot);
}

gboolean files_on_answer(Runner *r, gint64 request, gboolean ok, const char *text)
{
	Files *files = r->hub->files;
	for (guint i = 0; i < files->all->len; i++) {
		Transfer *t = files->all->pdata[i];
		if (!request || t->request != request)
			continue;
		t->request = 0;
		if (!ok)
			transfer_end(t, TRANSFER_FAILED, text ? text : "the network refused it");
		return TRUE;
	}
	return FALSE;
}

static void on_offer(Runner *r, const WireTransfer *e)
{
	Files *files = r->hub->files;
	guint offers = 0;
	for (guint i = 0; i < files->all->len; i++)
		offers += ((Transfer *)files->all->pdata[i])->step == STEP_OFFERED && !strcmp(((Transfer *)files->all->pdata[i])->account, r->account->name);
	if (!e->chat || offers >= OFFERS_MAX) {
		runner_send(r, &WIRE(FILE_CANCEL, FileCancel, .account = r->account->name, .transfer = e->transfer));
		return;
	}
	Transfer *t = transfer_new(files, r->account->name, e->transfer, DIRECTION_IN);
	const Chat *chat = model_chat(r->account, e->chat);
	t->step = STEP_OFFERED;
	t->state = TRANSFER_OFFERED;
	t->chat = g_strdup(e->chat);
	t->kind = chat ? chat->kind : CHAT_DIRECT;
	t->name = filename_safe(e->name, NULL);
	t->type = g_strdup(e->type);
	t->size = e->size;
	g_autofree char *size = filename_size(t->size);
	move_say_event(t, TRUE, "offers the file \"%s\" (%s); /take %" G_GINT64_FORMAT " fetches it, /refuse %" G_GINT64_FORMAT " declines", t->name, size, t->number, t->number);
	transfer_tell(t);
}

static void on_moved(Transfer *t, const WireTransfer *e)
{
	g_autofree char *size = NULL;
	t->step = STEP_BACKEND;
	t->moved = e->moved;
	switch (e->state) {
	case TRANSFER_WAITING:
	case TRANSFER_ACTIVE:
		t->state = e->state;
		t->request = 0;
		transfer_tell(t);
		break;
	case TRANSFER_DONE:
		size = filename_size(t->size);
		if (t->icon) {
			if (!t->exact) {
				g_free(t->name);
				t->name = filename_safe(e->name, NULL);
			}
			g_free(t->type);
			t->type = g_strdup(e->type);
			t->size = e->size;
		}
		if (t->direction == DIRECTION_IN) {
			move_keep(t);
			break;
		}
		move_say_event(t, FALSE, "the file \"%s\" (%s) was sent", t->name, size);
		transfer_end(t, TRANSFER_DONE, NULL);
		break;
	case TRANSFER_FAILED:
		transfer_end(t, TRANSFER_FAILED, e->text ? e->text : "the transfer broke");
		break;
	case TRANSFER_CANCELLED:
		if (t->direction == DIRECTION_IN && t->state == TRANSFER_OFFERED)
			move_say_event(t, FALSE, "took the offer of the file \"%s\" back", t->name);
		transfer_end(t, TRANSFER_CANCELLED, e->text ? e->text : "the other side gave it up");
		break;
	case TRANSFER_OFFERED:
		break;
	}
}

void files_on_transfer(Runner *r, const WireTransfer *e)
{
	Transfer *t = find_by_id(r, e->transfer);
	if (!t && e->state == TRANSFER_OFFERED && e->direction == DIRECTION_IN)
		on_offer(r, e);
	else if (t && (t->step == STEP_ASKED || t->step == STEP_BACKEND || t->step == STEP_OFFERED))
		on_moved(t, e);
}

void files_on_online(Runner *r)
{
	files_pump(r->hub->files);
}

void files_on_offline(Runner *r)
{
	Files *files = r->hub->files;
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (strcmp(t->account, r->account->name))
			continue;
		if (t->step == STEP_ASKED || (t->step == STEP_BACKEND && t->direction == DIRECTION_OUT))
			move_again(t, "the connection was lost");
		else if (t->step == STEP_BACKEND || t->step == STEP_OFFERED)
			transfer_end(t, TRANSFER_FAILED, "the connection was lost");
	}
}

void files_forget(Hub *hub, const char *account)
{
	for (guint i = hub->files->all->len; i-- > 0;) {
		Transfer *t = hub->files->all->pdata[i];
		if (strcmp(t->account, account))
			continue;
		move_stop(t);
		t->step = STEP_OVER;
		t->state = TRANSFER_FAILED;
		group_end_one(t);
		transfer_drop_copy(t);
		g_ptr_array_remove(hub->files->all, t);
	}
}
