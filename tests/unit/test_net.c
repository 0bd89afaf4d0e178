/* The loop: timers, descriptors, posted functions, waking, freeing; from one thread and from many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "dcddns/plugin.h"
#include "net/net.h"
#include "platform/os.h"

static struct os_calls real_os;
static struct mem_calls real_mem;
static int64_t fake_ms;

static int64_t fake_boot_ms(void)
{
    return fake_ms;
}

static int restore(void **state)
{
    (void)state;
    os = real_os;
    mem_calls = real_mem;
    return 0;
}

static int setup(void **state)
{
    fake_ms = 1000;
    *state = net_new(NULL, NULL);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    struct net *net = *state;
    net_free(&net);
    return restore(state);
}

/* What happened, in order, one letter each. */
struct diary {
    struct net *net;
    char text[256];
    struct net_timer *timer[4];
    struct net_watch *watch[4];
    int fds[4][2];
};

static void note(struct diary *diary, char what)
{
    size_t len = strlen(diary->text);
    assert_true(len + 1 < sizeof(diary->text));
    diary->text[len] = what;
}

/* -- timers ----------------------------------------------------------------------------------- */

static void on_a(void *ctx)
{
    note(ctx, 'a');
}

static void on_b(void *ctx)
{
    note(ctx, 'b');
}

static void on_c(void *ctx)
{
    note(ctx, 'c');
}

static void test_timers_run_when_due_and_in_order(void **state)
{
    struct diary d = { .net = *state };
    os.boot_ms = fake_boot_ms;
    d.timer[0] = net_timer_add(d.net, 1300, on_c, &d);
    d.timer[1] = net_timer_add(d.net, 1100, on_a, &d);
    d.timer[2] = net_timer_add(d.net, 1200, on_b, &d);
    d.timer[3] = net_timer_add(d.net, 1200, on_c, &d); /* after b: added later */
    net_turn(d.net, 0);
    assert_string_equal(d.text, "");
    fake_ms = 1100;
    net_turn(d.net, 0);
    assert_string_equal(d.text, "a");
    net_timer_cancel(d.net, &d.timer[0]);
    assert_null(d.timer[0]);
    net_timer_cancel(d.net, &d.timer[0]);
    fake_ms = 5000;
    net_turn(d.net, -1);
    assert_string_equal(d.text, "abc");
}

static void test_timer_ends_the_wait(void **state)
{
    struct diary d = { .net = *state };
    int64_t before = os.boot_ms();
    assert_non_null(net_timer_add(d.net, before + 60, on_a, &d));
    for (int i = 0; i < 10 && d.text[0] == '\0'; i++)
        net_turn(d.net, -1);
    assert_string_equal(d.text, "a");
    assert_in_range(os.boot_ms() - before, 60, 2000);
}

/* Cancels itself (too late), another one that is due, and adds one that is due at once. */
static void on_tangle(void *ctx)
{
    struct diary *d = ctx;
    note(d, 't');
    net_timer_cancel(d->net, &d->timer[0]);
    net_timer_cancel(d->net, &d->timer[1]);
    d->timer[2] = net_timer_add(d->net, 0, on_b, d);
}

static void test_timers_from_timers(void **state)
{
    struct diary d = { .net = *state };
    os.boot_ms = fake_boot_ms;
    d.timer[0] = net_timer_add(d.net, 900, on_tangle, &d);
    d.timer[1] = net_timer_add(d.net, 950, on_a, &d);
    net_turn(d.net, 0);
    assert_string_equal(d.text, "t"); /* the new one waits for the next turn */
    net_turn(d.net, -1);
    assert_string_equal(d.text, "tb");
}

static void on_nested(void *ctx)
{
    struct diary *d = ctx;
    note(d, '(');
    net_turn(d->net, 0);
    note(d, ')');
}

static void test_turn_inside_a_callback(void **state)
{
    struct diary d = { .net = *state };
    os.boot_ms = fake_boot_ms;
    d.timer[0] = net_timer_add(d.net, 900, on_nested, &d);
    d.timer[1] = net_timer_add(d.net, 950, on_a, &d);
    net_turn(d.net, 0);
    assert_string_equal(d.text, "(a)");
}

/* -- descriptors ------------------------------------------------------------------------------ */

static void open_pairs(struct diary *d)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, d->fds[i]), 0);
}

static void close_pairs(struct diary *d)
{
    for (int i = 0; i < 4; i++) {
        close(d->fds[i][0]);
        close(d->fds[i][1]);
    }
}

static void send_byte(struct diary *d, int pair)
{
    assert_int_equal(write(d->fds[pair][1], "x", 1), 1);
}

static void on_ready(void *ctx, int fd, int ready)
{
    struct diary *d = ctx;
    char byte = 0;
    for (int i = 0; i < 4; i++) {
        if (d->fds[i][0] == fd)
            note(d, (char)('0' + i));
    }
    if (ready & DCDDNS_READ)
        note(d, read(fd, &byte, 1) == 1 ? 'r' : 'e');
    if (ready & DCDDNS_WRITE)
        note(d, 'w');
}

static void test_watches(void **state)
{
    struct diary d = { .net = *state };
    open_pairs(&d);
    d.watch[0] = net_watch_add(d.net, d.fds[0][0], DCDDNS_READ, on_ready, &d);
    net_turn(d.net, 0);
    assert_string_equal(d.text, "");
    send_byte(&d, 0);
    send_byte(&d, 1);
    net_turn(d.net, -1);
    assert_string_equal(d.text, "0r");
    d.watch[1] = net_watch_add(d.net, d.fds[1][0], DCDDNS_READ | DCDDNS_WRITE, on_ready, &d);
    net_turn(d.net, -1);
    assert_string_equal(d.text, "0r1rw");
    net_watch_remove(d.net, &d.watch[1]);
    assert_null(d.watch[1]);
    net_watch_remove(d.net, &d.watch[1]);
    shutdown(d.fds[0][1], SHUT_RDWR); /* the end is told as readable */
    net_turn(d.net, -1);
    assert_string_equal(d.text, "0r1rw0e");
    net_watch_remove(d.net, &d.watch[0]);
    close_pairs(&d);
}

/* Removes itself and both neighbours, adds another one. */
static void on_remove_all(void *ctx, int fd, int ready)
{
    struct diary *d = ctx;
    (void)fd;
    (void)ready;
    note(d, 'R');
    for (int i = 0; i < 3; i++)
        net_watch_remove(d->net, &d->watch[i]);
    if (!d->watch[3])
        d->watch[3] = net_watch_add(d->net, d->fds[3][0], DCDDNS_READ, on_ready, d);
}

static void test_watches_from_watches(void **state)
{
    struct diary d = { .net = *state };
    open_pairs(&d);
    for (int i = 0; i < 3; i++) {
        d.watch[i] = net_watch_add(d.net, d.fds[i][0], DCDDNS_READ, on_remove_all, &d);
        send_byte(&d, i);
    }
    send_byte(&d, 3);
    net_turn(d.net, -1);
    assert_string_equal(d.text, "R"); /* whichever came first; the others are gone */
    net_turn(d.net, -1);
    assert_string_equal(d.text, "R3r");
    close_pairs(&d);
}

static void test_many_watches(void **state)
{
    enum { COUNT = 1200 }; /* more than there was room for at first */
    struct diary d = { .net = *state };
    static struct net_watch *watches[COUNT];
    open_pairs(&d);
    for (int i = 0; i < COUNT; i++) {
        watches[i] = net_watch_add(d.net, d.fds[i % 4][0], DCDDNS_READ, on_ready, &d);
        assert_non_null(watches[i]);
    }
    net_turn(d.net, 0);
    assert_string_equal(d.text, "");
    for (int i = 1; i < COUNT; i++)
        net_watch_remove(d.net, &watches[i]);
    send_byte(&d, 0);
    net_turn(d.net, -1);
    assert_string_equal(d.text, "0r");
    close_pairs(&d); /* the last watch goes with the net */
}

/* -- posted functions, waking ----------------------------------------------------------------- */

static void on_post_again(void *ctx)
{
    struct diary *d = ctx;
    note(d, 'p');
    assert_true(net_post(d->net, on_a, d));
}

static void test_posts_run_in_order(void **state)
{
    struct diary d = { .net = *state };
    assert_true(net_post(d.net, on_b, &d));
    assert_true(net_post(d.net, on_post_again, &d));
    assert_true(net_post(d.net, on_c, &d));
    assert_string_equal(d.text, "");
    net_turn(d.net, -1);
    assert_string_equal(d.text, "bpc");
    net_turn(d.net, -1);
    assert_string_equal(d.text, "bpca");
}

struct prepared {
    struct net_posted posted;
    struct diary *diary;
    char letter;
};

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

/* Needs no memory, may be freed by its function, is refused by a net that closes. */
static void on_prepared(void *arg)
{
    struct prepared *p = arg;
    note(p->diary, p->letter);
    if (p->letter == 'z')
        assert_false(net_post_prepared(p->diary->net, &p->posted));
    free(p);
}

static struct net_posted *prepared(struct diary *d, char letter)
{
    struct prepared *p = calloc(1, sizeof(*p));
    *p = (struct prepared){ { .fn = on_prepared, .arg = p }, d, letter };
    return &p->posted;
}

static void test_prepared_posts(void **state)
{
    struct diary d = { .net = net_new(NULL, NULL) };
    (void)state;
    mem_calls.alloc = no_memory;
    assert_false(net_post(d.net, on_a, &d));
    assert_true(net_post_prepared(d.net, prepared(&d, 'x')));
    assert_true(net_post_prepared(d.net, prepared(&d, 'y')));
    mem_calls = real_mem;
    assert_true(net_post(d.net, on_a, &d));
    net_turn(d.net, -1);
    assert_string_equal(d.text, "xya");
    assert_true(net_post_prepared(d.net, prepared(&d, 'z')));
    struct net *net = d.net;
    net_free(&net);
    assert_string_equal(d.text, "xyaz");
}

static void on_post_nested(void *ctx)
{
    struct diary *d = ctx;
    note(d, '(');
    net_turn(d->net, 0);
    note(d, ')');
}

static void test_turn_inside_a_posted_function(void **state)
{
    struct diary d = { .net = *state };
    assert_true(net_post(d.net, on_post_nested, &d));
    assert_true(net_post(d.net, on_a, &d));
    net_turn(d.net, -1);
    assert_string_equal(d.text, "(a)");
}

static void *post_later(void *arg)
{
    struct timespec soon = { .tv_nsec = 50 * 1000 * 1000 };
    struct diary *d = arg;
    nanosleep(&soon, NULL);
    assert_true(net_post(d->net, on_a, d));
    return NULL;
}

static void test_a_post_wakes(void **state)
{
    struct diary d = { .net = *state };
    pthread_t thread;
    int64_t before = os.boot_ms();
    assert_int_equal(pthread_create(&thread, NULL, post_later, &d), 0);
    net_turn(d.net, 30 * 1000);
    assert_true(os.boot_ms() - before < 10 * 1000);
    pthread_join(thread, NULL);
}

enum { THREADS = 4, POSTS = 2000 };

struct poster {
    struct net *net;
    int done, last; /* of the net's thread */
    int refused;    /* of the poster's */
    pthread_t thread;
    struct item {
        struct poster *poster;
        int number;
    } items[POSTS];
};

static void on_item(void *arg)
{
    struct item *item = arg;
    assert_int_equal(item->number, item->poster->last + 1); /* in order */
    item->poster->last = item->number;
    item->poster->done++;
}

static void *post_all(void *arg)
{
    struct poster *poster = arg;
    for (int i = 0; i < POSTS; i++) {
        poster->items[i] = (struct item){ .poster = poster, .number = i + 1 };
        if (!net_post(poster->net, on_item, &poster->items[i]))
            poster->refused++;
    }
    return NULL;
}

static struct poster *start_posters(struct net *net)
{
    struct poster *posters = calloc(THREADS, sizeof(*posters));
    for (int i = 0; i < THREADS; i++) {
        posters[i].net = net;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
    return posters;
}

static void test_posts_from_many_threads(void **state)
{
    struct poster *posters = start_posters(*state);
    for (int i = 0; i < THREADS; i++) {
        while (posters[i].done < POSTS)
            net_turn(*state, -1);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(posters[i].thread, NULL);
        assert_int_equal(posters[i].refused, 0);
    }
    free(posters);
}

/* What was accepted has run when net_free() returns; what comes later is refused.  The stopper
 * keeps the threads away from the net once it is gone. */
struct closing {
    struct net *net;
    atomic_int accepted, stop;
    int ran;
};

static void on_closing(void *arg)
{
    struct closing *closing = arg;
    closing->ran++;
}

static void *post_until_refused(void *arg)
{
    struct closing *closing = arg;
    while (!atomic_load(&closing->stop)) {
        if (!net_post(closing->net, on_closing, closing))
            break;
        atomic_fetch_add(&closing->accepted, 1);
    }
    return NULL;
}

static void on_last_turn(void *ctx)
{
    struct closing *closing = ctx;
    atomic_store(&closing->stop, 1);
}

static void test_free_runs_what_was_posted(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct closing closing = { .net = net_new(NULL, NULL) };
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, post_until_refused, &closing), 0);
        net_turn(closing.net, 5);
        assert_true(net_post(closing.net, on_last_turn, &closing));
        while (!atomic_load(&closing.stop))
            net_turn(closing.net, 5);
        pthread_join(thread, NULL);
        assert_true(net_post(closing.net, on_closing, &closing));
        net_free(&closing.net);
        assert_int_equal(closing.ran, atomic_load(&closing.accepted) + 1);
    }
}

struct late {
    struct net *net;
    int ran;
};

static void on_late(void *arg)
{
    struct late *late = arg;
    struct diary d = { .net = late->net };
    late->ran++;
    assert_false(net_post(late->net, on_late, late));
    assert_null(net_timer_add(late->net, 0, on_a, &d));
    assert_null(net_watch_add(late->net, 0, DCDDNS_READ, on_ready, &d));
    net_turn(late->net, -1); /* does not wait */
}

static void test_nothing_starts_while_closing(void **state)
{
    struct late late = { .net = net_new(NULL, NULL) };
    (void)state;
    assert_true(net_post(late.net, on_late, &late));
    struct net *net = late.net;
    net_free(&net);
    assert_null(net);
    assert_int_equal(late.ran, 1);
    net_free(&net); /* NULL is fine */
}

static void test_free_with_timers_and_watches(void **state)
{
    struct diary d = { .net = *state };
    (void)state;
    d.net = net_new(NULL, NULL);
    open_pairs(&d);
    d.timer[0] = net_timer_add(d.net, os.boot_ms() + 60000, on_a, &d);
    d.watch[0] = net_watch_add(d.net, d.fds[0][0], DCDDNS_READ, on_ready, &d);
    net_turn(d.net, 0);
    net_timer_cancel(d.net, &d.timer[0]);
    d.timer[1] = net_timer_add(d.net, os.boot_ms() + 60000, on_a, &d);
    net_free(&d.net);
    assert_string_equal(d.text, "");
    close_pairs(&d);
}

/* -- no memory -------------------------------------------------------------------------------- */

static int allocations_left;

static void *scarce_alloc(size_t size)
{
    return allocations_left-- > 0 ? real_mem.alloc(size) : NULL;
}

static void *no_resize(void *old, size_t size)
{
    (void)old;
    (void)size;
    return NULL;
}

static void test_out_of_memory(void **state)
{
    struct diary d = { .net = *state };
    int good = 0;
    for (int i = 0; i < 200 && !good; i++) {
        struct error err = { 0 };
        allocations_left = i;
        mem_calls.alloc = scarce_alloc;
        struct net *net = net_new(NULL, &err);
        good = net != NULL;
        assert_int_equal(err.class, good ? ERR_NONE : ERR_LOCAL);
        net_free(&net);
    }
    assert_true(good);
    allocations_left = 0;
    assert_false(net_post(d.net, on_a, &d));
    assert_null(net_timer_add(d.net, 0, on_a, &d));
    assert_null(net_watch_add(d.net, 0, DCDDNS_READ, on_ready, &d));
    restore(NULL);

    open_pairs(&d); /* descriptors beyond what can be waited for: told, never a spin or a crash */
    int added = 0;
    mem_calls.resize = no_resize;
    while (added < 3000 && net_watch_add(d.net, d.fds[0][0], DCDDNS_READ, on_ready, &d))
        added++;
    assert_in_range(added, 0, 2999);
    restore(NULL);
    close_pairs(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_timers_run_when_due_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timer_ends_the_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_from_timers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turn_inside_a_callback, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watches_from_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_posts_run_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turn_inside_a_posted_function, setup, teardown),
        cmocka_unit_test_teardown(test_prepared_posts, restore),
        cmocka_unit_test_setup_teardown(test_a_post_wakes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_posts_from_many_threads, setup, teardown),
        cmocka_unit_test(test_free_runs_what_was_posted),
        cmocka_unit_test(test_nothing_starts_while_closing),
        cmocka_unit_test(test_free_with_timers_and_watches),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
    };
    real_os = os;
    real_mem = mem_calls;
    if (net_global_init(NULL) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    net_global_cleanup();
    return failed;
}
