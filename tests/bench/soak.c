/* Update cycles by the hundred thousand in one process: a hundred hosts whose address changes again
 * and again, in simulated time, on real memory and a real disk.  What is held after the first half
 * is what may be held at the end.  usage: bench_soak [CYCLES] */
#include <dirent.h>

#include "unit/engine_world.h"

enum { HOSTS = 100, MINUTE_MS = 60 * 1000 };

static long cycles = 20000;
static int tokens;
static long applies;
static char body[256];

static void answer(const struct rig_request *r, struct http_answer *out)
{
    char refresh[64] = "";
    if (!rig_is_token(r)) {
        applies++;
        rig_reply(out, 200, "");
        return;
    }
    snprintf(refresh, sizeof(refresh), "refresh-%d-x", tokens);
    assert_true(tokens == 0 || strstr(r->post, refresh)); /* never an old one */
    tokens++;
    snprintf(body, sizeof(body),
             "{\"access_token\":\"access-%d-x\",\"refresh_token\":\"refresh-%d-x\","
             "\"expires_in\":3600,\"token_type\":\"Bearer\"}",
             tokens, tokens);
    rig_reply(out, 200, body);
}

/* One grant for all hosts. */
static void make_grant(void)
{
    struct error err = { 0 };
    struct buf hosts = BUF_MAX(8192);
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    assert_non_null(mine);
    for (int i = 0; i < HOSTS; i++)
        buf_printf(&hosts, "%sh%d", i ? "," : "", i);
    mem_free(g.hosts);
    g.hosts = text(buf_text(&hosts));
    grant_store(mine, "h0.example.com", &g);
    grant_clear(&g);
    grants_close(&mine);
    buf_free(&hosts);
}

static void start_daemon(void)
{
    struct buf config = BUF_MAX(64 * 1024);
    buf_puts(&config, WORLD_CORE);
    for (int i = 0; i < HOSTS; i++)
        buf_printf(&config, "[host h%d.example.com]\n", i);
    assert_true(buf_ok(&config));
    world_daemon(buf_text(&config));
    buf_free(&config);
}

static long resident_kib(void)
{
    char line[128] = "";
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (kib == 0 && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    }
    assert_int_equal(fclose(file), 0);
    return kib;
}

static long descriptors(void)
{
    long count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void change(long round)
{
    char v4[32] = "";
    snprintf(v4, sizeof(v4), "9.%ld.%ld.1", 1 + round / 250 % 250, round % 250);
    rig_set(0, RIG_SAY, v4, "2a00:1450::1");
    rig_set(1, RIG_SAY, v4, "2a00:1450::1");
    world_pass((int64_t)10 * MINUTE_MS);
    assert_int_equal(applies, (round + 1) * HOSTS);
    assert_ip(&world_record("h0.example.com")->v4.published, v4);
    assert_ip(&world_record("h99.example.com")->v4.published, v4);
}

static void test_soak(void **state)
{
    const long rounds = cycles / HOSTS, warm = rounds / 2;
    long kib = 0, fds = 0;
    int64_t began = rig_real_ms();
    (void)state;
    rig_http.handle = answer;
    make_grant();
    start_daemon();
    for (long round = 0; round < rounds; round++) {
        change(round);
        if (round != warm)
            continue;
        kib = resident_kib();
        fds = descriptors();
    }
    print_message("  %ld updates, %d refreshes, %lld s: %ld to %ld KiB, %ld to %ld descriptors\n",
                  applies, tokens, (long long)(rig_real_ms() - began) / 1000, kib, resident_kib(),
                  fds, descriptors());
    assert_true(resident_kib() <= kib + kib / 50);
    assert_int_equal(descriptors(), fds);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { WITH_WORLD(test_soak) };
    if (argc > 1)
        cycles = strtol(argv[1], NULL, 10);
    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
