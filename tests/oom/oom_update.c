/* Updates of a daemon whose memory ends: each allocation of each way from an address to the
 * provider. */
#include "oom_provider.h"
#include "oom_table.h"

#define CONF WORLD_CORE WORLD_HOST

/* -- build ------------------------------------------------------------------------------------- */

static struct error built;

static void build_before(void)
{
    oom_world(false);
    world_read(CONF);
    built = (struct error){ 0 };
}

static void build_act(void)
{
    const struct engine_options options = {
        .config = world_config, .modules = &rig_table, .state_dir = rig_path, .transport = &rig_net
    };
    engine = engine_new(&options, &built);
    if (engine && engine_start(engine, &built) != 0)
        engine_free(&engine, 0);
}

static void build_after(void)
{
    if (!engine)
        oom_reason(built.text);
    if (engine)
        engine_free(&engine, 5000);
    world_daemon(CONF);
    oom_comes_right(OLD4, OLD6);
    oom_check_grant();
    oom_end();
}

/* -- updates ----------------------------------------------------------------------------------- */

static void first_before(void)
{
    oom_world(false);
    world_read(CONF);
    engine_up();
}

static void first_act(void)
{
    engine_schedule_all(engine);
    world_pass(SECOND);
}

static void first_after(void)
{
    oom_comes_right(OLD4, OLD6);
    oom_check_grant();
    oom_end();
}

static void published(bool expires)
{
    oom_world(false);
    world_daemon(CONF);
    world_pass(MINUTE);
    assert_true(oom_right(OLD4, OLD6));
    if (expires)
        rig_pass(HOUR);
    world_settle();
    oom_sources(NEW4, NEW6);
}

static void change_before(void)
{
    published(false);
}

static void rotation_before(void)
{
    published(true);
}

static void unauthorised_before(void)
{
    published(false);
    oom_provider.stale_401 = 1;
}

static void change_act(void)
{
    engine_check_now(engine);
    world_pass(10 * SECOND);
}

static void change_after(void)
{
    oom_comes_right(NEW4, NEW6);
    oom_check_grant();
    oom_end();
}

/* -- refusals ---------------------------------------------------------------------------------- */

static void conflict_before(void)
{
    published(false);
    oom_provider.status = 409;
}

static void conflict_after(void)
{
    oom_provider.status = 200;
    for (int i = 0; i < 4 && !oom_right(NEW4, NEW6); i++)
        world_pass(6 * HOUR);
    oom_comes_right(NEW4, NEW6);
    oom_check_grant();
    oom_end();
}

static void refused_before(void)
{
    published(true);
    oom_provider.token_status = 400;
}

static void refused_act(void)
{
    engine_check_now(engine);
    world_pass(30 * MINUTE);
}

/* Dead is dead; but a person is told how to begin anew. */
static void refused_after(void)
{
    for (int i = 0; i < 4 && rig_events_of(EVENT_CONSENT_NEEDED, NULL) == 0; i++)
        world_pass(DAY);
    if (rig_events_of(EVENT_CONSENT_NEEDED, NULL) != 1)
        oom_found(OOM_FAILED, "nobody was told that consent is needed");
    oom_check_grant();
    oom_end();
}

/* -- a grant that is idle ---------------------------------------------------------------------- */

static void idle_before(void)
{
    oom_world(false);
    world_daemon("[core]\nsources = one, two\nauth = rig\nnotifiers = note\ninterval = 1 d\n"
                 "control-socket = none\nverify-dns = no\n"
                 "[ip-source one]\nmodule = rig\nid = 0\n[ip-source two]\nmodule = rig\nid = 1\n"
                 "[notifier note]\nmodule = rig\nid = 3\n[auth rig]\nid = 2\n" WORLD_HOST);
    world_pass(6 * DAY);
    oom_provider.stale_401 = 0;
}

static void idle_act(void)
{
    world_pass(2 * DAY);
}

static void idle_after(void)
{
    world_pass(2 * DAY);
    if (oom_provider.newest < 2)
        oom_found(OOM_LOST, "an idle grant was not kept alive");
    oom_comes_right(OLD4, OLD6);
    oom_check_grant();
    oom_end();
}

int main(void)
{
    static const struct oom_case cases[] = {
        CASE("build", build_before, build_act, build_after),
        CASE("first update", first_before, first_act, first_after, .threads = true),
        CASE("change", change_before, change_act, change_after, .threads = true),
        CASE("change with rotation", rotation_before, change_act, change_after),
        CASE("401, refresh, apply", unauthorised_before, change_act, change_after),
        CASE("conflict", conflict_before, change_act, conflict_after, .refused = true),
        CASE("refused refresh", refused_before, refused_act, refused_after, .refused = true),
        CASE("keep-alive", idle_before, idle_act, idle_after),
    };
    oom_install();
    return oom_cases(cases, sizeof(cases) / sizeof(cases[0]));
}
