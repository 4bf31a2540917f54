/* rank.h: what somebody's rank in a room is called, and the signs and the order of ranks: the same in /names and on the screen. */
#pragma once
#include "model/model.h"

/* Larger is more. */
int rank_of(const Occupant *occupant);
/* "~" owner, "&" administrator, "@" moderator, "+" member, "-" may not speak, " " nobody in particular. */
const char *rank_sign(const Occupant *occupant);
const char *rank_word(const Occupant *occupant);
