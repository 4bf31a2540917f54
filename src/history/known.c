/* known.c: see known.h. SipHash-2-4 by Aumasson and Bernstein keeps strangers from choosing ids that share a number. */
#include "history/known.h"
#include <string.h>

#define LOWER ((G_GUINT64_CONSTANT(1) << 40) - 1)

typedef struct {
	guint64 v[4];
	guint64 word; /* bytes not mixed in yet */
	gsize length;
} Sip;

static guint64 turn(guint64 x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(guint64 *v, int rounds)
{
	while (rounds--) {
		v[0] += v[1], v[1] = turn(v[1], 13) ^ v[0], v[0] = turn(v[0], 32);
		v[2] += v[3], v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3], v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1], v[1] = turn(v[1], 17) ^ v[2], v[2] = turn(v[2], 32);
	}
}

static void begin(Sip *sip, const Known *known)
{
	*sip = (Sip){ .v = { known->key[0] ^ G_GUINT64_CONSTANT(0x736f6d6570736575), known->key[1] ^ G_GUINT64_CONSTANT(0x646f72616e646f6d),
		known->key[0] ^ G_GUINT64_CONSTANT(0x6c7967656e657261), known->key[1] ^ G_GUINT64_CONSTANT(0x7465646279746573) } };
}

static void put_byte(Sip *sip, guchar byte)
{
	sip->word |= (guint64)byte << (sip->length++ % 8 * 8);
	if (sip->length % 8)
		return;
	sip->v[3] ^= sip->word;
	mix(sip->v, 2);
	sip->v[0] ^= sip->word;
	sip->word = 0;
}

/* With its ending NUL, so that "a","bc" and "ab","c" differ. */
static void put_text(Sip *sip, const char *text)
{
	for (text = text ? text : ""; *text; text++)
		put_byte(sip, (guchar)*text);
	put_byte(sip, 0);
}

static gint64 finish(Sip *sip, gint64 chat)
{
	guint64 last = sip->word | (guint64)(sip->length & 0xff) << 56;
	sip->v[3] ^= last;
	mix(sip->v, 2);
	sip->v[0] ^= last;
	sip->v[2] ^= 0xff;
	mix(sip->v, 4);
	return (gint64)((guint64)chat << 40 | ((sip->v[0] ^ sip->v[1] ^ sip->v[2] ^ sip->v[3]) & LOWER));
}

gint64 known_own(const Known *known, gint64 account, const char *own_id)
{
	Sip sip;
	begin(&sip, known);
	for (int i = 0; i < 8; i++)
		put_byte(&sip, (guchar)((guint64)account >> (i * 8)));
	put_byte(&sip, 'o');
	put_text(&sip, own_id);
	return finish(&sip, 0);
}

gint64 known_archived(const Known *known, gint64 chat, const char *archive_id)
{
	Sip sip;
	begin(&sip, known);
	put_byte(&sip, 'a');
	put_text(&sip, archive_id);
	return finish(&sip, chat);
}

gint64 known_named(const Known *known, gint64 chat, const char *sender_id)
{
	Sip sip;
	begin(&sip, known);
	put_byte(&sip, 'n');
	put_text(&sip, sender_id);
	return finish(&sip, chat);
}

gint64 known_named_before(const Known *known, gint64 chat, const char *sender, const char *nick, const char *sender_id)
{
	Sip sip;
	begin(&sip, known);
	put_byte(&sip, 's');
	put_text(&sip, sender);
	put_text(&sip, nick);
	put_text(&sip, sender_id);
	return finish(&sip, chat);
}
