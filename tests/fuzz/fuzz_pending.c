/* The file of a consent that waits for its code. */
#include "fuzz.h"

#include "base/mem.h"
#include "state/pending_json.h"

/* What was read and written again reads as the same. */
static void round_trip(const struct pending *pending)
{
    struct pending again = { 0 };
    struct error err = { 0 };
    bool damaged = false;
    char *text = pending_to_json(pending);

    FUZZ_CHECK(text);
    FUZZ_CHECK(pending_from_json(text, strlen(text), &again, &damaged, &err) == 0);
    char *twice = pending_to_json(&again);
    FUZZ_CHECK(twice && strcmp(text, twice) == 0);
    mem_free_secret(text);
    mem_free_secret(twice);
    pending_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pending pending = { 0 };
    struct error err = { 0 };
    bool damaged = false;
    char *text = fuzz_text(data, size);

    if (pending_from_json(text, size, &pending, &damaged, &err) == 0)
        round_trip(&pending);
    else
        FUZZ_CHECK(damaged && err.text[0] && fuzz_is_plain(err.text) && !pending.api_url);
    pending_clear(&pending);
    free(text);
    return 0;
}
