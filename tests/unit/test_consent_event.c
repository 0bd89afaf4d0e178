/* consent.needed names a page to open, whose code can be redeemed later; and says so when there is
 * none. */
#include "engine_world.h"

#include "state/pending.h"

static struct pending stored(void)
{
    struct pending p = { 0 };
    struct error err = { 0 };
    enum pending_found found = PENDING_NONE;
    if (pending_load(rig_dir, ID, &p, &found, &err) != 0)
        fail_msg("%s", err.text);
    if (found != PENDING_FOUND)
        pending_clear(&p);
    return p;
}

static void reject(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
    else
        rig_reply(out, 401, "");
}

static void grant_with(const char *async_url)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    assert_non_null(mine);
    g.async_url = async_url ? text(async_url) : NULL;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
}

/* A daemon that is refused for two days. */
static struct rig_event told(void)
{
    struct rig_event e = { 0 };
    rig_http.handle = reject;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * DAY);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1);
    assert_string_equal(e.record, ID);
    assert_non_null(strstr(e.message, "dcddns setup " ID));
    return e;
}

static void test_url(void **state)
{
    (void)state;
    atomic_store(&rig_auth_pkce, true);
    grant_with("https://consent.example.net/dc");
    struct rig_event e = told();
    struct pending p = stored();
    assert_non_null(p.url);
    assert_string_equal(e.url, p.url);
    assert_int_equal(strncmp(e.url, "https://consent.example.net/dc/v2/", 34), 0);
    assert_non_null(strstr(e.url, "code_challenge="));
    assert_non_null(strstr(e.url, "IPv4=8.8.4.4"));
    assert_non_null(strstr(e.message, "then run: dcddns setup " ID " --code CODE"));
    assert_non_null(fields_get(&p.keep, "code_verifier"));
    assert_null(strstr(e.message, p.state));
    assert_string_equal(p.api_url, API);
    assert_true(p.ipv4 && p.ipv6);
    pending_clear(&p);
}

/* Nothing is promised that cannot be kept. */
static void check_no_url(void)
{
    struct rig_event e = told();
    struct pending p = stored();
    assert_string_equal(e.url, "");
    assert_null(strstr(e.message, "--code"));
    assert_null(p.url);
    pending_clear(&p);
}

static void test_no_async_url(void **state)
{
    (void)state;
    grant_with(NULL);
    check_no_url();
}

static void test_auth_fails(void **state)
{
    (void)state;
    grant_with("https://consent.example.net/dc");
    rig_auth_code = DCDDNS_E_TEMP; /* fails at consent; a refresh is then never sent either */
    struct rig_event e = { 0 };
    world_daemon(WORLD_CORE WORLD_HOST);
    consent_event_tell_host(&engine->hosts[0], &(struct error){ .text = "run: dcddns setup " ID });
    world_pass(MINUTE);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1);
    assert_string_equal(e.url, "");
    assert_string_equal(e.message, "run: dcddns setup " ID);
}

static void test_long_url(void **state)
{
    char url[EVENT_URL_MAX] = "https://consent.example.net/";
    (void)state;
    memset(url + strlen(url), 'x', sizeof(url) - strlen(url) - 1);
    grant_with(url);
    check_no_url();
}

static void tell_now(const char *why, struct rig_event *e, int count)
{
    struct error err = { .class = ERR_CONSENT };
    snprintf(err.text, sizeof(err.text), "%s", why);
    consent_event_tell_host(&engine->hosts[0], &err);
    world_pass(SECOND);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, e) == count);
}

/* A page that somebody may have open just now stays the one; an older one does not. */
static void test_open_page(void **state)
{
    struct rig_event first = { 0 }, second = { 0 };
    (void)state;
    grant_with("https://consent.example.net/dc");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(SECOND);
    tell_now("why", &first, 1);
    assert_int_not_equal(first.url[0], '\0');
    rig_pass(HOUR / 2);
    tell_now("why again", &second, 2);
    assert_string_equal(second.url, first.url);
    rig_pass(HOUR);
    tell_now("why", &second, 3);
    assert_string_not_equal(second.url, first.url);
}

/* However long the reason is, the command after it is whole. */
static void test_long_reason(void **state)
{
    char why[ERROR_TEXT_MAX] = "run: dcddns setup " ID " (";
    struct rig_event e = { 0 };
    (void)state;
    memset(why + strlen(why), 'x', sizeof(why) - strlen(why) - 1);
    grant_with("https://consent.example.net/dc");
    world_daemon(WORLD_CORE WORLD_HOST);
    tell_now(why, &e, 1);
    const char *end = "dcddns setup " ID " --code CODE";
    assert_true(strlen(e.message) < ERROR_TEXT_MAX);
    assert_string_equal(e.message + strlen(e.message) - strlen(end), end);
    assert_int_equal(strncmp(e.message, why, 100), 0);
}

/* What expired while no daemon ran goes when it starts. */
static void test_sweep(void **state)
{
    (void)state;
    grant_with("https://consent.example.net/dc");
    world_daemon(WORLD_CORE WORLD_HOST);
    struct rig_event e = { 0 };
    tell_now("why", &e, 1);
    rig_pass(DAY);
    engine_schedule_all(engine);
    struct pending p = stored();
    assert_null(p.url);
    assert_int_not_equal(access(rig_path, F_OK), -1);
    char path[128] = "";
    snprintf(path, sizeof(path), "%s/pending", rig_path);
    assert_int_equal(access(path, F_OK), -1);
    pending_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_url),      WITH_WORLD(test_no_async_url), WITH_WORLD(test_auth_fails),
        WITH_WORLD(test_long_url), WITH_WORLD(test_open_page),    WITH_WORLD(test_long_reason),
        WITH_WORLD(test_sweep),
    };
    return cmocka_run_group_tests_name("consent event", tests, NULL, NULL);
}
