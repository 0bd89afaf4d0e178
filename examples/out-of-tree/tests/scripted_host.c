/* SPDX-License-Identifier: MIT
 *
 * See scripted_host.h. */
#include "scripted_host.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static struct script *now;

static void scripted_log(const struct dcddns_host *host, int level, const char *line)
{
    size_t used = strlen(now->log);
    (void)host;
    (void)level;
    snprintf(now->log + used, sizeof(now->log) - used, "%s\n", line);
}

static int scripted_fail(const struct dcddns_host *host, int code, const char *why)
{
    (void)host;
    snprintf(now->why, sizeof(now->why), "%s", why);
    return code;
}

static const char *scripted_option(const struct dcddns_host *host, const char *name)
{
    const struct dcddns_plugin *plugin = now->plugin;
    (void)host;
    for (size_t i = 0; now->options && now->options[i].name; i++) {
        if (strcmp(now->options[i].name, name) == 0)
            return now->options[i].value;
    }
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        if (strcmp(plugin->options[i].name, name) == 0)
            return plugin->options[i].def;
    }
    return NULL;
}

static int scripted_parse_addr(const char *text, struct dcddns_addr *out)
{
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, out->ip) == 1)
        out->family = 4;
    else if (inet_pton(AF_INET6, text, out->ip) == 1)
        out->family = 6;
    return out->family != 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
}

static int scripted_http(struct dcddns_call *call, const struct dcddns_http *request, char *body,
                         size_t cap, size_t *len)
{
    const char *header = request->headers ? request->headers[0] : NULL;
    (void)call;
    now->asked++;
    now->flags = request->flags;
    now->family = request->family;
    snprintf(now->url, sizeof(now->url), "%s", request->url);
    snprintf(now->header, sizeof(now->header), "%s", header ? header : "");
    body[0] = '\0';
    *len = 0;
    if (now->status < 0)
        return scripted_fail(NULL, now->status, "the scripted reason");
    if (strlen(now->body) >= cap)
        return scripted_fail(NULL, DCDDNS_E_TEMP, "more bytes than were asked for");
    *len = strlen(now->body);
    memcpy(body, now->body, *len + 1);
    return now->status;
}

const struct dcddns_host *scripted_host(struct script *script)
{
    static const struct dcddns_host host = {
        .size = sizeof(host),
        .abi_minor = DCDDNS_ABI_MINOR,
        .log = scripted_log,
        .fail = scripted_fail,
        .option = scripted_option,
        .parse_addr = scripted_parse_addr,
        .http = scripted_http,
    };
    now = script;
    return &host;
}
