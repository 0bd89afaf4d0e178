/* Setup and remove with a memory that ends: from consent to a grant on disk, to the host's file,
 * and back.  What fails says so; with memory it works, and an older grant survives the failure. */
#include "oom_provider.h"
#include "oom_table.h"

#include "engine/consent_request.h"
#include "engine/redeem.h"

static struct pending pending;
static struct error told;
static bool done;

static void granted(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 200, GRANTED("n1-access", "n1-refresh"));
}

/* -- the grant --------------------------------------------------------------------------------- */

static void begin(void)
{
    oom_world(false);
    rig_module(DCDDNS_KIND_AUTH);
    updater_up();
    rig_http.handle = granted;
    told = (struct error){ 0 };
    done = false;
}

static void end(void)
{
    void *state = NULL;
    pending_clear(&pending);
    updater_down();
    rig_end(&state);
    module_table_free(&rig_table);
    rig_table = (struct module_table){ 0 };
}

static bool ask(void)
{
    const struct dcddns_addr v4 = { .family = 4, .ip = { 8, 8, 4, 4 } }, none = { 0 };
    struct grant grant = { 0 };
    bool found = false;
    int rc = grants_load(grants, ID, &grant, &found, &told);

    if (rc == 0)
        rc = consent_request_from_grant(&pending, &grant, &told);
    pending.ipv4 = true;
    if (rc == 0)
        rc = consent_request_make(&pending, auth, &v4, &none, &told);
    if (rc == 0)
        rc = pending_save(rig_dir, &pending, &told);
    grant_clear(&grant);
    return rc == 0;
}

static void consent_act(void)
{
    done = ask();
}

static void loads_pending(void)
{
    enum pending_found found = PENDING_NONE;
    struct pending p = { 0 };
    if (pending_load(rig_dir, ID, &p, &found, &told) < 0 || found != PENDING_FOUND)
        oom_found(OOM_FAILED, "the pending consent is not there");
    pending_clear(&p);
}

static void consent_after(void)
{
    if (!done) {
        oom_reason(told.text);
        pending_clear(&pending);
        done = ask();
    }
    if (!done)
        oom_found(OOM_FAILED, told.text);
    loads_pending();
    end();
}

static void redeem_before(void)
{
    begin();
    assert_true(ask());
}

static enum exchange_proof redeem_it(void)
{
    struct redemption r = { .net = net, .grants = grants, .auth = auth, .pending = &pending };
    enum exchange_proof proof = redeem(&r, "the-code-123", &told);
    done = r.stored;
    return proof;
}

static void redeem_act(void)
{
    redeem_it();
}

static void redeem_after(void)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (!done)
        oom_reason(told.text);
    if (grants_load(grants, ID, &g, &found, &err) != 0 || !found)
        oom_found(OOM_LOST, "neither the old grant nor the new one is there");
    else if (strcmp(g.refresh_token, done ? "n1-refresh" : "refresh-1-x") != 0)
        oom_found(OOM_LOST, "stored is not what was said");
    grant_clear(&g);
    if (!done && redeem_it() != EXCHANGE_DONE)
        oom_found(OOM_FAILED, told.text);
    end();
}

static void load_act(void)
{
    struct pending p = { 0 };
    enum pending_found found = PENDING_NONE;
    done = pending_load(rig_dir, ID, &p, &found, &told) == 0;
    if (done && found != PENDING_FOUND)
        oom_found(OOM_LOST, "a pending consent is taken for none");
    pending_clear(&p);
}

static void load_after(void)
{
    if (!done)
        oom_reason(told.text);
    loads_pending();
    end();
}

/* -- take back --------------------------------------------------------------------------------- */

static struct ended ended;
static bool started;

static void revert_before(void)
{
    begin();
    rig_http.handle = NULL; /* 200 */
    ended = (struct ended){ 0 };
    started = false;
}

static void revert(void)
{
    const struct update_request request = { .what = UPDATE_REVERT, .grant = ID, .fqdn = ID };
    ended = (struct ended){ 0 };
    started = update_start(updater, &request, on_end, &ended);
    for (int i = 0; started && i < 100 && ended.count == 0; i++)
        net_turn(net, 0);
}

static void revert_after(void)
{
    if (started && ended.count != 1)
        oom_found(OOM_FAILED, "the update did not end");
    if (started && ended.outcome.kind != OUTCOME_DONE)
        oom_reason(ended.outcome.error.text);
    if (!started || ended.outcome.kind != OUTCOME_DONE)
        revert();
    if (ended.outcome.kind != OUTCOME_DONE)
        oom_found(OOM_FAILED, ended.outcome.error.text);
    oom_check_grant();
    end();
}

static void delete_act(void)
{
    done = grants_delete(grants, ID, &told) == 0;
}

static void delete_after(void)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (!done)
        oom_reason(told.text);
    if (!done && grants_delete(grants, ID, &told) != 0)
        oom_found(OOM_FAILED, told.text);
    if (grants_load(grants, ID, &g, &found, &err) != 0 || found)
        oom_found(OOM_FAILED, "the grant is still there");
    grant_clear(&g);
    end();
}

/* -- the host's file --------------------------------------------------------------------------- */

static void host_before(void)
{
    begin();
    world_read(WORLD_CORE);
}

static void host_act(void)
{
    done = config_write_host(world_config, ID, true, false, &told) == 0;
}

static void host_after(void)
{
    struct config_errors errors = { 0 };

    if (!done)
        oom_reason(told.text);
    if (!done && config_write_host(world_config, ID, true, false, &told) != 0)
        oom_found(OOM_FAILED, told.text);
    config_free(&world_config);
    world_config = config_load(world_file, false, &errors);
    if (!world_config || !config_find_host(world_config, ID))
        oom_found(OOM_FAILED, config_errors_text(&errors));
    config_errors_free(&errors);
    config_free(&world_config);
    end();
}

int main(void)
{
    static const struct oom_case cases[] = {
        CASE("consent request", begin, consent_act, consent_after),
        CASE("pending consent", redeem_before, load_act, load_after),
        CASE("code to grant", redeem_before, redeem_act, redeem_after),
        CASE("take records back", revert_before, revert, revert_after),
        CASE("remove the grant", begin, delete_act, delete_after),
        CASE("the host's file", host_before, host_act, host_after),
    };
    oom_install();
    return oom_cases(cases, sizeof(cases) / sizeof(cases[0]));
}
