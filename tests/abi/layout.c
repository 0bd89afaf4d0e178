/* ABI 1.0 as numbers: no struct ends in padding, so that a new member always changes the size, and
 * no size or place changes unnoticed.  Compiled, never run, for 64 and 32 bits. */
#include <assert.h>

#include "dcddns/plugin.h"

#define LAST(type, member, size64, size32)                                                         \
    static_assert(sizeof(struct type) ==                                                           \
                      offsetof(struct type, member) + sizeof(((struct type *)0)->member),          \
                  #type " ends in padding after " #member);                                        \
    static_assert(sizeof(struct type) == (sizeof(void *) == 8 ? (size64) : (size32)),              \
                  #type " changed its size")

#define AT(type, member, place64, place32)                                                         \
    static_assert(offsetof(struct type, member) == (sizeof(void *) == 8 ? (place64) : (place32)),  \
                  #type "." #member " moved")

LAST(dcddns_addr, ip, 20, 20);

AT(dcddns_http, family, 4, 4);
AT(dcddns_http, url, 8, 8);
AT(dcddns_http, headers, 16, 12);
AT(dcddns_http, post, 24, 16);
AT(dcddns_http, device, 32, 20);
AT(dcddns_http, timeout_ms, 40, 24);
LAST(dcddns_http, flags, 48, 32);

AT(dcddns_run, timeout_ms, 4, 4);
AT(dcddns_run, argv, 8, 8);
AT(dcddns_run, env, 16, 12);
LAST(dcddns_run, input, 32, 20);

AT(dcddns_host, priv, 8, 8);
AT(dcddns_host, log, 16, 12);
AT(dcddns_host, fail, 24, 16);
AT(dcddns_host, option, 32, 20);
AT(dcddns_host, parse_addr, 40, 24);
AT(dcddns_host, addr_in, 48, 28);
AT(dcddns_host, random, 56, 32);
AT(dcddns_host, sha256, 64, 36);
AT(dcddns_host, remaining_ms, 72, 40);
AT(dcddns_host, device, 80, 44);
AT(dcddns_host, refuses, 88, 48);
AT(dcddns_host, wait, 96, 52);
AT(dcddns_host, resolve, 104, 56);
AT(dcddns_host, http, 112, 60);
AT(dcddns_host, run, 120, 64);
AT(dcddns_host, field_get, 128, 68);
AT(dcddns_host, field_set, 136, 72);
LAST(dcddns_host, hint, 152, 80);

AT(dcddns_option, def, 8, 4);
AT(dcddns_option, help, 16, 8);
AT(dcddns_option, type, 24, 12);
LAST(dcddns_option, flags, 32, 20);

AT(dcddns_plugin, kind, 4, 4);
AT(dcddns_plugin, abi_minor, 8, 8);
AT(dcddns_plugin, flags, 12, 12);
AT(dcddns_plugin, name, 16, 16);
AT(dcddns_plugin, version, 24, 20);
AT(dcddns_plugin, summary, 32, 24);
AT(dcddns_plugin, options, 40, 28);
AT(dcddns_plugin, option_count, 48, 32);
AT(dcddns_plugin, option_size, 52, 36);
AT(dcddns_plugin, create, 56, 40);
AT(dcddns_plugin, destroy, 64, 44);
LAST(dcddns_plugin, ops, 80, 52);

AT(dcddns_ip_source, query, 8, 8);
AT(dcddns_ip_source, watch, 16, 12);
LAST(dcddns_ip_source, unwatch, 32, 20);

AT(dcddns_auth, consent, 8, 8);
LAST(dcddns_auth, token, 24, 16);

AT(dcddns_event, level, 4, 4);
AT(dcddns_event, time_ms, 8, 8);
AT(dcddns_event, id, 16, 16);
AT(dcddns_event, profile, 24, 20);
AT(dcddns_event, record, 32, 24);
AT(dcddns_event, message, 40, 28);
AT(dcddns_event, source, 48, 32);
AT(dcddns_event, url, 56, 36);
AT(dcddns_event, before, 64, 40);
LAST(dcddns_event, after, 104, 80);

LAST(dcddns_notifier, notify, 16, 12);
