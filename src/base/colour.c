/* colour.c: see colour.h. XEP-0392 section 5; HSLuv revision 4 with saturation 100. */
#include "config.h"
#include "base/colour.h"

#include <math.h>
#include <string.h>

/* CIE 1931 with white point D65, as HSLuv fixes them. */
#define KAPPA 903.2962962962963
#define EPSILON 0.0088564516790356308
#define REF_U 0.19783000664283681
#define REF_V 0.468319994938791

static const double to_rgb[3][3] = {
	{ 3.2409699419045214, -1.5373831775700935, -0.49861076029300328 },
	{ -0.96924363628087983, 1.8759675015077207, 0.041555057407175613 },
	{ 0.055630079696993609, -0.20397695888897657, 1.0569715142428786 },
};

double colour_hue(const char *name)
{
	guint8 digest[20];
	gsize size = sizeof digest;
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
	g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name));
	g_checksum_get_digest(sum, digest, &size);
	return (digest[0] + digest[1] * 256) / 65536.0 * 360.0;
}

/* The largest chroma that RGB has in this direction at this lightness: where the ray first leaves one of the six borders. */
static double most_chroma(double lightness, double radians)
{
	double sub1 = pow(lightness + 16, 3) / 1560896, sub2 = sub1 > EPSILON ? sub1 : lightness / KAPPA, least = HUGE_VAL;
	for (int channel = 0; channel < 3; channel++)
		for (int bound = 0; bound < 2; bound++) {
			const double *m = to_rgb[channel];
			double top1 = (284517 * m[0] - 94839 * m[2]) * sub2;
			double top2 = (838422 * m[2] + 769860 * m[1] + 731718 * m[0]) * lightness * sub2 - 769860 * bound * lightness;
			double bottom = (632260 * m[2] - 126452 * m[1]) * sub2 + 126452 * bound;
			double length = top2 / bottom / (sin(radians) - top1 / bottom * cos(radians));
			if (length >= 0 && length < least)
				least = length;
		}
	return least;
}

static guint32 channel(double linear)
{
	double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
	return (guint32)lround(CLAMP(value, 0, 1) * 255);
}

guint32 colour_of_hue(double hue, double lightness)
{
	if (lightness <= 0.01)
		return 0;
	if (lightness >= 99.99)
		return 0xffffff;
	double radians = hue / 180 * G_PI, chroma = most_chroma(lightness, radians);
	double var_u = cos(radians) * chroma / (13 * lightness) + REF_U, var_v = sin(radians) * chroma / (13 * lightness) + REF_V;
	double y = lightness > 8 ? pow((lightness + 16) / 116, 3) : lightness / KAPPA;
	double x = 9 * y * var_u / (4 * var_v), z = (9 * y - 15 * var_v * y - var_v * x) / (3 * var_v);
	guint32 rgb = 0;
	for (int i = 0; i < 3; i++)
		rgb = rgb << 8 | channel(to_rgb[i][0] * x + to_rgb[i][1] * y + to_rgb[i][2] * z);
	return rgb;
}

static double luminance(guint32 rgb)
{
	static const double weights[] = { 0.0722, 0.7152, 0.2126 };
	double sum = 0;
	for (int i = 0; i < 3; i++) {
		double value = ((rgb >> (8 * i)) & 255) / 255.0;
		sum += weights[i] * (value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4));
	}
	return sum;
}

double colour_contrast(guint32 a, guint32 b)
{
	double x = luminance(a), y = luminance(b);
	return (MAX(x, y) + 0.05) / (MIN(x, y) + 0.05);
}

static guint32 rgb_of_256(int i)
{
	static const guint32 steps[] = { 0, 95, 135, 175, 215, 255 };
	if (i >= 232) {
		guint32 level = 8 + (guint32)(i - 232) * 10;
		return level << 16 | level << 8 | level;
	}
	i -= 16;
	return steps[i / 36] << 16 | steps[i / 6 % 6] << 8 | steps[i % 6];
}

int colour_256(guint32 rgb, guint32 background, double contrast)
{
	int best = -1;
	gint64 best_distance = G_MAXINT64;
	for (int i = 16; i < 256; i++) {
		guint32 other = rgb_of_256(i);
		gint64 distance = 0;
		for (int shift = 0; shift < 24; shift += 8) {
			gint64 step = (gint64)((rgb >> shift) & 255) - (gint64)((other >> shift) & 255);
			distance += step * step;
		}
		if (distance < best_distance && colour_contrast(other, background) >= contrast) {
			best = i;
			best_distance = distance;
		}
	}
	return best >= 0 ? best : luminance(background) > 0.2 ? 16 : 231;
}
