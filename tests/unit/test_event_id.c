/* Ids, groups, sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/event_id.h"
#include "dcddns/plugin.h"

static bool passes(uint32_t events, const char *id)
{
    const struct event_filter filter = { .events = events };
    return event_filter_passes(&filter, id, DCDDNS_LOG_DEBUG);
}

static void test_default(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        const char *id = event_kinds[i].id;
        assert_int_equal(passes(0, id), strcmp(id, "daemon.summary") != 0);
        assert_true(passes(event_set_all(), id));
        assert_ptr_equal(event_kind_find(id), &event_kinds[i]);
        assert_non_null(strchr(id, '.'));
    }
    assert_true(passes(0, "of.tomorrow"));
    assert_null(event_kind_find("of.tomorrow"));
    assert_null(event_kind_find(""));
}

static void test_named(void **state)
{
    (void)state;
    const uint32_t update = event_set_named("update");
    assert_true(passes(update, EVENT_APPLIED));
    assert_true(passes(update, EVENT_FAILED));
    assert_true(passes(update, EVENT_RECOVERED));
    assert_false(passes(update, EVENT_CONSENT_NEEDED));
    assert_false(passes(update, "of.tomorrow"));
    assert_true(passes(event_set_named("daemon.summary"), EVENT_SUMMARY));
    assert_false(passes(event_set_named("daemon.summary"), EVENT_STARTED));
    assert_int_equal(event_set_named("all"), event_set_all());
    assert_int_equal(event_set_named("updat"), 0);
    assert_int_equal(event_set_named("update."), 0);
    assert_int_equal(event_set_named("update.applied.x"), 0);
    assert_int_equal(event_set_named(""), 0);
}

static void test_level(void **state)
{
    const struct event_filter filter = { .min_level = DCDDNS_LOG_WARN };
    (void)state;
    assert_true(event_filter_passes(&filter, EVENT_FAILED, DCDDNS_LOG_ERROR));
    assert_true(event_filter_passes(&filter, EVENT_FAILED, DCDDNS_LOG_WARN));
    assert_false(event_filter_passes(&filter, EVENT_FAILED, DCDDNS_LOG_NOTICE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_level),
    };
    return cmocka_run_group_tests_name("event_id", tests, NULL, NULL);
}
