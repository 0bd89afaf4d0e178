/* One DNS answer from the network.  The first byte chooses the type that was asked for. */
#include "fuzz.h"

#include "net/dns_message.h"

static void check_records(const struct dns_answer *answer, enum dns_type type, const char *space,
                          size_t room)
{
    FUZZ_CHECK(answer->count > 0 && answer->count <= DNS_RECORDS_MAX);
    for (size_t i = 0; i < answer->count; i++) {
        if (type == DNS_TXT) {
            const char *text = answer->txts[i];
            FUZZ_CHECK(text >= space && text < space + room);
            FUZZ_CHECK(memchr(text, '\0', (size_t)(space + room - text)));
            FUZZ_CHECK(strlen(text) < DNS_TXT_MAX);
        } else {
            FUZZ_CHECK(answer->addrs[i].family == (type == DNS_A ? 4 : 6));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_TXT };
    struct fuzz_input in = { data, size };
    struct dns_answer answer = { 0 };
    const enum dns_type type = types[fuzz_byte(&in) % 3];
    uint8_t *message = fuzz_bytes(&in);
    char *space = malloc(DNS_SPACE(in.left));

    FUZZ_CHECK(space);
    dns_message_read(message, in.left, "home.example.com", type, space, &answer);
    if (answer.status == DNS_OK) {
        check_records(&answer, type, space, DNS_SPACE(in.left));
        FUZZ_CHECK(in.left >= 12 && (message[2] & 0x80)); /* a response, never a query */
    } else {
        FUZZ_CHECK(answer.count == 0 && answer.error.class != ERR_NONE);
        FUZZ_CHECK(fuzz_is_plain(answer.error.text));
    }
    free(message);
    free(space);
    return 0;
}
