/* wire.h: the messages of the line protocol as C structs, and their codec.
 *
 * Everything here is made from the tables words.def and messages.def; to add a message or a field, add a row there.
 * The encoder writes what is not zero; the decoder is strict: it refuses wrong types, wrong words, numbers out of range,
 * texts too long, invalid UTF-8, NUL, missing required fields, nesting and doubled fields, and kinds that the sending side may not send.
 * Unknown fields are ignored. A line is at most WIRE_LINE_MAX bytes.
 */
#pragma once
#include <glib.h>

#define WIRE_VERSION 1
#define WIRE_LINE_MAX (1024 * 1024)

/* The enums of words.def, each with its table of words. */
#define WORDS(Type, name) typedef enum {
#define WORD(constant, text, help) constant,
#define ENDWORDS(Type, name) } Type; extern const char *const wire_words_##name[];
#include "wire/words.def"

/* The kinds. */
typedef enum {
	WIRE_NOTHING,
#define MESSAGE(CONSTANT, name, Type, who, help) WIRE_##CONSTANT,
#include "wire/messages.def"
	WIRE_KINDS
} WireKind;

/* Every message begins with its kind. Texts and lists are borrowed. */
typedef struct {
	WireKind kind;
} Wire;

#define MESSAGE(CONSTANT, name, Type, who, help) typedef struct { WireKind kind;
#define TEXT(field, max, need, help) const char *field;
#define NUM(field, min, max, help) gint64 field;
#define FLAG(field, help) gboolean field;
#define WORDF(Type, field, words, help) Type field;
#define LIST(field, items, max, help) const char *const *field;
#define END(CONSTANT, name, Type) } Wire##Type;
#include "wire/messages.def"

/* WIRE(MESSAGE, Message, .account = "work", .text = "hi") is a compound literal with its kind set. */
#define WIRE(CONSTANT, Type, ...) ((Wire##Type){ .kind = WIRE_##CONSTANT, __VA_ARGS__ })

typedef enum {
	WIRE_B2H = 1 << 0, /* backend to hub */
	WIRE_H2B = 1 << 1, /* hub to backend */
	WIRE_C2H = 1 << 2, /* client to hub */
	WIRE_H2C = 1 << 3, /* hub to client */
} WireWay;

typedef enum { WIRE_TEXT, WIRE_NUM, WIRE_FLAG, WIRE_WORD, WIRE_LIST } WireType;

/* One field of a kind, as declared. */
typedef struct {
	const char *name;
	WireType type;
	gsize offset;             /* in the kind's struct */
	gint64 min, max;          /* NUM: range; TEXT: max is bytes; LIST: min is items, max is bytes each */
	gboolean required;
	const char *const *words; /* WORD: NULL-terminated */
	const char *words_name;
	const char *help;
} WireField;

/* One kind, as declared. */
typedef struct {
	const char *name;
	gsize size; /* of its struct */
	guint ways; /* WireWay bits: who may send it */
	const char *help;
	const WireField *fields;
	guint n_fields;
} WireShape;

#define KITH_WIRE_ERROR (wire_error_quark())
GQuark wire_error_quark(void);

/* The declaration of a kind; NULL for WIRE_NOTHING and beyond. */
const WireShape *wire_shape(WireKind kind);

/* The index of word in a NULL-terminated table of words, or -1. */
int wire_word_find(const char *const *words, const char *word);

/* Appends message (any struct of a kind) as one line with its newline. Required fields must be set. */
void wire_encode(GString *out, const void *message);

/* Room for one decoded message; reusable. */
typedef struct WireBox WireBox;
WireBox *wire_box_new(void);
void wire_box_free(WireBox *box);

/* Decodes one line (without its newline; it is changed in place and must be NUL-terminated at length).
 * The result and all its texts live until the line is changed or the box is used again. */
const Wire *wire_decode(WireBox *box, char *line, gsize length, WireWay way, GError **error);

/* A copy of message in memory of its own, texts and lists included; free with g_free. */
Wire *wire_copy(const void *message);

/* The request id that a line carries, for the error reply to a line that was refused; 0 when it has none. */
gint64 wire_box_request(const WireBox *box);
