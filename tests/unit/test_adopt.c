/* Adopting a foreign grant: proven before it counts, and whenever the process is killed or the disk
 * is full, the grant that was there, or the new one, is there. */
#include "engine_world.h"

#include <signal.h>

#include "engine/adopt.h"

#define FILE_TOKEN "r1-of-the-file"
#define CONFIG                                                                                     \
    "[core]\nsources = one\nauth = published-secret\nnotifiers = note\ncontrol-socket = none\n"    \
    "[ip-source one]\nmodule = rig\nid = 0\n[notifier note]\nmodule = rig\nid = 3\n"               \
    "[auth published-secret]\nmodule = rig\nid = 2\n" WORLD_HOST

static char url[] = API, token[] = FILE_TOKEN, provider_name[] = "Example";
static const struct import_name name = { .fqdn = ID,
                                         .zone = "example.com",
                                         .host = "home",
                                         .ipv4 = true,
                                         .v1 = true,
                                         .provider_name = provider_name,
                                         .api_url = url,
                                         .refresh_token = token,
                                         .issued_wall_ms = INT64_C(1600000000000) };
static struct error failure;

/* Whatever the token, within its grace. */
static void grants_always(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 200, GRANTED("a2-access", "r2-rotated"));
}

static void grants_r2_only(const struct rig_request *r, struct http_answer *out)
{
    if (strstr(r->post, "r2-rotated"))
        rig_reply(out, 200, GRANTED("a3-access", "r3-rotated"));
    else
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
}

static void is_down(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 503, "");
}

/* The old token is spent, and no access token came. */
static void rotates_only(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 200, "{\"refresh_token\":\"r2-rotated\"}");
}

static void up(void)
{
    struct error err = { 0 };
    if (!world_config)
        world_read(CONFIG);
    const struct engine_options options = {
        .config = world_config, .modules = &rig_table, .state_dir = rig_path, .transport = &rig_net
    };
    engine = engine_new(&options, &err);
    if (!engine)
        fail_msg("%s", err.text);
}

/* With an engine of its own, as the command has. */
static int run_with(const struct import_name *from)
{
    struct adoption a = { .modules = &rig_table, .from = from, .replace = true };
    up();
    a.engine = engine;
    memcpy(a.zone, from->zone, sizeof(a.zone));
    memcpy(a.host, from->host, sizeof(a.host));
    failure = (struct error){ 0 };
    rig_flow(true);
    int rc = adopt(&a, &failure);
    rig_flow(false);
    adopt_free(&a);
    engine_free(&engine, 0);
    return rc;
}

static int run(void)
{
    return run_with(&name);
}

static void has_token(const char *id, const char *refresh)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = { 0 };
    bool found = false;
    assert_non_null(mine);
    if (grants_load(mine, id, &g, &found, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(found, refresh != NULL);
    if (refresh)
        assert_string_equal(g.refresh_token, refresh);
    grant_clear(&g);
    grants_close(&mine);
}

static bool is_either(const char *id, const char *one, const char *other)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = { 0 };
    bool found = false;
    assert_non_null(mine);
    bool good = grants_load(mine, id, &g, &found, &err) == 0 && found &&
                (strcmp(g.refresh_token, one) == 0 || strcmp(g.refresh_token, other) == 0);
    grant_clear(&g);
    grants_close(&mine);
    return good;
}

static void is_proven_and_stored(void **state)
{
    (void)state;
    rig_http.handle = grants_always;
    assert_int_equal(run(), 0);
    assert_int_equal(rig_http.tokens, 1);
    assert_non_null(strstr(rig_http.list[0].post, FILE_TOKEN));
    assert_null(strstr(rig_http.list[0].url, FILE_TOKEN));
    has_token(ID "._import", NULL);
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    assert_string_equal(g.refresh_token, "r2-rotated");
    assert_string_equal(g.access_token, "a2-access");
    assert_string_equal(g.api_url, API);
    assert_string_equal(g.service_id, "dynamicdns");
    assert_string_equal(g.auth, "published-secret");
    assert_string_equal(g.zone, "example.com");
    assert_true(g.granted_wall_ms == name.issued_wall_ms && g.refresh_proven);
    grant_clear(&g);
    grants_close(&mine);
}

static void the_old_one_survives(void **state)
{
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    rig_http.handle = grants_r2_only;
    assert_int_equal(run(), -1);
    assert_int_equal(failure.class, ERR_CONSENT);
    assert_non_null(strstr(failure.text, "dcddns setup " ID));
    has_token(ID, "r1-refresh");
    has_token(ID "._import", NULL);
    rig_http.handle = is_down;
    assert_int_equal(run(), -1);
    assert_int_equal(failure.class, ERR_TEMP);
    assert_null(strstr(failure.text, "_import"));
    has_token(ID, "r1-refresh");
    has_token(ID "._import", NULL);
}

static void what_only_we_have_is_kept(void **state)
{
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    rig_http.handle = rotates_only;
    assert_int_equal(run(), -1);
    assert_non_null(strstr(failure.text, "run import again"));
    has_token(ID, "r1-refresh");
    has_token(ID "._import", "r2-rotated");
    rig_http.handle = grants_r2_only;
    assert_int_equal(run(), 0);
    has_token(ID, "r3-rotated");
    has_token(ID "._import", NULL);
}

static void refuses(const struct rig_request *r, struct http_answer *out)
{
    assert_null(strstr(r->post, FILE_TOKEN)); /* a newer one has replaced it */
    rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
}

/* One refusal may pass, and ours is the only copy; the fourth is the last. */
static void refused_in_between(void **state)
{
    (void)state;
    rig_http.handle = rotates_only;
    assert_int_equal(run(), -1);
    has_token(ID "._import", "r2-rotated");
    rig_http.handle = refuses;
    for (int i = 1; i <= DECIDE_PROBES; i++) {
        assert_int_equal(run(), -1);
        assert_int_equal(failure.class, ERR_TEMP);
        assert_non_null(strstr(failure.text, "run import again"));
        has_token(ID "._import", "r2-rotated");
        rig_pass(decide_probe_s(i) * 1000);
    }
    assert_int_equal(run(), -1);
    assert_int_equal(failure.class, ERR_CONSENT);
    has_token(ID "._import", NULL);
}

static void refused_once(void **state)
{
    (void)state;
    rig_http.handle = rotates_only;
    assert_int_equal(run(), -1);
    rig_http.handle = refuses;
    assert_int_equal(run(), -1);
    rig_pass(MINUTE);
    rig_http.handle = grants_r2_only;
    assert_int_equal(run(), 0);
    has_token(ID, "r3-rotated");
}

/* What an earlier import left of another provider is not asked for this one. */
static void of_another_provider(void **state)
{
    static char elsewhere[] = "https://elsewhere.example/dc";
    struct import_name moved = name;
    (void)state;
    rig_http.handle = rotates_only;
    assert_int_equal(run(), -1);
    has_token(ID "._import", "r2-rotated");
    moved.api_url = elsewhere;
    rig_http.handle = grants_always;
    rig_forget();
    assert_int_equal(run_with(&moved), 0);
    assert_non_null(strstr(rig_http.list[0].url, elsewhere));
    assert_non_null(strstr(rig_http.list[0].post, FILE_TOKEN));
    has_token(ID "._import", NULL);
}

static void a_grant_that_is_there_stays(void **state)
{
    (void)state;
    struct adoption a = { .modules = &rig_table, .from = &name };
    world_grant(ID, "dynamicdns-v2");
    up();
    a.engine = engine;
    failure = (struct error){ 0 };
    assert_int_equal(adopt_look(&a, &failure), -1);
    assert_int_equal(failure.class, ERR_PERM);
    assert_non_null(strstr(failure.text, "--replace"));
    adopt_free(&a);
    engine_free(&engine, 0);
}

/* -- kill and full disks ---------------------------------------------------------------------- */

static int die_at; /* writing call, from 1 */
static struct os_calls inner;

static void count_down(void)
{
    if (--die_at == 0)
        kill(getpid(), SIGKILL);
}

static int64_t dying_write(struct os_file *file, const void *data, size_t len)
{
    count_down();
    return inner.write(file, data, len);
}

static int dying_sync(struct os_file *file)
{
    count_down();
    return inner.sync(file);
}

static int dying_rename(struct os_dir *dir, const char *from, const char *to)
{
    count_down();
    return inner.rename(dir, from, to);
}

static int dying_unlink(struct os_dir *dir, const char *file)
{
    count_down();
    return inner.unlink(dir, file);
}

static int dying_open(struct os_dir *dir, const char *file, int how, struct os_file **out)
{
    if (how != OS_READ)
        count_down();
    return inner.open(dir, file, how, out);
}

static void arm(int at)
{
    inner = os;
    die_at = at;
    os.write = dying_write;
    os.sync = dying_sync;
    os.rename = dying_rename;
    os.unlink = dying_unlink;
    os.open = dying_open;
}

/* True when it was killed. */
static bool run_killed_at(int at)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        arm(at);
        _exit(run() == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void killed_anywhere(void **state)
{
    bool killed = true;
    int points = 0;
    rig_http.handle = grants_always;
    world_read(CONFIG);
    while (killed) {
        world_grant(ID, "dynamicdns-v2");
        killed = run_killed_at(points + 1);
        assert_true(is_either(ID, "r1-refresh", "r2-rotated"));
        assert_int_equal(run(), 0);
        has_token(ID, "r2-rotated");
        has_token(ID "._import", NULL);
        points += killed;
    }
    print_message("killed at %d points, 0 grants lost\n", points);
    assert_true(points > 20);
    (void)state;
}

static void full_disks(void **state)
{
    int points = 0, done = 0;
    rig_http.handle = grants_always;
    world_read(CONFIG);
    (void)state;
    for (int n = 1; done < 2; n++) {
        world_grant(ID, "dynamicdns-v2");
        rig_disk_code = -ENOSPC;
        rig_disk_fails_after = n;
        int rc = run();
        rig_disk_code = 0;
        assert_true(is_either(ID, "r1-refresh", "r2-rotated"));
        if (rc == 0)
            has_token(ID, "r2-rotated");
        done = rc == 0 ? done + 1 : 0;
        points += rc != 0;
        assert_int_equal(run(), 0);
        has_token(ID, "r2-rotated");
        has_token(ID "._import", NULL);
    }
    print_message("a disk full at %d points, 0 grants lost\n", points);
    assert_true(points > 10);
}

static int quiet_tear_down(void **state)
{
    rig_disk_code = 0;
    config_free(&world_config);
    return rig_end(state);
}

#define WITH_ADOPTION(test) cmocka_unit_test_setup_teardown(test, world_set_up, quiet_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ADOPTION(is_proven_and_stored),
        WITH_ADOPTION(the_old_one_survives),
        WITH_ADOPTION(what_only_we_have_is_kept),
        WITH_ADOPTION(a_grant_that_is_there_stays),
        WITH_ADOPTION(refused_in_between),
        WITH_ADOPTION(refused_once),
        WITH_ADOPTION(of_another_provider),
        WITH_ADOPTION(killed_anywhere),
        WITH_ADOPTION(full_disks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
