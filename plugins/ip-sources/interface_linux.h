/* Between interface_linux.c and its test: one datagram of the kernel's answer. */
#ifndef DCDDNS_IP_SOURCE_INTERFACE_LINUX_H
#define DCDDNS_IP_SOURCE_INTERFACE_LINUX_H

#include "interface.h"

enum interface_answer {
    INTERFACE_ANSWER_MORE, /* another datagram follows */
    INTERFACE_ANSWER_DONE,
    INTERFACE_ANSWER_TORN,  /* done, but the tables changed meanwhile */
    INTERFACE_ANSWER_ERROR, /* the kernel refused, *ERRNUM says why */
    INTERFACE_ANSWER_NOMEM
};

/* Takes what DATA, LEN bytes, says about devices (RTM_NEWLINK) and addresses (RTM_NEWADDR) in
 * answer to question SEQ.  Never reads beyond LEN, whatever the lengths inside say. */
enum interface_answer interface_linux_take(struct interface_list *, const void *data, size_t len,
                                           uint32_t seq, int *errnum);
/* Gives every address the name and state of its device; drops those of unknown devices. */
void interface_linux_join(struct interface_list *);

#endif
