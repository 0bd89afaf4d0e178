/* The socket of stun_socket.h on Windows.  Its library is opened for each socket: the system
 * counts. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <netioapi.h>
#include <string.h>

#include "stun_socket.h"

enum { NAME_CHARS = 256 };

static const char *words_of(int error)
{
    static const struct {
        int error;
        const char *words;
    } table[] = {
        { WSAECONNREFUSED, "Connection refused" },
        { WSAECONNRESET, "Connection refused" }, /* so it calls a port that nobody listens on */
        { WSAENETUNREACH, "Network is unreachable" },
        { WSAEHOSTUNREACH, "No route to host" },
        { WSAENETDOWN, "Network is down" },
        { WSAENETRESET, "No route to host" },
        { WSAEADDRNOTAVAIL, "Cannot assign requested address" },
        { WSAEAFNOSUPPORT, "Address family not supported" },
        { WSAEACCES, "Permission denied" },
        { WSAEMFILE, "Too many open sockets" },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].error == error)
            return table[i].words;
    }
    return NULL;
}

static void explain(char why[STUN_WHY_MAX], const char *what, int error)
{
    const char *words = words_of(error);
    if (words)
        snprintf(why, STUN_WHY_MAX, "%s%s", what, words);
    else
        snprintf(why, STUN_WHY_MAX, "%sWindows error %d", what, error);
}

static int connect_to(SOCKET s, const struct dcddns_addr *to, uint16_t port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

    memcpy(&v4.sin_addr, to->ip, 4);
    memcpy(&v6.sin6_addr, to->ip, 16);
    if (to->family == 4)
        return connect(s, (const struct sockaddr *)&v4, sizeof(v4));
    return connect(s, (const struct sockaddr *)&v6, sizeof(v6));
}

/* By the name that the system shows; 0 = there is none such. */
static NET_IFINDEX index_of(const char *device)
{
    wchar_t name[NAME_CHARS] = L"";
    NET_LUID luid = { 0 };
    NET_IFINDEX index = 0;

    if (MultiByteToWideChar(CP_UTF8, 0, device, -1, name, NAME_CHARS) == 0 ||
        ConvertInterfaceAliasToLuid(name, &luid) != NO_ERROR ||
        ConvertInterfaceLuidToIndex(&luid, &index) != NO_ERROR)
        return 0;
    return index;
}

/* Before connect(), which chooses the source address by the route. */
static bool leave_by(SOCKET s, int family, const char *device, char why[STUN_WHY_MAX])
{
    char what[STUN_WHY_MAX] = "";

    if (!device)
        return true;
    NET_IFINDEX index = index_of(device);
    if (index == 0) {
        snprintf(why, STUN_WHY_MAX, "device %.32s: No such device", device);
        return false;
    }
    DWORD value = family == 4 ? htonl(index) : index; /* the order that each wants */
    if (setsockopt(s, family == 4 ? IPPROTO_IP : IPPROTO_IPV6,
                   family == 4 ? IP_UNICAST_IF : IPV6_UNICAST_IF, (const char *)&value,
                   sizeof(value)) == 0)
        return true;
    snprintf(what, sizeof(what), "device %.32s: ", device);
    explain(why, what, WSAGetLastError());
    return false;
}

static bool no_waiting(SOCKET s)
{
    u_long yes = 1;
    return ioctlsocket(s, (long)FIONBIO, &yes) == 0;
}

uintptr_t stun_socket_open(const struct dcddns_addr *to, uint16_t port, const char *device,
                           char why[STUN_WHY_MAX])
{
    WSADATA data = { 0 };
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error != 0) {
        explain(why, "no socket: ", error);
        return STUN_NO_SOCKET;
    }
    SOCKET s = WSASocketW(to->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET || !no_waiting(s)) {
        explain(why, "no socket: ", WSAGetLastError());
    } else if (leave_by(s, to->family, device, why)) {
        if (connect_to(s, to, port) == 0)
            return s;
        explain(why, "", WSAGetLastError());
    }
    if (s != INVALID_SOCKET)
        closesocket(s);
    WSACleanup();
    return STUN_NO_SOCKET;
}

void stun_socket_close(uintptr_t *socket)
{
    if (*socket != STUN_NO_SOCKET) {
        closesocket(*socket);
        WSACleanup();
    }
    *socket = STUN_NO_SOCKET;
}

static enum stun_io judge_error(char why[STUN_WHY_MAX])
{
    const int error = WSAGetLastError();

    if (error == WSAEWOULDBLOCK || error == WSAEINTR || error == WSAENOBUFS)
        return STUN_IO_AGAIN;
    explain(why, "", error);
    return STUN_IO_BROKEN;
}

enum stun_io stun_socket_send(uintptr_t socket, const void *data, size_t len,
                              char why[STUN_WHY_MAX])
{
    return send(socket, data, (int)len, 0) >= 0 ? STUN_IO_DONE : judge_error(why);
}

enum stun_io stun_socket_receive(uintptr_t socket, void *data, size_t cap, size_t *len,
                                 char why[STUN_WHY_MAX])
{
    int n = recv(socket, data, (int)cap, 0);

    *len = n > 0 ? (size_t)n : 0;
    if (n >= 0)
        return STUN_IO_DONE;
    if (WSAGetLastError() != WSAEMSGSIZE)
        return judge_error(why);
    *len = cap; /* the rest of a longer one is gone */
    return STUN_IO_DONE;
}
