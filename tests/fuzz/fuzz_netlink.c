/* What the kernel tells of devices and addresses: datagrams, each after its length in two bytes. */
#include "fuzz.h"

#include "ip-sources/interface_linux.h"

static void take_datagrams(struct fuzz_input *in, struct interface_list *list)
{
    int errnum = 0;
    while (in->left >= 2) {
        size_t len = (size_t)fuzz_byte(in) << 8;
        len |= fuzz_byte(in);
        if (len > in->left)
            len = in->left;
        const struct fuzz_input one = { in->at, len };
        uint8_t *datagram = fuzz_bytes(&one);
        interface_linux_take(list, datagram, len, 1, &errnum);
        free(datagram);
        in->at += len;
        in->left -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct interface_list list = { 0 };

    take_datagrams(&in, &list);
    interface_linux_join(&list);
    FUZZ_CHECK(list.device_count <= INTERFACE_DEVICES_MAX);
    FUZZ_CHECK(list.addr_count <= INTERFACE_ADDRS_MAX);
    for (size_t i = 0; i < list.device_count; i++) {
        FUZZ_CHECK(memchr(list.devices[i].name, '\0', INTERFACE_NAME_SIZE));
        FUZZ_CHECK(list.devices[i].name[0] && list.devices[i].index > 0);
    }
    for (size_t i = 0; i < list.addr_count; i++) {
        FUZZ_CHECK(list.addrs[i].addr.family == 4 || list.addrs[i].addr.family == 6);
        FUZZ_CHECK(memchr(list.addrs[i].device, '\0', INTERFACE_NAME_SIZE));
    }
    interface_list_free(&list);
    return 0;
}
