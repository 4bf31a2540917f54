/* channel.c: see channel.h.
 *
 * Pollable streams rather than GIO's asynchronous calls: no allocation per read, and a pause is simply the
 * absence of a source. A TLS write that would block must be repeated with the same bytes, hence `attempt`. */
#include "config.h"

#include "channel.h"

#include <string.h>

#include "base/secret.h"

#define READ_SIZE 65536
#define WRITE_SIZE 65536

struct Channel {
	int refs;
	gboolean closed;
	GIOStream *io;			/* ref */
	GPollableInputStream *in;	/* borrowed from io */
	GPollableOutputStream *out;	/* borrowed from io */
	const ChannelEvents *events;	/* borrowed */
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

static void channel_flush(Channel *channel);

static void channel_clear_source(GSource **source)
{
	if (*source) {
		g_source_destroy(*source);
		g_source_unref(*source);
		*source = NULL;
	}
}

static void channel_unref(Channel *channel)
{
	if (--channel->refs > 0)
		return;
	secret_wipe(channel->queue->data, channel->queue->len);
	g_byte_array_unref(channel->queue);
	g_object_unref(channel->io);
	g_free(channel);
}

static void channel_end(Channel *channel, const GError *error)
{
	channel_clear_source(&channel->read_source);
	if (!channel->closed)
		channel->events->on_end(channel->owner, error);
}

static gboolean channel_on_readable(GObject *in G_GNUC_UNUSED, gpointer data)
{
	Channel *channel = data;
	g_autoptr(GError) error = NULL;
	gsize size = 0;
	gssize n = 0;
	gboolean more = TRUE;

	while (more && size < READ_SIZE) {	/* a TLS record is 16 KiB: several a turn */
		n = g_pollable_input_stream_read_nonblocking(channel->in, channel->buffer + size, READ_SIZE - size, NULL,
							     &error);
		more = n > 0;
		if (n > 0)
			size += n;
	}
	channel->refs++;
	if (size > 0)
		channel->events->on_bytes(channel->owner, channel->buffer, size);
	if (!channel->closed && !more && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
		channel_end(channel, error);
	channel_unref(channel);
	return G_SOURCE_CONTINUE;
}

void channel_set_reading(Channel *channel, gboolean reading)
{
	if (!reading) {
		channel_clear_source(&channel->read_source);
	} else if (!channel->read_source) {
		channel->read_source = g_pollable_input_stream_create_source(channel->in, NULL);
		g_source_set_callback(channel->read_source, G_SOURCE_FUNC(channel_on_readable), channel, NULL);
		g_source_attach(channel->read_source, NULL);
	}
}

static gboolean channel_on_writable(GObject *out G_GNUC_UNUSED, gpointer data)
{
	Channel *channel = data;

	channel_clear_source(&channel->write_source);
	channel_flush(channel);
	return G_SOURCE_REMOVE;
}

static void channel_forget_written(Channel *channel)
{
	secret_wipe(channel->queue->data, channel->written);
	g_byte_array_remove_range(channel->queue, 0, channel->written);
	channel->written = 0;
}

static void channel_flush(Channel *channel)
{
	g_autoptr(GError) error = NULL;

	while (channel->written < channel->queue->len) {
		gsize size = channel->attempt ? channel->attempt : MIN(channel->queue->len - channel->written, WRITE_SIZE);
		gssize n = g_pollable_output_stream_write_nonblocking(channel->out, channel->queue->data + channel->written,
								      size, NULL, &error);
		if (n < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
			channel->attempt = size;
			channel->write_source = g_pollable_output_stream_create_source(channel->out, NULL);
			g_source_set_callback(channel->write_source, G_SOURCE_FUNC(channel_on_writable), channel, NULL);
			g_source_attach(channel->write_source, NULL);
			if (channel->written > WRITE_SIZE)
				channel_forget_written(channel);
			return;
		}
		channel->attempt = 0;
		if (n < 0) {
			/* the reason may still be on its way to us: reading reports the end, if it works */
			channel->broken = TRUE;
			if (!channel->read_source)
				channel_end(channel, error);
			return;
		}
		channel->written += n;
	}
	channel_forget_written(channel);
}

static gboolean channel_on_flush(gpointer data)
{
	Channel *channel = data;

	channel->flush_id = 0;
	channel->refs++;
	channel->events->on_flush(channel->owner);
	if (!channel->closed && !channel->broken && !channel->write_source)
		channel_flush(channel);
	channel_unref(channel);
	return G_SOURCE_REMOVE;
}

Channel *channel_new(GIOStream *io, const ChannelEvents *events, gpointer owner)
{
	Channel *channel = g_malloc(sizeof *channel);

	memset(channel, 0, G_STRUCT_OFFSET(Channel, buffer));	/* the pages of the buffer are touched when needed */
	channel->refs = 1;
	channel->io = g_object_ref(io);
	channel->in = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(io));
	channel->out = G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(io));
	channel->events = events;
	channel->owner = owner;
	channel->queue = g_byte_array_sized_new(4096);
	channel_set_reading(channel, TRUE);
	return channel;
}

void channel_free(Channel *channel)
{
	if (!channel)
		return;
	channel->closed = TRUE;
	channel_clear_source(&channel->read_source);
	channel_clear_source(&channel->write_source);
	if (channel->flush_id)
		g_source_remove(channel->flush_id);
	channel->flush_id = 0;
	channel_unref(channel);
}

void channel_write(Channel *channel, const char *bytes, gsize size)
{
	g_byte_array_append(channel->queue, (const guint8 *)bytes, size);
	if (!channel->flush_id)
		channel->flush_id = g_idle_add_full(G_PRIORITY_DEFAULT, channel_on_flush, channel, NULL);
}

void channel_print(Channel *channel, const char *text)
{
	channel_write(channel, text, strlen(text));
}

gsize channel_backlog(const Channel *channel)
{
	return channel->queue->len - channel->written;
}
