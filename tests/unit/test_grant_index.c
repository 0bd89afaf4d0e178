/* Which grant serves a name, and grants that lose hosts. */
#include "grant_rig.h"

#include "state/grant_hosts.h"
#include "state/grant_index.h"

static void put(const char *id, const char *zone, const char *hosts, int64_t granted)
{
    struct grant g = example();
    mem_free(g.hosts);
    g.hosts = text(hosts);
    snprintf(g.zone, sizeof(g.zone), "%s", zone);
    g.granted_wall_ms = granted;
    save(id, &g);
    grant_clear(&g);
}

static struct grant_index *make(void)
{
    struct error err = { 0 };
    struct grant_index *index = grant_index_new(grants, &err);
    if (!index)
        fail_msg("%s", err.text);
    return index;
}

static void serves(const struct grant_index *index, const char *fqdn, const char *id)
{
    const struct grant_entry *entry = grant_index_find(index, fqdn);
    if (!id && entry)
        fail_msg("%s is served by %s", fqdn, entry->id);
    if (id && !entry)
        fail_msg("%s is not served", fqdn);
    if (id)
        assert_string_equal(entry->id, id);
}

static void test_who_serves(void **state)
{
    size_t count = 0;
    (void)state;
    put("home.example.com", "example.com", "home,www,", 100);
    put("www.example.com", "example.com", "www", 200);
    put("old.example.com", "example.com", "www,old", 50);
    put("a.b.example.org", "b.example.org", "a", 10);
    struct grant_index *index = make();
    const struct grant_entry *entries = grant_index_entries(index, &count);
    assert_int_equal(count, 4);
    assert_string_equal(entries[0].id, "a.b.example.org");
    assert_string_equal(entries[0].auth, "pkce");
    serves(index, "home.example.com", "home.example.com");
    serves(index, "example.com", "home.example.com");
    serves(index, "www.example.com", "www.example.com"); /* the newest of three */
    serves(index, "old.example.com", "old.example.com");
    serves(index, "a.b.example.org", "a.b.example.org");
    serves(index, "b.example.org", NULL);
    serves(index, "other.example.com", NULL);
    grant_index_free(&index);
    assert_null(index);
    grant_index_free(&index);
}

/* A grant that no longer covers the name it is kept under does not serve that. */
static void test_id_is_no_promise(void **state)
{
    (void)state;
    put("home.example.com", "example.com", "www", 100);
    struct grant_index *index = make();
    serves(index, "home.example.com", NULL);
    serves(index, "www.example.com", "home.example.com");
    grant_index_free(&index);
}

static void test_same_age(void **state)
{
    (void)state;
    put("b.example.com", "example.com", "x", 100);
    put("a.example.com", "example.com", "x", 100);
    put("c.example.com", "example.com", "x", 100);
    struct grant_index *index = make();
    serves(index, "x.example.com", "a.example.com");
    grant_index_free(&index);
}

static void spoil(const char *id)
{
    char name[512] = "";
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "grants/%s/%s", id, i == 0 ? "record" : "record.prev");
        FILE *file = fopen(scratch_path(&s, name), "r+");
        if (file) {
            fputs("spoilt", file);
            fclose(file);
        }
    }
}

/* One that cannot be read may serve the name that it is called after, and hides no other. */
static void test_unreadable(void **state)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;
    (void)state;
    put("home.example.com", "example.com", "home,www", 100);
    put("cam.example.com", "example.com", "cam", 100);
    spoil("home.example.com");
    struct grant_index *index = make();
    serves(index, "home.example.com", "home.example.com");
    serves(index, "www.example.com", NULL);
    serves(index, "cam.example.com", "cam.example.com");
    grant_index_free(&index);
    assert_int_equal(grants_find(grants, "home.example.com", &g, &found, &err), -1);
    assert_false(found);
    assert_int_equal(grants_find(grants, "cam.example.com", &g, &found, &err), 0);
    assert_true(found);
    grant_clear(&g);
    assert_int_equal(grants_find(grants, "none.example.com", &g, &found, &err), 0);
    assert_false(found);
    put("new.example.com", "example.com", "home", 200);
    index = make();
    serves(index, "home.example.com", "new.example.com");
    grant_index_free(&index);
}

static void test_leaves_out(void **state)
{
    char fqdn[FQDN_MAX] = "";
    size_t count = 0;
    (void)state;
    put("home.example.com", "example.com", "home,www,", 100);
    put("www.example.com", "example.com", "www", 200);
    struct grant_index *index = make();
    const struct grant_entry *entries = grant_index_entries(index, &count);
    assert_true(grant_index_leaves_out(index, &entries[0], "example.com", "home", fqdn));
    assert_string_equal(fqdn, "example.com");
    /* www is not its any more */
    assert_false(grant_index_leaves_out(index, &entries[0], "example.com", "home,", fqdn));
    assert_true(grant_index_leaves_out(index, &entries[0], "home.example.com", "", fqdn));
    grant_index_free(&index);
}

static void check_hosts(const char *id, const char *hosts)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;
    assert_int_equal(grants_load(grants, id, &g, &found, &err), 0);
    assert_int_equal(found, hosts != NULL);
    if (hosts) {
        assert_string_equal(g.hosts, hosts);
        assert_string_equal(g.refresh_token, "refresh-SECRET-0123456789abcdef");
    }
    grant_clear(&g);
}

static void test_drop_hosts(void **state)
{
    struct error err = { 0 };
    (void)state;
    put("home.example.com", "example.com", "home,www,", 100);
    assert_int_equal(grants_drop_hosts(grants, "home.example.com", "home,x", &err), 0);
    check_hosts("home.example.com", "www,");
    struct grant g = load("home.example.com");
    assert_int_equal(g.generation, 2);
    grant_clear(&g);
    assert_int_equal(grants_drop_hosts(grants, "home.example.com", "y", &err), 0);
    g = load("home.example.com");
    assert_int_equal(g.generation, 2); /* nothing to do, nothing written */
    grant_clear(&g);
    assert_int_equal(grants_drop_hosts(grants, "home.example.com", ",www", &err), 0);
    check_hosts("home.example.com", NULL);
    assert_int_equal(access(scratch_path(&s, "grants/home.example.com"), F_OK), -1);
    assert_int_equal(grants_drop_hosts(grants, "home.example.com", "www", &err), 0);
}

/* Whoever refreshes it must not find its record changed below. */
static void test_drop_needs_the_lock(void **state)
{
    struct error err = { 0 };
    (void)state;
    put("home.example.com", "example.com", "home,www", 100);
    struct grant_lock *lock = grants_lock(grants, "home.example.com", &err);
    assert_int_equal(grants_drop_hosts(grants, "home.example.com", "home", &err), -1);
    assert_int_equal(err.class, ERR_TEMP);
    grants_unlock(&lock);
    check_hosts("home.example.com", "home,www");
}

static void test_forget_host(void **state)
{
    struct error err = { 0 };
    (void)state;
    put("home.example.com", "example.com", "home,www", 100);
    put("www.example.com", "example.com", "www", 200);
    put("bad.example.com", "example.com", "bad", 200);
    spoil("bad.example.com");
    assert_int_equal(grants_forget_host(grants, "www.example.com", &err), 0);
    check_hosts("home.example.com", "home");
    check_hosts("www.example.com", NULL);
    assert_int_equal(grants_forget_host(grants, "bad.example.com", &err), 0);
    check_hosts("bad.example.com", NULL);
    assert_int_equal(grants_forget_host(grants, "none.example.com", &err), 0);
    check_hosts("home.example.com", "home");
}

static void test_setup_name(void **state)
{
    char name[FQDN_MAX] = "";
    struct grant g = example();
    (void)state;
    snprintf(g.id, sizeof(g.id), "home.example.com");
    assert_string_equal(grant_setup_name(&g, name), "home.example.com");
    mem_free(g.hosts);
    g.hosts = text(",www");
    assert_string_equal(grant_setup_name(&g, name), "example.com");
    mem_free(g.hosts);
    g.hosts = NULL;
    assert_string_equal(grant_setup_name(&g, name), "home.example.com");
    grant_clear(&g);
}

/* Out of memory from anywhere on: no index, rather than one that knows less. */
static void test_without_memory(void **state)
{
    struct grant_index *index = NULL;
    int n = 0;
    (void)state;
    put("home.example.com", "example.com", "home,www,", 100);
    put("www.example.com", "example.com", "www", 200);
    while (!index && n < 10000) {
        struct error err = { 0 };
        rig_fail_alloc(++n, true);
        index = grant_index_new(grants, &err);
        rig_fail_alloc(0, false);
        assert_int_equal(err.class, index ? ERR_NONE : ERR_LOCAL);
    }
    assert_true(n > 20);
    serves(index, "www.example.com", "www.example.com");
    serves(index, "example.com", "home.example.com");
    grant_index_free(&index);
}

/* More than fit in the first rooms of its tables. */
static void test_many(void **state)
{
    char id[64] = "", host[32] = "";
    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(host, sizeof(host), "h%d,g%d", i, i);
        snprintf(id, sizeof(id), "h%d.example.com", i);
        put(id, "example.com", host, 100);
    }
    struct grant_index *index = make();
    for (int i = 0; i < 300; i++) {
        char fqdn[64] = "";
        snprintf(id, sizeof(id), "h%d.example.com", i);
        serves(index, id, id);
        snprintf(fqdn, sizeof(fqdn), "g%d.example.com", i);
        serves(index, fqdn, id);
    }
    grant_index_free(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_who_serves),
        WITH_FOLDER(test_id_is_no_promise),
        WITH_FOLDER(test_same_age),
        WITH_FOLDER(test_unreadable),
        WITH_FOLDER(test_leaves_out),
        WITH_FOLDER(test_drop_hosts),
        WITH_FOLDER(test_drop_needs_the_lock),
        WITH_FOLDER(test_forget_host),
        WITH_FOLDER(test_setup_name),
        WITH_FOLDER(test_without_memory),
        WITH_FOLDER(test_many),
    };
    rig_use_memory();
    return cmocka_run_group_tests_name("grant index", tests, NULL, NULL);
}
