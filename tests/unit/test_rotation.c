/* The one thing that must never happen: that we send a refresh token which a newer one has replaced
 * (RFC 9700, 4.14.2: the provider then takes it for stolen and revokes the whole family).  A model
 * of a provider with rotation, reuse detection and five seconds of grace, against updates under a
 * long random sequence of faults: full disks, lost answers, refusals, 401, restarts, crashes.
 *
 * What cannot be avoided: from the provider's rotation to the end of the save that stores its
 * answer, the new token exists nowhere but on the wire or in memory.  A crash then, or an orderly
 * end while the disk still refuses, leaves the old token on disk, and only the provider's grace
 * mends that: the restart must send the old one again within it. */
#include "update_rig.h"

enum { GRACE = 5 * SECOND, STEPS = 2000, NAME = 32 };

/* -- the provider -------------------------------------------------------------------------------
 */

static struct {
    int newest;         /* number of the newest refresh token */
    int64_t rotated_ms; /* when it was made */
    int access;         /* number of the newest access token */
    bool revoked;
    int reuses, rotations, applies;
    int lost; /* answers in a row that never came */
} provider;

enum fault {
    FAULT_NONE,
    FAULT_500,
    FAULT_429,
    FAULT_400,         /* invalid_request, whatever the encoding */
    FAULT_LOST_BEFORE, /* the request never arrived */
    FAULT_LOST_AFTER,  /* it did, and its answer was lost */
    FAULT_GARBLED,     /* so was half of it */
    FAULT_GATEWAY,     /* rotated, and the gateway gave up */
    FAULT_NO_ROTATION, /* answers without a new refresh token */
    FAULT_DISK_AFTER,  /* the disk fills up between answer and save */
    FAULT_KINDS
};
static enum fault token_fault;
static int fault_count; /* token requests it holds for; -1 = all of this step */
static int apply_status;

static char body[512];

static int number_in(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    return at ? rig_number(at + strlen(mark)) : -1;
}

static void issue(struct http_answer *out, bool with_refresh)
{
    provider.access++;
    if (with_refresh) {
        snprintf(body, sizeof(body),
                 "{\"token_type\":\"bearer\",\"expires_in\":3600,\"access_token\":\"access-%d-x\","
                 "\"refresh_token\":\"refresh-%d-x\"}",
                 provider.access, provider.newest);
    } else {
        snprintf(body, sizeof(body), "{\"expires_in\":3600,\"access_token\":\"access-%d-x\"}",
                 provider.access);
    }
    rig_reply(out, 200, body);
}

/* What an authorization server does with a token that parsed. */
static void redeem(int sent, struct http_answer *out)
{
    if (sent == provider.newest && !provider.revoked) {
        bool rotates = token_fault != FAULT_NO_ROTATION;
        provider.newest += rotates;
        provider.rotations += rotates;
        provider.rotated_ms = rig_boot_ms();
        issue(out, rotates);
    } else if (sent == provider.newest - 1 && !provider.revoked &&
               rig_boot_ms() - provider.rotated_ms <= GRACE) {
        issue(out, true); /* the previous one, within the grace: the same answer again */
    } else {
        provider.reuses++;
        provider.revoked = true;
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
    }
}

static bool fault_now(void)
{
    if (fault_count == 0)
        return false;
    fault_count -= fault_count > 0;
    return true;
}

static void token_endpoint(const struct rig_request *r, struct http_answer *out)
{
    const enum fault fault = fault_now() ? token_fault : FAULT_NONE;
    int sent = number_in(r->post, "refresh-");
    if (sent < 0)
        sent = number_in(r->url, "refresh-");
    assert_true(sent > 0);
    rig_pass(rig_random() % 700); /* the way there and back */
    if (fault == FAULT_500)
        rig_reply(out, 500, "");
    else if (fault == FAULT_429)
        rig_reply(out, 429, "");
    else if (fault == FAULT_400)
        rig_reply(out, 400, "{\"error\":\"invalid_request\"}");
    else if (fault == FAULT_LOST_BEFORE)
        rig_silence(out);
    else
        redeem(sent, out);
    bool lost = fault == FAULT_GARBLED || fault == FAULT_GATEWAY || fault == FAULT_LOST_AFTER;
    provider.lost = lost ? provider.lost + 1 : 0;
    if (fault == FAULT_GARBLED)
        rig_reply(out, 200, "{\"access_token\":\"acc");
    if (fault == FAULT_GATEWAY)
        rig_reply(out, 504, "<html>");
    if (fault == FAULT_LOST_AFTER)
        rig_silence(out);
    if (fault == FAULT_DISK_AFTER)
        rig_disk_code = -ENOSPC;
}

static void endpoint(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        token_endpoint(r, out);
        return;
    }
    if (number_in(r->bearer, "access-") != provider.access || apply_status == 401) {
        rig_reply(out, 401, "");
        return;
    }
    provider.applies += apply_status == 200;
    rig_reply(out, apply_status, "");
}

/* -- our side -----------------------------------------------------------------------------------
 */

static void consent(void)
{
    struct grant g = grant_example();
    struct error err = { 0 };
    char name[NAME] = "";
    provider.revoked = false;
    provider.newest++;
    provider.access++;
    provider.rotated_ms = rig_boot_ms();
    mem_free_secret(g.access_token);
    mem_free_secret(g.refresh_token);
    snprintf(name, sizeof(name), "access-%d-x", provider.access);
    g.access_token = text(name);
    snprintf(name, sizeof(name), "refresh-%d-x", provider.newest);
    g.refresh_token = text(name);
    if (grants_delete(grants, ID, &err) != 0)
        fail_msg("%s", err.text);
    grant_store(grants, ID, &g);
    grant_clear(&g);
}

static int stored_number(void)
{
    struct grant g = grant_of(grants, ID);
    int number = number_in(g.refresh_token, "refresh-");
    grant_clear(&g);
    return number;
}

static int known_number(void)
{
    const struct grant *held = held_find(updater, ID);
    return held ? number_in(held->refresh_token, "refresh-") : stored_number();
}

/* As the daemon does after a restart: a refresh that was cut short is made up for at once. */
static void make_up(void)
{
    struct grant g = grant_of(grants, ID);
    bool cut = g.refresh_in_flight && !g.needs_consent;
    grant_clear(&g);
    if (cut)
        update(UPDATE_KEEP_ALIVE);
}

static void restart(void)
{
    updater_down();
    rig_pass(1000); /* RestartSec */
    updater_up();
}

static void choose_faults(void)
{
    token_fault = (enum fault)(rig_random() % FAULT_KINDS);
    fault_count = rig_random() % 3 == 0 ? -1 : (int)(rig_random() % 4);
    apply_status = rig_random() % 4 == 0 ? 401 : rig_random() % 5 == 0 ? 500 : 200;
    if (rig_random() % 3 == 0)
        rig_disk_code = 0;
    else if (rig_random() % 4 == 0)
        rig_disk_code = -EIO;
    rig_disk_fails_after = (int)(rig_random() % 30);
}

static struct outcome attempt(void)
{
    struct ended e = { 0 };
    start(rig_random() % 5 == 0 ? UPDATE_KEEP_ALIVE : UPDATE_APPLY, &e);
    finish(&e);
    return e.outcome;
}

/* Three answers in a row were lost, all that fit into the grace: the next attempt comes after a
 * back-off that is longer.  Nothing on our side could have known the new token. */
static bool provider_lost_it(void)
{
    return known_number() < provider.newest && provider.lost == 3;
}

static int unavoidable, renewed;

/* A person consents again, with a disk that works. */
static void start_over(void)
{
    rig_disk_code = 0;
    updater_down();
    updater_up();
    consent();
    renewed++;
}

static void one_step(void)
{
    rig_pass((int64_t)(rig_random() % 90) * MINUTE);
    choose_faults();
    int reuses = provider.reuses;
    provider.lost = 0;
    attempt();
    rig_forget();
    assert_int_equal(provider.reuses, reuses); /* the only assertion that matters */
    if (provider_lost_it()) {
        unavoidable++;
        start_over();
        return;
    }
    assert_int_equal(known_number(), provider.newest);
    if (rig_random() % 10 == 0 && updater_unsaved(updater) == 0) {
        restart(); /* orderly or not: everything is on disk */
        assert_int_equal(stored_number(), provider.newest);
        make_up();
        assert_int_equal(provider.reuses, reuses);
        if (known_number() != provider.newest || provider.revoked)
            start_over();
    }
    struct grant g = grant_of(grants, ID);
    bool over = g.needs_consent;
    grant_clear(&g);
    if (over) /* four refusals in a row, by chance */
        start_over();
}

static void random_faults(uint64_t seed)
{
    rig_http.handle = endpoint;
    memset(&provider, 0, sizeof(provider));
    unavoidable = renewed = 0;
    atomic_store(&rig_seed, seed);
    rig_disk_code = 0;
    consent();
    for (int i = 0; i < STEPS; i++)
        one_step();
    assert_false(provider.revoked);
    print_message("  seed %d: %d rotations, %d applies, %d answers lost for good, %d consents\n",
                  (int)seed, provider.rotations, provider.applies, unavoidable, renewed);
    assert_true(provider.rotations > STEPS / 10);
    assert_true(provider.applies > STEPS / 10);
}

static void test_random_faults(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        random_faults(seed * 1000003);
}

/* One lost answer is always made up for within the grace, with the same token. */
static void test_one_lost_answer(void **state)
{
    static const enum fault faults[] = { FAULT_LOST_BEFORE, FAULT_LOST_AFTER, FAULT_GARBLED,
                                         FAULT_GATEWAY };
    (void)state;
    rig_http.handle = endpoint;
    memset(&provider, 0, sizeof(provider));
    apply_status = 200;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        consent();
        rig_pass(HOUR);
        token_fault = faults[i];
        fault_count = 1;
        assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
        assert_int_equal(provider.reuses, 0);
        assert_int_equal(stored_number(), provider.newest);
    }
}

/* The daemon is killed at every writing call of a refresh: rotated or not, a restart within the
 * grace goes on with the family. */
static int crash_after;

static void crash_point(const struct rig_request *r, struct http_answer *out)
{
    endpoint(r, out);
    if (rig_is_token(r)) {
        rig_disk_code = -EIO; /* from here on nothing reaches the disk */
        rig_disk_fails_after = crash_after;
    }
}

static void test_crash_between_rotation_and_store(void **state)
{
    int lost = 0, kept = 0;
    (void)state;
    memset(&provider, 0, sizeof(provider));
    apply_status = 200;
    token_fault = FAULT_NONE;
    fault_count = 0;
    for (crash_after = 0; crash_after < 40; crash_after++) {
        consent();
        rig_pass(HOUR);
        rig_http.handle = crash_point;
        update(UPDATE_APPLY);
        rig_http.handle = endpoint;
        updater_down(); /* its last try fails as well: what a kill leaves */
        rig_disk_code = 0;
        updater_up();
        rig_pass(1000);
        bool in_window = stored_number() < provider.newest;
        lost += in_window;
        kept += !in_window;
        make_up();
        assert_int_equal(provider.reuses, 0);
        assert_int_equal(stored_number(), provider.newest);
        assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    }
    print_message("  %d points inside the window, %d outside\n", lost, kept);
    assert_int_equal(lost, 2); /* write and sync; all that comes after them may fail */
    assert_true(kept > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_random_faults),
        WITH_UPDATER(test_one_lost_answer),
        WITH_UPDATER(test_crash_between_rotation_and_store),
    };
    return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
