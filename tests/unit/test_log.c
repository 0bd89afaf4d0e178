/* The daemon's log: levels, one line stays one line, standard error and the journal's prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

struct seen {
    int lines, level;
    char line[2048];
};

static struct seen seen;

static void see(void *ctx, int level, const char *line)
{
    struct seen *s = ctx;
    s->lines++;
    s->level = level;
    snprintf(s->line, sizeof(s->line), "%s", line);
}

static int set_up(void **state)
{
    (void)state;
    seen = (struct seen){ 0 };
    log_to(see, &seen);
    return 0;
}

static int reset(void **state)
{
    (void)state;
    log_to(NULL, NULL);
    log_set_level(DCDDNS_LOG_INFO);
    log_journal_prefix(0);
    return 0;
}

static void drops_what_is_above_the_level(void **state)
{
    (void)state;
    assert_int_equal(log_level(), DCDDNS_LOG_INFO);
    log_debug("not this");
    assert_int_equal(seen.lines, 0);
    log_info("this %d", 1);
    assert_string_equal(seen.line, "this 1");
    assert_int_equal(seen.level, DCDDNS_LOG_INFO);
    log_set_level(DCDDNS_LOG_ERROR);
    log_warn("not this");
    log_notice("not this");
    assert_int_equal(seen.lines, 1);
    log_error("error");
    assert_int_equal(seen.level, DCDDNS_LOG_ERROR);
    log_set_level(DCDDNS_LOG_DEBUG);
    log_debug("debug");
    log_warn("warn");
    log_notice("notice");
    assert_int_equal(seen.lines, 5);
}

static void a_line_stays_one_line(void **state)
{
    (void)state;
    log_info("%s", "a\nb\rc\x1b[2Jd\te\x7f");
    assert_null(strpbrk(seen.line, "\n\r\x1b\t\x7f"));
    assert_int_equal(strlen(seen.line), 13);
    log_info("%s", "b\xc3\xbc"
                   "cher");
    assert_string_equal(seen.line, "b\xc3\xbc"
                                   "cher");
}

static void long_lines_are_cut(void **state)
{
    char lots[5000];
    (void)state;
    memset(lots, 'x', sizeof(lots) - 1);
    lots[sizeof(lots) - 1] = '\0';
    log_info("%s", lots);
    assert_int_equal(seen.lines, 1);
    assert_in_range(strlen(seen.line), 500, 2000);
}

/* What log_line() writes to standard error. */
static void to_stderr(int level, const char *line, char *out, size_t cap)
{
    int ends[2] = { -1, -1 };
    int saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_line(level, "%s", line);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t got = read(ends[0], out, cap - 1);
    close(ends[0]);
    out[got > 0 ? got : 0] = '\0';
}

static void writes_to_standard_error(void **state)
{
    char out[256] = "";
    (void)state;
    log_to(NULL, NULL);
    to_stderr(DCDDNS_LOG_ERROR, "no space\nleft", out, sizeof(out));
    assert_string_equal(out, "dcddns: error: no space?left\n");
    to_stderr(DCDDNS_LOG_WARN, "w", out, sizeof(out));
    assert_string_equal(out, "dcddns: warning: w\n");
    to_stderr(DCDDNS_LOG_NOTICE, "n", out, sizeof(out));
    assert_string_equal(out, "dcddns: n\n");
    to_stderr(DCDDNS_LOG_DEBUG, "d", out, sizeof(out));
    assert_string_equal(out, "");
    log_set_level(DCDDNS_LOG_DEBUG);
    to_stderr(DCDDNS_LOG_DEBUG, "d", out, sizeof(out));
    assert_string_equal(out, "dcddns: debug: d\n");
}

static void prefixes_for_the_journal(void **state)
{
    char out[256] = "";
    (void)state;
    log_to(NULL, NULL);
    log_journal_prefix(1);
    to_stderr(DCDDNS_LOG_ERROR, "x\n<0>fake", out, sizeof(out));
    assert_string_equal(out, "<3>x?<0>fake\n");
    to_stderr(DCDDNS_LOG_INFO, "i", out, sizeof(out));
    assert_string_equal(out, "<6>i\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drops_what_is_above_the_level, set_up, reset),
        cmocka_unit_test_setup_teardown(a_line_stays_one_line, set_up, reset),
        cmocka_unit_test_setup_teardown(long_lines_are_cut, set_up, reset),
        cmocka_unit_test_setup_teardown(writes_to_standard_error, set_up, reset),
        cmocka_unit_test_setup_teardown(prefixes_for_the_journal, set_up, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
