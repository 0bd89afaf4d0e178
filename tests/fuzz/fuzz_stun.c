/* One datagram on the STUN socket.  The first byte chooses the family; the transaction ID is fixed.
 */
#include "fuzz.h"

#include "ip-sources/stun_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t id[STUN_ID_LEN] = "transaction!";
    struct fuzz_input in = { data, size };
    struct stun_answer answer = { 0 };
    const int family = fuzz_byte(&in) & 1 ? 6 : 4;
    uint8_t *datagram = fuzz_bytes(&in);

    stun_judge(datagram, in.left, id, family, &answer);
    if (answer.verdict == STUN_SUCCESS) {
        FUZZ_CHECK(answer.addr.family == family);
        FUZZ_CHECK(in.left >= 20 && memcmp(datagram + 8, id, STUN_ID_LEN) == 0);
        FUZZ_CHECK(in.left % 4 == 0 && (datagram[2] << 8 | datagram[3]) == (int)in.left - 20);
    } else {
        FUZZ_CHECK(answer.addr.family == 0);
    }
    if (answer.verdict == STUN_FAILED)
        FUZZ_CHECK(answer.error == 0 || (answer.error >= 300 && answer.error <= 699));
    free(datagram);
    return 0;
}
