/*
 * Settings and template support. Must not know tokens or records.
 */
#include "discovery.h"

#include "names.h"

#include <stdio.h>
#include <string.h>

static void add_url(cJSON *json, const char *key, const struct sandbox *s, const char *host,
                    const char *rest)
{
    char url[256];
    (void)snprintf(url, sizeof url, "https://%s.%s:%u%s", host, SBX_HOME_ZONE, s->https_port, rest);
    cJSON_AddStringToObject(json, key, url);
}

void discovery_settings(struct sandbox *s, const struct request *request, struct reply *reply)
{
    char zone[SBX_NAME_MAX];
    reply_note(reply, "domain", request->capture);
    if (!name_normalise(zone, sizeof zone, request->capture) ||
        strcmp(zone, s->zones[ZONE_MANAGED].name) != 0) {
        reply_refusal(reply, 404, "This provider does not serve that zone.");
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "providerId", SBX_HOME_ZONE);
    cJSON_AddStringToObject(json, "providerName", "Sandbox DNS");
    cJSON_AddStringToObject(json, "providerDisplayName", "Sandbox DNS");
    add_url(json, "urlSyncUX", s, "consent", "");
    if (s->options.async) {
        add_url(json, "urlAsyncUX", s, "consent", "");
    }
    add_url(json, "urlAPI", s, "api", "");
    add_url(json, "urlControlPanel", s, "dc", "/panel?domain=%domain%");
    cJSON_AddNumberToObject(json, "width", 750);
    cJSON_AddNumberToObject(json, "height", 750);
    const char *server = "ns1." SBX_HOME_ZONE;
    cJSON_AddItemToObject(json, "nameServers", cJSON_CreateStringArray(&server, 1));
    reply_json(reply, 200, json);
}

void discovery_template(struct sandbox *s, const struct request *request, struct reply *reply)
{
    enum service service = service_by_name(request->capture);
    reply_note(reply, "service", request->capture);
    if (service == SERVICE_COUNT || !(s->options.templates & (1u << service))) {
        reply_refusal(reply, 404, "This template is not onboarded here.");
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "providerId", SBX_PROVIDER);
    cJSON_AddStringToObject(json, "serviceId", service_name(service));
    cJSON_AddNumberToObject(json, "version", service == SERVICE_V1 ? 1 : 2);
    reply_json(reply, 200, json);
}
