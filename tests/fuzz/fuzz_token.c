/* The answer of a token endpoint.  The first byte chooses the status. */
#include "fuzz.h"

#include "base/text.h"
#include "connect/protocol.h"
#include "connect/token.h"

#define API "https://api.example.net/dc"
enum { YEAR_S = 366 * 86400, TELLTALE = 64 };

static void check_granted(const struct token_answer *answer, int status)
{
    FUZZ_CHECK(status >= 200 && status < 300);
    FUZZ_CHECK(answer->access_token && text_is_token(answer->access_token, CONNECT_TOKEN_MAX));
    FUZZ_CHECK(answer->expires_in_s >= 60 && answer->expires_in_s <= YEAR_S);
    FUZZ_CHECK(answer->error.class == ERR_NONE);
}

static void check_refused(const struct token_answer *answer)
{
    FUZZ_CHECK(!answer->access_token);
    FUZZ_CHECK(answer->error.class != ERR_NONE && fuzz_is_plain(answer->error.text));
    /* No word of the sentence is that long: it would be the token. */
    if (answer->refresh_token && strlen(answer->refresh_token) >= TELLTALE)
        FUZZ_CHECK(!strstr(answer->error.text, answer->refresh_token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = { 200, 201, 204, 302, 400, 401, 403, 415, 429, 500, 503 };
    struct fuzz_input in = { data, size };
    const int status = statuses[fuzz_byte(&in) % (sizeof(statuses) / sizeof(statuses[0]))];
    char *body = fuzz_text(in.at, in.left);
    const struct http_answer http = {
        .status = status, .body = body, .len = in.left, .content_type = "", .retry_after_s = -1
    };
    struct token_answer answer = { 0 };

    token_judge(&http, API, &answer);
    if (answer.verdict == TOKEN_GRANTED)
        check_granted(&answer, status);
    else
        check_refused(&answer);
    if (answer.refresh_token)
        FUZZ_CHECK(text_is_token(answer.refresh_token, CONNECT_TOKEN_MAX));
    if (status >= 500 || status == 429)
        FUZZ_CHECK(answer.verdict == TOKEN_RETRY);
    FUZZ_CHECK(fuzz_is_plain(answer.word) && fuzz_is_plain(answer.why));
    token_answer_free(&answer);
    free(body);
    return 0;
}
