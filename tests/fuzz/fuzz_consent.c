/* What a person pastes into setup: the first line.  The second is the `state` of the URL that was
 * printed; when it is empty, a fixed one. */
#include "fuzz.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "connect/consent.h"

/* A URL with a state is taken only when that is ours (RFC 6749, 10.12).  Blanks around it do not
 * belong to it. */
static void check_state(const char *pasted, const char *state)
{
    pasted += strspn(pasted, " \t\r\n");
    char *url = fuzz_text((const uint8_t *)pasted, strcspn(pasted, " \t\r\n"));
    char *theirs = strstr(url, "://") ? url_query_value(url, "state") : NULL;
    FUZZ_CHECK(!theirs || strcmp(theirs, state) == 0);
    mem_free(theirs);
    free(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct error err = { 0 };
    char code[CONSENT_CODE_MAX] = "";
    char *pasted = fuzz_line(&in), *state = fuzz_line(&in);
    const char *ours = state[0] ? state : "dGhlIHN0YXRlIG9mIG91cnM";

    if (consent_read(pasted, ours, code, &err) == 0) {
        FUZZ_CHECK(text_is_token(code, CONSENT_CODE_MAX));
        check_state(pasted, ours);
    } else {
        FUZZ_CHECK(err.class == ERR_PERM || err.class == ERR_USAGE || err.class == ERR_TEMP);
        FUZZ_CHECK(err.text[0] && fuzz_is_plain(err.text));
    }
    free(pasted);
    free(state);
    return 0;
}
