/* chosen.h: what keys do with the message that is chosen in the chat. Each is an action (actions.h), and the command of its name underneath. */
#pragma once
#include "app.h"

void chosen_up(App *app);
void chosen_down(App *app);
/* The message in that row of the chat; none if there is none. */
void chosen_at(App *app, int row);
void chosen_leave(App *app);
void chosen_reply(App *app);
void chosen_correct(App *app);
/* The last words of one's own in this chat. */
void chosen_correct_last(App *app);
void chosen_retract(App *app);
void chosen_react(App *app);
void chosen_copy(App *app);
void chosen_open(App *app);
void chosen_save(App *app);
void chosen_versions(App *app);
void chosen_jump(App *app);
