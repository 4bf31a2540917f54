/* frame.h: where the parts of the screen are, and drawing those that are dirty.
 */
#pragma once
#include "app.h"

typedef struct Frame Frame;

Frame *frame_new(void);
void frame_free(Frame *frame);
/* Draws the dirty parts and brings them to the terminal. */
void frame_draw(Frame *frame, App *app);
/* A click: what is there. */
void frame_click(Frame *frame, App *app, int x, int y);
/* The chat's rows, for scrolling by pages. */
int frame_chat_rows(const Frame *frame);
