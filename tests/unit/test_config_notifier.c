/* Keys of [notifier NAME] that are the program's: which events go there. */
#include "config_fixture.h"

#include <string.h>

static const struct event_filter *filter_of(const struct config *config)
{
    const struct config_instance *instance =
        config_find_instance(config, DCDDNS_KIND_NOTIFIER, "n");
    assert_non_null(instance);
    for (size_t i = 0; i < instance->option_count; i++) {
        assert_string_not_equal(instance->options[i].name, "events");
        assert_string_not_equal(instance->options[i].name, "min-level");
    }
    return &instance->filter;
}

static void load(const struct folder *folder, const char *keys)
{
    char text[1024];
    snprintf(text, sizeof(text), "[core]\nnotifiers = n\n[notifier n]\nmodule = syslog\n%s\n",
             keys);
    put(folder, "dcddns.conf", text);
}

/* The events among these that pass: A applied, F failed, C consent.needed, S source.failed, K
 * source.stuck, D daemon.started, Y daemon.summary, X one of tomorrow. */
static const char *passing(const struct event_filter *filter)
{
    static const struct {
        char letter;
        const char *id;
    } ids[] = {
        { 'A', EVENT_APPLIED },       { 'F', EVENT_FAILED },       { 'C', EVENT_CONSENT_NEEDED },
        { 'S', EVENT_SOURCE_FAILED }, { 'K', EVENT_SOURCE_STUCK }, { 'D', EVENT_STARTED },
        { 'Y', EVENT_SUMMARY },       { 'X', "of.tomorrow" },
    };
    static char out[COUNT(ids) + 1];
    size_t len = 0;
    for (size_t i = 0; i < COUNT(ids); i++) {
        if (event_filter_passes(filter, ids[i].id, DCDDNS_LOG_ERROR))
            out[len++] = ids[i].letter;
    }
    out[len] = '\0';
    return out;
}

static void test_events(void **state)
{
    static const struct {
        const char *keys, *passing;
    } rows[] = {
        { "", "AFCSKDX" },
        { "events =", "AFCSKDX" },
        { "events = all", "AFCSKDYX" },
        { "events = update", "AF" },
        { "events = update.applied", "A" },
        { "events = update.applied, source", "ASK" },
        { "events = update\nevents = source.stuck", "AFK" },
        { "events = source, -source.failed", "K" },
        { "events = -source", "AFCDX" },
        { "events = -source, daemon.summary", "AFCDYX" },
        { "events = all, -daemon", "AFCSKX" },
        { "events = update, -update, consent", "C" },
        { "events = daemon", "DY" },
    };
    const struct folder *folder = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        load(folder, rows[i].keys);
        struct config *config = load_ok(folder);
        if (strcmp(passing(filter_of(config)), rows[i].passing) != 0)
            fail_msg("%s: %s, not %s", rows[i].keys, passing(filter_of(config)), rows[i].passing);
        config_free(&config);
    }
}

static void test_min_level(void **state)
{
    const struct folder *folder = *state;
    load(folder, "min-level = warning");
    struct config *config = load_ok(folder);
    const struct event_filter *filter = filter_of(config);
    assert_true(event_filter_passes(filter, EVENT_FAILED, DCDDNS_LOG_WARN));
    assert_false(event_filter_passes(filter, EVENT_APPLIED, DCDDNS_LOG_NOTICE));
    config_free(&config);
}

static void test_errors(void **state)
{
    static const struct {
        const char *keys, *error;
    } rows[] = {
        { "events = update.aplied", "@/dcddns.conf:5: events: 'update.aplied' is no event and no "
                                    "group of events; did you mean "
                                    "'update.applied'? (they are listed in dcddns(1))\n" },
        { "events = update, -sorce",
          "'sorce' is no event and no group of events; did you mean 'source'?" },
        { "events = al", "did you mean 'all'?" },
        { "events = update\nevents = nonsense", "@/dcddns.conf:6: events: 'nonsense' is no event" },
        { "events = update, -update", "@/dcddns.conf:5: events: nothing is left to tell; leave the "
                                      "notifier out of `notifiers` instead\n" },
        { "events = -", "'' is no event" },
        { "min-level = warn",
          "@/dcddns.conf:5: min-level: 'warn' is not one of error, warning, notice, info, debug" },
        { "min-level = eror", "did you mean 'error'?" },
        { "min-level = error\nmin-level = error",
          "@/dcddns.conf:6: 'min-level' is given already, in line 5; remove one\n" },
    };
    const struct folder *folder = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int count = 0;
        load(folder, rows[i].keys);
        char *text = load_errors(folder, &count);
        if (count != 1 || !strstr(text, rows[i].error))
            fail_msg("%s: %d errors:\n%s", rows[i].keys, count, text);
        free(text);
    }
}

static void test_keys_of_core(void **state)
{
    const struct folder *folder = *state;
    int count = 0;
    put(folder, "dcddns.conf", "");
    struct config *config = load_ok(folder);
    assert_int_equal(config->tell_failures_after, 3);
    assert_true(config->daily_summary);
    config_free(&config);
    put(folder, "dcddns.conf", "[core]\ntell-failures-after = 100\ndaily-summary = no\n");
    config = load_ok(folder);
    assert_int_equal(config->tell_failures_after, 100);
    assert_false(config->daily_summary);
    config_free(&config);
    put(folder, "dcddns.conf", "[core]\ntell-failures-after = 0\n");
    char *text = load_errors(folder, &count);
    assert_non_null(strstr(text, "@/dcddns.conf:2: tell-failures-after: '0'"));
    free(text);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_events),
        IN_FOLDER(test_min_level),
        IN_FOLDER(test_errors),
        IN_FOLDER(test_keys_of_core),
    };
    return cmocka_run_group_tests_name("config_notifier", tests, NULL, NULL);
}
