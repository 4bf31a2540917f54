/* stream-state.c: the opaque text that lets a new process resume the session of an earlier one (XEP-0198) and remember how strongly
 * it logged in before. What was stored of the session's messages is the owner's to keep (StreamConfig). */
#include "config.h"

#include "stream-state.h"

void stream_load_state(Stream *stream, const StreamConfig *config)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *account = NULL;

	if (!config->state || !g_key_file_load_from_data(file, config->state, -1, G_KEY_FILE_NONE, NULL))
		return;
	account = g_key_file_get_string(file, "stream", "account", NULL);
	if (g_strcmp0(account, stream->account) != 0)
		return;
	stream->strongest = g_key_file_get_string(file, "stream", "strongest", NULL);
	stream->session = g_key_file_get_string(file, "stream", "session", NULL);
	stream->resume_id = g_key_file_get_string(file, "stream", "resume-id", NULL);
	stream->location = g_key_file_get_string(file, "stream", "location", NULL);
	stream->jid = g_key_file_get_string(file, "stream", "jid", NULL);
	if (stream->session && stream->resume_id && stream->jid)
		sm_restore(stream->sm, g_strcmp0(config->handled_session, stream->session) == 0 ? config->handled : 0);
	else
		g_clear_pointer(&stream->resume_id, g_free);
}

static void stream_put_state(GKeyFile *file, const char *key, const char *value)
{
	if (value)
		g_key_file_set_string(file, "stream", key, value);
}

char *stream_state(const Stream *stream)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	stream_put_state(file, "account", stream->account);
	stream_put_state(file, "strongest", stream->strongest);
	if (stream->resume_id) {
		stream_put_state(file, "session", stream->session);
		stream_put_state(file, "resume-id", stream->resume_id);
		stream_put_state(file, "jid", stream->jid);
		stream_put_state(file, "location", stream->location);
	}
	return g_key_file_to_data(file, NULL, NULL);
}

void stream_tell_state(Stream *stream)
{
	g_autofree char *state = stream_state(stream);

	STREAM_EMIT(stream, on_state, state);
}

void stream_forget_session(Stream *stream)
{
	if (!stream->resume_id)
		return;
	g_clear_pointer(&stream->resume_id, g_free);
	g_clear_pointer(&stream->location, g_free);
	stream_tell_state(stream);
}
