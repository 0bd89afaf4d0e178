/* Makes and checks the bytes of one record.  Must not know of files, nor what the payload means. */
#include "state/store_image.h"

#include <inttypes.h>
#include <string.h>

#include "platform/os.h"
#include "state/store.h"

static const char magic[] = "dcddns-record ";

static bool add_header(struct buf *out, const char *payload, size_t len, uint64_t generation)
{
    struct buf hashed = BUF_MAX(STORE_HEADER_MAX + STORE_PAYLOAD_MAX);
    uint8_t digest[32] = { 0 };

    buf_printf(&hashed, "%" PRIu64 " %zu\n", generation, len);
    buf_add(&hashed, payload, len);
    bool ok = buf_ok(&hashed) && os_sha256(hashed.data, hashed.len, digest) == 0;
    buf_free(&hashed);
    if (!ok)
        return false;
    buf_printf(out, "%s1 %" PRIu64 " %zu ", magic, generation, len);
    for (size_t i = 0; i < sizeof(digest); i++)
        buf_printf(out, "%02x", digest[i]);
    buf_putc(out, '\n');
    return buf_ok(out);
}

bool store_image_make(struct buf *out, const char *payload, size_t len, uint64_t generation)
{
    if (len > STORE_PAYLOAD_MAX || !add_header(out, payload, len, generation))
        return false;
    buf_add(out, payload, len);
    buf_putc(out, '\n');
    return buf_ok(out);
}

/* Digits followed by one blank; moves *AT behind it. */
static bool take_number(const char **at, const char *end, uint64_t *out)
{
    uint64_t value = 0;
    const char *from = *at;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (*at == from || *at == end || **at != ' ')
        return false;
    (*at)++;
    *out = value;
    return true;
}

enum store_image store_image_read(const char *data, size_t size, const char **payload, size_t *len,
                                  uint64_t *generation)
{
    struct buf header = BUF_MAX(STORE_HEADER_MAX);
    const char *newline = memchr(data, '\n', size < STORE_HEADER_MAX ? size : STORE_HEADER_MAX);
    const char *at = data + sizeof(magic) - 1;
    uint64_t version = 0, length = 0;

    if (!newline || newline < at || memcmp(data, magic, sizeof(magic) - 1) != 0 ||
        !take_number(&at, newline, &version))
        return STORE_IMAGE_DAMAGED;
    if (version > 1)
        return STORE_IMAGE_NEWER;
    if (!take_number(&at, newline, generation) || !take_number(&at, newline, &length) ||
        length > STORE_PAYLOAD_MAX || length > size - (size_t)(newline + 1 - data))
        return STORE_IMAGE_DAMAGED;
    /* The header is made again and compared: so every byte of it counts, leading zeros too. */
    bool made = add_header(&header, newline + 1, (size_t)length, *generation);
    bool same = made && header.len == (size_t)(newline + 1 - data) &&
                memcmp(header.data, data, header.len) == 0;
    buf_free(&header);
    *payload = newline + 1;
    *len = (size_t)length;
    return !made ? STORE_IMAGE_MEMORY : same ? STORE_IMAGE_GOOD : STORE_IMAGE_DAMAGED;
}
