/*
 * Log and counters. Must not know how requests are answered.
 */
#include "journal.h"

#include <cjson/cJSON.h>

void journal_request(struct sandbox *s, enum endpoint endpoint, const char *method, unsigned status,
                     const char *note)
{
    s->stats.requests[endpoint]++;
    s->log_number++;
    buf_printf(&s->log, "%lu %s %s %u%s\n", s->log_number, endpoint_name(endpoint), method, status,
               note);
}

static unsigned newest_generation(const struct sandbox *s)
{
    return s->grant_count > 0 ? s->grants[s->grant_count - 1].generation : 0;
}

static void add(cJSON *object, const char *name, unsigned long value)
{
    cJSON_AddNumberToObject(object, name, (double)value);
}

void journal_stats(const struct sandbox *s, struct buf *out)
{
    const struct stats *stats = &s->stats;
    cJSON *root = cJSON_CreateObject();
    cJSON *requests = cJSON_AddObjectToObject(root, "requests");
    for (int i = 0; i < EP_COUNT; i++) {
        add(requests, endpoint_name((enum endpoint)i), stats->requests[i]);
    }
    add(root, "exchanges", stats->exchanges);
    add(root, "exchanges_refused", stats->exchanges_refused);
    add(root, "refreshes", stats->refreshes);
    add(root, "refreshes_refused", stats->refreshes_refused);
    add(root, "reuses", stats->reuses);
    add(root, "applies_accepted", stats->applies_accepted);
    add(root, "applies_refused", stats->applies_refused);
    add(root, "reverts", stats->reverts);
    add(root, "generation", newest_generation(s));
    add(root, "grants", s->grant_count);
    add(root, "dns_questions", stats->dns_questions);
    add(root, "stun_requests", stats->stun_requests);
    char *text = cJSON_Print(root);
    buf_str(out, text ? text : "{}");
    buf_str(out, "\n");
    cJSON_free(text);
    cJSON_Delete(root);
}

void journal_clear(struct sandbox *s)
{
    s->stats = (struct stats){ 0 };
    buf_free(&s->log);
    s->log_number = 0;
}
