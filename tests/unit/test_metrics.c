/* Metrics: the text under the rules of Prometheus' exposition format, and when the file is written.
 */
#include "engine_world.h"

#include <sys/stat.h>

#include "engine/metrics.h"

static struct metrics_file file;
static char metrics_path[128], other_path[128];
static int warnings;

/* -- a strict reader --------------------------------------------------------------------------- */

struct sample {
    char name[128], labels[600], value[64];
};

static struct sample samples[200];
static size_t sample_count;

static bool is_name(const char *text, size_t len)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    if (len == 0 || !strchr(first, text[0]))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!strchr(first, text[i]) && !strchr("0123456789", text[i]))
            return false;
    }
    return true;
}

/* name="value",...: returns behind the closing brace. */
static const char *read_labels(const char *at)
{
    for (;;) {
        size_t len = strcspn(at, "=");
        assert_true(is_name(at, len) && at[len + 1] == '"');
        at += len + 2;
        for (; *at != '"'; at++) {
            assert_true(*at != '\0' && *at != '\n');
            if (*at == '\\')
                assert_non_null(strchr("\\\"n", *++at));
        }
        at++;
        if (*at == '}')
            return at + 1;
        assert_int_equal(*at++, ',');
    }
}

static void read_sample(const char *line, const char *family)
{
    struct sample *s = &samples[sample_count++];
    size_t len = strcspn(line, "{ ");
    char *end = NULL;

    assert_true(sample_count < 200 && is_name(line, len));
    snprintf(s->name, sizeof(s->name), "%.*s", (int)len, line);
    assert_string_equal(s->name, family); /* all lines of a metric in one group */
    const char *at = line + len;
    if (*at == '{')
        at = read_labels(at + 1);
    snprintf(s->labels, sizeof(s->labels), "%.*s", (int)(at - line - (ptrdiff_t)len), line + len);
    assert_int_equal(*at, ' ');
    snprintf(s->value, sizeof(s->value), "%s", at + 1);
    assert_true(strtod(s->value, &end) >= 0);
    assert_string_equal(end, "");
    for (size_t i = 0; i + 1 < sample_count; i++) /* no sample twice */
        assert_false(strcmp(samples[i].name, s->name) == 0 &&
                     strcmp(samples[i].labels, s->labels) == 0);
}

/* What promtool check metrics finds wrong, and the parser refuses. */
static void read_text(const char *text)
{
    char line[1024] = "", family[128] = "", type[32] = "", seen[64][128];
    size_t families = 0;

    sample_count = 0;
    assert_int_equal(text[strlen(text) - 1], '\n');
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
        if (strncmp(line, "# HELP ", 7) == 0) {
            snprintf(family, sizeof(family), "%.*s", (int)strcspn(line + 7, " "), line + 7);
            assert_true(strlen(line) > 7 + strlen(family) + 5);
            for (size_t i = 0; i < families; i++)
                assert_string_not_equal(seen[i], family);
            snprintf(seen[families++], sizeof(seen[0]), "%s", family);
            type[0] = '\0';
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            size_t len = strlen(family);
            assert_memory_equal(line + 7, family, len); /* after its HELP, before its samples */
            snprintf(type, sizeof(type), "%s", line + 7 + len + 1);
            bool counter = strcmp(type, "counter") == 0;
            assert_true(counter || strcmp(type, "gauge") == 0);
            assert_int_equal(len > 6 && strcmp(family + len - 6, "_total") == 0, counter);
        } else {
            assert_true(type[0] != '\0');
            read_sample(line, family);
        }
    }
}

static const char *value_of(const char *name, const char *labels)
{
    for (size_t i = 0; i < sample_count; i++) {
        if (strcmp(samples[i].name, name) == 0 && strcmp(samples[i].labels, labels) == 0)
            return samples[i].value;
    }
    return NULL;
}

static void expect(const char *name, const char *labels, const char *value)
{
    const char *found = value_of(name, labels);
    if (!found || strcmp(found, value) != 0)
        fail_msg("%s%s is %s, not %s", name, labels, found ? found : "missing", value);
}

/* -- the text ---------------------------------------------------------------------------------- */

static void test_text(void **state)
{
    struct status_host hosts[] = {
        { .name = "a\\b\"c\nd",
          .state = RECORD_PAUSED,
          .v4 = { .wanted = true, .published = ip("8.8.4.4"), .published_at_ms = 1700000000123 },
          .v6 = { .wanted = true },
          .checked_at_ms = 5000,
          .failures = 4,
          .next_at_ms = 900,
          .next_check_at_ms = 2500,
          .grant = { .state = "needs-consent",
                     .found = true,
                     .needs_consent = true,
                     .refreshed_at_ms = 7000,
                     .days_left = 3 } },
        { .name = "b.example.com",
          .v4.wanted = true,
          .grant = { .state = "none", .days_left = -1 } },
    };
    const struct status status = { .version = "1.2\"3",
                                   .taken_at_ms = 1000,
                                   .unsaved_tokens = 2,
                                   .hosts = hosts,
                                   .host_count = 2 };
    const struct engine_counts counts = { .requests = 9, .applies = 5, .refreshes = 3 };
    const char a[] = "{host=\"a\\\\b\\\"c\\nd\"}", b[] = "{host=\"b.example.com\"}";
    (void)state;
    char *text_of = metrics_text(&status, &counts, true);
    read_text(text_of);
    mem_free(text_of);
    expect("dcddns_up", "", "1");
    expect("dcddns_build_info", "{version=\"1.2\\\"3\"}", "1");
    expect("dcddns_hosts", "", "2");
    expect("dcddns_unsaved_tokens", "", "2");
    expect("dcddns_requests_total", "", "9");
    expect("dcddns_applies_total", "", "5");
    expect("dcddns_refreshes_total", "", "3");
    expect("dcddns_host_state", "{host=\"b.example.com\",state=\"new\"}", "1");
    expect("dcddns_host_state", "{host=\"b.example.com\",state=\"paused\"}", "0");
    expect("dcddns_published_info",
           "{host=\"a\\\\b\\\"c\\nd\",family=\"ipv4\",address=\"8.8.4.4\"}", "1");
    expect("dcddns_published_timestamp_seconds", "{host=\"a\\\\b\\\"c\\nd\",family=\"ipv4\"}",
           "1700000000.123");
    expect("dcddns_published_timestamp_seconds", "{host=\"a\\\\b\\\"c\\nd\",family=\"ipv6\"}", "0");
    expect("dcddns_consecutive_failures", a, "4");
    expect("dcddns_next_try_timestamp_seconds", a, "2.500");
    expect("dcddns_grant_refreshed_timestamp_seconds", a, "7.000");
    expect("dcddns_grant_needs_consent", a, "1");
    expect("dcddns_grant_needs_consent", b, "1");
    expect("dcddns_grant_idle_left_seconds", a, "259200");
    expect("dcddns_success_timestamp_seconds", b, "0");
    assert_null(value_of("dcddns_grant_refreshed_timestamp_seconds", b));
    assert_null(value_of("dcddns_published_info", b));
}

/* -- the file ---------------------------------------------------------------------------------- */

static void keep_log(void *ctx, int level, const char *line)
{
    (void)ctx;
    warnings += level <= DCDDNS_LOG_WARN && strstr(line, "metrics-file") != NULL;
}

static int set_up(void **state)
{
    char lines[1024] = "";
    int rc = world_set_up(state);
    snprintf(metrics_path, sizeof(metrics_path), "%s/dcddns.prom", rig_path);
    snprintf(other_path, sizeof(other_path), "%s/away/dcddns.prom", rig_path);
    snprintf(lines, sizeof(lines), "%s%s", WORLD_CORE, WORLD_HOST);
    world_grant(ID, "dynamicdns-v2");
    world_daemon(lines);
    mem_free(world_config->metrics_file);
    world_config->metrics_file = text(metrics_path);
    file = (struct metrics_file){ .since_wall_ms = 1000 };
    warnings = 0;
    log_to(keep_log, NULL);
    metrics_file_begin(&file, engine, NULL);
    return rc;
}

static int tear_down(void **state)
{
    metrics_file_end(&file, NULL);
    return world_tear_down(state);
}

static bool is_written(void)
{
    static char content[65536];
    struct stat st = { 0 };
    FILE *in = fopen(metrics_path, "r");
    if (!in)
        return false;
    assert_int_equal(fstat(fileno(in), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    content[fread(content, 1, sizeof(content) - 1, in)] = '\0';
    fclose(in);
    unlink(metrics_path);
    read_text(content);
    return true;
}

static void test_when_it_is_written(void **state)
{
    (void)state;
    assert_int_equal(metrics_file_wait(&file, engine), 0);
    metrics_file_turn(&file, engine);
    assert_true(is_written());
    expect("dcddns_applies_total", "", "0");
    expect("dcddns_start_timestamp_seconds", "", "1.000");
    world_pass(20 * SECOND); /* published */
    assert_int_equal(metrics_file_wait(&file, engine), 0);
    metrics_file_turn(&file, engine);
    assert_true(is_written());
    expect("dcddns_applies_total", "", "1");
    expect("dcddns_requests_total", "", "1");
    expect("dcddns_published_info", "{host=\"" ID "\",family=\"ipv4\",address=\"8.8.4.4\"}", "1");
    assert_int_equal(metrics_file_wait(&file, engine), -1); /* nothing is new */
    rig_pass(3 * MINUTE);
    metrics_file_turn(&file, engine);
    assert_false(is_written());
    engine_check_now(engine); /* a look without news: within a minute */
    world_settle();
    metrics_file_turn(&file, engine);
    assert_true(is_written());
    engine_check_now(engine);
    world_settle();
    metrics_file_turn(&file, engine);
    assert_false(is_written());
    assert_int_equal(metrics_file_wait(&file, engine), MINUTE);
    rig_pass(MINUTE);
    metrics_file_turn(&file, engine);
    assert_true(is_written());
}

static void test_counts_outlive_a_reload(void **state)
{
    (void)state;
    world_pass(20 * SECOND);
    const struct engine_counts ended = engine_counts(engine);
    assert_int_equal(ended.applies, 1);
    engine_down();
    engine_up();
    metrics_file_begin(&file, engine, &ended);
    metrics_file_turn(&file, engine);
    assert_true(is_written());
    expect("dcddns_applies_total", "", "1");
    metrics_file_end(&file, engine);
    assert_true(is_written());
    expect("dcddns_up", "", "0");
}

/* An update that is under way when the engine ends is finished, and counts. */
static void test_counts_of_the_end(void **state)
{
    struct engine_counts ended = { 0 };
    (void)state;
    engine->ended = &ended;
    for (int i = 0; i < 1000 && updater_busy(engine->updater) == 0; i++) {
        engine_turn(engine, rig_asking(engine_net(engine)) ? 20 : 0);
        if (i % 10 == 9)
            rig_pass(SECOND);
    }
    assert_int_equal(updater_busy(engine->updater), 1);
    assert_int_equal(engine_counts(engine).applies, 0);
    engine_down();
    assert_int_equal(ended.applies, 1);
    engine_up();
    metrics_file_begin(&file, engine, &ended);
}

/* As at the end: who reads it must not believe that all is well for ever. */
static void test_another_file(void **state)
{
    char *const places[] = { other_path, NULL };
    (void)state;
    snprintf(other_path, sizeof(other_path), "%s/other.prom", rig_path);
    for (size_t i = 0; i < 2; i++) {
        metrics_file_turn(&file, engine);
        assert_true(is_written());
        expect("dcddns_up", "", "1");
        mem_free(world_config->metrics_file);
        world_config->metrics_file = mem_strdup(places[i]);
        metrics_file_begin(&file, engine, NULL);
        assert_true(is_written());
        expect("dcddns_up", "", "0");
        metrics_file_turn(&file, engine);
        assert_false(is_written());
        assert_int_equal(access(other_path, R_OK), 0);
        mem_free(world_config->metrics_file);
        world_config->metrics_file = text(metrics_path);
        metrics_file_begin(&file, engine, NULL);
    }
}

/* Nothing else notices; one warning, and it comes back. */
static void test_failure(void **state)
{
    (void)state;
    mem_free(world_config->metrics_file);
    world_config->metrics_file = text(other_path);
    metrics_file_begin(&file, engine, NULL);
    for (int i = 0; i < 200; i++) {
        world_pass(30 * SECOND);
        metrics_file_turn(&file, engine);
    }
    assert_int_equal(warnings, 1);
    assert_int_equal(rig_http.applies, 1);
    assert_true(metrics_file_wait(&file, engine) > 0);
    char folder[128] = "";
    snprintf(folder, sizeof(folder), "%s/away", rig_path);
    assert_int_equal(mkdir(folder, 0755), 0);
    rig_pass(2 * MINUTE);
    metrics_file_turn(&file, engine);
    assert_int_equal(access(other_path, R_OK), 0);
    assert_int_equal(warnings, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        TEST(test_when_it_is_written),
        TEST(test_counts_outlive_a_reload),
        TEST(test_counts_of_the_end),
        TEST(test_another_file),
        TEST(test_failure),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
