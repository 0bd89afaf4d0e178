/* SPDX-License-Identifier: MIT
 *
 * Sizes and places of the structs as C has them, one a line; layout.rs prints the same as Rust has
 * them.  The numbers of constants are compared, too. */
#include <stdio.h>

#include <dcddns/plugin.h>

#define SIZE(type)       printf(#type " %zu\n", sizeof(struct type))
#define AT(type, member) printf(#type "." #member " %zu\n", offsetof(struct type, member))
#define NUMBER(name)     printf(#name " %d\n", (int)DCDDNS_##name)

static void host(void)
{
    SIZE(dcddns_host);
    AT(dcddns_host, size);
    AT(dcddns_host, abi_minor);
    AT(dcddns_host, priv);
    AT(dcddns_host, log);
    AT(dcddns_host, fail);
    AT(dcddns_host, option);
    AT(dcddns_host, parse_addr);
    AT(dcddns_host, addr_in);
    AT(dcddns_host, random);
    AT(dcddns_host, sha256);
    AT(dcddns_host, remaining_ms);
    AT(dcddns_host, device);
    AT(dcddns_host, refuses);
    AT(dcddns_host, wait);
    AT(dcddns_host, resolve);
    AT(dcddns_host, http);
    AT(dcddns_host, run);
    AT(dcddns_host, field_get);
    AT(dcddns_host, field_set);
    AT(dcddns_host, hint);
}

static void plugin(void)
{
    SIZE(dcddns_option);
    AT(dcddns_option, name);
    AT(dcddns_option, def);
    AT(dcddns_option, help);
    AT(dcddns_option, type);
    AT(dcddns_option, flags);
    SIZE(dcddns_plugin);
    AT(dcddns_plugin, size);
    AT(dcddns_plugin, kind);
    AT(dcddns_plugin, abi_minor);
    AT(dcddns_plugin, flags);
    AT(dcddns_plugin, name);
    AT(dcddns_plugin, version);
    AT(dcddns_plugin, summary);
    AT(dcddns_plugin, options);
    AT(dcddns_plugin, option_count);
    AT(dcddns_plugin, option_size);
    AT(dcddns_plugin, create);
    AT(dcddns_plugin, destroy);
    AT(dcddns_plugin, ops);
}

static void source(void)
{
    SIZE(dcddns_addr);
    AT(dcddns_addr, family);
    AT(dcddns_addr, reserved);
    AT(dcddns_addr, ip);
    SIZE(dcddns_ip_source);
    AT(dcddns_ip_source, size);
    AT(dcddns_ip_source, reserved);
    AT(dcddns_ip_source, query);
    AT(dcddns_ip_source, watch);
    AT(dcddns_ip_source, unwatch);
}

static void numbers(void)
{
    NUMBER(ABI_MINOR);
    NUMBER(OK);
    NUMBER(E_TEMP);
    NUMBER(E_CONFIG);
    NUMBER(E_NOADDR);
    NUMBER(E_STOP);
    NUMBER(E_NOMEM);
    NUMBER(E_BUG);
    NUMBER(KIND_IP_SOURCE);
    NUMBER(OPT_STRING);
    NUMBER(OPT_PATH);
    NUMBER(REQUIRED);
}

int main(void)
{
    host();
    plugin();
    source();
    numbers();
    return 0;
}
