/* Failures in a row: who hears of which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine/spell.h"

enum { MINUTE = 60 * 1000 };

/* Row by row: L the log, N notifiers, E everybody, "." nobody. */
static const struct {
    const char *name, *failures; /* t passes by itself, p does not */
    int after;
    int64_t step_ms, patience_ms;
    const char *heard;
    char over;
} rows[] = {
    { "one that passes", "t", 3, MINUTE, 0, "L", 'L' },
    { "two of three", "tt", 3, MINUTE, 0, "LL", 'L' },
    { "the third is told, the log has its own order", "ttt", 3, MINUTE, 0, "LLN", 'E' },
    { "ever more seldom", "ttttttttt", 3, MINUTE, 0, "LLNE...E.", 'E' },
    { "at once", "tttt", 1, MINUTE, 0, "EE.E", 'E' },
    { "after four", "tttttttt", 4, MINUTE, 0, "LL.E...E", 'E' },
    { "what does not pass", "pppp", 3, MINUTE, 0, "EE.E", 'E' },
    { "worse than before", "tttp", 3, MINUTE, 0, "LLNE", 'E' },
    { "worse, between the marks", "ttttp", 3, MINUTE, 0, "LLNEE", 'E' },
    { "better than before", "pt", 3, MINUTE, 0, "EL", 'E' },
    { "patience: one line", "ttttt", 3, 20 * 1000, 5 * MINUTE, "L....", 'L' },
    { "patience ends", "tttttttt", 3, MINUTE, 5 * MINUTE, "L....E.E", 'E' },
    { "patience, then too few", "ttt", 5, 10 * MINUTE, 5 * MINUTE, "LL.", 'L' },
    { "no patience with what does not pass", "p", 3, MINUTE, 5 * MINUTE, "E", 'E' },
};

static char letter(enum event_audience audience)
{
    return "ELN."[audience];
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct spell spell = { 0 };
        char heard[32] = "";
        for (size_t i = 0; rows[r].failures[i]; i++) {
            const struct spell_rule rule = { .after = rows[r].after,
                                             .patience_ms = rows[r].patience_ms,
                                             .permanent = rows[r].failures[i] == 'p' };
            heard[i] = letter(spell_failed(&spell, &rule, 1000 + (int64_t)i * rows[r].step_ms));
        }
        if (strcmp(heard, rows[r].heard) != 0)
            fail_msg("%s: %s, not %s", rows[r].name, heard, rows[r].heard);
        if (letter(spell_over(&spell)) != rows[r].over)
            fail_msg("%s: the end is for others", rows[r].name);
        assert_int_equal(spell_over(&spell), EVENT_NOBODY); /* and is told once */
    }
}

/* The count is another's, who may have cleared it: that it was told counts. */
static void test_told_and_cleared(void **state)
{
    struct spell spell = { .count = 0, .told = true };
    (void)state;
    assert_int_equal(spell_over(&spell), EVENT_EVERYBODY);
    assert_int_equal(spell_over(&spell), EVENT_NOBODY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_told_and_cleared),
    };
    return cmocka_run_group_tests_name("spell", tests, NULL, NULL);
}
