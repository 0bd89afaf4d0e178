/* For the tests of looks at DNS by the whole engine: a provider whose updates get into DNS, or not.
 */
#ifndef DCDDNS_TESTS_VERIFY_WORLD_H
#define DCDDNS_TESTS_VERIFY_WORLD_H

#include "dns_world.h"
#include "engine_world.h"

#define CONF WORLD_CORE WORLD_HOST "verify-dns = yes\n"
#define V4   "8.8.4.4"
#define V6   "2a00:1450::1"

static bool provider_works; /* what is sent to it gets into DNS */
static char dns4[64], dns6[64];
static struct rig_request last_apply;
static int64_t applies_at[16];
static size_t applies_seen;

static void provider(const struct rig_request *r, struct http_answer *out)
{
    rig_reply(out, 200, rig_is_token(r) ? GRANTED("a2-access", "r2-refresh") : "");
    if (rig_is_token(r))
        return;
    if (applies_seen < sizeof(applies_at) / sizeof(applies_at[0]))
        applies_at[applies_seen++] = r->at_ms;
    last_apply = *r;
    if (!provider_works)
        return;
    snprintf(dns4, sizeof(dns4), "%.63s", rig_param(r, "IPv4"));
    snprintf(dns6, sizeof(dns6), "%.63s", rig_param(r, "IPv6"));
    dns_world_say_all(dns4, dns6);
}

static inline int verify_set_up(void **state)
{
    int rc = world_set_up(state);
    dns_world_reset();
    rig_dns.handle = dns_world_answer;
    rig_http.handle = provider;
    provider_works = true;
    applies_seen = 0;
    world_grant(ID, "dynamicdns-v2");
    return rc;
}

static inline const struct record_dns *dns_of(void)
{
    return &world_record(ID)->dns;
}

static inline size_t asked(void)
{
    size_t count = 0;
    for (size_t i = 0; i < DNS_WORLD_SERVERS; i++)
        count += dns_world.asked[i];
    return count;
}

/* A daemon that has published and seen it in DNS. */
static inline void settled(void)
{
    world_daemon(CONF);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(dns_of()->state, RECORD_DNS_CURRENT);
    assert_int_equal(dns_of()->applies, 0);
}

#undef WITH_WORLD
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, verify_set_up, world_tear_down)

#endif
