/* `dcddns status`: what is published, observed, due, and what is wrong; from the state on disk. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "engine/daemon.h"
#include "state/grant_index.h"

struct view { /* state on disk; members are NULL where nothing is there yet */
    const struct runtime *rt;
    struct os_dir *dir;
    struct records *records;
    struct grants *grants;
    struct grant_index *index; /* which of them serves whom */
    int64_t now_ms, pid;
    bool unread; /* a grant could not be read */
};

/* Nothing there yet is no error; what cannot be looked at is. */
static int open_view(struct view *v, const struct runtime *rt, struct error *err)
{
    *v = (struct view){ .rt = rt, .now_ms = os.wall_ms(), .pid = daemon_pid(rt->state_dir) };
    v->dir = os_dir_open(rt->state_dir, 0, err);
    if (!v->dir)
        return os_path_is_missing(rt->state_dir) ? 0 : -1;
    v->records = records_open(v->dir, err);
    if (!v->records)
        return -1;
    v->grants = grants_open(v->dir, err);
    if (v->grants)
        v->index = grant_index_new(v->grants, err);
    return v->index ? 0 : -1;
}

static void close_view(struct view *v)
{
    if (v->records)
        records_close(&v->records);
    grant_index_free(&v->index);
    if (v->grants)
        grants_close(&v->grants);
    os_dir_close(&v->dir);
}

/* "3 min ago", "in 2 h"; "never" for 0. */
static const char *when(const struct view *v, int64_t wall_ms, char text[32])
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    int64_t away = (v->now_ms - wall_ms) / 1000;
    bool past = away >= 0;
    size_t i = 0;

    if (wall_ms == 0)
        return "never";
    away = past ? away : -away;
    while (i < 3 && away < 2 * units[i].seconds)
        i++;
    long long count = (long long)(away / units[i].seconds);
    snprintf(text, 32, "%s%lld %s%s", past ? "" : "in ", count, units[i].unit, past ? " ago" : "");
    return text;
}

/* The clock was set back since: how long ago that was, nobody knows. */
static const char *since(const struct view *v, int64_t wall_ms, char text[32])
{
    if (wall_ms > v->now_ms)
        return "before the clock was set back";
    return when(v, wall_ms, text);
}

static void print_family(const struct view *v, const char *type, const struct record_family *f)
{
    char published[ADDR_TEXT_MAX] = "", observed[ADDR_TEXT_MAX] = "", text[32] = "";
    addr_text(&f->published, published);
    addr_text(&f->observed, observed);
    printf("  %-5s %s", type, published[0] ? published : "not published");
    if (published[0])
        printf(", since %s", since(v, f->published_wall_ms, text));
    if (f->loss.rounds > 0)
        printf("; not seen any more, first %s", since(v, f->loss.since_wall_ms, text));
    if (observed[0] && !addr_equal(&f->observed, &f->published))
        printf("; %s sees %s", f->source, observed);
    putchar('\n');
}

/* What cannot be read is told on standard error. */
static int load_grant(struct view *v, const char *fqdn, struct grant *grant, bool *found)
{
    struct error err = { 0 };
    const struct grant_entry *entry = v->index ? grant_index_find(v->index, fqdn) : NULL;

    *found = false;
    if (!entry || grants_load(v->grants, entry->id, grant, found, &err) == 0)
        return 0;
    v->unread = true;
    cli_fail(&err);
    return -1;
}

static void print_grant(struct view *v, const char *fqdn)
{
    struct grant grant = { 0 };
    bool found = false;
    char text[32] = "";

    if (load_grant(v, fqdn, &grant, &found) < 0)
        puts("  grant cannot be read");
    else if (!found)
        printf("  grant none; run: dcddns setup %s\n", fqdn);
    else
        printf("  grant %s, refreshed %s%s%s\n", grant.provider_name,
               since(v, grant.refreshed_wall_ms, text),
               grant.needs_consent ? "; refused now, run: dcddns setup " : "",
               grant.needs_consent ? fqdn : "");
    grant_clear(&grant);
}

/* Only what DNS shows against what is published; that all is well needs no line. */
static void print_dns(const struct view *v, const char *fqdn, const struct record_dns *dns)
{
    char text[32] = "";
    if (dns->state < RECORD_DNS_LAGGING)
        return;
    printf("  dns   %s, looked %s: %s%s%s\n", record_dns_name(dns->state),
           when(v, dns->asked_wall_ms, text), dns->says,
           dns->gave_up ? "; updates do not help, run: dcddns doctor " : "",
           dns->gave_up ? fqdn : "");
}

static void print_host(struct view *v, const struct config_host *host)
{
    const struct record empty = { 0 };
    const struct record *found = v->records ? records_find(v->records, host->fqdn) : NULL;
    const struct record *r = found ? found : &empty;
    char text[32] = "";

    printf("%s  %s\n", host->fqdn, record_state_name(r->state));
    if (host->ipv4)
        print_family(v, "A", &r->v4);
    if (host->ipv6)
        print_family(v, "AAAA", &r->v6);
    printf("  last  checked %s", since(v, r->checked_wall_ms, text));
    printf(", right %s", since(v, r->success_wall_ms, text));
    if (r->next_wall_ms > v->now_ms)
        printf(", next try %s", when(v, r->next_wall_ms, text));
    putchar('\n');
    print_dns(v, host->fqdn, &r->dns);
    print_grant(v, host->fqdn);
    if (r->error[0])
        printf("  error %s: %s\n", error_class_name(r->error_class), r->error);
}

static bool json_family(struct json *host, const char *name, bool wanted,
                        const struct record_family *f)
{
    char published[ADDR_TEXT_MAX] = "", observed[ADDR_TEXT_MAX] = "";
    struct json *family = wanted ? json_new_object() : NULL;
    if (!wanted)
        return true;
    addr_text(&f->published, published);
    addr_text(&f->observed, observed);
    bool ok = json_set_string(family, "published", published[0] ? published : NULL) &&
              json_set_string(family, "observed", observed[0] ? observed : NULL) &&
              json_set_string(family, "source", f->source[0] ? f->source : NULL) &&
              json_set_integer(family, "published_at_ms", f->published_wall_ms) &&
              json_set_integer(family, "observed_at_ms", f->observed_wall_ms) &&
              json_set_integer(family, "lost_at_ms", f->loss.since_wall_ms);
    return json_set(host, name, family) && ok;
}

static bool json_dns(struct json *host, const struct record_dns *dns)
{
    if (dns->asked_wall_ms == 0)
        return true;
    struct json *object = json_new_object();
    bool ok = json_set_string(object, "state", record_dns_name(dns->state)) &&
              json_set_integer(object, "asked_at_ms", dns->asked_wall_ms) &&
              json_set_integer(object, "current_at_ms", dns->current_wall_ms) &&
              json_set_integer(object, "drifts", dns->drifts) &&
              json_set_bool(object, "gave_up", dns->gave_up) &&
              json_set_string(object, "says", dns->says[0] ? dns->says : NULL);
    return json_set(host, "dns", object) && ok;
}

static bool json_grant(struct view *v, struct json *host, const char *fqdn)
{
    struct grant grant = { 0 };
    bool found = false, ok = true;
    struct json *object = NULL;

    if (load_grant(v, fqdn, &grant, &found) == 0 && found) {
        object = json_new_object();
        ok = json_set_string(object, "provider", grant.provider_name) &&
             json_set_string(object, "zone", grant.zone) &&
             json_set_string(object, "template", grant.service_id) &&
             json_set_integer(object, "granted_at_ms", grant.granted_wall_ms) &&
             json_set_integer(object, "refreshed_at_ms", grant.refreshed_wall_ms) &&
             json_set_bool(object, "needs_consent", grant.needs_consent) &&
             json_set_string(object, "pkce", grant_pkce_name(grant.pkce));
        ok = json_set(host, "grant", object) && ok;
    }
    grant_clear(&grant);
    return ok;
}

static bool json_host(struct view *v, struct json *list, const struct config_host *host)
{
    const struct record empty = { 0 };
    const struct record *found = v->records ? records_find(v->records, host->fqdn) : NULL;
    const struct record *r = found ? found : &empty;
    struct json *object = json_new_object();

    bool ok = json_set_string(object, "name", host->fqdn) &&
              json_set_string(object, "state", record_state_name(r->state)) &&
              json_family(object, "ipv4", host->ipv4, &r->v4) &&
              json_family(object, "ipv6", host->ipv6, &r->v6) &&
              json_set_integer(object, "checked_at_ms", r->checked_wall_ms) &&
              json_set_integer(object, "success_at_ms", r->success_wall_ms) &&
              json_set_integer(object, "next_at_ms", r->next_wall_ms) &&
              json_set_integer(object, "failures", r->failures) &&
              json_set_string(object, "error_class", error_class_name(r->error_class)) &&
              json_set_string(object, "error", r->error[0] ? r->error : NULL) &&
              json_dns(object, &r->dns) && json_grant(v, object, host->fqdn);
    return json_append(list, object) && ok;
}

static int print_json(struct view *v)
{
    struct json *root = json_new_object(), *hosts = json_new_array();
    bool ok = json_set_integer(root, "schema", 1) &&
              json_set_string(root, "version", DCDDNS_VERSION) &&
              json_set_integer(root, "daemon_pid", v->pid);
    for (size_t i = 0; ok && i < v->rt->config->host_count; i++)
        ok = json_host(v, hosts, &v->rt->config->hosts[i]);
    ok = json_set(root, "hosts", hosts) && ok;
    char *text = ok ? json_print(root, true) : NULL;
    if (text)
        puts(text);
    else
        fputs("dcddns: out of memory\n", stderr);
    mem_free(text);
    json_free(&root);
    return ok ? EXIT_DONE : EXIT_TEMPORARY;
}

static int print_table(struct view *v)
{
    for (size_t i = 0; i < v->rt->config->host_count; i++)
        print_host(v, &v->rt->config->hosts[i]);
    if (v->rt->config->host_count == 0)
        puts("No host is configured yet; run: dcddns setup NAME");
    if (v->pid > 0)
        printf("The daemon runs (process %lld).\n", (long long)v->pid);
    else
        puts("The daemon does not run.");
    return EXIT_DONE;
}

int command_status(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct runtime rt = { 0 };
    struct view view = { 0 };
    struct error err = { 0 };
    bool json = false;
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option != 'j')
            return cli_wrong_option(command, argv);
        json = true;
    }
    if (optind < argc)
        return cli_usage(command, "it takes no arguments");
    int status = session_load(cli, &rt);
    if (status == EXIT_DONE) {
        if (open_view(&view, &rt, &err) < 0)
            status = cli_fail(&err);
        else
            status = json ? print_json(&view) : print_table(&view);
        if (status == EXIT_DONE && view.unread)
            status = EXIT_TEMPORARY;
        close_view(&view);
    }
    session_close(&rt);
    return status;
}
