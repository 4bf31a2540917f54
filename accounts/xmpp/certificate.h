/* certificate.h: the question whether to trust a certificate that could not be verified, and the memory of the answer. */
#pragma once
#include "session.h"

void certificate_ask(Session *session, const StreamCertificate *certificate);
/* The connection that asked is gone. */
void certificate_withdraw(Session *session);
/* The fingerprint that the user has accepted before, or NULL. */
const char *certificate_pin(Session *session);

void certificate_attach(Session *session);
