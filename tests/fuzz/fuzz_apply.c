/* The answer to an apply.  The first byte chooses the status. */
#include "fuzz.h"

#include "connect/apply.h"

static void check_verdict(const struct apply_result *result, int status)
{
    const bool success = status >= 200 && status < 300;
    FUZZ_CHECK(success == (result->verdict == APPLY_DONE));
    FUZZ_CHECK(success == (result->error.class == ERR_NONE));
    FUZZ_CHECK((status == 401) == (result->verdict == APPLY_TOKEN));
    FUZZ_CHECK((status == 409) ==
               (result->verdict == APPLY_OVERRIDE || result->verdict == APPLY_CONFLICT));
    FUZZ_CHECK(success || (result->error.text[0] && fuzz_is_plain(result->error.text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = { 200, 204, 302, 400, 401, 403, 404, 409,
                                    409, 409, 422, 429, 500, 501, 503 };
    static const struct apply_target targets[] = {
        { "https://api.example.net/dc", "dynamicdns-v2", "example.com", "home" },
        { "https://api.example.net/dc", "dynamicdns-v2", "example.com", "" },
    };
    struct fuzz_input in = { data, size };
    const uint8_t choice = fuzz_byte(&in);
    const int status = statuses[choice % (sizeof(statuses) / sizeof(statuses[0]))];
    char *body = fuzz_text(in.at, in.left);
    const struct http_answer http = {
        .status = status, .body = body, .len = in.left, .content_type = "", .retry_after_s = -1
    };
    struct apply_result result = { 0 };

    apply_judge(&http, &targets[choice >> 7], &result);
    check_verdict(&result, status);
    free(body);
    return 0;
}
