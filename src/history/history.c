/* history.c: the writer: a thread that takes jobs in their order and commits them in batches. See history.h.
 *
 * Main loop: history_* makes a Job and puts it into the queue. Thread: takes all that is queued (up to BATCH_MAX) into one transaction and puts the
 * jobs into the done queue, with one wake-up of the main loop a batch. While commits follow each other closely, the next one waits until COMMIT_PAUSE
 * has passed since the last, so that a flood makes large batches; a single message never waits. With nothing to do the thread sleeps without a timer.
 * A batch that can't be written stays at the head and is tried again with growing pauses; so nothing is lost or changes its place.
 */
#include "history/store.h"
#include <string.h>

#define BATCH_MAX 4096
#define COMMIT_PAUSE 2000      /* µs between the commits of a flood */
#define BURST 32               /* jobs in one batch that make it a flood */
#define QUIET 100000           /* µs without a job after a flood before upkeep begins */
#define RETRY_MIN 250000       /* µs */
#define RETRY_MAX 30000000
#define CALLBACKS_AT_ONCE 256  /* jobs delivered before the main loop may do something else */

typedef struct Job Job;
typedef int (*JobRun)(Store *store, Job *job);

struct Job {
	JobRun run;        /* NULL: nothing to store (flush, trouble) */
	Wire *message;     /* owned; may be NULL */
	char *text[4];     /* owned: account, then what the job needs */
	gint64 number;
	HistoryDone done;
	HistoryChanged changed;
	gpointer user;
	gint64 id;         /* for done */
	HistoryChange change; /* for changed */
	GError *error;     /* for done */
	char *trouble;     /* owned: not a job of a caller but something for on_trouble */
	gboolean failure;
};

struct History {
	HistoryEvents events;
	gpointer user;
	GThread *thread;
	GSource *source;   /* wakes the main loop for what is done */
	gint backlog;      /* atomic */
	gint references;   /* the owner's and deliver's; main loop only */
	gboolean closed;   /* main loop only */

	GMutex lock;       /* of the seven below */
	GCond wake;
	GQueue queue;      /* of Job, to do */
	GQueue done;       /* of Job, to deliver */
	gboolean closing;
	gboolean damaged;  /* the checker found it */
	gboolean replaced; /* what the checker looks at is no longer the file */
	sqlite3 *checked;  /* the checker's connection while it works, to interrupt it */

	GThread *checker;  /* NULL: nothing to check */
	/* the thread's own */
	Store *store;
	gint64 committed;  /* monotonic time of the last commit */
	gint64 upkeep_from; /* monotonic time before which no upkeep is done */
	gboolean fat;      /* the memory of a flood has not been given back yet */
	gboolean trouble;
	gint64 pause;
};

static void job_free(Job *job)
{
	for (guint i = 0; i < G_N_ELEMENTS(job->text); i++)
		g_free(job->text[i]);
	g_clear_error(&job->error);
	g_clear_pointer(&job->change.changed, g_array_unref);
	g_free(job->message);
	g_free(job->trouble);
	g_free(job);
}

/* ---- the main loop's side: delivery ---- */

static void history_unref(History *history)
{
	if (--history->references)
		return;
	g_mutex_clear(&history->lock);
	g_cond_clear(&history->wake);
	g_free(history);
}

static Job *pop_done(History *history)
{
	g_mutex_lock(&history->lock);
	Job *job = g_queue_pop_head(&history->done);
	g_mutex_unlock(&history->lock);
	return job;
}

static void deliver_one(History *history, Job *job)
{
	if (job->trouble && history->events.on_trouble)
		history->events.on_trouble(job->trouble, job->failure, history->user);
	if (job->done)
		job->done(history, job->id, job->error, job->user);
	if (job->changed)
		job->changed(history, &job->change, job->error, job->user);
	job_free(job);
}

/* A callback may close the history. */
static gboolean deliver(gpointer data)
{
	History *history = data;
	Job *job;
	guint n = 0;
	history->references++;
	g_source_set_ready_time(history->source, -1);
	while (n++ < CALLBACKS_AT_ONCE && !history->closed && (job = pop_done(history)))
		deliver_one(history, job);
	if (n > CALLBACKS_AT_ONCE && !history->closed)
		g_source_set_ready_time(history->source, 0);
	history_unref(history);
	return G_SOURCE_CONTINUE;
}

static gboolean dispatch(G_GNUC_UNUSED GSource *source, GSourceFunc callback, gpointer data)
{
	return callback(data);
}

static GSourceFuncs source_functions = { .dispatch = dispatch };

/* ---- the thread's side ---- */

static void hand_over(History *history, GQueue *jobs)
{
	Job *job;
	guint n = jobs->length;
	gboolean any = FALSE;
	g_mutex_lock(&history->lock);
	while ((job = g_queue_pop_head(jobs))) {
		if (!job->done && !job->changed && !job->trouble) {
			job_free(job);
			continue;
		}
		g_queue_push_tail(&history->done, job);
		any = TRUE;
	}
	g_mutex_unlock(&history->lock);
	g_atomic_int_add(&history->backlog, -(gint)n);
	if (any)
		g_source_set_ready_time(history->source, 0);
}

static void tell(History *history, char *text, gboolean failure)
{
	Job *job = g_new0(Job, 1);
	job->trouble = text;
	job->failure = failure;
	g_mutex_lock(&history->lock);
	g_queue_push_tail(&history->done, job);
	g_mutex_unlock(&history->lock);
	g_source_set_ready_time(history->source, 0);
}

/* A job that is tried again begins anew. */
static void forget_result(Job *job)
{
	g_clear_pointer(&job->change.changed, g_array_unref);
	job->change = (HistoryChange){ 0 };
	job->id = 0;
}

/* TRUE for what no later try can store. */
static gboolean is_hopeless(int code)
{
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT: case SQLITE_TOOBIG: case SQLITE_MISMATCH: case SQLITE_RANGE: return TRUE;
	default: return FALSE;
	}
}

static int run_batch(History *history, GQueue *batch, Job **culprit)
{
	*culprit = NULL;
	if (store_was_moved(history->store))
		return SQLITE_READONLY_DBMOVED;
	int code = store_begin(history->store);
	for (GList *l = batch->head; l && code == SQLITE_OK; l = l->next) {
		Job *job = l->data;
		if (!job->run || job->error)
			continue;
		forget_result(job);
		if ((code = job->run(history->store, job)) != SQLITE_OK)
			*culprit = job;
	}
	return code == SQLITE_OK ? store_commit(history->store) : code;
}

static void begin_trouble(History *history, const char *why)
{
	if (history->trouble)
		return;
	history->trouble = TRUE;
	history->pause = RETRY_MIN;
	tell(history, g_strdup_printf("%s: new messages are kept in memory until the history \"%s\" can be written", why, store_path(history->store)), TRUE);
}

static void end_trouble(History *history)
{
	if (!history->trouble)
		return;
	history->trouble = FALSE;
	tell(history, g_strdup_printf("the history \"%s\" is written again; nothing was lost", store_path(history->store)), FALSE);
}

/* Sleeps before the next try; FALSE when the history is being closed. */
static gboolean wait_for_better(History *history)
{
	gint64 until = g_get_monotonic_time() + history->pause;
	history->pause = MIN(history->pause * 2, RETRY_MAX);
	g_mutex_lock(&history->lock);
	while (!history->closing && g_cond_wait_until(&history->wake, &history->lock, until))
		;
	gboolean closing = history->closing;
	g_mutex_unlock(&history->lock);
	return !closing;
}

static gboolean was_moved_or_damaged(int code)
{
	return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB || code == SQLITE_READONLY_DBMOVED;
}

/* What the checker finds from now on is not about the file that is there. */
static void forget_check(History *history)
{
	g_mutex_lock(&history->lock);
	history->damaged = FALSE;
	history->replaced = TRUE;
	if (history->checked)
		sqlite3_interrupt(history->checked);
	g_mutex_unlock(&history->lock);
}

/* Puts a new file in the place of a damaged or missing one. */
static gboolean renew(History *history)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	forget_check(history);
	if (store_renew(history->store, &text, &error)) {
		tell(history, g_steal_pointer(&text), TRUE);
		return TRUE;
	}
	begin_trouble(history, error->message);
	return FALSE;
}

static void give_up(GQueue *batch, int code, const char *why)
{
	for (GList *l = batch->head; l; l = l->next) {
		Job *job = l->data;
		if (job->run && !job->error)
			job->error = g_error_new(HISTORY_ERROR, database_error_code(code), "%s: it could not be stored", why);
		forget_result(job);
	}
}

/* Works until the batch is stored, or the history is closed and a last try failed. */
static void commit_batch(History *history, GQueue *batch)
{
	gboolean last_try = FALSE;
	Job *culprit = NULL;
	int code;
	while ((code = store_database(history->store)->handle ? run_batch(history, batch, &culprit) : SQLITE_NOTADB) != SQLITE_OK) {
		Database *db = store_database(history->store);
		g_autofree char *why = g_strdup(db->handle ? sqlite3_errmsg(db->handle) : "no file");
		store_rollback(history->store);
		if (culprit && is_hopeless(code)) {
			culprit->error = g_error_new(HISTORY_ERROR, HISTORY_ERROR_FAILED, "%s: it can't be stored", why);
			forget_result(culprit);
			continue;
		}
		if (was_moved_or_damaged(code) && renew(history))
			continue;
		begin_trouble(history, why);
		if (last_try) {
			give_up(batch, code, why);
			return;
		}
		last_try = !wait_for_better(history);
	}
	history->committed = g_get_monotonic_time();
	end_trouble(history);
}

static void do_upkeep(History *history)
{
	int code = store_tidy(history->store);
	history->fat = TRUE;
	if (code == SQLITE_OK)
		return;
	history->upkeep_from = g_get_monotonic_time() + RETRY_MAX;
	if (was_moved_or_damaged(code))
		renew(history);
}

/* With the lock held and no job queued: upkeep now, later, or sleep. TRUE: look at the queue again; FALSE: do a slice of upkeep. */
static gboolean rest(History *history)
{
	if (store_is_untidy(history->store)) {
		if (g_get_monotonic_time() >= history->upkeep_from)
			return FALSE;
		g_cond_wait_until(&history->wake, &history->lock, history->upkeep_from);
	} else if (history->fat) {
		history->fat = FALSE;
		g_mutex_unlock(&history->lock);
		store_slim(history->store);
		g_mutex_lock(&history->lock);
	} else {
		g_cond_wait(&history->wake, &history->lock);
	}
	return TRUE;
}

/* Takes what is queued; an empty batch means a slice of upkeep. FALSE at the end. */
static gboolean next_batch(History *history, GQueue *batch)
{
	gboolean upkeep = FALSE, more = TRUE;
	g_mutex_lock(&history->lock);
	while (!history->queue.length && !history->closing && !upkeep && !history->damaged)
		upkeep = !rest(history);
	while (history->queue.length && history->queue.length < BATCH_MAX && !history->closing &&
		g_cond_wait_until(&history->wake, &history->lock, history->committed + COMMIT_PAUSE))
		;
	while (batch->length < BATCH_MAX && history->queue.length)
		g_queue_push_tail_link(batch, g_queue_pop_head_link(&history->queue));
	more = batch->length || !history->closing;
	g_mutex_unlock(&history->lock);
	return more;
}

/* What the checker found; the flag is taken back. */
static gboolean was_found_damaged(History *history)
{
	g_mutex_lock(&history->lock);
	gboolean damaged = history->damaged;
	history->damaged = FALSE;
	g_mutex_unlock(&history->lock);
	return damaged;
}

static gpointer work(gpointer data)
{
	History *history = data;
	GQueue batch = G_QUEUE_INIT;
	while (next_batch(history, &batch)) {
		if (was_found_damaged(history))
			renew(history);
		if (!batch.length) {
			do_upkeep(history);
			continue;
		}
		commit_batch(history, &batch);
		if (batch.length > BURST) {
			history->fat = TRUE;
			history->upkeep_from = MAX(history->upkeep_from, g_get_monotonic_time() + QUIET);
		}
		hand_over(history, &batch);
		if (store_log_is_long(history->store))
			store_write_back(history->store);
	}
	return NULL;
}

/* The checker: a large file whose last end was unclean is checked on a connection and in a thread of its own, while the work goes on. */
static gpointer check(gpointer data)
{
	History *history = data;
	Database database = { 0 };
	database_hold_files();
	gboolean open = database_open(&database, store_path(history->store), DATABASE_READ, NULL);
	if (open)
		database_number(&database, 0, NULL, "SELECT count(*) FROM sqlite_schema", "");
	database_release_files();
	if (!open)
		return NULL;
	g_mutex_lock(&history->lock);
	gboolean closing = history->closing;
	history->checked = database.handle;
	g_mutex_unlock(&history->lock);
	gboolean sound = closing || store_database_is_sound(&database);
	g_mutex_lock(&history->lock);
	history->checked = NULL;
	history->damaged = !sound && !history->closing && !history->replaced;
	g_cond_signal(&history->wake);
	g_mutex_unlock(&history->lock);
	database_close(&database);
	return NULL;
}

/* ---- opening and closing ---- */

History *history_open(const char *path, const HistoryEvents *events, gpointer user, GError **error)
{
	char *trouble = NULL;
	Store *store = store_open(path, &trouble, error);
	g_autoptr(GMainContext) context = g_main_context_ref_thread_default();
	if (!store)
		return NULL;
	History *history = g_new0(History, 1);
	history->store = store;
	history->user = user;
	if (events)
		history->events = *events;
	history->references = 1;
	g_mutex_init(&history->lock);
	g_cond_init(&history->wake);
	history->source = g_source_new(&source_functions, sizeof(GSource));
	g_source_set_name(history->source, "history");
	g_source_set_callback(history->source, deliver, history, NULL);
	g_source_attach(history->source, context);
	if (trouble)
		tell(history, trouble, TRUE);
	if (store_is_unchecked(store))
		history->checker = g_thread_new("history check", check, history);
	history->thread = g_thread_new("history", work, history);
	return history;
}

void history_close(History *history)
{
	Job *job;
	if (!history)
		return;
	g_mutex_lock(&history->lock);
	history->closing = TRUE;
	g_cond_signal(&history->wake);
	if (history->checked)
		sqlite3_interrupt(history->checked);
	g_mutex_unlock(&history->lock);
	if (history->checker)
		g_thread_join(history->checker);
	g_thread_join(history->thread);
	store_close(history->store);
	history->store = NULL;
	history->closed = TRUE;
	/* What callbacks ask for now comes too late, and is told so; see submit. */
	while ((job = pop_done(history)))
		deliver_one(history, job);
	g_source_destroy(history->source);
	g_source_unref(history->source);
	history_unref(history);
}

/* ---- jobs ---- */

static void submit_job(History *history, Job *job)
{
	g_mutex_lock(&history->lock);
	if (history->closing) {
		g_set_error_literal(&job->error, HISTORY_ERROR, HISTORY_ERROR_FAILED, "the history is closed");
		g_queue_push_tail(&history->done, job);
	} else {
		g_queue_push_tail(&history->queue, job);
		g_atomic_int_inc(&history->backlog);
		if (history->queue.length == 1 || history->queue.length == BATCH_MAX)
			g_cond_signal(&history->wake);
	}
	g_mutex_unlock(&history->lock);
}

static void submit(History *history, Job *job, HistoryDone done, gpointer user)
{
	job->done = done;
	job->user = user;
	submit_job(history, job);
}

static void submit_change(History *history, Job *job, HistoryChanged changed, gpointer user)
{
	job->changed = changed;
	job->user = user;
	submit_job(history, job);
}

static Job *job_new(JobRun run, const void *message)
{
	Job *job = g_new0(Job, 1);
	job->run = run;
	job->message = message ? wire_copy(message) : NULL;
	return job;
}

static int run_add(Store *store, Job *job)
{
	return store_add(store, (const WireMessage *)job->message, &job->change);
}

void history_add(History *history, const WireMessage *message, HistoryChanged done, gpointer user)
{
	submit_change(history, job_new(run_add, message), done, user);
}

static int run_set_state(Store *store, Job *job)
{
	return store_set_state(store, (const WireMessageStateChange *)job->message, &job->change);
}

void history_set_state(History *history, const WireMessageStateChange *change, HistoryChanged done, gpointer user)
{
	submit_change(history, job_new(run_set_state, change), done, user);
}

static int run_set_mark(Store *store, Job *job)
{
	return store_set_mark(store, job->text[0], job->text[1], job->text[2], &job->id);
}

void history_set_mark(History *history, const char *account, const char *own_id, const char *mark, HistoryDone done, gpointer user)
{
	Job *job = job_new(run_set_mark, NULL);
	job->text[0] = g_strdup(account);
	job->text[1] = g_strdup(own_id);
	job->text[2] = g_strdup(mark);
	submit(history, job, done, user);
}

static int run_keep(Store *store, Job *job)
{
	return store_keep(store, job->text[0], job->text[1], job->text[2]);
}

void history_keep(History *history, const char *account, const char *key, const char *value, HistoryDone done, gpointer user)
{
	Job *job = job_new(run_keep, NULL);
	job->text[0] = g_strdup(account);
	job->text[1] = g_strdup(key);
	job->text[2] = g_strdup(value);
	submit(history, job, done, user);
}

static int run_set_read(Store *store, Job *job)
{
	return store_set_read(store, (const WireRead *)job->message, &job->change);
}

void history_set_read(History *history, const WireRead *read, HistoryChanged done, gpointer user)
{
	submit_change(history, job_new(run_set_read, read), done, user);
}

static int run_set_saved(Store *store, Job *job)
{
	return store_set_saved(store, job->number, job->text[0], &job->id);
}

void history_set_saved(History *history, gint64 id, const char *path, HistoryDone done, gpointer user)
{
	Job *job = job_new(run_set_saved, NULL);
	job->number = id;
	job->text[0] = g_strdup(path);
	submit(history, job, done, user);
}

static int run_put_contact(Store *store, Job *job)
{
	return store_put_contact(store, (const WireContact *)job->message);
}

void history_put_contact(History *history, const WireContact *contact)
{
	submit(history, job_new(run_put_contact, contact), NULL, NULL);
}

static int run_remove_contact(Store *store, Job *job)
{
	return store_remove_contact(store, job->text[0], job->text[1]);
}

void history_remove_contact(History *history, const char *account, const char *address)
{
	Job *job = job_new(run_remove_contact, NULL);
	job->text[0] = g_strdup(account);
	job->text[1] = g_strdup(address);
	submit(history, job, NULL, NULL);
}

static int run_remove_account(Store *store, Job *job)
{
	return store_remove_account(store, job->text[0]);
}

void history_remove_account(History *history, const char *account)
{
	Job *job = job_new(run_remove_account, NULL);
	job->text[0] = g_strdup(account);
	submit(history, job, NULL, NULL);
}

static int run_clear_chat(Store *store, Job *job)
{
	return store_clear_chat(store, job->text[0], job->text[1]);
}

void history_clear_chat(History *history, const char *account, const char *chat, HistoryDone done, gpointer user)
{
	Job *job = job_new(run_clear_chat, NULL);
	job->text[0] = g_strdup(account);
	job->text[1] = g_strdup(chat);
	submit(history, job, done, user);
}

void history_flush(History *history, HistoryDone done, gpointer user)
{
	submit(history, job_new(NULL, NULL), done, user);
}

guint history_backlog(const History *history)
{
	return (guint)g_atomic_int_get(&history->backlog);
}
