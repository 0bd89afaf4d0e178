/* What is on disk: hosts, grants, files.  Of a grant only what is named here is printed; its tokens
 * are never looked at. */
#include <string.h>

#include "base/mem.h"
#include "engine/bundle_inside.h"
#include "engine/daemon.h"

struct state_view {
    struct bundle *b;
    struct os_dir *dir;
    struct records *records;
    struct grants *grants;
    size_t count;        /* of grants */
    struct os_dir *here; /* folder that is listed */
    int depth;           /* of it, below the state directory */
};

static void put_trouble(struct bundle *b, const struct error *err)
{
    mask_text(&b->mask, err->text, b->out);
    buf_putc(b->out, '\n');
}

/* -- hosts ------------------------------------------------------------------------------------ */

static void put_family(struct bundle *b, const char *word, const struct record_family *f)
{
    if (!addr_is_set(&f->published) && !addr_is_set(&f->observed))
        return;
    buf_printf(b->out, "  %s published ", word);
    mask_addr(&b->mask, &f->published, b->out);
    buf_puts(b->out, " ");
    bundle_age(b, f->published_wall_ms);
    buf_puts(b->out, ", observed ");
    mask_addr(&b->mask, &f->observed, b->out);
    buf_puts(b->out, " ");
    bundle_age(b, f->observed_wall_ms);
    buf_printf(b->out, " by %s\n", f->source[0] ? f->source : "nobody");
}

static void put_host(struct state_view *v, const char *fqdn)
{
    struct bundle *b = v->b;
    const struct record *r = v->records ? records_find(v->records, fqdn) : NULL;

    mask_host(&b->mask, fqdn, b->out);
    if (!r) {
        buf_puts(b->out, " has no record yet\n");
        return;
    }
    buf_printf(b->out, " %s, failures %d, checked ", record_state_name(r->state), r->failures);
    bundle_age(b, r->checked_wall_ms);
    buf_puts(b->out, ", right ");
    bundle_age(b, r->success_wall_ms);
    buf_puts(b->out, ", next ");
    bundle_age(b, r->next_wall_ms);
    buf_puts(b->out, ", not before ");
    bundle_age(b, r->not_before_wall_ms);
    buf_putc(b->out, '\n');
    put_family(b, "A", &r->v4);
    put_family(b, "AAAA", &r->v6);
    if (r->error[0]) {
        buf_printf(b->out, "  error %s: ", error_class_name(r->error_class));
        mask_text(&b->mask, r->error, b->out);
        buf_putc(b->out, '\n');
    }
}

/* -- grants ----------------------------------------------------------------------------------- */

static const char *encoding_word(enum fields_encoding encoding)
{
    return encoding == FIELDS_JSON ? "json" : encoding == FIELDS_FORM ? "form" : "query";
}

/* Quirks are the provider's, so its name is what matters most; who a customer is, it does not say.
 */
static void put_provider(struct bundle *b, const struct grant *g)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    const char *name = g->provider_name ? g->provider_name : "";

    buf_printf(b->out, ", provider \"%s\" ", text_escape(name, strlen(name), shown));
    if (g->provider_id && g->provider_id[0])
        mask_host(&b->mask, g->provider_id, b->out);
    buf_puts(b->out, ", API ");
    mask_url(&b->mask, g->api_url ? g->api_url : "", b->out);
    buf_printf(b->out, ", consent page %s\n", g->async_url ? "known" : "not known");
}

static void put_times(struct bundle *b, const struct grant *g)
{
    const char *pkce = grant_pkce_name(g->pkce);
    int64_t left = grant_access_left_ms(g, os.boot_ms(), b->now_ms);

    buf_puts(b->out, "  granted ");
    bundle_age(b, g->granted_wall_ms);
    buf_puts(b->out, ", refreshed ");
    bundle_age(b, g->refreshed_wall_ms);
    buf_printf(b->out, ", access token lives %lld s, %lld s left, pkce %s\n",
               (long long)g->expires_in_s, (long long)(left / 1000), pkce ? pkce : "none");
    buf_printf(b->out, "  generation %llu%s, encodings %s and %s%s, refusals %d%s%s\n",
               (unsigned long long)g->generation, g->degraded ? " (the one before)" : "",
               encoding_word(g->encoding_exchange), encoding_word(g->encoding_refresh),
               g->refresh_proven ? " (proven)" : "", g->refresh_failures,
               g->refresh_in_flight ? ", a refresh is open" : "",
               g->needs_consent ? ", needs consent" : "");
}

static bool is_service(const char *id)
{
    return id && (strcmp(id, "dynamicdns") == 0 || strcmp(id, "dynamicdns-v2") == 0);
}

static bool put_grant(void *ctx, const char *id)
{
    struct state_view *v = ctx;
    struct bundle *b = v->b;
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (v->count++ == BUNDLE_HOSTS_MAX)
        buf_puts(b->out, "and more\n");
    if (v->count > BUNDLE_HOSTS_MAX)
        return false;
    mask_host(&b->mask, id, b->out);
    if (grants_load(v->grants, id, &g, &found, &err) < 0) {
        buf_puts(b->out, " cannot be read: ");
        put_trouble(b, &err);
    } else if (!found) {
        buf_puts(b->out, " is empty\n");
    } else {
        buf_printf(b->out, " template %s, auth ", is_service(g.service_id) ? g.service_id : "***");
        mask_text(&b->mask, g.auth ? g.auth : "none", b->out);
        put_provider(b, &g);
        put_times(b, &g);
    }
    grant_clear(&g);
    return true;
}

/* -- files ------------------------------------------------------------------------------------ */

static bool put_file(void *ctx, const char *name);

static bool is_ours(const char *name)
{
    static const char *const known[] = { "records.json", "records.json.bad", "records.json.tmp",
                                         "records.lock", "daemon.pid",       "control.sock",
                                         "grants",       "pending",          "record",
                                         "record.prev",  "record.tmp",       "record.new",
                                         "lock" };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}

static void put_name(struct bundle *b, const char *name)
{
    char fqdn[FQDN_MAX] = "";
    if (b->mask.names || is_ours(name))
        buf_puts(b->out, name);
    else if (text_fqdn(name, fqdn) && strcmp(name, fqdn) == 0)
        mask_host(&b->mask, name, b->out);
    else
        buf_puts(b->out, "***");
}

/* At most grants/NAME/FILE. */
static void put_folder(struct state_view *v, const char *name)
{
    struct error err = { 0 };
    struct os_dir *sub = os_dir_sub(v->here, name, 0, &err);
    struct state_view inner = { .b = v->b, .here = sub, .depth = v->depth + 1 };

    if (sub)
        os_dir_list(sub, put_file, &inner);
    os_dir_close(&sub);
}

static bool put_file(void *ctx, const char *name)
{
    struct state_view *v = ctx;
    struct bundle *b = v->b;
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    int rc = os.open(v->here, name, OS_READ, &file);

    if (rc == 0)
        rc = os.stat(file, &st);
    if (file)
        os.close(file);
    buf_printf(b->out, "%*s", 2 * v->depth, "");
    if (rc < 0)
        buf_printf(b->out, "?    %s: ", os_strerror(rc));
    else
        buf_printf(b->out, "%04o uid %u %s%lld ", (unsigned)st.mode, (unsigned)st.uid,
                   st.directory ? "folder " : "", (long long)(st.directory ? 0 : st.size));
    put_name(b, name);
    buf_putc(b->out, '\n');
    if (rc == 0 && st.directory && v->depth < 2 && b->out->len < BUNDLE_MAX / 2)
        put_folder(v, name);
    return b->out->len < BUNDLE_MAX / 2;
}

/* -- all of it -------------------------------------------------------------------------------- */

static void open_view(struct state_view *v)
{
    struct error err = { 0 };
    v->dir = os_dir_open(v->b->state_dir, 0, &err);
    if (!v->dir) {
        buf_puts(v->b->out, os_path_is_missing(v->b->state_dir) ? "there is none yet\n" : "");
        put_trouble(v->b, &err);
        return;
    }
    v->grants = grants_open(v->dir, &err);
    if (!v->grants)
        put_trouble(v->b, &err);
}

static void put_hosts(struct state_view *v)
{
    const struct config *config = v->b->rt->config;
    struct error err = { 0 };

    bundle_title(v->b, "hosts");
    v->records = v->dir ? records_open(v->dir, &err) : NULL;
    if (err.class != ERR_NONE)
        put_trouble(v->b, &err);
    for (size_t i = 0; config && i < config->host_count && i < BUNDLE_HOSTS_MAX; i++)
        put_host(v, config->hosts[i].fqdn);
    if (!config || config->host_count == 0)
        buf_puts(v->b->out, "none configured\n");
}

void bundle_state(struct bundle *b)
{
    struct state_view v = { .b = b };

    bundle_title(b, "state");
    buf_printf(b->out, "daemon     %s\n", daemon_pid(b->state_dir) > 0 ? "runs" : "does not run");
    open_view(&v);
    put_hosts(&v);
    bundle_title(b, "grants");
    if (v.grants)
        grants_list(v.grants, put_grant, &v);
    bundle_title(b, "files of the state");
    v.here = v.dir;
    if (v.dir)
        os_dir_list(v.dir, put_file, &v);
    if (v.records)
        records_close(&v.records);
    if (v.grants)
        grants_close(&v.grants);
    os_dir_close(&v.dir);
}
