/* test-history-faults.c: the history when things go wrong: a full disk, a damaged or newer or foreign file, an unclean end, kill -9 under load.
 *
 * A small SQLite VFS in front of the real one, registered as the default, makes writes fail when the test says so.
 */
#include "history-help.h"
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the failing disk ---- */

typedef struct {
	sqlite3_file base;
	sqlite3_io_methods methods;
	sqlite3_file *real; /* in the memory behind */
} FaultFile;

static sqlite3_vfs fault_vfs, *real_vfs;
static gint fault_code; /* atomic: what every write gives; SQLITE_OK: none */
static gint fault_writes; /* atomic: writes that succeed before */

static int fault_now(void)
{
	int code = g_atomic_int_get(&fault_code);
	if (code != SQLITE_OK && g_atomic_int_get(&fault_writes) > 0) {
		g_atomic_int_add(&fault_writes, -1);
		return SQLITE_OK;
	}
	return code;
}

#define REAL(file) (((FaultFile *)(file))->real)

static int fault_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }
static int fault_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at) { return REAL(f)->pMethods->xRead(REAL(f), to, n, at); }
static int fault_truncate(sqlite3_file *f, sqlite3_int64 size) { return REAL(f)->pMethods->xTruncate(REAL(f), size); }
static int fault_sync(sqlite3_file *f, int flags) { return REAL(f)->pMethods->xSync(REAL(f), flags); }
static int fault_size(sqlite3_file *f, sqlite3_int64 *size) { return REAL(f)->pMethods->xFileSize(REAL(f), size); }
static int fault_lock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xLock(REAL(f), level); }
static int fault_unlock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xUnlock(REAL(f), level); }
static int fault_reserved(sqlite3_file *f, int *out) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out); }
static int fault_control(sqlite3_file *f, int op, void *arg) { return REAL(f)->pMethods->xFileControl(REAL(f), op, arg); }
static int fault_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int fault_character(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int fault_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) { return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out); }
static int fault_shm_lock(sqlite3_file *f, int from, int n, int flags) { return REAL(f)->pMethods->xShmLock(REAL(f), from, n, flags); }
static void fault_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int fault_unmap(sqlite3_file *f, int remove) { return REAL(f)->pMethods->xShmUnmap(REAL(f), remove); }

static int fault_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	int code = fault_now();
	return code == SQLITE_OK ? REAL(f)->pMethods->xWrite(REAL(f), from, n, at) : code;
}

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	static const sqlite3_io_methods methods = { 2, fault_close, fault_read, fault_write, fault_truncate, fault_sync, fault_size, fault_lock, fault_unlock,
		fault_reserved, fault_control, fault_sector, fault_character, fault_map, fault_shm_lock, fault_barrier, fault_unmap, NULL, NULL };
	FaultFile *file = (FaultFile *)f;
	(void)vfs;
	file->real = (sqlite3_file *)(file + 1);
	int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out);
	file->base.pMethods = code == SQLITE_OK || file->real->pMethods ? &methods : NULL;
	return code;
}

static void register_fault_vfs(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	fault_vfs = *real_vfs;
	fault_vfs.zName = "fault";
	fault_vfs.szOsFile = (int)sizeof(FaultFile) + real_vfs->szOsFile;
	fault_vfs.xOpen = fault_open;
	g_assert_cmpint(sqlite3_vfs_register(&fault_vfs, 1), ==, SQLITE_OK);
}

static void set_fault(int code, int after)
{
	g_atomic_int_set(&fault_writes, after);
	g_atomic_int_set(&fault_code, code);
}

/* ---- full disks and failing ones ---- */

static void assert_trouble(Place *p, guint i, const char *part)
{
	g_assert_cmpint(p->troubles->len, >, i);
	g_test_message("%s", (char *)p->troubles->pdata[i]);
	g_assert_nonnull(strstr(p->troubles->pdata[i], part));
}

/* Nothing is lost or changes its place, the loop goes on, and each side of the trouble is told once. */
static void check_fault(int code, int after, const char *why)
{
	enum { N = 300 };
	Place place = { 0 }, *p = &place;
	Answer answers[N] = { 0 };
	place_make(p);
	place_open(p);
	gint64 before = add(p, IN());
	set_fault(code, after);
	for (int i = 0; i < N; i++)
		history_add(p->history, IN(.time = 5000 + i), help_changed, &answers[i]);
	while (!p->troubles->len)
		g_main_context_iteration(NULL, TRUE);
	assert_trouble(p, 0, why);
	g_assert_cmpint(*(char *)p->troubles->pdata[0], ==, '!');
	g_assert_cmpint(history_backlog(p->history), >, 0);
	g_autoptr(GString) ids = g_string_new(NULL);
	g_assert_true(reader_before(p->reader, NULL, NULL, NULL, 1000, help_note_id, ids, NULL)); /* reading goes on */
	set_fault(SQLITE_OK, 0);
	for (int i = 0; i < N; i++)
		g_assert_cmpint(help_wait(&answers[i]), ==, before + 1 + i);
	flush(p);
	g_assert_cmpint(p->troubles->len, ==, 2);
	assert_trouble(p, 1, "  the history \"");
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message"), ==, N + 1);
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, N + 1);
	place_remove(p);
}

static void test_full_disk(void)
{
	check_fault(SQLITE_FULL, 0, "database or disk is full");
	check_fault(SQLITE_FULL, 3, "database or disk is full");
}

static void test_failing_disk(void)
{
	check_fault(SQLITE_IOERR_WRITE, 0, "disk I/O error");
	check_fault(SQLITE_IOERR_WRITE, 7, "disk I/O error");
}

/* Closing with the disk still full ends, and says what was not stored. */
static void test_close_with_full_disk(void)
{
	Place place = { 0 }, *p = &place;
	Answer answer = { 0 };
	place_make(p);
	place_open(p);
	add(p, IN());
	set_fault(SQLITE_FULL, 0);
	history_add(p->history, IN(), help_changed, &answer);
	place_close(p);
	set_fault(SQLITE_OK, 0);
	g_assert_true(answer.done);
	g_assert_cmpint(answer.id, ==, 0);
	g_assert_cmpstr(answer.error, ==, "database or disk is full: it could not be stored");
	g_free(answer.error);
	place_open(p);
	g_assert_cmpint(add(p, IN()), ==, 2);
	place_remove(p);
}

/* ---- damaged files ---- */

static char *damaged_file(Place *p)
{
	g_autoptr(GDir) directory = g_dir_open(p->directory, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(directory)))
		if (strstr(name, ".damaged-") && !g_str_has_suffix(name, "-wal") && !g_str_has_suffix(name, "-shm"))
			return g_build_filename(p->directory, name, NULL);
	return NULL;
}

static void overwrite(const char *path, gsize at, const char *with, gsize length)
{
	FILE *file = g_fopen(path, "r+");
	g_assert_nonnull(file);
	g_assert_cmpint(fseek(file, (long)at, SEEK_SET), ==, 0);
	g_assert_cmpint(fwrite(with, 1, length, file), ==, length);
	fclose(file);
}

static void fill(Place *p, int n)
{
	static const char *const groups[] = { "Friends", NULL };
	for (int i = 0; i < n; i++) {
		g_autofree char *text = g_strdup_printf("message number %d with some more words to fill pages", i + 1);
		history_add(p->history, IN(.text = text, .time = i + 1), NULL, NULL);
	}
	history_add(p->history, OUT("out"), NULL, NULL);
	history_add(p->history, OUT("correction", .type = MESSAGE_CORRECTION, .target = "out", .text = "/me hums"), NULL, NULL);
	history_set_mark(p->history, "work", "out", "mark", NULL, NULL);
	history_keep(p->history, "work", "roster", "v1", NULL, NULL);
	history_put_contact(p->history, &WIRE(CONTACT, Contact, .account = "work", .address = "a@x", .groups = groups));
	flush(p);
}

static void test_not_a_database(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	g_assert_true(g_file_set_contents(p->path, "this was never a history, but somebody may want it back ........................................................................", -1, NULL));
	place_open(p);
	g_assert_cmpint(add(p, IN()), ==, 1);
	g_autofree char *aside = damaged_file(p), *text = NULL;
	g_assert_nonnull(aside);
	assert_trouble(p, 0, aside);
	g_assert_true(g_file_get_contents(aside, &text, NULL, NULL));
	g_assert_true(g_str_has_prefix(text, "this was never"));
	place_remove(p);
}

static void note_mark(const WireMessage *message, const char *mark, gpointer user)
{
	g_string_append_printf(user, "%s %s", message->own_id, mark);
}

/* A page in the middle of the messages is overwritten, after an end that was not clean. */
/* A history of n messages and one outgoing, of which a page was overwritten and which was not closed properly. FALSE: it can't be made here. */
static gboolean make_damaged(Place *p, int n)
{
	place_make(p);
	place_open(p);
	fill(p, n);
	place_close(p);
	gint64 page = file_number(p->path, "SELECT pageno FROM dbstat WHERE name = 'message' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1 OFFSET 40");
	if (page < 0) {
		place_remove(p);
		g_test_skip("this SQLite has no dbstat");
		return FALSE;
	}
	file_number(p->path, "INSERT OR REPLACE INTO meta VALUES('open', 1)");
	g_autofree char *junk = g_strnfill(4096, '\252');
	overwrite(p->path, (gsize)(page - 1) * 4096, junk, 4096);
	return TRUE;
}

static void test_damaged_page(void)
{
	enum { N = 3000 };
	Place place = { 0 }, *p = &place;
	if (!make_damaged(p, N))
		return;
	place_open(p);
	g_autofree char *aside = damaged_file(p);
	g_assert_nonnull(aside);
	flush(p);
	assert_trouble(p, 0, "the history was damaged; it was set aside as \"");
	gint64 kept = file_number(p->path, "SELECT count(*) FROM message");
	g_test_message("%d of %d messages taken over", (int)kept, N + 2);
	g_assert_cmpint(kept, >, N * 9 / 10);
	g_assert_cmpint(kept, <, N + 2);
	g_autofree WireMessage *first = message_of(p, 1), *last = message_of(p, N + 1);
	g_assert_cmpstr(first->text, ==, "message number 1 with some more words to fill pages");
	g_assert_cmpint(last->state, ==, MESSAGE_QUEUED);
	g_assert_cmpstr(last->text, ==, "hums");
	g_assert_true(last->edited);
	g_autoptr(GString) outbox = g_string_new(NULL);
	g_assert_true(reader_outbox(p->reader, "work", note_mark, outbox, NULL));
	g_assert_cmpstr(outbox->str, ==, "out markcorrection (null)");
	g_auto(GStrv) kept_values = reader_kept(p->reader, "work", NULL);
	g_assert_cmpstr(kept_values[0], ==, "roster=v1");
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM contact"), ==, 1);
	g_assert_cmpint(add(p, OUT("out")), ==, 0); /* doubles are still told */
	g_assert_cmpint(add(p, IN()), ==, N + 3);
	place_remove(p);
}

/* Damage that shows while writing. */
/* A large file is opened at once and checked beside the work. */
static void test_damaged_large(void)
{
	enum { N = 100000 };
	Place place = { 0 }, *p = &place;
	if (!make_damaged(p, N))
		return;
	place_open(p);
	while (!p->troubles->len)
		g_main_context_iteration(NULL, TRUE);
	g_test_message("%s", (char *)p->troubles->pdata[0]);
	assert_trouble(p, 0, "the history was damaged; it was set aside as \"");
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message"), >, N * 9 / 10);
	g_assert_cmpint(add(p, IN()), >, N);
	place_remove(p);
}

static void test_damaged_while_open(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	place_open(p);
	fill(p, 100);
	set_fault(SQLITE_CORRUPT, 0);
	Answer answer = { 0 };
	history_add(p->history, IN(), help_changed, &answer);
	while (!p->troubles->len)
		g_main_context_iteration(NULL, TRUE);
	set_fault(SQLITE_OK, 0);
	help_wait(&answer);
	g_assert_cmpint(answer.id, ==, 103);
	/* The reader that was open follows. */
	g_autofree WireMessage *m = message_of(p, answer.id);
	g_assert_nonnull(m);
	g_autofree WireMessage *old = message_of(p, 50);
	g_assert_nonnull(old);
	place_remove(p);
}

static void test_moved_away(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	place_open(p);
	add(p, IN());
	add(p, IN());
	g_autofree char *elsewhere = g_build_filename(p->directory, "elsewhere.db", NULL);
	g_assert_cmpint(g_rename(p->path, elsewhere), ==, 0);
	g_assert_cmpint(add(p, IN()), ==, 3);
	flush(p);
	assert_trouble(p, 0, "was moved away");
	g_autofree WireMessage *m = message_of(p, 3);
	g_assert_nonnull(m);
	place_remove(p);
}

/* Damage in the search's own tables costs nothing but making them anew. */
static void test_damaged_search(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	place_open(p);
	for (int i = 0; i < 600; i++)
		history_add(p->history, IN(.text = "needle"), NULL, NULL);
	flush(p);
	while (file_number(p->path, "SELECT value FROM meta WHERE key = 'indexed'") < 400)
		g_thread_yield();
	place_close(p);
	file_number(p->path, "UPDATE message_words_data SET block = x'00' WHERE id >= 10");
	place_open(p);
	for (int i = 0; i < 600; i++)
		history_add(p->history, IN(.text = "needle"), NULL, NULL);
	flush(p);
	while (file_number(p->path, "SELECT value FROM meta WHERE key = 'indexed'") < 1000)
		g_thread_yield();
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message"), ==, 1200);
	g_assert_cmpint(p->troubles->len, ==, 0);
	place_remove(p);
}

/* ---- versions and foreign files ---- */

static void assert_refused(Place *p, HistoryError code, const char *part)
{
	g_autoptr(GError) error = NULL, reader_error = NULL;
	g_assert_null(history_open(p->path, &help_events, p, &error));
	g_test_message("%s", error->message);
	g_assert_error(error, HISTORY_ERROR, (int)code);
	g_assert_nonnull(strstr(error->message, part));
	g_assert_null(reader_open(p->path, &reader_error));
	g_assert_error(reader_error, HISTORY_ERROR, (int)code);
}

static void test_newer(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	place_open(p);
	add(p, IN());
	place_close(p);
	file_number(p->path, "PRAGMA user_version = 99");
	assert_refused(p, HISTORY_ERROR_NEWER, "made by a newer kith (version 99");
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message"), ==, 1);
	g_assert_null(damaged_file(p));
	place_remove(p);
}

static void test_foreign(void)
{
	Place place = { 0 }, *p = &place;
	sqlite3 *db;
	place_make(p);
	g_assert_cmpint(sqlite3_open(p->path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, "CREATE TABLE precious(x)", NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
	assert_refused(p, HISTORY_ERROR_FAILED, "not a history of kith");
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM precious"), ==, 0);
	place_remove(p);
}

static void test_empty_file_is_migrated(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	g_assert_true(g_file_set_contents(p->path, "", 0, NULL));
	g_autoptr(GError) error = NULL;
	g_assert_null(reader_open(p->path, &error));
	g_assert_nonnull(strstr(error->message, "older kith"));
	place_open(p);
	g_assert_cmpint(add(p, IN()), ==, 1);
	g_assert_cmpint(file_number(p->path, "PRAGMA user_version"), ==, 3);
	place_remove(p);
}

static void test_missing(void)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(reader_open("/nonexistent/history.db", &error));
	g_assert_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED);
	g_clear_error(&error);
	g_assert_null(history_open("/proc/nowhere/history.db", NULL, NULL, &error));
	g_assert_nonnull(error);
}

/* ---- modes ---- */

static void test_modes(void)
{
	static const char *const names[] = { "history.db", "history.db-wal", "history.db-shm" };
	Place place = { 0 }, *p = &place;
	struct stat info;
	place_make(p);
	g_free(p->path);
	p->path = g_build_filename(p->directory, "deep", "history.db", NULL);
	mode_t mask = umask(0);
	place_open(p);
	add(p, IN());
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(p->directory, "deep", names[i], NULL);
		g_assert_cmpint(stat(path, &info), ==, 0);
		g_assert_cmpint(info.st_mode & 07777, ==, 0600);
	}
	g_autofree char *deep = g_path_get_dirname(p->path);
	g_assert_cmpint(stat(deep, &info), ==, 0);
	g_assert_cmpint(info.st_mode & 07777, ==, 0700);
	place_close(p);
	/* A file that was restored with others' rights loses them; a strict umask takes nothing away. */
	g_assert_cmpint(chmod(p->path, 0666), ==, 0);
	umask(0777);
	place_open(p);
	umask(mask);
	g_assert_cmpint(stat(p->path, &info), ==, 0);
	g_assert_cmpint(info.st_mode & 07777, ==, 0600);
	place_remove(p);
}

/* ---- readers beside, before and after a writer ---- */

static void test_reader_alone(void)
{
	Place place = { 0 }, *p = &place;
	g_autoptr(GError) error = NULL;
	place_make(p);
	place_open(p);
	add(p, IN());
	place_close(p);
	p->reader = reader_open(p->path, &error);
	g_assert_no_error(error);
	g_autofree WireMessage *m = message_of(p, 1);
	g_assert_nonnull(m);
	/* A writer that comes later is seen. */
	p->history = history_open(p->path, NULL, NULL, &error);
	g_assert_no_error(error);
	add(p, IN());
	g_autofree WireMessage *second = message_of(p, 2);
	g_assert_nonnull(second);
	place_remove(p);
}

static gpointer read_all_the_time(gpointer data)
{
	Place *p = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(Reader) reader = reader_open(p->path, &error);
	g_autoptr(GString) ids = g_string_new(NULL);
	gint64 last = 0;
	g_assert_no_error(error);
	while (last < 30000) {
		g_string_truncate(ids, 0);
		g_assert_true(reader_before(reader, NULL, NULL, NULL, 1, help_note_id, ids, &error));
		g_assert_no_error(error);
		gint64 now = g_ascii_strtoll(ids->str, NULL, 10);
		g_assert_cmpint(now, >=, last);
		last = now;
		g_string_truncate(ids, 0);
		g_assert_true(reader_search(reader, &(ReaderSearch){ .words = "needle", .limit = 3 }, help_note_id, ids, &error));
		g_assert_no_error(error);
		if (last)
			g_assert_cmpint(g_ascii_strtoll(ids->str, NULL, 10), >=, last);
	}
	return NULL;
}

static void test_reading_while_writing(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	place_open(p);
	GThread *thread = g_thread_new("reader", read_all_the_time, p);
	for (int i = 0; i < 30000; i++) {
		history_add(p->history, IN(.text = "a needle"), NULL, NULL);
		if (i % 1000 == 0)
			flush(p);
	}
	flush(p);
	g_thread_join(thread);
	place_remove(p);
}

/* ---- kill -9 ---- */

static void tell_stored(G_GNUC_UNUSED History *history, const HistoryChange *change, const GError *error, gpointer user)
{
	gint64 id = change->id;
	g_assert_no_error(error);
	g_assert_cmpint(write(GPOINTER_TO_INT(user), &id, sizeof id), ==, sizeof id);
}

/* Stores without end and tells its parent each id whose callback came. */
static void write_for_ever(const char *path, int fd)
{
	g_autoptr(GError) error = NULL;
	History *history = history_open(path, NULL, NULL, &error);
	g_assert_no_error(error);
	for (guint64 n = 0;; n++) {
		char cursor[24];
		g_snprintf(cursor, sizeof cursor, "%" G_GUINT64_FORMAT, n);
		history_add(history, IN(.cursor = cursor, .text = "under load"), tell_stored, GINT_TO_POINTER(fd));
		while (history_backlog(history) > 2000 || g_main_context_pending(NULL))
			g_main_context_iteration(NULL, TRUE);
	}
}

static void kill_once(Place *p, const char *program, gint64 wanted)
{
	int fds[2], status;
	gint64 id = 0, count = 0, last = 0;
	g_assert_cmpint(pipe(fds), ==, 0);
	g_autofree char *fd = g_strdup_printf("%d", fds[1]);
	pid_t child = fork();
	if (!child) {
		execl(program, program, "--write-for-ever", p->path, fd, NULL);
		_exit(127);
	}
	close(fds[1]);
	while (count < wanted && read(fds[0], &id, sizeof id) == sizeof id) {
		count++;
		last = id;
	}
	g_assert_cmpint(kill(child, SIGKILL), ==, 0);
	while (read(fds[0], &id, sizeof id) == sizeof id)
		last = id;
	close(fds[0]);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpint(count, ==, wanted);
	place_open(p);
	g_assert_cmpint(p->troubles->len, ==, 0);
	g_autofree WireMessage *m = message_of(p, last);
	g_assert_nonnull(m);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) = max(id) FROM message"), ==, 1);
	g_assert_cmpint(file_number(p->path, "SELECT (SELECT max(id) FROM message) = (SELECT last FROM chat)"), ==, 1);
	g_assert_cmpint(file_number(p->path, "SELECT (SELECT unread FROM chat) = (SELECT count(*) FROM message)"), ==, 1);
	place_close(p);
}

static void test_kill(gconstpointer program)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	for (int i = 0; i < 6; i++)
		kill_once(p, program, 500 + i * 1777);
	place_remove(p);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--write-for-ever"))
		write_for_ever(argv[2], (int)g_ascii_strtoll(argv[3], NULL, 10));
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
	g_test_init(&argc, &argv, NULL);
	register_fault_vfs();
	g_test_add_func("/history/faults/full-disk", test_full_disk);
	g_test_add_func("/history/faults/failing-disk", test_failing_disk);
	g_test_add_func("/history/faults/close-with-full-disk", test_close_with_full_disk);
	g_test_add_func("/history/faults/not-a-database", test_not_a_database);
	g_test_add_func("/history/faults/damaged-page", test_damaged_page);
	g_test_add_func("/history/faults/damaged-large", test_damaged_large);
	g_test_add_func("/history/faults/damaged-while-open", test_damaged_while_open);
	g_test_add_func("/history/faults/moved-away", test_moved_away);
	g_test_add_func("/history/faults/damaged-search", test_damaged_search);
	g_test_add_func("/history/faults/newer", test_newer);
	g_test_add_func("/history/faults/foreign", test_foreign);
	g_test_add_func("/history/faults/empty-file-is-migrated", test_empty_file_is_migrated);
	g_test_add_func("/history/faults/missing", test_missing);
	g_test_add_func("/history/faults/modes", test_modes);
	g_test_add_func("/history/faults/reader-alone", test_reader_alone);
	g_test_add_func("/history/faults/reading-while-writing", test_reading_while_writing);
	g_test_add_data_func("/history/faults/kill", program, test_kill);
	return g_test_run();
}
