/* link.c: see link.h.
 *
 * Pollable streams rather than GIO's asynchronous calls: no allocation per read, and a pause is simply the
 * absence of a source. A TLS write that would block must be repeated with the same bytes, hence `attempt`. */
#include "config.h"

#include "link.h"

#include <string.h>

#define READ_SIZE 65536
#define WRITE_SIZE 65536

struct Link {
	int refs;
	gboolean closed;
	GIOStream *io;			/* ref */
	GPollableInputStream *in;	/* borrowed from io */
	GPollableOutputStream *out;	/* borrowed from io */
	const LinkEvents *events;	/* borrowed */
	gpointer owner;			/* borrowed */
	GSource *read_source;		/* owned or NULL */
	GSource *write_source;		/* owned or NULL: the kernel is full */
	guint flush_id;			/* a flush is due in this turn */
	GByteArray *queue;		/* owned */
	gsize written;			/* bytes at its head that are out */
	gsize attempt;			/* size of the write that would have blocked, or 0 */
	gboolean broken;		/* writing is over */
	char buffer[READ_SIZE];
};

static void link_flush(Link *link);

static void link_clear_source(GSource **source)
{
	if (*source) {
		g_source_destroy(*source);
		g_source_unref(*source);
		*source = NULL;
	}
}

static void link_unref(Link *link)
{
	if (--link->refs > 0)
		return;
	explicit_bzero(link->queue->data, link->queue->len);
	g_byte_array_unref(link->queue);
	g_object_unref(link->io);
	g_free(link);
}

static void link_end(Link *link, const GError *error)
{
	link_clear_source(&link->read_source);
	if (!link->closed)
		link->events->on_end(link->owner, error);
}

static gboolean link_on_readable(GObject *in G_GNUC_UNUSED, gpointer data)
{
	Link *link = data;
	g_autoptr(GError) error = NULL;
	gsize size = 0;
	gssize n = 0;
	gboolean more = TRUE;

	while (more && size < READ_SIZE) {	/* a TLS record is 16 KiB: several a turn */
		n = g_pollable_input_stream_read_nonblocking(link->in, link->buffer + size, READ_SIZE - size, NULL,
							     &error);
		more = n > 0;
		if (n > 0)
			size += n;
	}
	link->refs++;
	if (size > 0)
		link->events->on_bytes(link->owner, link->buffer, size);
	if (!link->closed && !more && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
		link_end(link, error);
	link_unref(link);
	return G_SOURCE_CONTINUE;
}

void link_set_reading(Link *link, gboolean reading)
{
	if (!reading) {
		link_clear_source(&link->read_source);
	} else if (!link->read_source) {
		link->read_source = g_pollable_input_stream_create_source(link->in, NULL);
		g_source_set_callback(link->read_source, G_SOURCE_FUNC(link_on_readable), link, NULL);
		g_source_attach(link->read_source, NULL);
	}
}

static gboolean link_on_writable(GObject *out G_GNUC_UNUSED, gpointer data)
{
	Link *link = data;

	link_clear_source(&link->write_source);
	link_flush(link);
	return G_SOURCE_REMOVE;
}

static void link_forget_written(Link *link)
{
	explicit_bzero(link->queue->data, link->written);
	g_byte_array_remove_range(link->queue, 0, link->written);
	link->written = 0;
}

static void link_flush(Link *link)
{
	g_autoptr(GError) error = NULL;

	while (link->written < link->queue->len) {
		gsize size = link->attempt ? link->attempt : MIN(link->queue->len - link->written, WRITE_SIZE);
		gssize n = g_pollable_output_stream_write_nonblocking(link->out, link->queue->data + link->written,
								      size, NULL, &error);
		if (n < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
			link->attempt = size;
			link->write_source = g_pollable_output_stream_create_source(link->out, NULL);
			g_source_set_callback(link->write_source, G_SOURCE_FUNC(link_on_writable), link, NULL);
			g_source_attach(link->write_source, NULL);
			if (link->written > WRITE_SIZE)
				link_forget_written(link);
			return;
		}
		link->attempt = 0;
		if (n < 0) {
			/* the reason may still be on its way to us: reading reports the end, if it works */
			link->broken = TRUE;
			if (!link->read_source)
				link_end(link, error);
			return;
		}
		link->written += n;
	}
	link_forget_written(link);
}

static gboolean link_on_flush(gpointer data)
{
	Link *link = data;

	link->flush_id = 0;
	link->refs++;
	link->events->on_flush(link->owner);
	if (!link->closed && !link->broken && !link->write_source)
		link_flush(link);
	link_unref(link);
	return G_SOURCE_REMOVE;
}

Link *link_new(GIOStream *io, const LinkEvents *events, gpointer owner)
{
	Link *link = g_malloc(sizeof *link);

	memset(link, 0, G_STRUCT_OFFSET(Link, buffer));	/* the pages of the buffer are touched when needed */
	link->refs = 1;
	link->io = g_object_ref(io);
	link->in = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(io));
	link->out = G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(io));
	link->events = events;
	link->owner = owner;
	link->queue = g_byte_array_sized_new(4096);
	link_set_reading(link, TRUE);
	return link;
}

void link_free(Link *link)
{
	if (!link)
		return;
	link->closed = TRUE;
	link_clear_source(&link->read_source);
	link_clear_source(&link->write_source);
	if (link->flush_id)
		g_source_remove(link->flush_id);
	link->flush_id = 0;
	link_unref(link);
}

void link_write(Link *link, const char *bytes, gsize size)
{
	g_byte_array_append(link->queue, (const guint8 *)bytes, size);
	if (!link->flush_id)
		link->flush_id = g_idle_add_full(G_PRIORITY_DEFAULT, link_on_flush, link, NULL);
}

void link_print(Link *link, const char *text)
{
	link_write(link, text, strlen(text));
}

gsize link_backlog(const Link *link)
{
	return link->queue->len - link->written;
}
