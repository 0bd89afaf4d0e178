/* What a daemon does beside updates, with a memory that ends: configuration, reload, status, its
 * socket, looks at DNS, the report for strangers, files of other updaters. */
#include "oom_provider.h"
#include "oom_table.h"
#include "unit/dns_world.h"
#include "unit/socket_rig.h"

#include "engine/bundle.h"
#include "engine/status.h"
#include "import/import.h"

#define CONF WORLD_CORE WORLD_HOST
#define RICH                                                                                       \
    "[core]\ninterval = 10 min\nconfirm-delay = 3 s\nquery-timeout = 9 s\nresolver = 192.0.2.1\n"  \
    "resolver = [2001:db8::1]:5353\nca-file = /x\ndevice = eth0\nstate-dir = /tmp/s\n"             \
    "plugin-path = /tmp/p, /tmp/q\nsources = one, two\nauth = rig\nnotifiers = note\n"             \
    "allow-private = no\nconfirm = 2\non-lost-family = remove-after 24 h\n"                        \
    "expect = 198.51.100.0/24, 2001:db8::/32\nverify-dns = yes\nlog-level = debug\n"               \
    "tell-failures-after = 2\ndaily-summary = no\ncontrol-socket = /tmp/c.sock\n"                  \
    "metrics-file = /tmp/m.prom\nallow-loopback-provider = no\n"                                   \
    "[ip-source one]\nmodule = rig\nid = 0\n[ip-source two]\nmodule = rig\nid = 1\n"               \
    "[notifier note]\nmodule = rig\nid = 3\nevents = update, consent, -source\n"                   \
    "min-level = notice\n[auth rig]\nid = 2\n"                                                     \
    "[host a.example.com]\nipv4 = yes\nipv6 = yes\nallow-private = yes\nverify-dns = no\n"         \
    "sources = two\nconfirm = 1\non-lost-family = keep\ndevice = ppp0\nexpect = 203.0.113.0/24\n"  \
    "ipv6-suffix = ::1234/64\n"

static struct error told;
static bool done;

/* -- configuration ----------------------------------------------------------------------------- */

static struct config_errors config_told;

static void config_before(void)
{
    oom_world(false);
    rig_module(DCDDNS_KIND_IP_SOURCE);
    rig_module(DCDDNS_KIND_AUTH);
    rig_module(DCDDNS_KIND_NOTIFIER);
    world_write(RICH);
    config_told = (struct config_errors){ 0 };
}

static void config_act(void)
{
    world_config = config_load(world_file, false, &config_told);
    done = world_config && config_check_modules(world_config, &rig_table, &config_told) == 0;
}

static void config_after(void)
{
    struct config_errors errors = { 0 };
    if (!done)
        oom_reason(config_errors_text(&config_told));
    config_free(&world_config);
    config_errors_free(&config_told);
    world_config = config_load(world_file, false, &errors);
    if (!world_config || config_check_modules(world_config, &rig_table, &errors) != 0)
        oom_found(OOM_FAILED, config_errors_text(&errors));
    config_errors_free(&errors);
    oom_end();
}

/* -- reload ------------------------------------------------------------------------------------ */

static struct runtime rt;

static void reload_before(void)
{
    struct config_errors errors = { 0 };
    struct error err = { 0 };
    oom_world(false);
    rig_module(DCDDNS_KIND_IP_SOURCE);
    rig_module(DCDDNS_KIND_AUTH);
    rig_module(DCDDNS_KIND_NOTIFIER);
    world_write(CONF);
    rt = (struct runtime){ .config_path = world_file,
                           .state_override = rig_path,
                           .modules = rig_table };
    config_told = (struct config_errors){ 0 };
    if (runtime_load(&rt, &errors) != 0 || runtime_build(&rt, &err) != 0 ||
        engine_start(rt.engine, &err) != 0)
        fail_msg("%s%s", config_errors_text(&errors), err.text);
    world_write(CONF "[host other.example.com]\nipv4 = yes\n");
}

static void bad_before(void)
{
    reload_before();
    world_write(CONF "[host\n");
}

static void reload_act(void)
{
    done = runtime_reload(&rt, 0, &config_told) == 0;
}

static void reload_end(void)
{
    void *state = NULL;
    config_errors_free(&config_told);
    rig_flow(true);
    runtime_free(&rt);
    rig_flow(false);
    rig_end(&state);
    rig_table = (struct module_table){ 0 };
}

/* All or nothing: the old engine is there unless the new one is. */
static void reload_after(void)
{
    if (!done)
        oom_reason(config_errors_text(&config_told));
    if (!rt.engine || !rt.config || rt.config->host_count != (done ? 2 : 1))
        oom_found(OOM_FAILED, "neither the old configuration nor the new one");
    config_errors_free(&config_told);
    if (!done && runtime_reload(&rt, 0, &config_told) != 0)
        oom_found(OOM_FAILED, config_errors_text(&config_told));
    reload_end();
}

static void bad_after(void)
{
    if (done || !rt.engine || rt.config->host_count != 1)
        oom_found(OOM_FAILED, "a configuration with errors was taken");
    reload_end();
}

static struct buf report;

static void bundle_before(void)
{
    const struct buf empty = BUF_MAX(BUNDLE_MAX);
    char words[2048] = "";
    reload_before();
    /* Modules as files stay open once they are loaded. */
    snprintf(words, sizeof(words), "[core]\nplugin-path = /nonexistent\n%s",
             strchr(CONF, '\n') + 1);
    world_write(words);
    rig_flow(true);
    runtime_free(&rt);
    rig_flow(false);
    rig_table = (struct module_table){ 0 };
    rig_module(DCDDNS_KIND_IP_SOURCE);
    rig_module(DCDDNS_KIND_AUTH);
    rig_module(DCDDNS_KIND_NOTIFIER);
    rt = (struct runtime){ .config_path = world_file,
                           .state_override = rig_path,
                           .modules = rig_table };
    report = empty;
}

static void bundle_act(void)
{
    done = bundle_write(&rt, false, &report, &told) == 0;
}

static void bundle_after(void)
{
    if (!done)
        oom_reason(told.text);
    if (strstr(buf_text(&report), "refresh-1-x") || strstr(buf_text(&report), "access-1-x"))
        oom_found(OOM_WRONG, "a token is in the report");
    if (strstr(buf_text(&report), "home.example.com"))
        oom_found(OOM_WRONG, "a name is in the report");
    buf_free(&report);
    reload_end();
}

/* -- status and socket ------------------------------------------------------------------------- */

static void status_before(void)
{
    oom_world(false);
    world_daemon(CONF);
    world_pass(MINUTE);
    assert_true(oom_right(OLD4, OLD6));
}

static void status_act(void)
{
    const struct status_names all = { 0 };
    struct status live = { 0 }, disk = { 0 }, read = { 0 };
    struct json *json = NULL;
    done = status_of_engine(engine, &all, &live, &told) == 0 &&
           status_of_disk(world_config, rig_path, &all, &disk, &told) == 0;
    if (done) {
        json = status_to_json(&live);
        done = json && status_from_json(json, &read) == 0;
        told = (struct error){ .text = "out of memory" }; /* that is all they can fail of */
    }
    json_free(&json);
    status_free(&live);
    status_free(&disk);
    status_free(&read);
}

static void status_after(void)
{
    if (!done)
        oom_reason(told.text);
    status_act();
    if (!done)
        oom_found(OOM_FAILED, told.text);
    oom_check_grant();
    oom_end();
}

static int client;

static void socket_before(void)
{
    status_before();
    socket_up();
    client = client_new();
    turns(3);
}

/* Whatever comes, or nothing; the answers are read with memory. */
static void ask_all(const char *const *lines)
{
    for (; *lines; lines++) {
        ssize_t sent = send(client, *lines, strlen(*lines), MSG_NOSIGNAL);
        for (int i = 0; sent > 0 && i < 40; i++) {
            turn();
            if (i % 10 == 9 && !world_telling())
                move_on();
        }
    }
}

static void socket_act(void)
{
    static const char *const lines[] = { "{\"v\":1,\"do\":\"status\"}\n",
                                         "{\"v\":1,\"do\":\"update\"}\n",
                                         "{\"v\":1,\"do\":\"events\"}\n", NULL };
    oom_sources(NEW4, NEW6);
    ask_all(lines);
}

static void socket_after(void)
{
    close(client);
    turns(5);
    client = client_new();
    say(client, "{\"v\":1,\"do\":\"status\"}\n");
    struct json *json = hear(client);
    if (!json_bool(json, "ok", false))
        oom_found(OOM_FAILED, "no status with memory");
    json_free(&json);
    oom_comes_right(NEW4, NEW6);
    oom_check_grant();
    close(client);
    socket_down();
    oom_end();
}

/* -- what DNS says ----------------------------------------------------------------------------- */

static void drift_before(void)
{
    oom_world(false);
    dns_world_reset();
    dns_world_say_all(OLD4, OLD6);
    rig_dns.handle = dns_world_answer;
    world_daemon(CONF "verify-dns = yes\n");
    world_pass(10 * MINUTE);
    engine_check_host(engine, ID, true);
    world_pass(10 * MINUTE);
    dns_world_say_all("8.8.8.8", OLD6);
    oom_provider.v4[0] = '\0'; /* somebody changed it */
}

static void drift_act(void)
{
    engine_check_now(engine);
    world_pass(10 * MINUTE);
}

static void drift_after(void)
{
    oom_comes_right(OLD4, OLD6);
    oom_check_grant();
    oom_end();
}

/* -- files of others --------------------------------------------------------------------------- */

static const char settings[] =
    "{\"home.example.com\": {\"access_token\": \"A-012345\", \"access_token_expires_in\": 3600,\n"
    "  \"iat\": 1600000000, \"protocols\": [\"IPv4\", \"IPv6\"], \"provider_name\": \"Example\",\n"
    "  \"refresh_token\": \"R-012345\", \"url_api\": \"https://api.example.net/dc\"}}\n";
static struct import_file file;

static void import_before(void)
{
    told = (struct error){ 0 };
}

static void import_act(void)
{
    done = import_read(&file, "/tmp/settings.txt", settings, strlen(settings), &told) == 0;
}

static void import_after(void)
{
    if (!done)
        oom_reason(told.text);
    else if (file.count != 1)
        oom_found(OOM_LOST, "a name of the file is missing");
    else if (file.names[0].error.class != ERR_NONE)
        oom_reason(file.names[0].error.text);
    else if (strcmp(file.names[0].refresh_token, "R-012345") != 0)
        oom_found(OOM_LOST, "the grant of the file is missing");
    import_free(&file);
}

int main(void)
{
    static const struct oom_case cases[] = {
        CASE("configuration", config_before, config_act, config_after),
        CASE("reload", reload_before, reload_act, reload_after),
        CASE("reload, with an error", bad_before, reload_act, bad_after, .refused = true),
        CASE("support bundle", bundle_before, bundle_act, bundle_after),
        CASE("status", status_before, status_act, status_after),
        CASE("control socket", socket_before, socket_act, socket_after),
        CASE("drift and repair", drift_before, drift_act, drift_after, .refused = true),
        CASE("import", import_before, import_act, import_after),
    };
    oom_install();
    return oom_cases(cases, sizeof(cases) / sizeof(cases[0]));
}
