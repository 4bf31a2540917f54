/* colour.h: the same colour for the same name in every client (XEP-0392), as far as a terminal can show it.
 *
 * Pure arithmetic: SHA-1 to a hue, HSLuv to RGB, and the nearest of xterm's 256 colours that can still be read. Colours are 0xRRGGBB.
 */
#pragma once
#include <glib.h>

/* The hue of a name, 0 to below 360 degrees. */
double colour_hue(const char *name);
/* The colour of full saturation of a hue; lightness from 0 to 100, which is as bright to the eye for every hue (HSLuv). */
guint32 colour_of_hue(double hue, double lightness);
/* How well one can be read on the other, 1 to 21 (WCAG 2). */
double colour_contrast(guint32 a, guint32 b);
/* The nearest of xterm's colours 16 to 255 that has at least that contrast to the background. */
int colour_256(guint32 rgb, guint32 background, double contrast);
