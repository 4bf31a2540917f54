/* call.h: what the functions of commands share: answering a call, finding whom it means, changing the configuration.
 *
 * Private to src/commands. A run function gives FALSE with an error (refused at once), or ends the call, now or by the backend's answer.
 */
#pragma once
#include "commands/commands.h"

/* Sets error to the sentence and gives FALSE. */
gboolean call_refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Ends the call well, with a sentence; TRUE. */
gboolean call_done(CommandCall *call, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Ends the call well, without a word; TRUE. */
gboolean call_done_silently(CommandCall *call);
/* Prints; foreign texts in it are cleaned here. */
void call_print(CommandCall *call, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Prints lines that are clean, or JSON, already; in pieces that fit into a message. */
void call_print_lines(CommandCall *call, const GString *lines);

/* The account of that name; without a name that of the chat, else the only one there is. */
Account *call_account(CommandCall *call, const char *name, GError **error);
/* Like it, and online, with an ability (may be NULL). */
Account *call_online_account(CommandCall *call, const char *name, const char *ability, GError **error);
/* Whom who means; without it the chat that the line was typed in. target->address is to be freed. */
gboolean call_target(CommandCall *call, const char *who, Target *target, GError **error);
/* Like it, for rooms: a bare name goes to the account of the chat. */
gboolean call_room(CommandCall *call, const char *room, Target *target, GError **error);
/* Is there a room of that name? */
gboolean call_is_room(CommandCall *call, const char *name);
/* The arguments [ROOM] [TEXT] of a command: the room it means and its text (free it; NULL: none). In a room, words that name no room are text
 * at once. */
gboolean call_room_and_words(CommandCall *call, Target *target, char **text, GError **error);
/* The arguments [ROOM] WHO [TEXT], split as WHO [TEXT]: the room, whom, and the rest (free both; rest may be NULL). */
gboolean call_room_and_who(CommandCall *call, Target *target, char **who, char **rest, GError **error);
/* A path as it was typed, made whole: one that begins with neither "/" nor "~" counts from the directory where it was typed; what comes by the
 * FIFO was typed nowhere and counts from the home directory. Free it. */
char *call_path(const CommandCall *call, const char *typed);
/* Hands a request to the account's backend; the call ends with its answer. */
gboolean call_backend(CommandCall *call, Account *account, void *request, GError **error);

/* Hands a line that commands_is_network to the account of the call. */
gboolean call_network_command(CommandCall *call, const char *line, GError **error);

/* To be called before config is changed: takes in what somebody else wrote into the file. */
gboolean call_config(CommandCall *call, GError **error);
/* Saves config, or forgets the change. */
gboolean call_save(CommandCall *call, GError **error);
/* Changes one value (NULL: removes it), saves it and tells everybody. */
gboolean call_set(CommandCall *call, const char *group, const char *key, const char *value, GError **error);

#define CALL_WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* Pads text to width columns (by characters) and appends it. */
void call_put_column(GString *out, const char *text, int width);

/* ---- the rows of the table, by file ---- */
extern const Command command_account, command_accounts, command_connect, command_disconnect, command_reconnect;
extern const Command command_action, command_actions, command_cmd;
extern const Command command_block, command_blocked, command_unblock;
extern const Command command_protocols;
extern const Command command_msg, command_me, command_query, command_attention;
extern const Command command_ban, command_deop, command_devoice, command_kick, command_op, command_rank, command_ranks, command_unban, command_voice;
extern const Command command_configure, command_destroy, command_rooms;
extern const Command command_autojoin, command_bookmark, command_bookmarks, command_unbookmark;
extern const Command command_whisper;
extern const Command command_correct, command_moderate, command_older, command_react, command_reply, command_retract, command_versions;
extern const Command command_join, command_names, command_part, command_nick, command_topic, command_invite;
extern const Command command_add, command_remove, command_rename, command_group, command_regroup, command_contacts, command_info, command_icon;
extern const Command command_accept, command_deny, command_answer, command_cards;
extern const Command command_away, command_back, command_status;
extern const Command command_search, command_history, command_clear, command_unread;
extern const Command command_set, command_theme, command_notify, command_alias, command_bind, command_reload;
extern const Command command_help, command_run, command_stop;
extern const Command command_send, command_save, command_open, command_transfers, command_cancel, command_retry, command_take, command_refuse;
extern const Command command_close, command_win, command_next, command_prev, command_quit, command_detach;
