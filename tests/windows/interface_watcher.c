/* Loads the module interface as the daemon does, and prints what it sees: a line at the start, and
 * one after each hint, "IPV4 IPV6", "-" for none.  Ends with a hint when the file "quit" is in its
 * folder, or after a minute without one.  tests/windows/interface-change changes the addresses
 * meanwhile: interface_watcher DLL */
#include "load_module.h"

static HANDLE hinted;

static void say(const struct dcddns_host *host, int level, const char *line)
{
    (void)host;
    printf("log %d %s\n", level, line);
}

static int fail(const struct dcddns_host *host, int code, const char *why)
{
    (void)host;
    fprintf(stderr, "fail %d %s\n", code, why);
    return code;
}

static const char *option(const struct dcddns_host *host, const char *name)
{
    (void)host;
    return strcmp(name, "prefer") == 0 ? "stable" : NULL;
}

static const char *device(const struct dcddns_call *call)
{
    (void)call;
    return NULL;
}

static const char *refuses(const struct dcddns_call *call, const struct dcddns_addr *addr)
{
    (void)call;
    (void)addr;
    return NULL;
}

static void hint(const struct dcddns_host *host)
{
    (void)host;
    SetEvent(hinted);
}

static void print_addr(const struct dcddns_ip_source *ops, void *self, int family)
{
    struct dcddns_addr addr = { 0 };
    const size_t size = family == 4 ? 4 : 16;

    if (ops->query(self, NULL, family, &addr) != DCDDNS_OK) {
        printf("- ");
        return;
    }
    for (size_t i = 0; i < size; i++)
        printf(family == 4 ? "%u%s" : "%02x%s", addr.ip[i],
               i + 1 == size ? " "
               : family == 4 ? "."
                             : "");
}

static void print_addrs(const struct dcddns_ip_source *ops, void *self)
{
    print_addr(ops, self, 4);
    print_addr(ops, self, 6);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const struct dcddns_host host = { .size = sizeof(host),
                                      .abi_minor = DCDDNS_ABI_MINOR,
                                      .log = say,
                                      .fail = fail,
                                      .option = option,
                                      .device = device,
                                      .refuses = refuses,
                                      .hint = hint };
    const struct dcddns_plugin *plugin = argc == 2 ? load_module(argv[1]) : NULL;
    void *self = NULL;

    hinted = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!plugin || !hinted || (plugin->create)(&host, &self) != DCDDNS_OK)
        return 2;
    const struct dcddns_ip_source *ops = plugin->ops;
    print_addrs(ops, self); /* now it is known that both families are asked for */
    if (ops->watch(self) != DCDDNS_OK)
        return 3;
    printf("watching\n");
    print_addrs(ops, self);
    while (WaitForSingleObject(hinted, 60000) == WAIT_OBJECT_0) {
        printf("hint ");
        print_addrs(ops, self);
        if (GetFileAttributesA("quit") != INVALID_FILE_ATTRIBUTES)
            break;
    }
    ops->unwatch(self);
    plugin->destroy(self);
    printf("ended\n");
    return 0;
}
