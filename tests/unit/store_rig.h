/* For the tests of the store: one folder, saving into it, and what loading must give. */
#ifndef DCDDNS_TESTS_STORE_RIG_H
#define DCDDNS_TESTS_STORE_RIG_H

#include "state_rig.h"

#include "state/store.h"

static struct scratch s;

static inline int set_up(void **state)
{
    (void)state;
    scratch_open(&s);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    rig_fail_alloc(0, false);
    scratch_close(&s);
    return 0;
}

static inline void save(const char *payload, uint64_t generation)
{
    struct error err = { 0 };
    if (store_save(s.dir, payload, strlen(payload), generation, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void expect(const char *payload, uint64_t generation, bool degraded)
{
    struct store_record record = { 0 };
    struct error err = { 0 };
    bool found = false;
    if (store_load(s.dir, &record, &found, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(found);
    assert_string_equal(record.payload, payload);
    assert_int_equal(record.len, strlen(payload));
    assert_int_equal(record.generation, generation);
    assert_int_equal(record.degraded, degraded);
    store_record_free(&record);
    assert_null(record.payload);
}

static inline void expect_error(const char *word)
{
    struct store_record record = { 0 };
    struct error err = { 0 };
    bool found = true;
    assert_int_equal(store_load(s.dir, &record, &found, &err), -1);
    assert_false(found);
    assert_null(record.payload);
    assert_int_equal(err.class, ERR_LOCAL);
    if (!strstr(err.text, word))
        fail_msg("\"%s\" is not in: %s", word, err.text);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
