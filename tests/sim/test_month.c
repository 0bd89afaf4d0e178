/* Thirty days in the life of a daemon, in seconds: an address that changes once a day, an outage a
 * week, a provider that rotates tokens. */
#include "unit/dns_world.h"
#include "unit/engine_world.h"

enum { DAYS = 30 };

static bool provider_up, source_up;
static int tokens_made, applies_done, changes;
static int64_t refreshed_ms, longest_ms;
static char dns_v4[64], body[256];

static void answer(const struct rig_request *r, struct http_answer *out)
{
    char bearer[64] = "";
    if (!provider_up) {
        rig_silence(out);
        return;
    }
    snprintf(bearer, sizeof(bearer), "access-%d-x", tokens_made);
    if (rig_is_token(r)) {
        char refresh[64] = "";
        snprintf(refresh, sizeof(refresh), "refresh-%d-x", tokens_made);
        assert_true(tokens_made == 0 || strstr(r->post, refresh)); /* never an old one */
        tokens_made++;
        int64_t gap = rig_boot_ms() - refreshed_ms;
        longest_ms = gap > longest_ms ? gap : longest_ms;
        refreshed_ms = rig_boot_ms();
        snprintf(body, sizeof(body),
                 "{\"access_token\":\"access-%d-x\",\"refresh_token\":\"refresh-%d-x\","
                 "\"expires_in\":3600,\"token_type\":\"Bearer\"}",
                 tokens_made, tokens_made);
        rig_reply(out, 200, body);
        return;
    }
    assert_string_equal(r->bearer, tokens_made == 0 ? "a1-access" : bearer);
    snprintf(dns_v4, sizeof(dns_v4), "%.63s", rig_param(r, "IPv4"));
    dns_world_say_all(dns_v4, "2a00:1450::1");
    applies_done++;
    rig_reply(out, 200, "");
}

static void say(int day)
{
    char v4[32] = "";
    snprintf(v4, sizeof(v4), "9.9.%d.1", day + 1);
    rig_set(0, source_up ? RIG_SAY : RIG_FAIL, v4, "2a00:1450::1");
    rig_set(1, source_up ? RIG_SAY : RIG_FAIL, v4, "2a00:1450::1");
}

static void one_day(int day)
{
    int64_t at = (int64_t)(rig_random() % 18) * HOUR; /* of the change */
    world_pass(at);
    if (day % 7 == 3) { /* six hours without the Internet, a new address at its end */
        provider_up = source_up = false;
        say(day - 1);
        world_pass(6 * HOUR);
        provider_up = source_up = true;
    }
    say(day);
    changes++;
    world_pass((day % 7 == 3 ? 18 : 24) * HOUR - at);
    char want[32] = "";
    snprintf(want, sizeof(want), "9.9.%d.1", day + 1);
    assert_string_equal(dns_v4, want);
    assert_ip(&world_record(ID)->v4.published, want);
}

static void test_month(void **state)
{
    int64_t began = rig_real_ms();
    (void)state;
    rig_http.handle = answer;
    dns_world_reset();
    rig_dns.handle = dns_world_answer;
    provider_up = source_up = true;
    refreshed_ms = rig_boot_ms();
    world_grant(ID, "dynamicdns-v2");
    say(0);
    world_daemon(WORLD_CORE WORLD_HOST "verify-dns = yes\n");
    for (int day = 0; day < DAYS; day++)
        one_day(day);
    print_message("  %d changes, %d applies, %d refreshes, %d queries, %zu looks at DNS, %lld ms\n",
                  changes, applies_done, tokens_made, rig_queries(0) + rig_queries(1),
                  dns_world.zones, (long long)(rig_real_ms() - began));
    assert_int_equal(applies_done, changes);
    assert_in_range(dns_world.zones, DAYS * 20, DAYS * 32); /* hourly, and after each update */
    assert_int_equal(rig_events_of(EVENT_DRIFT, NULL), 0);
    assert_true(longest_ms <= 7 * DAY);
    assert_true(rig_queries(0) < DAYS * 288 * 2 * 13 / 10);
    assert_true(rig_real_ms() - began < 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { WITH_WORLD(test_month) };
    return cmocka_run_group_tests_name("month", tests, NULL, NULL);
}
