/* The installed etc/dcddns.conf: right as it is, complete, its examples right; and 20,000 mutations
 * of it. */
#include "config_fixture.h"

#include <time.h>

/* -- the installed file ----------------------------------------------------------------------- */

static char *shipped_text(void)
{
    FILE *file = fopen(TEST_CONF, "rb");
    char *text = calloc(1, 65536);
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static void test_shipped_file(void **state)
{
    const struct folder *folder = *state;
    char *text = shipped_text();
    put(folder, "dcddns.conf", text);
    struct config *config = load_ok(folder);
    check_defaults(config);
    config_free(&config);
    free(text);
}

/* Every key with its default: all lines without '#' must mean the same as none. */
static void test_shipped_file_names_every_key(void **state)
{
    const struct folder *folder = *state;
    struct buf active = BUF_MAX(1 << 16);
    char line[256];
    char *text = shipped_text();
    size_t seen = 0;

    buf_puts(&active, "[core]\n");
    for (const struct config_key *key = config_keys(); key->section; key++, seen++) {
        bool core = strcmp(key->section, "core") == 0;
        assert_true(strlen(key->help) > 10);
        snprintf(line, sizeof(line), "\n#%s =%s%s\n", key->name, core && key->def[0] ? " " : "",
                 core ? key->def : "");
        if (!core)
            *strrchr(line, '\n') = '\0';
        if (!strstr(text, line))
            fail_msg(TEST_CONF " does not hold the line \"%s\"", line + 1);
        if (core)
            buf_puts(&active, line + 2);
    }
    assert_int_equal(seen, 35);
    put(folder, "dcddns.conf", buf_text(&active));
    struct config *config = load_ok(folder);
    check_defaults(config);
    config_free(&config);
    buf_free(&active);
    free(text);
}

/* Sections of modules, as [auth my-auth]. */
static size_t count_sections(const char *text)
{
    static const char *const kinds[] = { "\n[ip-source ", "\n[auth ", "\n[notifier " };
    size_t count = 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (const char *at = strstr(text, kinds[i]); at; at = strstr(at + 1, kinds[i]))
            count++;
    }
    assert_true(count > 3);
    return count;
}

/* Its examples: each commented section and key is right. */
static void test_shipped_examples(void **state)
{
    const struct folder *folder = *state;
    struct buf active = BUF_MAX(1 << 16);
    char *text = shipped_text();

    for (char *line = text; line && *line; line = strchr(line, '\n') + 1) {
        size_t len = strcspn(line, "\n");
        bool example = line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'));
        buf_add(&active, example ? line + 1 : line, example ? len : len + 1);
    }
    put(folder, "dcddns.conf", buf_text(&active));
    struct config *config = load_ok(folder);
    assert_int_equal(config->host_count, 1);
    size_t given = 0;
    for (size_t i = 0; i < config->instance_count; i++)
        given += !config->instances[i].implied;
    assert_int_equal(given, count_sections(buf_text(&active)));
    config_free(&config);
    buf_free(&active);
    free(text);
}

#define A10 "aaaaaaaaaa"
#define A50 A10 A10 A10 A10 A10

/* -- mutations -------------------------------------------------------------------------------- */

static uint32_t seed = 20240229;

static uint32_t next_random(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

/* One change at a random place: a byte, a deletion, or something that means something. */
static size_t mutate(char *text, size_t len, size_t cap)
{
    static const char *const tokens[] = {
        "\n",
        "=",
        "[",
        "]",
        " ;",
        "\n ",
        "#",
        "\n[core]\n",
        "\n[host a.example]\n",
        "\r",
        "\t",
        ",",
        "include conf.d/*.conf\n",
        "\n[ip-source x]\n",
        "module = x\n",
        "sources = a,b\n",
        "\xff",
        "\xef\xbb\xbf",
        "resolver = [::1]:5\n",
        "resolver=::\n",
        "9999999999",
        A50 A50 A50 A50,
    };
    size_t at = next_random((uint32_t)len);
    uint32_t what = next_random(4);
    if (what == 0) {
        text[at] = (char)next_random(256);
    } else if (what == 1) {
        size_t cut = next_random(20);
        cut = cut > len - at ? len - at : cut;
        memmove(text + at, text + at + cut, len - at - cut);
        return len - cut > 0 ? len - cut : len;
    } else if (what == 2 && text[at] != '#') {
        char *comment = memchr(text + at, '#', len - at);
        if (comment)
            *comment = '\n';
    } else {
        const char *token = tokens[next_random(COUNT(tokens))];
        size_t n = strlen(token);
        if (len + n > cap)
            return len;
        memmove(text + at + n, text + at, len - at);
        memcpy(text + at, token, n);
        return len + n;
    }
    return len;
}

/* The loader reads from memory: 20,000 files would measure the file system. */
static const char *fuzz_text;
static size_t fuzz_len, fuzz_at;

static int64_t fuzz_read(struct os_file *file, void *out, size_t len)
{
    (void)file;
    size_t n = fuzz_len - fuzz_at < len ? fuzz_len - fuzz_at : len;
    memcpy(out, fuzz_text + fuzz_at, n);
    fuzz_at += n;
    return (int64_t)n;
}

static int fuzz_stat(struct os_file *file, struct os_stat *out)
{
    (void)file;
    *out = (struct os_stat){ .regular = true, .uid = 0, .mode = 0644, .size = (int64_t)fuzz_len };
    return 0;
}

static void check_loaded(const struct config *config)
{
    assert_in_range(config->interval_s, 60, 86400);
    assert_true(config->sources.count > 0);
    assert_non_null(config->auth);
    for (size_t i = 0; i < config->host_count; i++)
        assert_true(config->hosts[i].ipv4 || config->hosts[i].ipv6);
}

static void test_mutations(void **state)
{
    enum { ROUNDS = 20000, CAP = 16384 };
    const int seconds = TEST_SCALE > 1 ? 3 : 10;
    const struct folder *folder = *state;
    const struct os_calls kept = os;
    char *original = shipped_text();
    size_t original_len = strlen(original);
    char *text = malloc(CAP);
    int good = 0, bad = 0;
    clock_t start = clock();

    assert_non_null(text);
    put(folder, "dcddns.conf", "");
    os.read = fuzz_read;
    os.stat = fuzz_stat;
    for (int i = 0; i < ROUNDS && (clock() - start) / CLOCKS_PER_SEC < seconds; i++) {
        struct config_errors errors = { 0 };
        memcpy(text, original, original_len);
        size_t len = original_len;
        for (uint32_t n = 1 + next_random(8); n > 0; n--)
            len = mutate(text, len, CAP);
        fuzz_text = text;
        fuzz_len = len;
        fuzz_at = 0;
        struct config *config = config_load(folder->main, true, &errors);
        assert_int_equal(config == NULL, errors.count > 0);
        if (config)
            check_loaded(config);
        good += config ? 1 : 0;
        bad += config ? 0 : 1;
        config_free(&config);
        config_errors_free(&errors);
    }
    os = kept;
    print_message("%d mutations: %d accepted, %d refused, %.1f s\n", good + bad, good, bad,
                  (double)(clock() - start) / CLOCKS_PER_SEC);
    assert_true(good > 100 / TEST_SCALE && bad > 100 / TEST_SCALE);
    free(text);
    free(original);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_shipped_file),
        TEST(test_shipped_file_names_every_key),
        TEST(test_shipped_examples),
        TEST(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
