/* For the tests of records: one file that two processes, in effect, hold. */
#ifndef DCDDNS_TESTS_RECORDS_RIG_H
#define DCDDNS_TESTS_RECORDS_RIG_H

#include "state_rig.h"

#include "base/log.h"
#include "base/mem.h"
#include "state/record_json.h"
#include "state/records.h"
#include "state/store.h"

static struct scratch s;
static struct records *a, *b; /* two processes, in effect */
static char last_log[1024];

static inline void keep_log(void *ctx, int level, const char *line)
{
    (void)ctx;
    (void)level;
    snprintf(last_log, sizeof(last_log), "%s", line);
}

/* As they are written; bytes between members say nothing. */
static inline void assert_same_record(const struct record *one, const struct record *other)
{
    struct json *left = record_to_json(one), *right = record_to_json(other);
    char *as_one = json_print(left, false), *as_other = json_print(right, false);
    assert_string_equal(one->fqdn, other->fqdn);
    assert_string_equal(as_one, as_other);
    mem_free(as_one);
    mem_free(as_other);
    json_free(&left);
    json_free(&right);
}

static inline struct records *open_records(void)
{
    struct error err = { 0 };
    struct records *records = records_open(s.dir, &err);
    if (!records)
        fail_msg("%s", err.text);
    return records;
}

static inline int set_up(void **state)
{
    (void)state;
    scratch_open(&s);
    last_log[0] = '\0';
    a = open_records();
    b = open_records();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    rig_fail_alloc(0, false);
    records_close(&a);
    records_close(&b);
    records_close(&b);
    scratch_close(&s);
    return 0;
}

static inline void commit(struct records *records)
{
    struct error err = { 0 };
    if (records_commit(records, false, &err) != 0)
        fail_msg("%s", err.text);
    assert_false(records_dirty(records));
}

static inline void refresh(struct records *records)
{
    struct error err = { 0 };
    if (records_refresh(records, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void change(struct records *records, const char *fqdn, int failures)
{
    struct record *record = records_get(records, fqdn);
    assert_non_null(record);
    record->failures = failures;
    record->dirty = true;
}

static inline int failures(struct records *records, const char *fqdn)
{
    struct record *record = records_find(records, fqdn);
    return record ? record->failures : -1;
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
