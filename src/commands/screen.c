/* screen.c: the rows of the commands that only a screen carries out. What they do is in ui; what they are called and take is here.
 */
#include "commands/call.h"

const Command command_win = {
	.name = "win",
	.other_names = CALL_WORDS("w", "tab"),
	.place = RUNS_ON_SCREEN,
	.args = { { ARG_WHO, "NUMBER|WHO", FALSE, NULL } },
	.summary = "Goes to a tab, by its number or its chat.",
	.help = "1 is home. Alt with a digit does the same.\n\nExamples:\n    /win 3\n    /win alice@example.org",
};

const Command command_next = {
	.name = "next",
	.place = RUNS_ON_SCREEN,
	.summary = "Goes to the tab on the right.",
	.help = "From the last one to the first.",
};

const Command command_prev = {
	.name = "prev",
	.place = RUNS_ON_SCREEN,
	.summary = "Goes to the tab on the left.",
	.help = "From the first one to the last.",
};

const Command command_close = {
	.name = "close",
	.other_names = CALL_WORDS("wc"),
	.place = RUNS_ON_SCREEN,
	.args = { { ARG_WHO, "NUMBER|WHO", TRUE, NULL } },
	.summary = "Closes a tab; the chat and its messages stay.",
	.help = "Without more the tab it is typed in. A room goes on being joined; /part leaves it.\n\nExamples:\n    /close\n    /close 3",
};

const Command command_quit = {
	.name = "quit",
	.other_names = CALL_WORDS("exit"),
	.place = RUNS_ON_SCREEN,
	.summary = "Closes this screen.",
	.help = "If it was the one that started kith, the accounts go offline as well, unless /detach was said, the setting stay_online is on, or another screen is open.",
};

const Command command_detach = {
	.name = "detach",
	.place = RUNS_ON_SCREEN,
	.summary = "Closes this screen; the accounts stay online.",
	.help = "kith opens a screen again at any time; kith stop ends it all.",
};
