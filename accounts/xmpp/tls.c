/* tls.c: see tls.h. */
#include "config.h"

#include "tls.h"

#include <malloc.h>
#include <string.h>

struct TlsReport {
	StreamCertificate certificate;
	GPtrArray *strings;	/* owned: everything that certificate points to */
	GPtrArray *chain;	/* owned, NULL-terminated */
	GPtrArray *wrong;	/* owned, NULL-terminated, static text */
};

/* While shaking hands and verifying; the thread that verifies only reads. */
typedef struct {
	GTlsConnection *connection;	/* owned */
	GSocketConnectable *identity;	/* owned: the account's domain */
	char *ca_file;			/* owned or NULL */
	char *pin;			/* owned or NULL */
	char *accepted;			/* owned or NULL */
	TlsReport *report;		/* owned */
	gboolean verified;
} TlsHandshake;

/* Where systems keep their authorities in one file. */
static const char *const tls_system_files[] = {
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch, Gentoo */
	"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
	"/etc/ssl/ca-bundle.pem",		/* SUSE */
	"/etc/ssl/cert.pem",			/* Alpine, BSDs */
};

static void tls_prepare(GTask *task, gpointer source G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
			GCancellable *cancellable G_GNUC_UNUSED)
{
	GTlsBackend *backend = g_tls_backend_get_default();

	g_object_unref(g_resolver_get_default());
	if (g_tls_backend_supports_tls(backend)) {
		g_type_class_unref(g_type_class_ref(g_tls_backend_get_client_connection_type(backend)));
		g_task_return_boolean(task, TRUE);
	} else {
		g_task_return_new_error(task, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE,
					"no TLS module for GIO is installed (Debian: glib-networking)");
	}
}

void tls_prepare_async(GAsyncReadyCallback call, gpointer data)
{
	GTask *task = g_task_new(NULL, NULL, call, data);

	g_task_run_in_thread(task, tls_prepare);
	g_object_unref(task);
}

gboolean tls_prepare_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error);
}

static char *tls_format_fingerprint(const char *hex)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; hex[i]; i++) {
		if (i > 0 && i % 2 == 0)
			g_string_append_c(out, ':');
		g_string_append_c(out, g_ascii_toupper(hex[i]));
	}
	return g_string_free(out, FALSE);
}

char *tls_parse_fingerprint(const char *text)
{
	char hex[65];
	guint n = 0;

	for (; text && *text; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		if (!g_ascii_isxdigit(*text) || n == 64)
			return NULL;
		hex[n++] = *text;
	}
	hex[n] = '\0';
	return n == 64 ? tls_format_fingerprint(hex) : NULL;
}

static char *tls_fingerprint(GTlsCertificate *certificate, GChecksumType type)
{
	g_autoptr(GByteArray) der = NULL;
	g_autofree char *hex = NULL;

	g_object_get(certificate, "certificate", &der, NULL);
	if (!der)
		return g_strdup("");
	hex = g_compute_checksum_for_data(type, der->data, der->len);
	return tls_format_fingerprint(hex);
}

static gint64 tls_seconds(GDateTime *time)
{
	return time ? g_date_time_to_unix(time) : 0;
}

static char *tls_day(gint64 seconds)
{
	g_autoptr(GDateTime) time = seconds ? g_date_time_new_from_unix_utc(seconds) : NULL;

	return time ? g_date_time_format(time, "%Y-%m-%d") : g_strdup("?");
}

/* The DNS names and addresses a certificate is for; empty if it has none (a common name is no name). */
static char *tls_names(GTlsCertificate *certificate)
{
	g_autoptr(GPtrArray) names = NULL;
	g_autoptr(GPtrArray) addresses = NULL;
	GString *out = g_string_new(NULL);

	g_object_get(certificate, "dns-names", &names, "ip-addresses", &addresses, NULL);
	for (guint i = 0; names && i < names->len; i++) {
		gsize size;
		const char *name = g_bytes_get_data(names->pdata[i], &size);
		g_autofree char *clean = g_utf8_make_valid(name, size);
		g_string_append_printf(out, "%s%s", out->len ? ", " : "", clean);
	}
	for (guint i = 0; addresses && i < addresses->len; i++) {
		g_autofree char *address = g_inet_address_to_string(addresses->pdata[i]);
		g_string_append_printf(out, "%s%s", out->len ? ", " : "", address);
	}
	return g_string_free(out, FALSE);
}

static const char *tls_keep(TlsReport *report, char *text)
{
	g_ptr_array_add(report->strings, text);
	return text;
}

static const char *tls_keep_property(TlsReport *report, GTlsCertificate *certificate, const char *name)
{
	char *text = NULL;

	g_object_get(certificate, name, &text, NULL);
	if (text && !g_utf8_validate(text, -1, NULL)) {
		char *valid = g_utf8_make_valid(text, -1);
		g_free(text);
		text = valid;
	}
	return tls_keep(report, text ? text : g_strdup(""));
}

static void tls_describe_chain(TlsReport *report, GTlsCertificate *certificate)
{
	for (int n = 0; certificate && n < 10; certificate = g_tls_certificate_get_issuer(certificate), n++) {
		g_autoptr(GDateTime) from = NULL;
		g_autoptr(GDateTime) until = NULL;
		const char *subject = tls_keep_property(report, certificate, "subject-name");
		const char *issuer = tls_keep_property(report, certificate, "issuer-name");
		g_autofree char *sha256 = tls_fingerprint(certificate, G_CHECKSUM_SHA256);
		g_object_get(certificate, "not-valid-before", &from, "not-valid-after", &until, NULL);
		g_autofree char *first = tls_day(tls_seconds(from));
		g_autofree char *last = tls_day(tls_seconds(until));
		g_ptr_array_add(report->chain, (char *)tls_keep(report, g_strdup_printf(
			"%s, issued by %s, valid %s to %s, SHA-256 %s", subject, issuer, first, last, sha256)));
	}
	g_ptr_array_add(report->chain, NULL);
}

static void tls_describe_flags(TlsReport *report, GTlsCertificateFlags flags, gboolean nameless)
{
	static const struct {
		GTlsCertificateFlags flag;
		const char *word;
	} words[] = {
		{ G_TLS_CERTIFICATE_UNKNOWN_CA, "unknown authority" },
		{ G_TLS_CERTIFICATE_BAD_IDENTITY, "wrong name" },
		{ G_TLS_CERTIFICATE_NOT_ACTIVATED, "not valid yet" },
		{ G_TLS_CERTIFICATE_EXPIRED, "expired" },
		{ G_TLS_CERTIFICATE_REVOKED, "revoked" },
		{ G_TLS_CERTIFICATE_INSECURE, "insecure algorithm" },
		{ G_TLS_CERTIFICATE_GENERIC_ERROR, "unusable" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (flags & words[i].flag)
			g_ptr_array_add(report->wrong, (char *)words[i].word);
	if (nameless)
		g_ptr_array_add(report->wrong, (char *)"names no server");
}

static TlsReport *tls_report_new(GTlsCertificate *certificate, GTlsCertificateFlags flags, gboolean nameless,
				 gboolean pin_broken)
{
	TlsReport *report = g_new0(TlsReport, 1);
	StreamCertificate *c = &report->certificate;
	g_autoptr(GDateTime) from = NULL;
	g_autoptr(GDateTime) until = NULL;

	report->strings = g_ptr_array_new_with_free_func(g_free);
	report->chain = g_ptr_array_new();
	report->wrong = g_ptr_array_new();
	c->subject = tls_keep_property(report, certificate, "subject-name");
	c->issuer = tls_keep_property(report, certificate, "issuer-name");
	c->names = tls_keep(report, tls_names(certificate));
	c->sha256 = tls_keep(report, tls_fingerprint(certificate, G_CHECKSUM_SHA256));
	c->sha1 = tls_keep(report, tls_fingerprint(certificate, G_CHECKSUM_SHA1));
	g_object_get(certificate, "not-valid-before", &from, "not-valid-after", &until, NULL);
	c->valid_from = tls_seconds(from);
	c->valid_until = tls_seconds(until);
	c->pin_broken = pin_broken;
	tls_describe_flags(report, flags, nameless);
	if (pin_broken)
		g_ptr_array_add(report->wrong, (char *)"another one is pinned");
	g_ptr_array_add(report->wrong, NULL);
	tls_describe_chain(report, certificate);
	c->chain = (const char *const *)report->chain->pdata;
	c->wrong = (const char *const *)report->wrong->pdata;
	return report;
}

const StreamCertificate *tls_report_certificate(const TlsReport *report)
{
	return &report->certificate;
}

void tls_report_free(TlsReport *report)
{
	if (!report)
		return;
	g_ptr_array_unref(report->strings);
	g_ptr_array_unref(report->chain);
	g_ptr_array_unref(report->wrong);
	g_free(report);
}

static void tls_handshake_free(gpointer data)
{
	TlsHandshake *hs = data;

	g_object_unref(hs->connection);
	g_object_unref(hs->identity);
	tls_report_free(hs->report);
	g_free(hs->ca_file);
	g_free(hs->pin);
	g_free(hs->accepted);
	g_free(hs);
}

/* The authorities; they are read anew each time, as a login is rare and memory is not free. */
static GTlsDatabase *tls_load_authorities(const char *ca_file, GError **error)
{
	GTlsDatabase *database;

	for (guint i = 0; !ca_file && i < G_N_ELEMENTS(tls_system_files); i++)
		if (g_file_test(tls_system_files[i], G_FILE_TEST_IS_REGULAR))
			ca_file = tls_system_files[i];
	if (!ca_file) {
		database = g_tls_backend_get_default_database(g_tls_backend_get_default());
		if (!database)
			g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
					    "the system has no certificate authorities");
		return database;
	}
	g_autofree char *path = g_canonicalize_filename(ca_file, NULL);
	g_autoptr(GError) cause = NULL;
	database = g_tls_file_database_new(path, &cause);
	if (!database)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "can't read the certificate authorities in \"%s\": %s",
			    path, cause->message);
	return database;
}

/* In a thread. The whole decision; leaves a report in `hs` if the answer is no. */
static void tls_verify(GTask *task, gpointer source G_GNUC_UNUSED, gpointer data, GCancellable *cancellable)
{
	TlsHandshake *hs = data;
	GTlsCertificate *certificate = g_tls_connection_get_peer_certificate(hs->connection);
	g_autofree char *sha256 = tls_fingerprint(certificate, G_CHECKSUM_SHA256);
	g_autofree char *names = tls_names(certificate);
	GError *error = NULL;
	GTlsDatabase *database;
	GTlsCertificateFlags flags;

	if (g_strcmp0(sha256, hs->accepted) == 0 || g_strcmp0(sha256, hs->pin) == 0) {
		g_task_return_boolean(task, TRUE);
		return;
	}
	database = tls_load_authorities(hs->ca_file, &error);
	if (!database) {
		g_task_return_error(task, error);
		return;
	}
	flags = g_tls_database_verify_chain(database, certificate, G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER,
					    hs->identity, NULL, G_TLS_DATABASE_VERIFY_NONE, cancellable, &error);
	g_object_unref(database);
	malloc_trim(0);
	hs->verified = !error && flags == 0 && *names != '\0';
	if (error) {
		g_task_return_error(task, error);
	} else if (hs->verified && !hs->pin) {
		g_task_return_boolean(task, TRUE);
	} else {
		hs->report = tls_report_new(certificate, flags, *names == '\0', hs->pin != NULL);
		g_task_return_new_error(task, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "certificate not trusted");
	}
}

/* The handshake itself has no authorities and would refuse everybody; tls_verify() decides, before we send. */
static gboolean tls_on_accept(GTlsConnection *connection G_GNUC_UNUSED, GTlsCertificate *certificate G_GNUC_UNUSED,
			      GTlsCertificateFlags flags G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
	return TRUE;
}

static void tls_on_handshake(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GTask) task = data;
	GTlsConnection *connection = G_TLS_CONNECTION(source);
	GError *error = NULL;

	if (!g_tls_connection_handshake_finish(connection, result, &error))
		g_task_return_error(task, error);
	else if (g_tls_connection_get_protocol_version(connection) < G_TLS_PROTOCOL_VERSION_TLS_1_2)
		g_task_return_new_error(task, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE, "the server offers only %s",
					tls_version_name(connection));
	else if (!g_tls_connection_get_peer_certificate(connection))
		g_task_return_new_error(task, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE, "the server has no certificate");
	else
		g_task_run_in_thread(task, tls_verify);
}

void tls_connect_async(GIOStream *base, const TlsPlan *plan, GCancellable *cancellable, GAsyncReadyCallback call,
		       gpointer data)
{
	static const char *const names[] = { "xmpp-client", NULL };
	GTask *task = g_task_new(NULL, cancellable, call, data);
	g_autofree char *ascii = g_hostname_to_ascii(plan->domain);
	g_autoptr(GSocketConnectable) identity = g_network_address_new(ascii ? ascii : plan->domain, 5222);
	GError *error = NULL;
	/* "database" must be given here: without it the constructor loads the system's */
	GTlsConnection *connection =
		g_initable_new(g_tls_backend_get_client_connection_type(g_tls_backend_get_default()), cancellable, &error,
			       "base-io-stream", base, "server-identity", identity, "database", NULL, NULL);

	if (!connection) {
		g_task_return_error(task, error);
		g_object_unref(task);
		return;
	}
	TlsHandshake *hs = g_new0(TlsHandshake, 1);
	hs->connection = connection;
	hs->identity = g_object_ref(identity);
	hs->ca_file = g_strdup(plan->ca_file);
	hs->pin = g_strdup(plan->pin);
	hs->accepted = g_strdup(plan->accepted);
	g_task_set_task_data(task, hs, tls_handshake_free);
	g_tls_connection_set_require_close_notify(connection, FALSE);	/* the stream has its own end */
	if (plan->direct)
		g_tls_connection_set_advertised_protocols(connection, names);
	g_signal_connect(connection, "accept-certificate", G_CALLBACK(tls_on_accept), NULL);
	g_tls_connection_handshake_async(connection, G_PRIORITY_DEFAULT, cancellable, tls_on_handshake, task);
}

GTlsConnection *tls_connect_finish(GAsyncResult *result, gboolean *verified, TlsReport **report, GError **error)
{
	GTask *task = G_TASK(result);
	TlsHandshake *hs = g_task_get_task_data(task);
	gboolean ok = g_task_propagate_boolean(task, error);

	*verified = ok && hs->verified;
	*report = hs ? g_steal_pointer(&hs->report) : NULL;
	return ok ? g_object_ref(hs->connection) : NULL;
}

SaslBinding tls_get_binding(GTlsConnection *connection, GBytes **data)
{
	gboolean exporter = g_tls_connection_get_protocol_version(connection) >= G_TLS_PROTOCOL_VERSION_TLS_1_3;
	GByteArray *array = g_byte_array_new();

	*data = NULL;
	if (!g_tls_connection_get_channel_binding_data(connection, exporter ? G_TLS_CHANNEL_BINDING_TLS_EXPORTER :
						       G_TLS_CHANNEL_BINDING_TLS_UNIQUE, array, NULL) ||
	    array->len == 0) {
		g_byte_array_unref(array);
		return SASL_BINDING_NONE;
	}
	*data = g_byte_array_free_to_bytes(array);
	return exporter ? SASL_BINDING_EXPORTER : SASL_BINDING_UNIQUE;
}

const char *tls_version_name(GTlsConnection *connection)
{
	switch (g_tls_connection_get_protocol_version(connection)) {
	case G_TLS_PROTOCOL_VERSION_TLS_1_3:
		return "TLS 1.3";
	case G_TLS_PROTOCOL_VERSION_TLS_1_2:
		return "TLS 1.2";
	case G_TLS_PROTOCOL_VERSION_TLS_1_1:
		return "TLS 1.1";
	case G_TLS_PROTOCOL_VERSION_TLS_1_0:
		return "TLS 1.0";
	default:
		return "an old TLS";
	}
}
