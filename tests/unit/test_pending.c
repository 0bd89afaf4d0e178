/* Pending consents: what comes back, what is refused, forgotten and swept, and full disks. */
#include "state_rig.h"

#include "base/log.h"
#include "state/pending.h"

#define ID       "home.example.com"
#define FILE_OF  "pending/" ID
#define VERIFIER "VERIFIER-0123456789abcdef"

static struct scratch s;
static int64_t now_ms;
static char logged[2048];
static int lines;

static int64_t wall_ms(void)
{
    return now_ms;
}

static void note(void *ctx, int level, const char *line)
{
    (void)ctx;
    (void)level;
    lines++;
    snprintf(logged, sizeof(logged), "%s", line);
}

static int set_up(void **state)
{
    (void)state;
    scratch_open(&s);
    rig_arm((struct rig_fault){ 0 });
    os.wall_ms = wall_ms;
    now_ms = INT64_C(4000000000000); /* later than this program */
    lines = 0;
    log_to(note, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fail_alloc(0, false);
    assert_int_equal(rig_open_files, 0);
    rig_disarm();
    scratch_close(&s);
    return 0;
}

static char *text(const char *value)
{
    char *copy = mem_strdup(value);
    assert_non_null(copy);
    return copy;
}

static struct pending example(void)
{
    struct pending p = {
        .id = ID,
        .state = "state-0123456789abcdef0123456789abcdef0123",
        .zone = "example.com",
        .hosts = text("home,www,"),
        .named = text("www,"),
        .grant = text("old.example.com"),
        .provider_id = text("provider.test"),
        .provider_name = text("Provider \"quoted\" \xc3\xa9"),
        .api_url = text("https://api.provider.test/dc"),
        .async_url = text("https://consent.provider.test"),
        .control_panel = text("https://panel.provider.test/"),
        .service_id = text("dynamicdns-v2"),
        .auth = text("pkce"),
        .url = text("https://consent.provider.test/v2?x=1"),
        .ipv4 = true,
        .ipv6 = true,
        .chosen = true,
        .challenged = true,
        .created_wall_ms = now_ms,
        .created_boot_ms = 77,
        .boot_id = "another-boot",
    };
    assert_int_equal(fields_set(&p.keep, "code_verifier", VERIFIER, DCDDNS_SECRET), DCDDNS_OK);
    assert_int_equal(fields_set(&p.keep, "other", "public", 0), DCDDNS_OK);
    return p;
}

static void same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static void same(const struct pending *a, const struct pending *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->state, b->state);
    assert_string_equal(a->zone, b->zone);
    same_text(a->hosts, b->hosts);
    same_text(a->named, b->named);
    same_text(a->grant, b->grant);
    same_text(a->provider_id, b->provider_id);
    same_text(a->provider_name, b->provider_name);
    same_text(a->api_url, b->api_url);
    same_text(a->async_url, b->async_url);
    same_text(a->control_panel, b->control_panel);
    same_text(a->service_id, b->service_id);
    same_text(a->auth, b->auth);
    same_text(a->url, b->url);
    assert_int_equal(a->ipv4, b->ipv4);
    assert_int_equal(a->ipv6, b->ipv6);
    assert_int_equal(a->chosen, b->chosen);
    assert_int_equal(a->challenged, b->challenged);
    assert_int_equal(a->created_wall_ms, b->created_wall_ms);
    assert_int_equal(a->created_boot_ms, b->created_boot_ms);
    assert_string_equal(a->boot_id, b->boot_id);
    assert_int_equal(a->keep.count, b->keep.count);
    for (size_t i = 0; i < a->keep.count; i++) {
        assert_string_equal(a->keep.list[i].name, b->keep.list[i].name);
        assert_string_equal(a->keep.list[i].value, b->keep.list[i].value);
        assert_int_equal(a->keep.list[i].flags, b->keep.list[i].flags);
    }
}

static void save(const struct pending *p)
{
    struct error err = { 0 };
    if (pending_save(s.dir, p, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(err.class, ERR_NONE);
}

static void save_example(void)
{
    struct pending p = example();
    save(&p);
    pending_clear(&p);
}

static enum pending_found load(struct pending *out)
{
    struct pending unused = { 0 };
    struct error err = { 0 };
    enum pending_found found = PENDING_FOUND;
    if (pending_load(s.dir, ID, out ? out : &unused, &found, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(err.class, ERR_NONE);
    pending_clear(&unused);
    return found;
}

static void every_member_comes_back(void **state)
{
    struct pending p = example(), back = { 0 };
    (void)state;
    save(&p);
    assert_int_equal(load(&back), PENDING_FOUND);
    same(&back, &p);
    pending_clear(&back);

    /* the other values; one per name */
    mem_free(p.control_panel);
    p.control_panel = NULL;
    p.hosts[0] = '\0';
    mem_free(p.named);
    mem_free(p.grant);
    p.named = p.grant = NULL;
    p.ipv4 = p.ipv6 = p.challenged = p.chosen = false;
    fields_free(&p.keep);
    save(&p);
    assert_int_equal(load(&back), PENDING_FOUND);
    same(&back, &p);
    pending_clear(&back);
    pending_clear(&p);
    pending_clear(&p);
    assert_int_equal(lines, 0);
}

static void files_are_private(void **state)
{
    struct stat st = { 0 };
    mode_t before = umask(0);
    (void)state;
    save_example();
    umask(before);
    assert_int_equal(stat(scratch_path(&s, "pending"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(scratch_path(&s, FILE_OF), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

/* Looking makes nothing, and nothing is left behind. */
static void the_folder_comes_and_goes(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_int_equal(load(NULL), PENDING_NONE);
    assert_int_equal(pending_delete(s.dir, ID, &err), 0);
    pending_sweep(s.dir);
    assert_false(scratch_has(&s, "pending"));
    save_example();
    assert_true(scratch_has(&s, FILE_OF));
    assert_int_equal(pending_delete(s.dir, ID, &err), 0);
    assert_false(scratch_has(&s, "pending"));
    assert_int_equal(load(NULL), PENDING_NONE);
    assert_int_equal(lines, 0);
}

static void old_ones_are_not_used(void **state)
{
    static const int64_t ages[] = { 0, PENDING_LIFE_MS - 1, PENDING_LIFE_MS, -PENDING_LIFE_MS };
    (void)state;
    for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
        struct pending p = example();
        bool lives = i < 2;
        p.created_wall_ms = now_ms - ages[i];
        save(&p);
        pending_clear(&p);
        assert_int_equal(load(NULL), lives ? PENDING_FOUND : PENDING_EXPIRED);
        assert_int_equal(scratch_has(&s, FILE_OF), lives);
        assert_int_equal(load(NULL), lives ? PENDING_FOUND : PENDING_NONE); /* said once */
    }
}

/* In one boot the wall clock means nothing; in another one it may be plainly wrong. */
static void the_wall_clock_steps(void **state)
{
    static const int64_t steps[] = { INT64_C(3650) * 86400000, INT64_C(-3) * 86400000,
                                     INT64_C(-3999999999999) };
    const int64_t began = now_ms;
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct pending p = example();
        pending_stamp(&p);
        assert_string_equal(p.boot_id, os_boot_id());
        now_ms = began + steps[i];
        save(&p);
        assert_true(pending_age_ms(&p) >= 0 && pending_age_ms(&p) < 3600000);
        assert_int_equal(load(NULL), PENDING_FOUND);
        now_ms = began;
        pending_clear(&p);
    }
    struct pending p = example(); /* of another boot, and this one begins in 1970 */
    save(&p);
    now_ms = 60000;
    pending_sweep(s.dir);
    assert_int_equal(load(NULL), PENDING_FOUND);
    now_ms = began + 1000;
    pending_sweep(s.dir);
    assert_int_equal(load(NULL), PENDING_FOUND);
    pending_clear(&p);
}

static void the_old_are_swept(void **state)
{
    struct pending p = example();
    (void)state;
    save(&p);
    now_ms += PENDING_LIFE_MS;
    snprintf(p.id, sizeof(p.id), "new.example.com");
    p.created_wall_ms = now_ms;
    save(&p);
    pending_sweep(s.dir);
    assert_false(scratch_has(&s, FILE_OF));
    assert_true(scratch_has(&s, "pending/new.example.com"));
    now_ms += PENDING_LIFE_MS;
    pending_sweep(s.dir);
    assert_false(scratch_has(&s, "pending"));
    pending_clear(&p);
}

static void names_are_no_paths(void **state)
{
    static const char *const bad[] = { "", "..", "../grants", "home", "a/b.c", "192.0.2.1" };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pending p = { 0 };
        struct error err = { 0 };
        enum pending_found found = PENDING_FOUND;
        snprintf(p.id, sizeof(p.id), "%s", bad[i]);
        assert_int_equal(pending_save(s.dir, &p, &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
        assert_int_equal(pending_load(s.dir, bad[i], &p, &found, &err), -1);
        assert_int_equal(found, PENDING_NONE);
        assert_int_equal(pending_delete(s.dir, bad[i], &err), -1);
    }
    assert_false(scratch_has(&s, "pending"));
}

/* Replaces FROM by TO in the file, keeping it whole otherwise. */
static void edit(const char *from, const char *to)
{
    char *content = NULL;
    char out[8192] = "";
    save_example();
    assert_true(scratch_read(&s, FILE_OF, &content) > 0);
    const char *at = strstr(content, from);
    assert_non_null(at);
    snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - content), content, to, at + strlen(from));
    scratch_write(&s, FILE_OF, out, strlen(out));
    free(content);
}

static void damaged_ones_are_absent(void **state)
{
    static const struct {
        const char *from, *to;
    } edits[] = {
        { "{", "" },
        { "\"schema\":1", "\"schema\":2" },
        { "\"created_wall_ms\"", "\"created\"" },
        { "\"id\":\"home", "\"id\":\"away" },
        { "\"state\":\"", "\"state\":\"0123456789012345678901234567890123456789" },
        { "\"api_url\"", "\"api\"" },
        { "\"name\":\"code_verifier\"", "\"name\":\"code verifier\"" },
        { "\"flags\":2", "\"flags\":7" },
        { "\"value\":\"" VERIFIER "\"", "\"value\":1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        lines = 0;
        edit(edits[i].from, edits[i].to);
        if (load(NULL) != PENDING_NONE)
            fail_msg("taken with %s", edits[i].to);
        assert_int_equal(lines, 1);
        assert_non_null(strstr(logged, "run: dcddns setup " ID));
        assert_null(strstr(logged, VERIFIER));
        assert_int_equal(load(NULL), PENDING_NONE);
        assert_int_equal(lines, 1); /* said once */
    }
}

static void strange_files_are_absent(void **state)
{
    static char large[PENDING_FILE_MAX + 1];
    (void)state;
    memset(large, ' ', sizeof(large));
    save_example();
    scratch_write(&s, FILE_OF, large, sizeof(large));
    assert_int_equal(load(NULL), PENDING_NONE);
    assert_non_null(strstr(logged, "too large"));
    save_example();
    assert_int_equal(chmod(scratch_path(&s, FILE_OF), 0622), 0);
    assert_int_equal(load(NULL), PENDING_NONE);
    assert_non_null(strstr(logged, "others may have written it"));
    assert_false(scratch_has(&s, FILE_OF));
}

static void too_much_is_not_saved(void **state)
{
    struct pending p = example();
    struct error err = { 0 };
    static char value[FIELD_VALUE_MAX + 1];
    (void)state;
    memset(value, 'x', FIELD_VALUE_MAX);
    for (char name[] = "a"; name[0] < 'f'; name[0]++)
        assert_int_equal(fields_set(&p.keep, name, value, 0), DCDDNS_OK);
    assert_int_equal(pending_save(s.dir, &p, &err), -1);
    assert_non_null(strstr(err.text, "larger than 65536 bytes"));
    assert_false(scratch_has(&s, "pending"));
    pending_clear(&p);
}

/* Whatever file call fails, the older one is whole, and errors have words. */
static void failing_disks(void **state)
{
    (void)state;
    save_example();
    for (int call = 0; call < RIG_CALLS; call++) {
        for (int k = 1; k < 8; k++) {
            struct pending p = example(), back = { 0 };
            struct error err = { 0 };
            p.created_wall_ms++;
            rig_arm((struct rig_fault){ (enum rig_call)call, k, RIG_ERROR, -EIO });
            os.wall_ms = wall_ms;
            int rc = pending_save(s.dir, &p, &err);
            assert_int_equal(err.class, rc == 0 ? ERR_NONE : ERR_LOCAL);
            rig_arm((struct rig_fault){ 0 });
            os.wall_ms = wall_ms;
            assert_int_equal(load(&back), PENDING_FOUND);
            if (rc == 0)
                assert_int_equal(back.created_wall_ms, p.created_wall_ms);
            pending_clear(&back);
            pending_clear(&p);
        }
    }
}

static void unreadable_is_not_absent(void **state)
{
    struct pending back = { 0 };
    struct error err = { 0 };
    enum pending_found found = PENDING_FOUND;
    (void)state;
    save_example();
    rig_arm((struct rig_fault){ RIG_READ, 1, RIG_ERROR, -EIO });
    os.wall_ms = wall_ms;
    assert_int_equal(pending_load(s.dir, ID, &back, &found, &err), -1);
    assert_int_equal(found, PENDING_NONE);
    assert_int_equal(err.class, ERR_LOCAL);
    rig_arm((struct rig_fault){ RIG_UNLINK, 1, RIG_ERROR, -EIO });
    os.wall_ms = wall_ms;
    err = (struct error){ 0 };
    assert_int_equal(pending_delete(s.dir, ID, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_true(scratch_has(&s, FILE_OF));
}

static void without_memory_nothing_leaks(void **state)
{
    struct pending p = example();
    bool saved = false, loaded = false;
    (void)state;
    rig_secret = VERIFIER;
    rig_leaks = 0;
    for (int n = 1; n < 400 && !saved; n++) {
        struct error err = { 0 };
        rig_fail_alloc(n, false);
        saved = pending_save(s.dir, &p, &err) == 0;
        rig_fail_alloc(0, false);
    }
    for (int n = 1; n < 400 && !loaded; n++) {
        struct pending back = { 0 };
        struct error err = { 0 };
        enum pending_found found = PENDING_NONE;
        save(&p);
        rig_fail_alloc(n, false);
        int rc = pending_load(s.dir, ID, &back, &found, &err);
        loaded = rig_allocs < n;
        rig_fail_alloc(0, false);
        if (found == PENDING_FOUND)
            same(&back, &p); /* whole or not at all */
        assert_int_equal(loaded, loaded && rc == 0 && found == PENDING_FOUND);
        pending_clear(&back);
    }
    assert_true(saved && loaded);
    pending_clear(&p);
    assert_int_equal(rig_leaks, 0);
    rig_secret = NULL;
}

/* One allocation fails, or all from there on: what cannot be read now is not damaged. */
static void without_memory_nothing_is_removed(void **state)
{
    struct pending p = example();
    (void)state;
    save(&p);
    for (int n = 1; n < 400; n++) {
        struct pending back = { 0 };
        struct error err = { 0 };
        enum pending_found found = PENDING_NONE;
        rig_fail_alloc(n / 2 + 1, n % 2 == 0);
        int rc = pending_load(s.dir, ID, &back, &found, &err);
        rig_fail_alloc(0, false);
        pending_clear(&back);
        assert_true(rc == 0 ? found == PENDING_FOUND : err.class == ERR_LOCAL);
        assert_true(scratch_has(&s, FILE_OF));
    }
    pending_clear(&p);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_member_comes_back),
        TEST(files_are_private),
        TEST(the_folder_comes_and_goes),
        TEST(old_ones_are_not_used),
        TEST(the_old_are_swept),
        TEST(the_wall_clock_steps),
        TEST(names_are_no_paths),
        TEST(damaged_ones_are_absent),
        TEST(strange_files_are_absent),
        TEST(too_much_is_not_saved),
        TEST(failing_disks),
        TEST(unreadable_is_not_absent),
        TEST(without_memory_nothing_leaks),
        TEST(without_memory_nothing_is_removed),
    };
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
