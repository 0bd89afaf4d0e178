/* Codes of consents for several hosts: whose place the new grant takes, what other grants give up,
 * and what is not spent. */
#include "update_rig.h"

#include "engine/consent_request.h"
#include "engine/redeem.h"
#include "state/grant_hosts.h"
#include "state/grant_index.h"

static void token(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 200, GRANTED("n1-access", "n1-refresh"));
}

static struct pending asked(const char *first, const char *hosts, const char *takes)
{
    struct provider provider = {
        .zone = "example.com",
        .host = "",
        .id = text("example.net"),
        .name = text("Example"),
        .api_url = text(API),
        .async_url = text("https://consent.example.net/dc"),
        .service_id = "dynamicdns-v2",
    };
    struct pending p = { 0 };
    struct error err = { 0 };
    const struct dcddns_addr none = { 0 };

    assert_int_equal(consent_request_from_provider(&p, first, &provider, &err), 0);
    mem_free(p.hosts);
    p.hosts = text(hosts);
    p.grant = mem_strdup(takes);
    p.ipv4 = true;
    if (consent_request_make(&p, auth, &none, &none, &err) != 0)
        fail_msg("%s", err.text);
    provider_free(&provider);
    return p;
}

static enum exchange_proof redeem_it(const struct pending *p, bool alone, struct error *err)
{
    struct redemption r = {
        .net = net, .grants = grants, .auth = auth, .pending = p, .alone = alone
    };
    enum exchange_proof rc = redeem(&r, "the-code-123", err);
    assert_int_equal(r.stored, rc == EXCHANGE_DONE);
    return rc;
}

static void put(const char *id, const char *hosts, int64_t granted)
{
    struct grant g = grant_example();
    mem_free(g.hosts);
    g.hosts = text(hosts);
    g.granted_wall_ms = granted;
    grant_store(grants, id, &g);
    grant_clear(&g);
}

static void check(const char *id, const char *hosts)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;
    assert_int_equal(grants_load(grants, id, &g, &found, &err), 0);
    if (hosts && !found)
        fail_msg("%s is gone", id);
    if (hosts)
        assert_string_equal(g.hosts, hosts);
    else
        assert_false(found);
    grant_clear(&g);
}

static void serves(const char *fqdn, const char *id)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;
    assert_int_equal(grants_find(grants, fqdn, &g, &found, &err), 0);
    assert_true(found);
    assert_string_equal(g.id, id);
    grant_clear(&g);
}

/* In the place of the old one, with all hosts; others keep what is left to them, or go. */
static void test_takes_the_place(void **state)
{
    struct error err = { 0 };
    (void)state;
    rig_http.handle = token;
    put("www.example.com", "www,old", 5);
    put("cam.example.com", "cam", 5);
    struct pending p = asked("cam.example.com", "home,www,cam", ID);
    assert_int_equal(redeem_it(&p, false, &err), EXCHANGE_DONE);
    check(ID, "home,www,cam");
    check("www.example.com", "old");
    check("cam.example.com", NULL);
    assert_stored("n1-access", "n1-refresh");
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.generation, 2);
    grant_clear(&g);
    pending_clear(&p);
}

/* Other grants stay, and the newest one serves; also when the clock stepped back since. */
static void test_alone(void **state)
{
    struct error err = { 0 };
    const int64_t future = rig_wall_ms() + 1000 * DAY;
    (void)state;
    rig_http.handle = token;
    put(ID, "home,www", future);
    struct pending p = asked("www.example.com", "www", NULL);
    assert_int_equal(redeem_it(&p, true, &err), EXCHANGE_DONE);
    check(ID, "home,www");
    check("www.example.com", "www");
    serves("www.example.com", "www.example.com");
    serves(ID, ID);
    pending_clear(&p);
}

/* The grant got another host since the page was shown: its code is not even sent. */
static void test_leaves_nobody_out(void **state)
{
    struct error err = { 0 };
    (void)state;
    rig_http.handle = token;
    struct pending p = asked("cam.example.com", "home,cam", ID);
    put(ID, "home,www", 5);
    assert_int_equal(redeem_it(&p, false, &err), EXCHANGE_FAILED);
    assert_int_equal(err.class, ERR_PERM);
    assert_non_null(strstr(err.text, "www.example.com"));
    assert_non_null(strstr(err.text, "dcddns setup cam.example.com"));
    assert_int_equal(rig_http.count, 0);
    check(ID, "home,www");
    pending_clear(&p);
}

static struct grant_lock *refreshing;

static void refresh_ends(void *ctx)
{
    (void)ctx;
    assert_int_equal(rig_http.count, 0);
    grants_unlock(&refreshing);
}

/* A refresh is under way: the code waits for it, for it works once. */
static void test_waits_for_a_refresh(void **state)
{
    struct error err = { 0 };
    (void)state;
    rig_http.handle = token;
    struct pending p = asked(ID, "home", ID);
    refreshing = grants_lock(grants, ID, &err);
    assert_non_null(refreshing);
    assert_non_null(net_timer_add(net, rig_boot_ms(), refresh_ends, NULL));
    assert_int_equal(redeem_it(&p, false, &err), EXCHANGE_DONE);
    assert_null(refreshing);
    assert_int_equal(err.class, ERR_NONE);
    assert_stored("n1-access", "n1-refresh");
    pending_clear(&p);
}

static void refuse(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 422, "{\"error\":\"invalid_request\"}");
}

static void test_list_refused(void **state)
{
    struct error err = { 0 };
    (void)state;
    rig_http.handle = refuse;
    struct pending p = asked(ID, "home,www", ID);
    assert_int_equal(redeem_it(&p, false, &err), EXCHANGE_INVALID);
    assert_stored("a1-access", "r1-refresh");
    pending_clear(&p);
}

/* More hosts than a URL can hold. */
static void test_too_many(void **state)
{
    struct error err = { 0 };
    struct pending p = asked(ID, "home", NULL);
    const struct dcddns_addr none = { 0 };
    char more[64] = "";
    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(more, sizeof(more), "a-rather-long-name-of-a-host-%d", i);
        assert_int_equal(grant_hosts_add(&p.hosts, more, &err), 0);
    }
    assert_int_equal(consent_request_make(&p, auth, &none, &none, &err), 0);
    for (int i = 0; i < 40; i++) {
        snprintf(more, sizeof(more), "another-rather-long-name-of-a-host-%d", i);
        assert_int_equal(grant_hosts_add(&p.hosts, more, &err), 0);
    }
    assert_int_equal(consent_request_make(&p, auth, &none, &none, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    assert_non_null(strstr(err.text, "241 hosts"));
    assert_non_null(strstr(err.text, "--each"));
    pending_clear(&p);
}

/* -- `remove` of one host while the daemon holds tokens that the disk refuses -------------------
 */

static void test_held_and_shrunk(void **state)
{
    struct error err = { 0 };
    struct ended e = { 0 };
    (void)state;
    rig_http.handle = token;
    put(ID, "home,www", 5);
    start(UPDATE_KEEP_ALIVE, &e);
    while (rig_http.count == 0)
        net_turn(net, 0);
    rig_disk_code = -EIO;
    finish(&e);
    rig_disk_code = 0;
    assert_int_equal(updater_unsaved(updater), 1);
    assert_int_equal(grants_drop_hosts(grants, ID, "www", &err), 0);
    rig_pass(11 * SECOND);
    net_turn(net, 0);
    assert_int_equal(updater_unsaved(updater), 0);
    assert_stored("n1-access", "n1-refresh");
    check(ID, "home");
}

/* A person consented anew meanwhile: that one counts. */
static void test_held_and_granted_anew(void **state)
{
    struct error err = { 0 };
    struct ended e = { 0 };
    (void)state;
    rig_http.handle = token;
    start(UPDATE_KEEP_ALIVE, &e);
    while (rig_http.count == 0)
        net_turn(net, 0);
    rig_disk_code = -EIO;
    finish(&e);
    rig_disk_code = 0;
    struct grant g = grant_of(grants, ID);
    g.granted_wall_ms++;
    g.refresh_in_flight = false;
    grant_store(grants, ID, &g);
    grant_clear(&g);
    rig_pass(11 * SECOND);
    net_turn(net, 0);
    assert_int_equal(updater_unsaved(updater), 0);
    assert_stored("a1-access", "r1-refresh");
    assert_int_equal(err.class, ERR_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_takes_the_place),   WITH_UPDATER(test_alone),
        WITH_UPDATER(test_leaves_nobody_out), WITH_UPDATER(test_waits_for_a_refresh),
        WITH_UPDATER(test_list_refused),      WITH_UPDATER(test_too_many),
        WITH_UPDATER(test_held_and_shrunk),   WITH_UPDATER(test_held_and_granted_anew),
    };
    return cmocka_run_group_tests_name("redeem", tests, NULL, NULL);
}
