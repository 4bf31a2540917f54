/* fetch.c: see fetch.h. What comes is stored by the hub and told as messages; the answer only says that it is there. */
#include "config.h"
#include "fetch.h"

#include "base/moment.h"

/* Which chat was asked for; its tab may be closed when the answer comes. */
typedef struct {
	char *account, *address;
	gint64 before;
} Cause;

static void cause_free(gpointer data)
{
	Cause *cause = data;
	g_free(cause->account);
	g_free(cause->address);
	g_free(cause);
}

static gboolean is_there(const WireMessage *message G_GNUC_UNUSED, gpointer user)
{
	*(gboolean *)user = TRUE;
	return FALSE;
}

static void on_answer(const Wire *answer, gpointer context, gpointer user)
{
	App *app = user;
	const Cause *cause = context;
	Tab *tab = tabs_find(app->tabs, cause->account, cause->address);
	if (!tab || (answer->kind != WIRE_DONE && answer->kind != WIRE_ERROR))
		return;
	g_clear_pointer(&tab->view.fetch_text, g_free);
	app_dirty(app, DIRTY_CHAT);
	if (answer->kind == WIRE_ERROR) {
		tab->view.fetch = FETCH_FAILED;
		tab->view.fetch_text = g_strdup(((const WireError *)answer)->text);
		return;
	}
	gboolean came = FALSE;
	if (app_reader(app))
		reader_before(app->reader, tab->account, tab->address, &(ReaderKey){ .time = cause->before }, 1, is_there, &came, NULL);
	tab->view.fetch = came ? FETCH_NONE : FETCH_ENDED;
	if (came)
		timeline_look_again(tab->view.timeline);
}

void fetch_older(App *app, Tab *tab)
{
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	ChatView *view = &tab->view;
	if (!account || !account_can(account, "archive") || view->fetch == FETCH_ASKING)
		return;
	const Chat *chat = tab_chat(tab, app->model);
	if (view->fetch == FETCH_ENDED && (!chat || chat_hole(chat).until == 0))
		return;
	if (!account_is_online(account)) {
		app_note(app, "%s is not online: older messages can't be asked for", account->name);
		return;
	}
	gint64 oldest = timeline_oldest_time(view->timeline);
	Cause *cause = g_new0(Cause, 1);
	cause->account = g_strdup(tab->account);
	cause->address = g_strdup(tab->address);
	cause->before = view->gap ? view->gap : oldest ? oldest : moment_now();
	gint64 request = attach_request(app->attach, on_answer, cause, cause_free);
	if (!request) {
		app_note(app, "the hub is not there");
		cause_free(cause);
		return;
	}
	view->fetch = FETCH_ASKING;
	attach_send(app->attach, &WIRE(FETCH, Fetch, .request = request, .account = tab->account, .chat = tab->address, .chat_kind = tab->kind, .before = cause->before));
	app_dirty(app, DIRTY_CHAT);
}
