/* model.c: see model.h. */
#include "model/model.h"
#include "base/text.h"
#include <gio/gio.h>
#include <string.h>

struct Model {
	ModelChanged changed;
	gpointer user;
	GPtrArray *accounts;   /* owned */
	GHashTable *by_name;   /* borrowed */
	GPtrArray *cards;      /* owned */
	GPtrArray *transfers;  /* owned */
	GPtrArray *loose;      /* card_field messages whose card has not come yet; owned copies */
	guint serial;
};

/* ---- parts ---- */

static void occupant_free(gpointer data)
{
	Occupant *o = data;
	g_free(o->nick);
	g_free(o->address);
	g_free(o->status);
	g_free(o->id);
	g_free(o);
}

static void chat_free(gpointer data)
{
	Chat *c = data;
	char *texts[] = { c->address, c->notify, c->name, c->topic, c->nick, c->text, c->bookmark_name, c->bookmark_nick };
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_clear_pointer(&c->occupants, g_hash_table_unref);
	g_clear_pointer(&c->typing, g_hash_table_unref);
	g_free(c);
}

static void contact_free(gpointer data)
{
	Contact *c = data;
	g_free(c->address);
	g_free(c->name);
	g_strfreev(c->groups);
	g_free(c->status);
	g_free(c->device);
	g_free(c);
}

static void account_free(gpointer data)
{
	Account *a = data;
	char *texts[] = { a->name, a->protocol, a->address, a->text, a->nick, a->status };
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_strfreev(a->can);
	g_hash_table_unref(a->contacts);
	g_hash_table_unref(a->chats);
	g_free(a);
}

static void card_free(gpointer data)
{
	Card *c = data;
	g_free((gpointer)c->card);
	g_ptr_array_unref(c->fields);
	g_free(c);
}

static void transfer_free(gpointer data)
{
	FileTransfer *t = data;
	g_free((gpointer)t->transfer);
	g_free(t);
}

Model *model_new(ModelChanged changed, gpointer user)
{
	Model *m = g_new0(Model, 1);
	m->changed = changed;
	m->user = user;
	m->accounts = g_ptr_array_new_with_free_func(account_free);
	m->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	m->cards = g_ptr_array_new_with_free_func(card_free);
	m->transfers = g_ptr_array_new_with_free_func(transfer_free);
	m->loose = g_ptr_array_new_with_free_func(g_free);
	return m;
}

void model_free(Model *m)
{
	if (!m)
		return;
	g_ptr_array_unref(m->cards);
	g_ptr_array_unref(m->transfers);
	g_ptr_array_unref(m->loose);
	g_hash_table_unref(m->by_name);
	g_ptr_array_unref(m->accounts);
	g_free(m);
}

static void changed(Model *m, ModelPart part, gpointer thing)
{
	if (m->changed)
		m->changed(part, thing, m->user);
}

static void set_text(char **place, const char *text)
{
	if (g_strcmp0(*place, text)) {
		g_free(*place);
		*place = g_strdup(text);
	}
}

static void set_list(char ***place, const char *const *list)
{
	if (*place && list && g_strv_equal((const char *const *)*place, list))
		return;
	g_strfreev(*place);
	*place = g_strdupv((char **)list);
}

/* ---- finding and making ---- */

const GPtrArray *model_accounts(const Model *m)
{
	return m->accounts;
}

const GPtrArray *model_cards(const Model *m)
{
	return m->cards;
}

const GPtrArray *model_transfers(const Model *m)
{
	return m->transfers;
}

Account *model_account(const Model *m, const char *name)
{
	return name ? g_hash_table_lookup(m->by_name, name) : NULL;
}

Contact *model_contact(const Account *a, const char *address)
{
	return address ? g_hash_table_lookup(a->contacts, address) : NULL;
}

Chat *model_chat(const Account *a, const char *address)
{
	return address ? g_hash_table_lookup(a->chats, address) : NULL;
}

static Card *find_card(const Model *m, const char *account, const char *id, guint *index)
{
	for (guint i = 0; i < m->cards->len; i++) {
		Card *c = m->cards->pdata[i];
		if (!strcmp(c->card->card, id) && !strcmp(c->card->account, account)) {
			if (index)
				*index = i;
			return c;
		}
	}
	return NULL;
}

Card *model_card(const Account *a, const char *id)
{
	return find_card(a->model, a->name, id, NULL);
}

FileTransfer *model_transfer(const Account *a, const char *id)
{
	const GPtrArray *all = a->model->transfers;
	for (guint i = 0; i < all->len; i++) {
		FileTransfer *t = all->pdata[i];
		if (t->account == a && !strcmp(t->transfer->transfer, id))
			return t;
	}
	return NULL;
}

static Chat *need_chat(Account *a, const char *address, ChatKind kind)
{
	Chat *c = model_chat(a, address);
	if (!c) {
		c = g_new0(Chat, 1);
		c->account = a;
		c->address = g_strdup(address);
		c->kind = kind;
		g_hash_table_insert(a->chats, c->address, c);
	}
	return c;
}

/* ---- one function an event ---- */

static void contact_set_offline(gpointer key G_GNUC_UNUSED, gpointer value, gpointer user G_GNUC_UNUSED)
{
	Contact *c = value;
	c->presence = PRESENCE_OFFLINE;
	set_text(&c->status, NULL);
	set_text(&c->device, NULL);
}

static void chat_leave(Chat *c)
{
	c->joined = FALSE;
	g_clear_pointer(&c->occupants, g_hash_table_unref);
	g_clear_pointer(&c->typing, g_hash_table_unref);
}

static void chat_leave_each(gpointer key G_GNUC_UNUSED, gpointer value, gpointer user G_GNUC_UNUSED)
{
	chat_leave(value);
}

static void on_account(Model *m, const WireAccount *e)
{
	Account *a = model_account(m, e->account);
	gboolean was_online = a && account_is_online(a);
	if (!a) {
		a = g_new0(Account, 1);
		a->name = g_strdup(e->account);
		a->model = m;
		a->contacts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, contact_free);
		a->chats = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, chat_free);
		g_ptr_array_add(m->accounts, a);
		g_hash_table_insert(m->by_name, a->name, a);
	}
	if (e->state == ACCOUNT_CONNECTING && a->state != ACCOUNT_CONNECTING)
		a->contact_serial++;
	set_text(&a->protocol, e->protocol);
	set_text(&a->address, e->address);
	set_text(&a->text, e->text);
	set_text(&a->nick, e->nick);
	set_text(&a->status, e->status);
	set_list(&a->can, e->can);
	a->enabled = e->enabled;
	a->state = e->state;
	a->reason = e->reason;
	a->since = e->since;
	a->retry = e->retry;
	a->presence = e->presence;
	if (was_online && !account_is_online(a)) {
		g_hash_table_foreach(a->contacts, contact_set_offline, NULL);
		g_hash_table_foreach(a->chats, chat_leave_each, NULL);
		changed(m, MODEL_CONTACT, NULL);
	}
	changed(m, MODEL_ACCOUNT, a);
}

static gboolean remove_cards(Model *m, const char *account, const char *id)
{
	gboolean removed = FALSE;
	for (guint i = m->cards->len; i-- > 0;) {
		Card *c = m->cards->pdata[i];
		if (!strcmp(c->card->account, account) && (!id || !strcmp(c->card->card, id))) {
			g_ptr_array_remove_index(m->cards, i);
			removed = TRUE;
		}
	}
	return removed;
}

static void remove_transfers(Model *m, const Account *a)
{
	for (guint i = m->transfers->len; i-- > 0;)
		if (((FileTransfer *)m->transfers->pdata[i])->account == a)
			g_ptr_array_remove_index(m->transfers, i);
}

static void on_account_gone(Model *m, Account *a)
{
	remove_cards(m, a->name, NULL);
	remove_transfers(m, a);
	g_hash_table_remove(m->by_name, a->name);
	g_ptr_array_remove(m->accounts, a);
	changed(m, MODEL_ACCOUNT, NULL);
	changed(m, MODEL_CARD, NULL);
	changed(m, MODEL_TRANSFER, NULL);
}

static void on_contact(Model *m, Account *a, const WireContact *e)
{
	Contact *c = model_contact(a, e->address);
	if (!c) {
		c = g_new0(Contact, 1);
		c->account = a;
		c->address = g_strdup(e->address);
		c->presence = PRESENCE_OFFLINE;
		g_hash_table_insert(a->contacts, c->address, c);
	}
	set_text(&c->name, e->name);
	set_list(&c->groups, e->groups);
	c->subscription = e->subscription;
	c->asked = e->asked;
	c->serial = a->contact_serial;
	changed(m, MODEL_CONTACT, c);
}

static void on_presence(Model *m, Account *a, const WireContactPresence *e)
{
	Contact *c = model_contact(a, e->address);
	if (!c)
		return;
	c->presence = e->presence;
	set_text(&c->status, e->status);
	set_text(&c->device, e->device);
	changed(m, MODEL_CONTACT, c);
}

static void on_chat(Model *m, Account *a, const WireChat *e)
{
	Chat *c = need_chat(a, e->chat, e->chat_kind);
	c->kind = e->chat_kind;
	c->unread = e->unread;
	c->mentions = e->mentions;
	c->read = e->read;
	c->last = e->last;
	c->last_time = e->last_time;
	set_text(&c->notify, e->notify);
	changed(m, MODEL_CHAT, c);
}

static void on_room(Model *m, Account *a, const WireRoom *e)
{
	Chat *c = need_chat(a, e->chat, CHAT_ROOM);
	c->kind = CHAT_ROOM;
	set_text(&c->name, e->name);
	set_text(&c->topic, e->topic);
	set_text(&c->nick, e->nick);
	set_text(&c->text, e->text);
	if (!e->joined)
		chat_leave(c);
	c->joined = e->joined;
	changed(m, MODEL_CHAT, c);
}

static void on_occupant(Model *m, Account *a, const WireOccupant *e)
{
	Chat *c = need_chat(a, e->chat, CHAT_ROOM);
	if (!c->occupants)
		c->occupants = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, occupant_free);
	Occupant *o = g_hash_table_lookup(c->occupants, e->nick);
	if (!o) {
		o = g_new0(Occupant, 1);
		o->nick = g_strdup(e->nick);
		g_hash_table_insert(c->occupants, o->nick, o);
	}
	set_text(&o->address, e->address);
	set_text(&o->status, e->status);
	set_text(&o->id, e->occupant);
	o->role = e->role;
	o->affiliation = e->affiliation;
	o->presence = e->presence;
	changed(m, MODEL_OCCUPANTS, c);
}

static void on_occupant_gone(Model *m, Account *a, const WireOccupantGone *e)
{
	Chat *c = model_chat(a, e->chat);
	gpointer key, value;
	if (!c || !c->occupants || !g_hash_table_steal_extended(c->occupants, e->nick, &key, &value))
		return;
	Occupant *o = value;
	if (c->typing)
		g_hash_table_remove(c->typing, e->nick);
	if (e->new_nick) {
		set_text(&o->nick, e->new_nick);
		g_hash_table_replace(c->occupants, o->nick, o);
	} else {
		occupant_free(o);
	}
	changed(m, MODEL_OCCUPANTS, c);
}

static void set_typing(Model *m, Chat *c, const char *nick, Typing typing, gint64 since)
{
	const char *who = nick ? nick : "";
	if (typing == TYPING_COMPOSING) {
		if (!c->typing)
			c->typing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		g_hash_table_replace(c->typing, g_strdup(who), g_memdup2(&since, sizeof since));
	} else if (!c->typing || !g_hash_table_remove(c->typing, who)) {
		return;
	}
	changed(m, MODEL_TYPING, c);
}

static void on_message(Model *m, Account *a, const WireMessage *e)
{
	Chat *c = need_chat(a, e->chat, e->chat_kind);
	if (e->again) {
		c->last_time = MAX(c->last_time, e->time);
		return;
	}
	if (e->time >= c->last_time) {
		c->last = e->id;
		c->last_time = e->time;
	}
	if (e->direction == DIRECTION_OUT) {
		/* Who answers has read. Where newer ones are here, the hub tells how many of them are left. */
		if (e->type != MESSAGE_EVENT && e->time > c->read) {
			c->read = e->time;
			if (e->time >= c->last_time)
				c->unread = c->mentions = 0;
		}
	} else if (e->type != MESSAGE_EVENT) {
		set_typing(m, c, c->kind == CHAT_ROOM ? e->nick : NULL, TYPING_STOPPED, 0);
		if (e->state == MESSAGE_UNREAD && e->time > c->read) {
			c->unread++;
			c->mentions += e->mention;
		}
	}
	changed(m, MODEL_CHAT, c);
}

static void on_read(Model *m, Account *a, const WireRead *e)
{
	Chat *c = model_chat(a, e->chat);
	if (!c || e->time < c->last_time) {
		/* Read up to the middle: the hub sends a chat event with what is left. */
		if (c && e->time > c->read)
			c->read = e->time;
		return;
	}
	c->read = e->time;
	c->unread = c->mentions = 0;
	changed(m, MODEL_CHAT, c);
}

static void on_bookmark(Model *m, Account *a, const WireBookmark *e)
{
	Chat *c = e->gone ? model_chat(a, e->chat) : need_chat(a, e->chat, CHAT_ROOM);
	if (!c)
		return;
	c->kind = CHAT_ROOM;
	c->bookmarked = !e->gone;
	c->autojoin = !e->gone && e->autojoin;
	set_text(&c->bookmark_name, e->gone ? NULL : e->name);
	set_text(&c->bookmark_nick, e->gone ? NULL : e->nick);
	changed(m, MODEL_CHAT, c);
}

static void on_hole(Model *m, Account *a, const WireHole *e)
{
	const Hole hole = { e->since, e->until, e->loading };
	if (!e->chat) {
		a->hole = hole;
		changed(m, MODEL_ACCOUNT, a);
		return;
	}
	Chat *c = model_chat(a, e->chat);
	if (!c && !e->until)
		return;
	c = c ? c : need_chat(a, e->chat, CHAT_DIRECT);
	c->has_hole = TRUE;
	c->hole = hole;
	changed(m, MODEL_CHAT, c);
}

static gboolean has_ended(const FileTransfer *t)
{
	return t->transfer->state >= TRANSFER_DONE;
}

/* The oldest one that has ended makes room. */
static void make_room_for_transfer(Model *m)
{
	for (guint i = 0; i < m->transfers->len && m->transfers->len >= MODEL_TRANSFERS_MAX; i++)
		if (has_ended(m->transfers->pdata[i])) {
			g_ptr_array_remove_index(m->transfers, i);
			return;
		}
	if (m->transfers->len >= MODEL_TRANSFERS_MAX)
		g_ptr_array_remove_index(m->transfers, 0);
}

static void on_transfer(Model *m, Account *a, const WireTransfer *e)
{
	FileTransfer *t = model_transfer(a, e->transfer);
	if (!t) {
		make_room_for_transfer(m);
		t = g_new0(FileTransfer, 1);
		t->account = a;
		g_ptr_array_add(m->transfers, t);
	}
	g_free((gpointer)t->transfer);
	t->transfer = (const WireTransfer *)wire_copy(e);
	changed(m, MODEL_TRANSFER, t);
}

static void on_card_field(Model *m, const WireCardField *e)
{
	if (m->loose->len < 1024)
		g_ptr_array_add(m->loose, wire_copy(e));
}

static void on_card(Model *m, Account *a, const WireCard *e)
{
	Card *c = g_new0(Card, 1);
	remove_cards(m, e->account, e->card);
	c->account = a;
	c->card = (const WireCard *)wire_copy(e);
	c->fields = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < m->loose->len;) {
		WireCardField *f = m->loose->pdata[i];
		if (!strcmp(f->account, e->account) && !strcmp(f->card, e->card))
			g_ptr_array_add(c->fields, g_ptr_array_steal_index(m->loose, i));
		else
			i++;
	}
	g_ptr_array_add(m->cards, c);
	changed(m, MODEL_CARD, c);
}

gboolean model_apply(Model *m, const Wire *event)
{
	if (event->kind == WIRE_ACCOUNT) {
		on_account(m, (const WireAccount *)event);
		return TRUE;
	}
	if (event->kind == WIRE_READY) {
		changed(m, MODEL_READY, NULL);
		return TRUE;
	}
	/* In every other event of the model the account's name is the first or second field. */
	const char *name = NULL;
	const WireShape *shape = wire_shape(event->kind);
	for (guint i = 0; i < 2 && i < shape->n_fields; i++)
		if (!strcmp(shape->fields[i].name, "account"))
			name = *(const char *const *)((const char *)event + shape->fields[i].offset);
	Account *a = model_account(m, name);
	if (!a)
		return FALSE;
	switch ((int)event->kind) {
	case WIRE_ACCOUNT_GONE: on_account_gone(m, a); break;
	case WIRE_CONTACT: on_contact(m, a, (const WireContact *)event); break;
	case WIRE_CONTACT_GONE:
		g_hash_table_remove(a->contacts, ((const WireContactGone *)event)->address);
		changed(m, MODEL_CONTACT, NULL);
		break;
	case WIRE_PRESENCE: on_presence(m, a, (const WireContactPresence *)event); break;
	case WIRE_CHAT: on_chat(m, a, (const WireChat *)event); break;
	case WIRE_CHAT_GONE:
		g_hash_table_remove(a->chats, ((const WireChatGone *)event)->chat);
		changed(m, MODEL_CHAT, NULL);
		break;
	case WIRE_ROOM: on_room(m, a, (const WireRoom *)event); break;
	case WIRE_OCCUPANT: on_occupant(m, a, (const WireOccupant *)event); break;
	case WIRE_OCCUPANT_GONE: on_occupant_gone(m, a, (const WireOccupantGone *)event); break;
	case WIRE_MESSAGE: on_message(m, a, (const WireMessage *)event); break;
	case WIRE_TYPING: {
		const WireChatTyping *e = (const WireChatTyping *)event;
		Chat *c = model_chat(a, e->chat);
		if (c || e->typing == TYPING_COMPOSING)
			set_typing(m, c ? c : need_chat(a, e->chat, CHAT_DIRECT), e->nick, e->typing, g_get_monotonic_time());
		break;
	}
	case WIRE_READ: on_read(m, a, (const WireRead *)event); break;
	case WIRE_BOOKMARK: on_bookmark(m, a, (const WireBookmark *)event); break;
	case WIRE_HOLE: on_hole(m, a, (const WireHole *)event); break;
	case WIRE_TRANSFER: on_transfer(m, a, (const WireTransfer *)event); break;
	case WIRE_CARD: on_card(m, a, (const WireCard *)event); break;
	case WIRE_CARD_FIELD: on_card_field(m, (const WireCardField *)event); break;
	case WIRE_CARD_GONE:
		if (remove_cards(m, a->name, ((const WireCardGone *)event)->card))
			changed(m, MODEL_CARD, NULL);
		break;
	}
	return TRUE;
}

/* ---- the snapshot ---- */

typedef void (*Each)(const void *event, gpointer user);

static const char *const *words(char **list)
{
	return (const char *const *)list;
}

static void snapshot_chat(const Chat *c, Each each, gpointer user)
{
	GHashTableIter iter;
	Occupant *o;
	each(&WIRE(CHAT, Chat, .account = c->account->name, .chat = c->address, .chat_kind = c->kind, .unread = c->unread, .mentions = c->mentions,
	           .read = c->read, .last = c->last, .last_time = c->last_time, .notify = c->notify), user);
	if (c->has_hole)
		each(&WIRE(HOLE, Hole, .account = c->account->name, .chat = c->address, .since = c->hole.since, .until = c->hole.until, .loading = c->hole.loading), user);
	if (c->kind != CHAT_ROOM)
		return;
	if (c->bookmarked)
		each(&WIRE(BOOKMARK, Bookmark, .account = c->account->name, .chat = c->address, .name = c->bookmark_name, .nick = c->bookmark_nick,
		           .autojoin = c->autojoin), user);
	each(&WIRE(ROOM, Room, .account = c->account->name, .chat = c->address, .name = c->name, .topic = c->topic, .nick = c->nick,
	           .joined = c->joined, .text = c->text), user);
	if (!c->occupants)
		return;
	g_hash_table_iter_init(&iter, c->occupants);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&o))
		each(&WIRE(OCCUPANT, Occupant, .account = c->account->name, .chat = c->address, .nick = o->nick, .address = o->address, .role = o->role,
		           .affiliation = o->affiliation, .presence = o->presence, .status = o->status, .occupant = o->id), user);
}

void account_event(const Account *a, WireAccount *event)
{
	*event = WIRE(ACCOUNT, Account, .account = a->name, .protocol = a->protocol, .address = a->address, .enabled = a->enabled, .state = a->state,
	              .reason = a->reason, .text = a->text, .since = a->since, .retry = a->retry, .nick = a->nick, .presence = a->presence,
	              .status = a->status, .can = words(a->can));
}

void model_snapshot(const Model *m, Each each, gpointer user)
{
	GHashTableIter iter;
	Contact *c;
	Chat *chat;
	for (guint i = 0; i < m->accounts->len; i++) {
		const Account *a = m->accounts->pdata[i];
		WireAccount event;
		account_event(a, &event);
		each(&event, user);
		if (a->hole.until)
			each(&WIRE(HOLE, Hole, .account = a->name, .since = a->hole.since, .until = a->hole.until, .loading = a->hole.loading), user);
		g_hash_table_iter_init(&iter, a->contacts);
		while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&c)) {
			each(&WIRE(CONTACT, Contact, .account = a->name, .address = c->address, .name = c->name, .groups = words(c->groups),
			           .subscription = c->subscription, .asked = c->asked), user);
			if (c->presence != PRESENCE_OFFLINE || c->status)
				each(&WIRE(PRESENCE, ContactPresence, .account = a->name, .address = c->address, .presence = c->presence,
				           .status = c->status, .device = c->device), user);
		}
		g_hash_table_iter_init(&iter, a->chats);
		while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&chat))
			snapshot_chat(chat, each, user);
	}
	for (guint i = 0; i < m->cards->len; i++) {
		const Card *card = m->cards->pdata[i];
		for (guint k = 0; k < card->fields->len; k++)
			each(card->fields->pdata[k], user);
		each(card->card, user);
	}
	for (guint i = 0; i < m->transfers->len; i++)
		each(((FileTransfer *)m->transfers->pdata[i])->transfer, user);
}

/* ---- questions ---- */

gboolean account_is_online(const Account *a)
{
	return a->state == ACCOUNT_ONLINE;
}

gboolean account_can(const Account *a, const char *ability)
{
	return a->can && g_strv_contains(words(a->can), ability);
}

const char *contact_title(const Contact *c)
{
	return c->name && *c->name ? c->name : c->address;
}

static char *local_part(const char *address)
{
	const char *at = strchr(address, '@');
	return at && at > address ? g_strndup(address, (gsize)(at - address)) : g_strdup(address);
}

char *chat_title(const Chat *c)
{
	Contact *contact = model_contact(c->account, c->address);
	const char *slash = strchr(c->address, '/');
	if (contact)
		return g_strdup(contact_title(contact));
	if (c->kind == CHAT_PRIVATE && slash) {
		g_autofree char *room_address = g_strndup(c->address, (gsize)(slash - c->address));
		g_autofree char *room = local_part(room_address);
		return g_strdup_printf("%s (%s)", slash + 1, room);
	}
	if (c->kind == CHAT_ROOM && c->bookmark_name)
		return g_strdup(c->bookmark_name);
	if (c->kind == CHAT_ROOM)
		return c->name ? g_strdup(c->name) : local_part(c->address);
	return g_strdup(c->address);
}

Hole chat_hole(const Chat *c)
{
	static const Hole none;
	return c->has_hole ? c->hole : c->kind == CHAT_DIRECT ? c->account->hole : none;
}

gboolean chat_wants_notification(const Chat *c, gboolean mention)
{
	const char *notify = c->notify ? c->notify : c->kind == CHAT_ROOM ? "mentions" : "all";
	return !strcmp(notify, "all") || (mention && !strcmp(notify, "mentions"));
}

void model_unread(const Model *m, gint64 *unread, gint64 *mentions)
{
	GHashTableIter iter;
	Chat *c;
	*unread = *mentions = 0;
	for (guint i = 0; i < m->accounts->len; i++) {
		g_hash_table_iter_init(&iter, ((Account *)m->accounts->pdata[i])->chats);
		while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&c)) {
			if (g_strcmp0(c->notify, "none"))
				*unread += c->unread;
			*mentions += c->mentions;
		}
	}
}

/* ---- finding whom somebody means ---- */

static gboolean same_ignoring_case(const char *one, const char *two)
{
	g_autofree char *a = g_utf8_casefold(one, -1), *b = g_utf8_casefold(two, -1);
	return !strcmp(a, b);
}

typedef struct {
	Account *account;
	const char *address;
} Hit;

static void gather_hits(const Account *a, const char *who, GArray *addresses, GArray *names)
{
	GHashTableIter iter;
	Contact *contact;
	Chat *chat;
	Hit hit = { (Account *)a, NULL };
	g_hash_table_iter_init(&iter, a->contacts);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&contact)) {
		hit.address = contact->address;
		if (same_ignoring_case(contact->address, who))
			g_array_append_val(addresses, hit);
		else if (same_ignoring_case(contact_title(contact), who))
			g_array_append_val(names, hit);
	}
	g_hash_table_iter_init(&iter, a->chats);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&chat)) {
		if (model_contact(a, chat->address))
			continue;
		g_autofree char *title = chat_title(chat);
		hit.address = chat->address;
		if (chat->kind == CHAT_PRIVATE ? !strcmp(chat->address, who) : same_ignoring_case(chat->address, who))
			g_array_append_val(addresses, hit);
		else if (same_ignoring_case(title, who))
			g_array_append_val(names, hit);
	}
}

static gboolean fail_ambiguous(const char *who, const GArray *hits, GError **error)
{
	GString *list = g_string_new(NULL);
	for (guint i = 0; i < hits->len && i < 8; i++) {
		const Hit *h = &g_array_index(hits, Hit, i);
		g_string_append_printf(list, "%s%s/%s", i ? ", " : "", h->account->name, h->address);
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\" could be any of %s%s; write one of these", who, list->str, hits->len > 8 ? " …" : "");
	g_string_free(list, TRUE);
	return FALSE;
}

/* What kind of chat an address without a chat is: ROOM/NICK of a known room is private. */
static ChatKind guess_kind(const Account *a, const char *address)
{
	const char *slash = strchr(address, '/');
	if (slash) {
		g_autofree char *room = g_strndup(address, (gsize)(slash - address));
		Chat *chat = model_chat(a, room);
		if (chat && chat->kind == CHAT_ROOM)
			return CHAT_PRIVATE;
	}
	return CHAT_DIRECT;
}

static gboolean fill_target(Target *t, Account *a, const char *address)
{
	t->account = a;
	t->address = g_strdup(address);
	t->contact = model_contact(a, address);
	t->chat = model_chat(a, address);
	t->kind = t->chat ? t->chat->kind : guess_kind(a, address);
	return TRUE;
}

/* The one account that an unknown address would be reached through, if there is just one candidate. */
static Account *only_account(const Model *m, const char *who)
{
	Account *found = NULL;
	gboolean has_at = strchr(who, '@') != NULL;
	for (guint i = 0; i < m->accounts->len; i++) {
		Account *a = m->accounts->pdata[i];
		if (!a->enabled || (has_at && strcmp(a->protocol, "xmpp") && m->accounts->len > 1))
			continue;
		if (found)
			return NULL;
		found = a;
	}
	return found;
}

/* The account that has the room of ROOM/NICK. */
static Account *account_of_occupant(const Model *m, const char *who)
{
	const char *slash = strchr(who, '/');
	g_autofree char *room = slash ? g_strndup(who, (gsize)(slash - who)) : NULL;
	for (guint i = 0; room && slash[1] && i < m->accounts->len; i++) {
		Chat *chat = model_chat(m->accounts->pdata[i], room);
		if (chat && chat->kind == CHAT_ROOM)
			return m->accounts->pdata[i];
	}
	return NULL;
}

gboolean model_find(const Model *m, const char *who, Account *account, Target *target, GError **error)
{
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(Hit));
	g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(Hit));
	const char *slash = strchr(who, '/');
	*target = (Target){ 0 };
	if (!*who) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "nobody is named");
		return FALSE;
	}
	if (slash && slash > who && slash[1]) {
		g_autofree char *name = g_strndup(who, (gsize)(slash - who));
		Account *named = model_account(m, name);
		if (named) {
			/* ACCOUNT/ADDRESS or ACCOUNT/NAME */
			gather_hits(named, slash + 1, addresses, names);
			const GArray *hits = addresses->len ? addresses : names;
			if (hits->len > 1)
				return fail_ambiguous(slash + 1, hits, error);
			return fill_target(target, named, hits->len ? g_array_index(hits, Hit, 0).address : slash + 1);
		}
	}
	for (guint i = 0; i < m->accounts->len; i++)
		if (!account || account == m->accounts->pdata[i])
			gather_hits(m->accounts->pdata[i], who, addresses, names);
	const GArray *hits = addresses->len ? addresses : names;
	if (hits->len == 1)
		return fill_target(target, g_array_index(hits, Hit, 0).account, g_array_index(hits, Hit, 0).address);
	if (hits->len > 1)
		return fail_ambiguous(who, hits, error);
	if (account)
		return fill_target(target, account, who);
	Account *only = account_of_occupant(m, who);
	if (only || (only = only_account(m, who)))
		return fill_target(target, only, who);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, m->accounts->len ? "\"%s\" is in no contact list; write ACCOUNT/ADDRESS" : "\"%s\" can't be reached: there is no account yet; add one with /account add", who);
	return FALSE;
}
