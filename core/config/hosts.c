/* The files that `setup` and `remove` write and delete: conf.d/FQDN.conf, one host each.  Must not
 * touch what a person wrote elsewhere. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config/load.h"
#include "platform/os.h"

enum { NAME_BYTES = FQDN_MAX + 8, TEXT_BYTES = 64 * 1024 };

/* conf.d/FQDN.conf as a path, and its last part. */
struct target {
    char fqdn[FQDN_MAX];
    char name[NAME_BYTES];
    char *path;
};

static int target_of(const struct config *config, const char *fqdn, struct target *out,
                     struct error *err)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    struct buf path = BUF_MAX(1 << 16);

    if (!text_fqdn(fqdn, out->fqdn))
        return error_set(err, ERR_CONFIG, "'%s' is not a full host name, as home.example.com is",
                         text_escape(fqdn, strlen(fqdn), shown));
    snprintf(out->name, sizeof(out->name), "%s.conf", out->fqdn);
    buf_printf(&path, "%s/%s", config->conf_d, out->name);
    out->path = buf_take(&path);
    if (!out->path)
        return error_set(err, ERR_LOCAL, "%s: out of memory", out->fqdn);
    return 0;
}

static int is_shared(const char *path, const char *kind, const char *name, int line,
                     struct error *err)
{
    return error_set(
        err, ERR_CONFIG,
        "%s:%d: the file also holds [%s%s%s]; move that elsewhere, or edit the file by "
        "hand",
        path, line, kind, name[0] ? " " : "", name);
}

/* 0 when nothing but that host stands in the file. */
static int check_alone(const struct config *config, const struct target *target, struct error *err)
{
    if (config->core_file && strcmp(config->core_file, target->path) == 0)
        return is_shared(target->path, "core", "", config->core_line, err);
    for (size_t i = 0; i < config->instance_count; i++) {
        const struct config_instance *instance = &config->instances[i];
        if (!instance->implied && strcmp(instance->file, target->path) == 0)
            return is_shared(target->path, module_kind_name(instance->kind), instance->name,
                             instance->line, err);
    }
    for (size_t i = 0; i < config->host_count; i++) {
        const struct config_host *host = &config->hosts[i];
        if (strcmp(host->file, target->path) == 0 && strcmp(host->fqdn, target->fqdn) != 0)
            return is_shared(target->path, "host", host->fqdn, host->line, err);
    }
    return 0;
}

/* 0 when the file is ours to replace or delete. */
static int check_ours(const struct config *config, const struct config_host *host,
                      const struct target *target, const char *verb, struct error *err)
{
    if (host && strcmp(host->file, target->path) != 0)
        return error_set(err, ERR_CONFIG,
                         "%s:%d: [host %s] stands in a file that a person wrote; %s "
                         "it there",
                         host->file, host->line, host->fqdn, verb);
    return check_alone(config, target, err);
}

static void put_source_keys(struct buf *text, const struct config *config,
                            const struct config_host *host, bool ipv6)
{
    char addr[ADDR_TEXT_MAX] = "";

    if (host->confirm != config->confirm)
        buf_printf(text, "confirm = %d\n", (int)host->confirm);
    if (host->lost_remove_s != config->lost_remove_s && host->lost_remove_s == 0)
        buf_printf(text, "on-lost-family = keep\n");
    else if (host->lost_remove_s != config->lost_remove_s)
        buf_printf(text, "on-lost-family = remove-after %lld s\n", (long long)host->lost_remove_s);
    if (host->device)
        buf_printf(text, "device = %s\n", host->device);
    for (size_t i = 0; i < host->expect.count; i++)
        buf_printf(text, "expect = %s/%u\n", addr_text(&host->expect.items[i].addr, addr),
                   (unsigned)host->expect.items[i].bits);
    if (ipv6 && addr_is_set(&host->ipv6_suffix.addr)) /* of no use, and an error, without */
        buf_printf(text, "ipv6-suffix = %s/%u\n", addr_text(&host->ipv6_suffix.addr, addr),
                   host->ipv6_suffix.bits);
}

/* What a person added to the file by hand is kept, comments are not. */
static void put_text(struct buf *text, const struct config *config, const struct config_host *host,
                     const struct target *target, bool ipv4, bool ipv6)
{
    buf_printf(
        text,
        "# Written by `dcddns setup`, which replaces it when it is run again for this host;\n"
        "# `dcddns remove` deletes it.  Keys are kept then, comments are not.\n"
        "[host %s]\nipv4 = %s\nipv6 = %s\n",
        target->fqdn, ipv4 ? "yes" : "no", ipv6 ? "yes" : "no");
    if (host && host->allow_private != config->allow_private)
        buf_printf(text, "allow-private = %s\n", host->allow_private ? "yes" : "no");
    if (host && host->verify_dns != config->verify_dns)
        buf_printf(text, "verify-dns = %s\n", host->verify_dns ? "yes" : "no");
    for (size_t i = 0; host && i < host->sources.count; i++)
        buf_printf(text, "sources = %s\n", host->sources.items[i]);
    if (host)
        put_source_keys(text, config, host, ipv6);
}

static struct os_dir *open_conf_d(const struct config *config, int flags, struct error *err)
{
    const char *name = NULL;
    struct os_dir *parent = os_dir_of(config->conf_d, flags, &name, err);
    struct os_dir *dir = parent ? os_dir_sub(parent, name, flags, err) : NULL;
    os_dir_close(&parent);
    return dir;
}

static int replace(const struct config *config, const struct target *target, const struct buf *text,
                   struct error *err)
{
    struct os_dir *dir = NULL;

    if (!buf_ok(text))
        return error_set(err, ERR_LOCAL, "%s: out of memory", target->path);
    dir = open_conf_d(config, OS_DIR_MAKE | OS_DIR_SHARED, err);
    if (!dir)
        return -1;
    int rc = os_replace_file(dir, target->name, buf_text(text), text->len, 0644, true);
    os_dir_close(&dir);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot write %s: %s", target->path, os_strerror(rc));
    return 0;
}

int config_write_host(const struct config *config, const char *fqdn, bool ipv4, bool ipv6,
                      struct error *err)
{
    struct target target = { 0 };
    struct buf text = BUF_MAX(TEXT_BYTES);
    int rc = -1;

    if (!ipv4 && !ipv6)
        return error_set(err, ERR_CONFIG, "%s: publish IPv4, IPv6 or both", fqdn);
    if (target_of(config, fqdn, &target, err) == 0) {
        const struct config_host *host = config_find_host(config, target.fqdn);
        if (check_ours(config, host, &target, "change", err) == 0) {
            put_text(&text, config, host, &target, ipv4, ipv6);
            rc = replace(config, &target, &text, err);
        }
    }
    buf_free(&text);
    mem_free(target.path);
    return rc;
}

int config_host_is_ours(const struct config *config, const char *fqdn, struct error *err)
{
    struct target target = { 0 };
    int rc = -1;

    if (target_of(config, fqdn, &target, err) == 0) {
        const struct config_host *host = config_find_host(config, target.fqdn);
        rc = host ? check_ours(config, host, &target, "change", err) : 0;
    }
    mem_free(target.path);
    return rc;
}

int config_can_write(const struct config *config, struct error *err)
{
    int rc = os_path_can_write(config->conf_d);
    if (rc == 0)
        return 0;
    return error_set(err, ERR_LOCAL,
                     "cannot write in %s: %s; run this as a user who may, or name a configuration "
                     "of your own with --config",
                     config->conf_d, os_strerror(rc));
}

static int delete_file(const struct config *config, const struct target *target, struct error *err)
{
    struct os_dir *dir = open_conf_d(config, 0, err);
    if (!dir)
        return -1;
    int rc = os.unlink(dir, target->name);
    /* Gone already is what was asked for. */
    if (rc == -ENOENT)
        rc = 0;
    if (rc == 0)
        rc = os.sync_dir(dir);
    os_dir_close(&dir);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot delete %s: %s", target->path, os_strerror(rc));
    return 0;
}

int config_remove_host(const struct config *config, const char *fqdn, struct error *err)
{
    struct target target = { 0 };
    int rc = -1;

    if (target_of(config, fqdn, &target, err) == 0) {
        const struct config_host *host = config_find_host(config, target.fqdn);
        if (!host)
            error_set(err, ERR_CONFIG, "%s is not configured", target.fqdn);
        else if (check_ours(config, host, &target, "remove", err) == 0)
            rc = delete_file(config, &target, err);
    }
    mem_free(target.path);
    return rc;
}
