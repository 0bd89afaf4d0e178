/*
 * The pages a person sees. Knows HTML; knows nothing of requests, tokens or how data came here.
 */
#ifndef SANDBOX_PAGES_H
#define SANDBOX_PAGES_H

#include "sandbox.h"

/* The question: who asks, for what, with buttons that POST `id` to /consent/decision. */
void page_consent(const struct sandbox *s, const struct ask *ask, const char *id, struct buf *out);

/* The code page after Approve: the code, large, and how to paste it. */
void page_code(const char *code, struct buf *out);

/* The code page after Decline, or when it was opened without a code; error may be NULL. */
void page_declined(const char *error, const char *description, struct buf *out);

/* The records of the managed zone. */
void page_panel(const struct sandbox *s, struct buf *out);

/* A short page with a title and a sentence, for errors and wrong addresses. */
void page_message(const char *title, const char *sentence, struct buf *out);

#endif
