/* Entries of the Event Log: every kind of event has a number, and every number its texts. */
#include "fake_host.h"

#include <stdlib.h>

#include "base/event_id.h"
#include "notifiers/eventlog_entry.h"

/* -- the table and the message file ----------------------------------------------------------- */

static const struct eventlog_kind *kind_of(const char *id)
{
    for (size_t i = 0; i < EVENTLOG_KINDS; i++) {
        if (strcmp(eventlog_kinds[i].id, id) == 0)
            return &eventlog_kinds[i];
    }
    return NULL;
}

static void test_every_event_has_a_number(void **state)
{
    (void)state;
    assert_int_equal(EVENTLOG_KINDS, EVENT_KINDS);
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        if (!kind_of(event_kinds[i].id))
            fail_msg("%s has no number in eventlog_entry.c", event_kinds[i].id);
    }
}

/* Programs filter by them: a number never gets another meaning. */
static void test_numbers_stay(void **state)
{
    static const struct {
        const char *id;
        int number, category;
    } cases[] = {
        { "update.applied", 100, 1 },   { "update.failed", 101, 1 },
        { "update.recovered", 102, 1 }, { "dns.drift", 103, 1 },
        { "consent.needed", 200, 2 },   { "source.failed", 300, 3 },
        { "source.stuck", 301, 3 },     { "address.cgnat", 302, 3 },
        { "family.lost", 303, 3 },      { "daemon.started", 400, 4 },
        { "daemon.stopping", 401, 4 },  { "daemon.summary", 402, 4 },
        { "config.reloaded", 403, 4 },  { "config.rejected", 404, 4 },
        { "notifier.stuck", 405, 4 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct eventlog_kind *kind = kind_of(cases[i].id);
        if (!kind) {
            fail_msg("%s has no number", cases[i].id);
            return; /* for compilers that do not see that it is over */
        }
        assert_int_equal(kind->number, cases[i].number);
        assert_int_equal(kind->category, cases[i].category);
    }
}

static char *read_messages(void)
{
    static char text[65536];
    FILE *file = fopen(TEST_SOURCE_DIR "/plugins/notifiers/eventlog_messages.mc", "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    assert_true(len > 0 && len < sizeof(text) - 1);
    text[len] = '\0';
    return text;
}

/* How often LINE is a line of TEXT; AT is behind the last one. */
static int count_line(const char *text, const char *line, const char **at)
{
    int count = 0;
    for (const char *hit = text; (hit = strstr(hit, line)) != NULL; hit += strlen(line)) {
        if ((hit != text && hit[-1] != '\n') || hit[strlen(line)] != '\n')
            continue;
        count++;
        *at = hit + strlen(line);
    }
    return count;
}

/* The text in LANGUAGE of the message that begins at AT, to its end. */
static void take_text(const char *at, const char *language, char *out, size_t cap)
{
    const char *next = strstr(at, "\nMessageId="), *begin = strstr(at, language);
    assert_true(begin && (!next || begin < next));
    begin += strlen(language);
    const char *end = strstr(begin, "\n.\n");
    assert_true(end && (!next || end < next) && (size_t)(end - begin) < cap);
    memcpy(out, begin, (size_t)(end - begin));
    out[end - begin] = '\0';
}

/* Which inserts a text has, a bit each; -1: one that no entry has. */
static int inserts_of(const char *text)
{
    int set = 0;
    for (const char *at = text; (at = strchr(at, '%')) != NULL; at++) {
        if (at[1] < '1' || at[1] > '0' + EVENTLOG_INSERTS || (at[2] >= '0' && at[2] <= '9'))
            return -1;
        set |= 1 << (at[1] - '1');
    }
    return set;
}

static void check_number(const char *messages, int number, bool event)
{
    char line[64] = "", english[2048] = "", german[2048] = "";
    const char *at = NULL;

    snprintf(line, sizeof(line), "MessageId=%d", number);
    assert_int_equal(count_line(messages, line, &at), 1);
    take_text(at, "\nLanguage=English\n", english, sizeof(english));
    take_text(at, "\nLanguage=German\n", german, sizeof(german));
    assert_true(english[0] && german[0] && strcmp(english, german) != 0);
    assert_int_equal(inserts_of(english), inserts_of(german));
    if (!event)
        return;
    assert_true(inserts_of(english) > 0 && (inserts_of(english) & 1 << EVENTLOG_MESSAGE));
    assert_non_null(strstr(english, "\nMessage: %2\n"));
    assert_non_null(strstr(german, "\nMeldung: %2\n"));
    assert_non_null(strstr(english, "\nWhat to do: "));
    assert_non_null(strstr(german, "\nWas zu tun ist: "));
}

static void test_every_number_has_its_texts(void **state)
{
    const char *messages = read_messages();
    int count = 0;
    (void)state;
    for (size_t i = 0; i < EVENTLOG_KINDS; i++)
        check_number(messages, eventlog_kinds[i].number, true);
    check_number(messages, EVENTLOG_OTHER, true);
    for (int i = 1; i <= EVENTLOG_CATEGORIES; i++)
        check_number(messages, i, false);
    for (const char *at = messages; (at = strstr(at, "\nMessageId=")) != NULL; at++)
        count++;
    assert_int_equal(count, EVENTLOG_KINDS + 1 + EVENTLOG_CATEGORIES);
}

static void test_numbers_and_ids_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENTLOG_KINDS; i++) {
        assert_int_not_equal(eventlog_kinds[i].number, EVENTLOG_OTHER);
        assert_true(eventlog_kinds[i].category >= 1 &&
                    eventlog_kinds[i].category <= EVENTLOG_CATEGORIES);
        for (size_t j = i + 1; j < EVENTLOG_KINDS; j++) {
            assert_int_not_equal(eventlog_kinds[i].number, eventlog_kinds[j].number);
            assert_string_not_equal(eventlog_kinds[i].id, eventlog_kinds[j].id);
        }
    }
}

/* The manual has a row for each: .It Li 100 Ta Cm update.applied Ta updates. */
static void test_manual_has_the_numbers(void **state)
{
    static const char *const categories[] = { "", "updates", "consent", "addresses", "daemon" };
    static char text[131072];
    FILE *file = fopen(TEST_SOURCE_DIR "/docs/dcddns.conf.5", "rb");
    (void)state;
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < EVENTLOG_KINDS; i++) {
        char row[128] = "";
        const char *at = NULL;
        snprintf(row, sizeof(row), ".It %d Ta Cm %s Ta %s", eventlog_kinds[i].number,
                 eventlog_kinds[i].id, categories[eventlog_kinds[i].category]);
        if (count_line(text, row, &at) != 1)
            fail_msg("docs/dcddns.conf.5 has not, or not once: %s", row);
    }
}

/* -- one entry -------------------------------------------------------------------------------- */

static struct eventlog_entry entry;

static struct dcddns_addr addr(const char *text)
{
    struct dcddns_addr a = { 0 };
    assert_int_equal(addr_parse(text, &a), 0);
    return a;
}

static void make(const char *id, uint32_t level, const char *message)
{
    const struct dcddns_event event = { .size = sizeof(event),
                                        .level = level,
                                        .id = id,
                                        .profile = "",
                                        .record = "home.example.com",
                                        .message = message,
                                        .source = "stun",
                                        .url = "https://p.example/?host=a%2Cb",
                                        .after = addr("2001:db8::7") };
    memset(&entry, 0xff, sizeof(entry));
    eventlog_entry_make(&entry, &event);
}

static void test_entry(void **state)
{
    (void)state;
    make("update.failed", DCDDNS_LOG_WARN, "The provider refuses it");
    assert_int_equal(entry.number, 101);
    assert_int_equal(entry.category, EVENTLOG_UPDATES);
    assert_int_equal(entry.type, EVENTLOG_WARNING);
    assert_string_equal(entry.texts[EVENTLOG_RECORD], "home.example.com");
    assert_string_equal(entry.texts[EVENTLOG_MESSAGE], "The provider refuses it");
    assert_string_equal(entry.texts[EVENTLOG_BEFORE], "-");
    assert_string_equal(entry.texts[EVENTLOG_AFTER], "2001:db8::7");
    assert_string_equal(entry.texts[EVENTLOG_SOURCE], "stun");
    assert_string_equal(entry.texts[EVENTLOG_EVENT], "update.failed");
}

static void test_unknown_event(void **state)
{
    (void)state;
    make("update.applied2", DCDDNS_LOG_INFO, "");
    assert_int_equal(entry.number, EVENTLOG_OTHER);
    assert_int_equal(entry.category, EVENTLOG_DAEMON);
    assert_string_equal(entry.texts[EVENTLOG_MESSAGE], "-");
    assert_string_equal(entry.texts[EVENTLOG_EVENT], "update.applied2");
}

static void test_types(void **state)
{
    static const struct {
        uint32_t level;
        uint16_t type;
    } cases[] = {
        { 0, EVENTLOG_ERROR },
        { DCDDNS_LOG_ERROR, EVENTLOG_ERROR },
        { DCDDNS_LOG_WARN, EVENTLOG_WARNING },
        { DCDDNS_LOG_NOTICE, EVENTLOG_INFORMATION },
        { DCDDNS_LOG_INFO, EVENTLOG_INFORMATION },
        { DCDDNS_LOG_DEBUG, EVENTLOG_INFORMATION },
        { 99, EVENTLOG_INFORMATION },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make("update.applied", cases[i].level, "x");
        assert_int_equal(entry.type, cases[i].type);
    }
}

/* "%1" in a string would be taken for an insert by whoever shows it. */
static void test_signs(void **state)
{
    (void)state;
    make("update.failed", DCDDNS_LOG_WARN, "fe80::1%1 a%2Cb 100 % 5% %%3 %n\tx\r\ny\x7f%");
    assert_string_equal(entry.texts[EVENTLOG_MESSAGE], "fe80::1\xef\xbc\x85"
                                                       "1 a\xef\xbc\x85"
                                                       "2Cb 100 % 5% %\xef\xbc\x85"
                                                       "3 %n x  y %");
}

static void test_cut(void **state)
{
    static char text[3 * EVENTLOG_TEXT_SIZE];
    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = 0; i < EVENTLOG_TEXT_SIZE; i++) /* U+20AC */
            memcpy(text + shift + 3 * i, "\xe2\x82\xac", i + 1 < EVENTLOG_TEXT_SIZE ? 3 : 0);
        make("update.failed", DCDDNS_LOG_WARN, text);
        size_t len = strlen(entry.texts[EVENTLOG_MESSAGE]);
        assert_true(len < EVENTLOG_TEXT_SIZE && len >= EVENTLOG_TEXT_SIZE - 3);
        assert_int_equal((len - shift) % 3, 0); /* no half sign */
        assert_memory_equal(entry.texts[EVENTLOG_MESSAGE], text, len);
    }
    for (size_t i = 0; i + 2 < sizeof(text); i += 2) /* each grows */
        memcpy(text + i, "%7", 3);
    make("update.failed", DCDDNS_LOG_WARN, text);
    assert_true(strlen(entry.texts[EVENTLOG_MESSAGE]) < EVENTLOG_TEXT_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_has_a_number),
        cmocka_unit_test(test_numbers_stay),
        cmocka_unit_test(test_every_number_has_its_texts),
        cmocka_unit_test(test_numbers_and_ids_once),
        cmocka_unit_test(test_manual_has_the_numbers),
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_unknown_event),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
