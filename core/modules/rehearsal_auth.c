/* Plays of an auth strategy: where secrets travel, what is kept, and what happens when a service
 * fails.  All values are made up. */
#include <string.h>

#include "base/fields.h"
#include "modules/rehearsal_inside.h"

static const struct scene scene_no_random = { .what = "", .fails = FAIL_RANDOM };
static const struct scene scene_no_fields = { .what = "", .fails = FAIL_FIELDS };

enum { ROUNDS = 100 };

struct pair {
    const char *name, *value;
    uint32_t flags;
};

static const struct pair consent_pairs[] = {
    { "client_id", "domainconnect.org", 0 },
    { "scope", "dynamicdns-v2", 0 },
    { "domain", "example.com", 0 },
    { "host", "home", 0 },
    { "redirect_uri", "https://dynamicdns.domainconnect.org/ddnscode", 0 },
    { "state", "rehearsal-state", 0 },
    { "IPv4", "93.184.216.34", 0 },
    { "IPv6", "::", 0 },
    { 0 },
};
static const struct pair code_pairs[] = {
    { "grant_type", "authorization_code", 0 },
    { "code", "rehearsal-code", DCDDNS_SECRET },
    { "client_id", "domainconnect.org", 0 },
    { "redirect_uri", "https://dynamicdns.domainconnect.org/ddnscode", 0 },
    { 0 },
};
static const struct pair refresh_pairs[] = {
    { "grant_type", "refresh_token", 0 },
    { "refresh_token", "rehearsal-refresh", DCDDNS_SECRET },
    { "client_id", "domainconnect.org", 0 },
    { 0 },
};

static void fill(struct dcddns_fields *fields, const struct pair *pairs)
{
    for (; pairs->name; pairs++)
        fields_set(fields, pairs->name, pairs->value, pairs->flags);
}

/* As stored and read again. */
static void copy(struct dcddns_fields *to, const struct dcddns_fields *from)
{
    for (size_t i = 0; i < from->count; i++)
        fields_set(to, from->list[i].name, from->list[i].value, from->list[i].flags);
}

/* consent() with PARAMS filled here; what it returned. */
static int do_consent(struct stage *stage, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    fill(params, consent_pairs);
    stage_enter(stage, NULL);
    stage->writable[0] = params;
    stage->writable[1] = keep;
    int code = stage->rehearsal->module->ops.auth.consent(stage->self, params, keep);
    stage_leave(stage);
    return code;
}

static int do_token(struct stage *stage, const struct dcddns_fields *keep,
                    const struct pair *request)
{
    struct dcddns_fields body = { 0 };
    fill(&body, request);
    stage_enter(stage, NULL);
    stage->readable = keep;
    stage->writable[0] = &body;
    int code = stage->rehearsal->module->ops.auth.token(stage->self, keep, &body);
    stage_leave(stage);
    fields_free(&body);
    return code;
}

static int consent(struct stage *stage, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    int code = do_consent(stage, params, keep);
    return stage_judge(stage, "consent()", code, DCDDNS_OK) ? code : DCDDNS_E_BUG;
}

static int token(struct stage *stage, const struct dcddns_fields *keep, const struct pair *request)
{
    int code = do_token(stage, keep, request);
    return stage_judge(stage, "token()", code, DCDDNS_OK) ? code : DCDDNS_E_BUG;
}

static void must_work(struct stage *stage, const char *function, int code)
{
    if (code != DCDDNS_OK)
        check_fail(stage->rehearsal, "%s failed with %d: %s", function, code,
                   stage->why[0] ? stage->why : "it did not say why, with host->fail()");
}

/* -- secrets --------------------------------------------------------------------------------------
 */

/* VALUE travels in PARAMS, alone or inside another one. */
static const char *holder_of(const struct dcddns_fields *params, const char *value)
{
    for (size_t i = 0; strlen(value) >= 6 && i < params->count; i++) {
        if (strstr(params->list[i].value, value))
            return params->list[i].name;
    }
    return NULL;
}

static void find_option_secrets(struct rehearsal *r, const struct stage *stage,
                                const struct dcddns_fields *params)
{
    for (uint32_t i = 0; i < r->module->plugin.option_count; i++) {
        struct dcddns_option option = { 0 };
        module_option(r->module, i, &option);
        const char *value = stage->host.option(&stage->host, option.name);
        const char *holder =
            value && (option.flags & DCDDNS_SECRET) ? holder_of(params, value) : NULL;
        if (holder)
            check_fail(r,
                       "the secret option %s travels in the consent URL, as %s; send it with "
                       "token()",
                       option.name, holder);
    }
}

static void find_secrets(struct rehearsal *r, const struct stage *stage,
                         const struct dcddns_fields *params, const struct dcddns_fields *keep)
{
    for (size_t i = 0; i < params->count; i++) {
        if (params->list[i].flags & DCDDNS_SECRET)
            check_fail(r, "the field %s of the consent URL is a secret; send it with token()",
                       params->list[i].name);
    }
    for (size_t i = 0; i < keep->count; i++) {
        const struct field *kept = &keep->list[i];
        const char *holder = kept->flags & DCDDNS_SECRET ? holder_of(params, kept->value) : NULL;
        if (holder)
            check_fail(r,
                       "the kept secret %s travels in the consent URL, as %s; send a hash of "
                       "it (PKCE: S256)",
                       kept->name, holder);
    }
    find_option_secrets(r, stage, params);
}

/* -- plays ----------------------------------------------------------------------------------------
 */

static void play_consent(struct rehearsal *r)
{
    struct dcddns_fields params = { 0 }, keep = { 0 };
    check_begin(r, "consent(): no secret in the URL");
    struct stage *stage = stage_new(r, &scene_calm, false);
    if (stage) {
        must_work(stage, "consent()", consent(stage, &params, &keep));
        find_secrets(r, stage, &params, &keep);
        stage_close(stage);
    }
    fields_free(&params);
    fields_free(&keep);
    check_end(r);
}

/* The consent is stored; another process redeems the code. */
static void play_code(struct rehearsal *r)
{
    struct dcddns_fields params = { 0 }, keep = { 0 }, stored = { 0 };
    check_begin(r, "token(): a code, in another instance than the consent");
    struct stage *first = stage_new(r, &scene_calm, false);
    if (first)
        consent(first, &params, &keep);
    stage_close(first);
    copy(&stored, &keep);
    fields_free(&keep);
    struct stage *second = stage_new(r, &scene_calm, false);
    if (second)
        must_work(second, "token()", token(second, &stored, code_pairs));
    stage_close(second);
    fields_free(&params);
    fields_free(&stored);
    check_end(r);
}

static void play_token(struct rehearsal *r, const char *what, const struct pair *request, bool must)
{
    const struct dcddns_fields keep = { 0 };
    check_begin(r, "%s", what);
    struct stage *stage = stage_new(r, &scene_calm, false);
    if (stage) {
        int code = token(stage, &keep, request);
        if (must)
            must_work(stage, "token()", code);
        stage_close(stage);
    }
    check_end(r);
}

static bool same(const struct dcddns_fields *a, const struct dcddns_fields *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const char *other = fields_get(b, a->list[i].name);
        if (!other || strcmp(other, a->list[i].value) != 0)
            return false;
    }
    return a->count == b->count;
}

static void play_twice(struct rehearsal *r)
{
    struct dcddns_fields params[2] = { { 0 } }, keep[2] = { { 0 } };
    check_begin(r, "consent(): each has its own secrets");
    struct stage *stage = stage_new(r, &scene_calm, false);
    for (int i = 0; stage && i < 2; i++) {
        stage->random = (unsigned char)(0x11 * (i + 1));
        consent(stage, &params[i], &keep[i]);
    }
    if (stage && keep[0].count > 0 && same(&keep[0], &keep[1]))
        check_fail(r, "two consents keep the same values, although random() gave others; draw "
                      "them anew in each consent()");
    stage_close(stage);
    for (int i = 0; i < 2; i++) {
        fields_free(&params[i]);
        fields_free(&keep[i]);
    }
    check_end(r);
}

/* A service that fails must not lead to success. */
static void play_failure(struct rehearsal *r, const struct scene *scene, const char *service)
{
    struct dcddns_fields params = { 0 }, keep = { 0 };
    check_begin(r, "consent() and token(): %s fails", service);
    struct stage *stage = stage_new(r, scene, true);
    const atomic_int *calls = NULL;
    if (stage)
        calls = scene->fails & FAIL_RANDOM ? &stage->random_calls : &stage->field_calls;
    for (int step = 0; stage && step < 2; step++) {
        const int before = atomic_load(calls);
        int code = step == 0 ? consent(stage, &params, &keep) : token(stage, &keep, code_pairs);
        if (code == DCDDNS_OK && atomic_load(calls) > before)
            check_fail(r, "%s returned DCDDNS_OK although %s had failed; return what it returns",
                       step == 0 ? "consent()" : "token()", service);
    }
    stage_close(stage);
    fields_free(&params);
    fields_free(&keep);
    check_end(r);
}

static bool act(struct stage *stage, struct dcddns_call *call)
{
    for (int i = 0; i < ROUNDS && play_remaining_ms(call) > 0; i++) {
        struct dcddns_fields params = { 0 }, keep = { 0 };
        do_consent(stage, &params, &keep);
        do_token(stage, &keep, code_pairs);
        fields_free(&params);
        fields_free(&keep);
    }
    return true;
}

void play_auth(struct rehearsal *r)
{
    play_consent(r);
    play_code(r);
    play_token(r, "token(): a refresh, with nothing kept", refresh_pairs, true);
    play_token(r, "token(): a code, and what was kept is lost", code_pairs, false);
    play_twice(r);
    play_failure(r, &scene_no_random, "random()");
    play_failure(r, &scene_no_fields, "field_set()");
    play_race(r, act);
}
