/* words.h: plain words that a plugin hands on as if they were HTML: escaped before libpurple sees them, or their "<" and "&" would be lost.
 */
#pragma once

void words_attach(void);
