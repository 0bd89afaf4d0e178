/* A grant's file.  The first byte chooses: the file as it is, or a sound file around the payload,
 * which no fuzzer could make (its hash). */
#include "fuzz.h"

#include "base/mem.h"
#include "state/grant_json.h"
#include "state/store_image.h"

/* What was read and written again reads as the same. */
static void round_trip(const struct grant *grant)
{
    struct grant again = { 0 };
    struct error err = { 0 };
    char *text = grant_to_json(grant);

    FUZZ_CHECK(text);
    if (grant_from_json(text, strlen(text), &again, &err) == 0) {
        char *twice = grant_to_json(&again);
        FUZZ_CHECK(twice && strcmp(text, twice) == 0);
        mem_free_secret(twice);
    } else {
        FUZZ_FAIL("a grant that was written cannot be read");
    }
    grant_clear(&again);
    mem_free_secret(text);
}

static void read_payload(const char *payload, size_t len)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    if (grant_from_json(payload, len, &grant, &err) == 0) {
        round_trip(&grant);
    } else {
        FUZZ_CHECK(err.text[0] && fuzz_is_plain(err.text));
        FUZZ_CHECK(!grant.refresh_token && !grant.access_token);
    }
    grant_clear(&grant);
}

static void read_image(const char *data, size_t size)
{
    const char *payload = NULL;
    size_t len = 0;
    uint64_t generation = 0;
    if (store_image_read(data, size, &payload, &len, &generation) == STORE_IMAGE_GOOD) {
        FUZZ_CHECK(payload >= data && len <= size && payload + len <= data + size);
        read_payload(payload, len);
    }
}

static void make_image(const char *payload, size_t len, uint64_t number)
{
    struct buf image = BUF_MAX(STORE_HEADER_MAX + STORE_PAYLOAD_MAX + 1);
    const char *found = NULL;
    size_t found_len = 0;
    uint64_t generation = 0;
    if (store_image_make(&image, payload, len, number)) {
        FUZZ_CHECK(store_image_read(image.data, image.len, &found, &found_len, &generation) ==
                   STORE_IMAGE_GOOD);
        FUZZ_CHECK(generation == number && found_len == len);
        FUZZ_CHECK(memcmp(found, payload, len) == 0);
        read_image(image.data, image.len);
    }
    buf_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    const uint8_t choice = fuzz_byte(&in);
    char *text = fuzz_text(in.at, in.left);
    uint8_t *bytes = fuzz_bytes(&in);

    if (choice & 1)
        read_image((const char *)bytes, in.left);
    else
        make_image(text, in.left, choice);
    free(bytes);
    free(text);
    return 0;
}
