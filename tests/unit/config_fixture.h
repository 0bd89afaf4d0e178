/* A folder with configuration files for one test, and allocations that fail on demand. */
#ifndef TESTS_CONFIG_FIXTURE_H
#define TESTS_CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "config/config.h"
#include "platform/os.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct folder {
    char path[64];
    char main[128]; /* PATH/dcddns.conf */
};

static inline int folder_setup(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    if (!folder)
        return -1;
    snprintf(folder->path, sizeof(folder->path), "/tmp/dcddns-config-XXXXXX");
    *state = folder;
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->main, sizeof(folder->main), "%s/dcddns.conf", folder->path);
    return 0;
}

static inline int folder_teardown(void **state)
{
    struct folder *folder = *state;
    char command[160];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder->path);
    int rc = system(command);
    free(folder);
    return rc;
}

static inline void folder_path(const struct folder *folder, const char *name, char out[1024])
{
    snprintf(out, 1024, "%s/%s", folder->path, name);
}

static inline void put_bytes(const struct folder *folder, const char *name, const char *text,
                             size_t len)
{
    char path[1024];
    folder_path(folder, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
    chmod(path, 0644);
}

static inline void put(const struct folder *folder, const char *name, const char *text)
{
    put_bytes(folder, name, text, strlen(text));
}

static inline void make_dir(const struct folder *folder, const char *name)
{
    char path[1024];
    folder_path(folder, name, path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static inline bool exists(const struct folder *folder, const char *name)
{
    char path[1024];
    struct stat st;
    folder_path(folder, name, path);
    return lstat(path, &st) == 0;
}

/* Malloced content of a file below the folder. */
static inline char *get(const struct folder *folder, const char *name)
{
    char path[1024];
    folder_path(folder, name, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    size_t len = fread(text, 1, 65535, file);
    text[len] = '\0';
    fclose(file);
    return text;
}

static inline struct config *load_ok(const struct folder *folder)
{
    struct config_errors errors = { 0 };
    struct config *config = config_load(folder->main, true, &errors);
    if (!config)
        print_error("%s", config_errors_text(&errors));
    assert_non_null(config);
    assert_int_equal(errors.count, 0);
    config_errors_free(&errors);
    return config;
}

/* All errors of a load that must fail, the folder's name shortened to "@"; free() it. */
static inline char *load_errors(const struct folder *folder, int *count)
{
    struct config_errors errors = { 0 };
    struct config *config = config_load(folder->main, true, &errors);
    char *out = calloc(1, strlen(config_errors_text(&errors)) + 1);
    char *to = out;
    size_t prefix = strlen(folder->path);

    assert_null(config);
    for (const char *at = config_errors_text(&errors); *at;) {
        if (strncmp(at, folder->path, prefix) == 0) {
            *to++ = '@';
            at += prefix;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    *count = errors.count;
    config_errors_free(&errors);
    return out;
}

static inline void check_defaults(const struct config *config)
{
    assert_int_equal(config->interval_s, 300);
    assert_int_equal(config->confirm_delay_s, 5);
    assert_int_equal(config->query_timeout_s, 15);
    assert_int_equal(config->resolvers.count, 0);
    assert_null(config->ca_file);
    assert_null(config->device);
    assert_null(config->state_dir);
    assert_null(config->control_socket);
    assert_int_equal(config->plugin_path.count, 0);
    assert_int_equal(config->sources.count, 1);
    assert_string_equal(config->sources.items[0], "http-echo");
    assert_null(config->sources.items[1]);
    assert_string_equal(config->auth, "published-secret");
    assert_int_equal(config->notifiers.count, 1);
    assert_string_equal(config->notifiers.items[0], DCDDNS_NOTIFIERS);
    assert_false(config->allow_private);
    assert_int_equal(config->confirm, 1);
    assert_int_equal(config->expect.count, 0);
    assert_false(config->allow_loopback_provider);
    assert_int_equal(config->log_level, DCDDNS_LOG_INFO);
    assert_int_equal(config->instance_count, 3);
    assert_int_equal(config->host_count, 0);
    for (size_t i = 0; i < config->instance_count; i++) {
        assert_true(config->instances[i].used);
        assert_true(config->instances[i].implied);
        assert_string_equal(config->instances[i].name, config->instances[i].module);
    }
}

/* -- allocations ------------------------------------------------------------------------------ */

static long mem_left = -1; /* allocations that still succeed; -1: all */
static bool mem_all_after; /* after the first failure all fail */
static bool mem_failed;    /* the failure was reached */

static inline bool mem_fails(void)
{
    if (mem_left < 0)
        return false;
    if (mem_left > 0) {
        mem_left--;
        return false;
    }
    mem_failed = true;
    if (!mem_all_after)
        mem_left = -1;
    return true;
}

static inline void *failing_alloc(size_t size)
{
    return mem_fails() ? NULL : malloc(size);
}

static inline void *failing_resize(void *block, size_t size)
{
    return mem_fails() ? NULL : realloc(block, size);
}

/* The call numbered N (from 0) fails; with ALL every later one too. */
static inline void mem_fail_at(long n, bool all)
{
    mem_left = n;
    mem_all_after = all;
    mem_failed = false;
    mem_calls.alloc = failing_alloc;
    mem_calls.resize = failing_resize;
}

/* True when the failure was reached. */
static inline bool mem_restore(void)
{
    mem_left = -1;
    mem_calls.alloc = malloc;
    mem_calls.resize = realloc;
    return mem_failed;
}

#endif
