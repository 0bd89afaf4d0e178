/* Symbol tables of shared objects: what is read from good ones, and that no file leads astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/os.h"

#define HONEST TEST_HOSTILE_DIR "/ip-source/honest.so"

struct seen {
    int entries, needed, underscores;
    size_t names;
};

static void see(void *ctx, const char *name, bool defined)
{
    struct seen *seen = ctx;
    seen->names++;
    if (name[0] == '_')
        seen->underscores++;
    if (defined && strcmp(name, "dcddns_plugin_v1") == 0)
        seen->entries++;
    if (!defined)
        seen->needed++;
    assert_true(strlen(name) > 0);
}

static void test_good_one(void **state)
{
    struct seen seen = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(os_module_symbols(HONEST, see, &seen, &err), 0);
    assert_int_equal(seen.entries, 1);
    assert_int_equal(seen.underscores, 0);
    seen = (struct seen){ 0 };
    assert_int_equal(
        os_module_symbols(TEST_HOSTILE_DIR "/ip-source/crash-load.so", see, &seen, &err),
        0); /* nothing of it runs */
    assert_true(seen.needed > 0);
}

static void test_no_shared_objects(void **state)
{
    struct seen seen = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(os_module_symbols("/nonexistent/a.so", see, &seen, &err), -1);
    assert_string_equal(err.text, "/nonexistent/a.so: cannot be read: No such file or directory");
    assert_int_equal(os_module_symbols("/", see, &seen, &err), -1);
    assert_string_equal(err.text, "/: is no regular file, or empty");
    assert_int_equal(os_module_symbols("/dev/null", see, &seen, &err), -1);
    assert_int_equal(os_module_symbols(TEST_HOSTILE_DIR "/ip-source/not-elf.so", see, &seen, &err),
                     -1);
    assert_string_equal(err.text, TEST_HOSTILE_DIR "/ip-source/not-elf.so: is no shared object of "
                                                   "this kind of machine");
    assert_int_equal(seen.names, 0);
}

static size_t read_all(const char *path, unsigned char *data, size_t cap)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(data, 1, cap, file);
    fclose(file);
    return len;
}

static int symbols_of(const char *path, const unsigned char *data, size_t len)
{
    struct seen seen = { 0 };
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
    return os_module_symbols(path, see, &seen, NULL);
}

static unsigned char image[4 * 1024 * 1024];

/* Cut anywhere, or with any byte of the tables' places changed: an answer or an error, no more. */
static void test_damaged_ones(void **state)
{
    char path[] = "/tmp/test_elf.XXXXXX";
    int fd = mkstemp(path), refused = 0;
    const size_t len = read_all(HONEST, image, sizeof(image));
    (void)state;

    assert_true(fd >= 0 && len > 1000 && len < sizeof(image));
    close(fd);
    for (size_t cut = 1; cut < len; cut += len / 150 + 1)
        refused += symbols_of(path, image, cut) < 0;
    assert_true(refused > 100); /* the section table is at the end */
    for (size_t at = 0; at < 64; at++) {
        for (int change = 0; change < 3; change++) {
            const unsigned char old = image[at];
            image[at] = (unsigned char)(change == 0 ? 0xff : change == 1 ? 0x80 : old + 1);
            symbols_of(path, image, len);
            image[at] = old;
        }
    }
    const size_t table = len > 64 * 40 ? len - (size_t)64 * 40 : 0;
    for (size_t at = table; at < len; at += 3) {
        const unsigned char old = image[at];
        image[at] = 0xff;
        symbols_of(path, image, len);
        image[at] = old;
    }
    assert_int_equal(symbols_of(path, image, len), 0);
    unlink(path);
}

static void test_who_provides(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_false(os_module_resolves(HONEST, "dcddns_plugin_v1")); /* not loaded */
    assert_non_null(os_module_open(TEST_HOSTILE_DIR, "ip-source", "honest.so", &err));
    assert_true(os_module_resolves(HONEST, "dcddns_plugin_v1"));
    assert_non_null(os_module_open(TEST_HOSTILE_DIR, "ip-source", "sleeper.so", &err));
    assert_true(os_module_resolves(TEST_HOSTILE_DIR "/ip-source/sleeper.so", "nanosleep"));
    assert_false(os_module_resolves(HONEST, "cJSON_Version")); /* this program has it */
    assert_false(os_module_resolves("/nonexistent/a.so", "memset"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_one),
        cmocka_unit_test(test_no_shared_objects),
        cmocka_unit_test(test_damaged_ones),
        cmocka_unit_test(test_who_provides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
