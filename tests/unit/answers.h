/* HTTP answers for tests of the protocol room. */
#ifndef DCDDNS_TESTS_ANSWERS_H
#define DCDDNS_TESTS_ANSWERS_H

#include <string.h>

#include "net/http.h"

static inline struct http_answer answer_of(int status, const char *body)
{
    return (struct http_answer){ .status = status,
                                 .body = body,
                                 .len = strlen(body),
                                 .content_type = "application/json",
                                 .retry_after_s = -1 };
}

static inline struct http_answer answer_failed(enum error_class class, const char *text)
{
    struct http_answer answer = answer_of(0, "");
    error_set(&answer.error, class, "%s", text);
    return answer;
}

#endif
