/* asks.c: the orders that make libpurple ask and tell: every kind of request and of notification. What was answered, the oracle says.
 */
#include "plugin.h"
#include <stdlib.h>
#include <string.h>

static void took_text(gpointer gc, const char *text)
{
	oracle_say(gc, "answer: %s", text ? text : "nothing");
}

static void took_cancel(gpointer gc, const char *text G_GNUC_UNUSED)
{
	oracle_say(gc, "cancelled");
}

static void took_number(gpointer gc, int number)
{
	oracle_say(gc, "answer: %d", number);
}

static void cancelled_number(gpointer gc, int number G_GNUC_UNUSED)
{
	oracle_say(gc, "cancelled");
}

static void ask_input(PurpleConnection *gc, const char *words)
{
	purple_request_input(gc, "A question", "What is it?", *words ? words : "Say <b>what</b>.", "the & start", FALSE, FALSE, NULL, "_Yes please", G_CALLBACK(took_text),
		"_Cancel", G_CALLBACK(took_cancel), purple_connection_get_account(gc), "bob", NULL, gc);
}

static void ask_masked(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_request_input(gc, "A secret", "The second password", NULL, "never shown", FALSE, TRUE, NULL, "_OK", G_CALLBACK(took_text), "_Cancel",
		G_CALLBACK(took_cancel), purple_connection_get_account(gc), NULL, NULL, gc);
}

static void ask_choice(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_request_choice(gc, "A choice", "Which one?", NULL, 20, "_OK", G_CALLBACK(took_number), "_Cancel", G_CALLBACK(cancelled_number),
		purple_connection_get_account(gc), NULL, NULL, gc, "_Ten", 10, "T_wenty", 20, "Thirty", 30, NULL);
}

static void ask_action(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_request_action(gc, "An action", "Do it?", "It can't be undone.", 1, purple_connection_get_account(gc), "bob", NULL, gc, 3, "_Do it", took_number,
		"_Later", took_number, "_Cancel", took_number);
}

static void ask_icon(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_request_action_with_icon(gc, "An action", "With a picture", NULL, 0, purple_connection_get_account(gc), NULL, NULL, "png", 3, gc, 2, "_No", took_number,
		"_Yes", took_number);
}

static void took_fields(gpointer gc, PurpleRequestFields *fields)
{
	PurpleRequestField *list = purple_request_fields_get_field(fields, "list");
	GString *selected = g_string_new(NULL);
	for (GList *l = purple_request_field_list_get_selected(list); l; l = l->next)
		g_string_append_printf(selected, "+%s", (const char *)purple_request_field_list_get_data(list, l->data));
	oracle_say(gc, "answer: %s %s %d %d %d %s", purple_request_fields_get_string(fields, "name"), purple_request_fields_get_string(fields, "secret"),
		purple_request_fields_get_integer(fields, "age"), purple_request_fields_get_bool(fields, "flag"), purple_request_fields_get_choice(fields, "choice"), selected->str);
	g_string_free(selected, TRUE);
}

static void cancelled_fields(gpointer gc, PurpleRequestFields *fields G_GNUC_UNUSED)
{
	oracle_say(gc, "cancelled");
}

static void ask_fields(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	PurpleRequestFields *fields = purple_request_fields_new();
	PurpleRequestFieldGroup *group = purple_request_field_group_new("The first part");
	PurpleRequestField *f;
	purple_request_fields_add_group(fields, group);
	purple_request_field_group_add_field(group, purple_request_field_label_new("hint", "Fill this in"));
	f = purple_request_field_string_new("name", "_Name", "nobody", FALSE);
	purple_request_field_set_required(f, TRUE);
	purple_request_field_group_add_field(group, f);
	f = purple_request_field_string_new("secret", "Secret", "never shown", FALSE);
	purple_request_field_string_set_masked(f, TRUE);
	purple_request_field_group_add_field(group, f);
	group = purple_request_field_group_new(NULL);
	purple_request_fields_add_group(fields, group);
	purple_request_field_group_add_field(group, purple_request_field_int_new("age", "Age", 7));
	purple_request_field_group_add_field(group, purple_request_field_bool_new("flag", "Flag", TRUE));
	f = purple_request_field_choice_new("choice", "Choice", 1);
	purple_request_field_choice_add(f, "zero");
	purple_request_field_choice_add(f, "one");
	purple_request_field_choice_add(f, "two");
	purple_request_field_group_add_field(group, f);
	f = purple_request_field_list_new("list", "List");
	purple_request_field_list_set_multi_select(f, TRUE);
	purple_request_field_list_add_icon(f, "red", NULL, (gpointer) "R");
	purple_request_field_list_add_icon(f, "green", NULL, (gpointer) "G");
	purple_request_field_list_add_icon(f, "blue", NULL, (gpointer) "B");
	purple_request_field_list_add_selected(f, "green");
	purple_request_field_group_add_field(group, f);
	purple_request_field_group_add_field(group, purple_request_field_account_new("account", "Account", purple_connection_get_account(gc)));
	purple_request_field_group_add_field(group, purple_request_field_image_new("image", "Picture", "png", 3));
	purple_request_fields(gc, "A form", "Tell about you", NULL, fields, "_Send", G_CALLBACK(took_fields), "_Cancel", G_CALLBACK(cancelled_fields),
		purple_connection_get_account(gc), NULL, NULL, gc);
}

static void took_wild(gpointer gc, PurpleRequestFields *fields)
{
	GString *all = g_string_new(NULL);
	for (GList *g = purple_request_fields_get_groups(fields); g; g = g->next)
		for (GList *l = purple_request_field_group_get_fields(g->data); l; l = l->next)
			if (purple_request_field_get_type(l->data) == PURPLE_REQUEST_FIELD_STRING) {
				const char *value = purple_request_field_string_get_value(l->data);
				g_string_append_printf(all, " %.10s:%u", value ? value : "", value ? (guint)strlen(value) : 0);
			}
	oracle_say(gc, "answer:%.3000s", all->str);
	g_string_free(all, TRUE);
}

/* Ids and texts that no line holds as they are. With a number: so many fields. */
static void ask_wild(PurpleConnection *gc, const char *words)
{
	PurpleRequestFields *fields = purple_request_fields_new();
	PurpleRequestFieldGroup *group = purple_request_field_group_new("\377 wild\n\033[31m");
	char *large = g_strnfill(500000, 'w');
	PurpleRequestField *f;
	purple_request_fields_add_group(fields, group);
	for (int i = 0, count = atoi(words); i < count; i++) {
		char *id = g_strdup_printf("f%d", i);
		purple_request_field_group_add_field(group, purple_request_field_string_new(id, id, id, FALSE));
		g_free(id);
	}
	if (!*words) {
		purple_request_field_group_add_field(group, purple_request_field_string_new("", "Empty", "one", FALSE));
		purple_request_field_group_add_field(group, purple_request_field_string_new("\377", "Bytes", "two", FALSE));
		purple_request_field_group_add_field(group, purple_request_field_string_new("a=b", "Equals", "three", FALSE));
		purple_request_field_group_add_field(group, purple_request_field_string_new("x", "First", "four", FALSE));
		purple_request_field_group_add_field(group, purple_request_field_string_new("x", large, "five", FALSE));
		purple_request_field_group_add_field(group, purple_request_field_string_new("large", "Large", large, TRUE));
		f = purple_request_field_string_new("fixed", "Fixed", "as it is", FALSE);
		purple_request_field_string_set_editable(f, FALSE);
		purple_request_field_group_add_field(group, f);
		f = purple_request_field_choice_new("choice", "Choice", 0);
		for (int i = 0; i < 400; i++)
			purple_request_field_choice_add(f, large);
		purple_request_field_group_add_field(group, f);
	}
	purple_request_fields(gc, large, large, large, fields, large, G_CALLBACK(took_wild), "_Cancel", G_CALLBACK(took_wild), purple_connection_get_account(gc), large, NULL, gc);
	g_free(large);
}

static void ask_file(PurpleConnection *gc, const char *words)
{
	gboolean save = !g_str_has_prefix(words, "open");
	purple_request_file(gc, "A file", "../../bad\nname", save, G_CALLBACK(took_text), G_CALLBACK(took_cancel), purple_connection_get_account(gc), NULL, NULL, gc);
}

static void ask_folder(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_request_folder(gc, "A directory", NULL, G_CALLBACK(took_text), G_CALLBACK(took_cancel), purple_connection_get_account(gc), NULL, NULL, gc);
}

static void close_all(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_request_close_with_handle(gc);
	purple_notify_close_with_handle(gc);
	oracle_say(gc, "closed");
}

static void allowed(void *gc)
{
	oracle_say(gc, "allowed");
}

static void denied(void *gc)
{
	oracle_say(gc, "denied");
}

static void ask_authorise(PurpleConnection *gc, const char *words)
{
	purple_account_request_authorization(purple_connection_get_account(gc), *words ? words : "carol", NULL, "Carol C.", "let me in <b>please</b>", FALSE, allowed, denied, gc);
}

/* ---- telling ---- */

static void was_closed(gpointer gc)
{
	oracle_say(gc, "seen");
}

static void tell_info(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_notify_message(gc, PURPLE_NOTIFY_MSG_INFO, "Title", "All is well", "Nothing to do.", was_closed, gc);
}

static void tell_error(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_notify_error(gc, "Title", "It broke", "It can be mended.");
}

static void tell_email(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_notify_email(gc, "Hello & welcome", "carol@mail.example", "me", "https://mail.example/1", was_closed, gc);
}

static void tell_emails(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	const char *subjects[] = { "One", "Two" }, *froms[] = { "carol", "dave" }, *tos[] = { "me", "me" }, *urls[] = { "https://mail.example/1", NULL };
	purple_notify_emails(gc, 2, TRUE, subjects, froms, tos, urls, NULL, NULL);
}

static void tell_formatted(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_notify_formatted(gc, "Rules", "The rules", NULL, "<h3>One</h3><ul><li>be <b>kind</b></li><li>no &lt;spam&gt;</li></ul><script>alert(1)</script>", NULL, NULL);
}

static void tell_uri(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_notify_uri(gc, "https://login.example/?token=1");
}

static void tell_info_about(PurpleConnection *gc, const char *words)
{
	PurpleNotifyUserInfo *info = purple_notify_user_info_new();
	purple_notify_user_info_add_pair(info, "Town", "K&ouml;ln");
	purple_notify_userinfo(gc, *words ? words : "carol", info, NULL, NULL);
	purple_notify_user_info_destroy(info);
}

static void chose_row(PurpleConnection *gc, GList *row, gpointer user)
{
	oracle_say(gc, "%s: %s", (const char *)user, (const char *)row->data);
}

static PurpleNotifySearchResults *last_results;
static void *last_window;

static void results_closed(gpointer user G_GNUC_UNUSED)
{
	last_results = NULL;
}

static void next_rows(PurpleConnection *gc, GList *row, gpointer user);

static void add_row(PurpleNotifySearchResults *results, const char *name, const char *town)
{
	GList *row = g_list_append(NULL, g_strdup(name));
	purple_notify_searchresults_row_add(results, g_list_append(row, g_strdup(town)));
}

static void tell_results(PurpleConnection *gc, const char *words)
{
	if (*words && last_results) {
		add_row(last_results, words, "nowhere");
		purple_notify_searchresults_new_rows(gc, last_results, NULL);
		return;
	}
	last_results = purple_notify_searchresults_new();
	purple_notify_searchresults_column_add(last_results, purple_notify_searchresults_column_new("Name"));
	purple_notify_searchresults_column_add(last_results, purple_notify_searchresults_column_new("Town"));
	add_row(last_results, "carol", "Bonn");
	add_row(last_results, "dave", "K\303\266ln");
	purple_notify_searchresults_button_add(last_results, PURPLE_NOTIFY_BUTTON_ADD, chose_row);
	purple_notify_searchresults_button_add_labeled(last_results, "Poke", chose_row);
	purple_notify_searchresults(gc, "Found", "Two people", NULL, last_results, results_closed, (gpointer) "chosen");
}

/* Pages of results: the next one comes as results of its own, for the same window. */
static void tell_pages(PurpleConnection *gc, const char *words)
{
	int count = atoi(words);
	PurpleNotifySearchResults *results = purple_notify_searchresults_new();
	purple_notify_searchresults_column_add(results, purple_notify_searchresults_column_new("Name"));
	purple_notify_searchresults_column_add(results, purple_notify_searchresults_column_new("Town"));
	for (int i = 0; i < count; i++)
		add_row(results, "twin", words);
	purple_notify_searchresults_button_add_labeled(results, "Poke", chose_row);
	purple_notify_searchresults_button_add(results, PURPLE_NOTIFY_BUTTON_CONTINUE, next_rows);
	if (last_window)
		purple_notify_searchresults_new_rows(gc, results, last_window);
	else
		last_window = purple_notify_searchresults(gc, "Pages", NULL, NULL, results, NULL, (gpointer) "chosen");
}

static void next_rows(PurpleConnection *gc, GList *row G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	tell_pages(gc, "3");
}

const Order asking_orders[] = {
	{ "request input", ask_input },       { "request masked", ask_masked },   { "request choice", ask_choice },     { "request action", ask_action },
	{ "request icon", ask_icon },         { "request wild", ask_wild },     { "notify pages", tell_pages },
	        { "request fields", ask_fields },   { "request file", ask_file },         { "request folder", ask_folder },
	{ "request authorise", ask_authorise }, { "request close", close_all },   { "notify info", tell_info },         { "notify error", tell_error },
	{ "notify email", tell_email },       { "notify emails", tell_emails },   { "notify formatted", tell_formatted }, { "notify uri", tell_uri },
	{ "notify about", tell_info_about },  { "notify results", tell_results }, { NULL, NULL },
};
