/* Devices and addresses of Linux, asked by netlink (rtnetlink(7)); see interface.h.  Must not know
 * which of them are good for anything. */
#include <errno.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "interface_linux.h"

/* The kernel fills datagrams of up to 32 KiB when the reader has the room. */
enum { DATAGRAM_SIZE = 32768, TRIES = 3 };

/* -- messages: copied out before they are looked at, as nothing promises their alignment ------- */

struct reader {
    const uint8_t *at;
    size_t left;
};

/* What LEN bytes at R hold after a header of HEAD bytes; R goes on behind them and their padding.
 */
static bool cut(struct reader *r, size_t len, size_t head, struct reader *body)
{
    if (len < head || len > r->left)
        return false;
    size_t step = (len + 3) & ~(size_t)3; /* NLMSG_ALIGNTO and RTA_ALIGNTO are both 4 */
    if (step > r->left)
        step = r->left; /* the last one need not be padded */
    *body = (struct reader){ r->at + head, len - head };
    r->at += step;
    r->left -= step;
    return true;
}

static bool next_message(struct reader *r, struct nlmsghdr *head, struct reader *body)
{
    if (r->left < sizeof(*head))
        return false;
    memcpy(head, r->at, sizeof(*head));
    return cut(r, head->nlmsg_len, sizeof(*head), body);
}

static bool next_attribute(struct reader *r, struct rtattr *head, struct reader *body)
{
    if (r->left < sizeof(*head))
        return false;
    memcpy(head, r->at, sizeof(*head));
    return cut(r, head->rta_len, sizeof(*head), body);
}

/* A struct of fixed size at the start of R, padded to four bytes. */
static bool take_head(struct reader *r, void *out, size_t size)
{
    struct reader body = { 0 };
    if (r->left < size)
        return false;
    memcpy(out, r->at, size);
    return cut(r, size, size, &body);
}

/* -- devices ---------------------------------------------------------------------------------- */

static uint32_t device_flags(unsigned flags)
{
    return ((flags & IFF_UP) ? INTERFACE_UP : 0U) | ((flags & IFF_RUNNING) ? INTERFACE_RUNNING : 0);
}

static bool take_link(struct interface_list *list, struct reader body)
{
    struct ifinfomsg info = { 0 };
    struct rtattr head = { 0 };
    struct reader value = { 0 };
    char name[INTERFACE_NAME_SIZE] = "";
    bool full = false;

    if (!take_head(&body, &info, sizeof(info)) || info.ifi_index <= 0)
        return true;
    while (next_attribute(&body, &head, &value)) {
        if (head.rta_type == IFLA_IFNAME && value.left < sizeof(name))
            memcpy(name, value.at, value.left);
    }
    if (name[0] == '\0')
        return true;
    struct interface_device *device = interface_list_device(list, &full);
    if (!device)
        return full;
    device->index = (uint32_t)info.ifi_index;
    device->flags = device_flags(info.ifi_flags);
    memcpy(device->name, name, sizeof(name));
    return true;
}

/* -- addresses -------------------------------------------------------------------------------- */

/* What the attributes of one address say. */
struct facts {
    struct reader local, address;
    uint32_t flags;
    struct ifa_cacheinfo lifetimes;
};

static struct facts read_facts(const struct ifaddrmsg *info, struct reader body)
{
    const struct ifa_cacheinfo no_end = { .ifa_prefered = UINT32_MAX, .ifa_valid = UINT32_MAX };
    struct facts facts = { .flags = info->ifa_flags, .lifetimes = no_end };
    struct rtattr head = { 0 };
    struct reader value = { 0 };

    while (next_attribute(&body, &head, &value)) {
        if (head.rta_type == IFA_LOCAL)
            facts.local = value;
        else if (head.rta_type == IFA_ADDRESS)
            facts.address = value;
        else if (head.rta_type == IFA_FLAGS && value.left >= sizeof(facts.flags))
            memcpy(&facts.flags, value.at, sizeof(facts.flags));
        else if (head.rta_type == IFA_CACHEINFO && value.left >= sizeof(facts.lifetimes))
            memcpy(&facts.lifetimes, value.at, sizeof(facts.lifetimes));
    }
    return facts;
}

static uint32_t addr_flags(int family, uint32_t flags)
{
    static const struct {
        uint32_t theirs, ours;
        bool six; /* for IPv4 the bit means something else */
    } table[] = {
        { IFA_F_TENTATIVE, INTERFACE_TENTATIVE, false },
        { IFA_F_DADFAILED, INTERFACE_DADFAILED, false },
        { IFA_F_DEPRECATED, INTERFACE_DEPRECATED, false },
        { IFA_F_TEMPORARY, INTERFACE_TEMPORARY, true },
        { IFA_F_STABLE_PRIVACY, INTERFACE_STABLE_PRIVACY, false },
        { IFA_F_PERMANENT, INTERFACE_PERMANENT, false },
    };
    uint32_t out = 0;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((flags & table[i].theirs) && (family == 6 || !table[i].six))
            out |= table[i].ours;
    }
    return out;
}

static enum interface_scope scope_of(uint8_t scope)
{
    if (scope >= RT_SCOPE_HOST)
        return INTERFACE_HOST;
    return scope >= RT_SCOPE_LINK ? INTERFACE_LINK : INTERFACE_GLOBAL;
}

static bool take_addr(struct interface_list *list, struct reader body)
{
    struct ifaddrmsg info = { 0 };
    bool full = false;

    if (!take_head(&body, &info, sizeof(info)) ||
        (info.ifa_family != AF_INET && info.ifa_family != AF_INET6))
        return true;
    const size_t size = info.ifa_family == AF_INET ? 4 : 16;
    const struct facts facts = read_facts(&info, body);
    /* With a peer (point-to-point) IFA_ADDRESS is the peer's and IFA_LOCAL ours. */
    const struct reader own = facts.local.at ? facts.local : facts.address;
    if (!own.at || own.left != size)
        return true;
    struct interface_addr *a = interface_list_addr(list, &full);
    if (!a)
        return full;
    a->addr.family = size == 4 ? 4 : 6;
    memcpy(a->addr.ip, own.at, size);
    a->index = info.ifa_index;
    a->flags = addr_flags(a->addr.family, facts.flags);
    a->scope = scope_of(info.ifa_scope);
    a->preferred_s = facts.lifetimes.ifa_prefered;
    a->valid_s = facts.lifetimes.ifa_valid;
    return true;
}

static int compare_index(const void *a, const void *b)
{
    const struct interface_device *left = a, *right = b;
    return (left->index > right->index) - (left->index < right->index);
}

void interface_linux_join(struct interface_list *list)
{
    size_t kept = 0;

    if (list->device_count > 0)
        qsort(list->devices, list->device_count, sizeof(*list->devices), compare_index);
    for (size_t i = 0; i < list->addr_count && list->device_count > 0; i++) {
        struct interface_addr *a = &list->addrs[i];
        const struct interface_device key = { .index = a->index };
        const struct interface_device *device =
            bsearch(&key, list->devices, list->device_count, sizeof(*list->devices), compare_index);
        if (!device)
            continue;
        memcpy(a->device, device->name, sizeof(a->device));
        a->device_flags = device->flags;
        list->addrs[kept++] = *a;
    }
    list->addr_count = kept;
}

/* -- asking ----------------------------------------------------------------------------------- */

/* Of NLMSG_ERROR and NLMSG_DONE: both begin with a negative errno, or 0. */
static enum interface_answer ended(struct reader body, bool torn, int *errnum)
{
    int code = 0;
    if (body.left >= sizeof(code))
        memcpy(&code, body.at, sizeof(code));
    if (code >= 0)
        return torn ? INTERFACE_ANSWER_TORN : INTERFACE_ANSWER_DONE;
    *errnum = code == INT_MIN ? INT_MAX : -code;
    return INTERFACE_ANSWER_ERROR;
}

enum interface_answer interface_linux_take(struct interface_list *list, const void *data,
                                           size_t len, uint32_t seq, int *errnum)
{
    struct reader all = { data, len }, body = { 0 };
    struct nlmsghdr head = { 0 };

    while (next_message(&all, &head, &body)) {
        const bool torn = (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        bool ok = true;
        if (head.nlmsg_seq != seq)
            continue;
        if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR)
            return ended(body, torn, errnum);
        if (torn)
            return INTERFACE_ANSWER_TORN;
        if (head.nlmsg_type == RTM_NEWLINK)
            ok = take_link(list, body);
        else if (head.nlmsg_type == RTM_NEWADDR)
            ok = take_addr(list, body);
        if (!ok)
            return INTERFACE_ANSWER_NOMEM;
    }
    return INTERFACE_ANSWER_MORE;
}

static int open_socket(void)
{
    const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
    const struct timeval second = { .tv_sec = 1 };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static bool send_question(int fd, uint16_t type, int family, uint32_t seq)
{
    const uint8_t af = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
    const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    struct {
        struct nlmsghdr head;
        union {
            struct ifinfomsg link;
            struct ifaddrmsg addr;
        } body;
    } question = { .head = { .nlmsg_len = sizeof(question),
                             .nlmsg_type = type,
                             .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                             .nlmsg_seq = seq } };

    if (type == RTM_GETADDR)
        question.body.addr.ifa_family = af;
    return sendto(fd, &question, sizeof(question), 0, (const struct sockaddr *)&kernel,
                  sizeof(kernel)) == (ssize_t)sizeof(question);
}

/* The answer to one question, datagram by datagram; errors as errno. */
static enum interface_answer receive(int fd, struct interface_list *list, uint8_t *buffer,
                                     uint32_t seq, int *errnum)
{
    enum interface_answer answer = INTERFACE_ANSWER_MORE;

    while (answer == INTERFACE_ANSWER_MORE) {
        struct sockaddr_nl from = { 0 };
        socklen_t size = sizeof(from);
        ssize_t got =
            recvfrom(fd, buffer, DATAGRAM_SIZE, MSG_TRUNC, (struct sockaddr *)&from, &size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || got > DATAGRAM_SIZE) {
            *errnum = got < 0 ? errno : EMSGSIZE;
            return INTERFACE_ANSWER_ERROR;
        }
        if (from.nl_pid == 0) /* the kernel and nobody else */
            answer = interface_linux_take(list, buffer, (size_t)got, seq, errnum);
    }
    return answer;
}

/* Addresses before devices, so that a device that just came has its name. */
static enum interface_answer ask(struct interface_list *list, int family, uint8_t *buffer,
                                 int *errnum)
{
    static const uint16_t types[] = { RTM_GETADDR, RTM_GETLINK };
    enum interface_answer answer = INTERFACE_ANSWER_ERROR;
    int fd = open_socket();

    *errnum = errno;
    for (uint32_t i = 0; fd >= 0 && i < 2; i++) {
        answer = INTERFACE_ANSWER_ERROR;
        if (send_question(fd, types[i], family, i + 1))
            answer = receive(fd, list, buffer, i + 1, errnum);
        else
            *errnum = errno;
        if (answer != INTERFACE_ANSWER_DONE)
            break;
    }
    if (fd >= 0)
        close(fd);
    return answer;
}

int interface_list_read(struct interface_list *list, int family, char reason[INTERFACE_REASON_SIZE])
{
    enum interface_answer answer = INTERFACE_ANSWER_TORN;
    uint8_t *buffer = malloc(DATAGRAM_SIZE);
    int errnum = 0;

    reason[0] = '\0';
    if (!buffer)
        return DCDDNS_E_NOMEM;
    for (int i = 0; i < TRIES && answer == INTERFACE_ANSWER_TORN; i++) {
        interface_list_free(list);
        answer = ask(list, family, buffer, &errnum);
    }
    free(buffer);
    interface_linux_join(list);
    if (answer == INTERFACE_ANSWER_NOMEM)
        return DCDDNS_E_NOMEM;
    if (answer == INTERFACE_ANSWER_ERROR)
        snprintf(reason, INTERFACE_REASON_SIZE, "the kernel does not list the addresses: %s",
                 strerror(errnum));
    if (answer == INTERFACE_ANSWER_TORN)
        snprintf(reason, INTERFACE_REASON_SIZE,
                 "the addresses change faster than they can be listed");
    return answer == INTERFACE_ANSWER_DONE ? DCDDNS_OK : DCDDNS_E_TEMP;
}
