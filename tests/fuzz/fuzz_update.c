/* Updates and refreshes of one grant against a provider that rotates refresh tokens, under faults
 * that the input chooses: each step is eight bytes that say what the provider answers, which calls
 * of the seams fail (memory, files, random numbers), how much time passes, and whether the program
 * is started again.
 *
 * What must hold whatever fails: no refresh token is sent that is older than one this program has
 * on disk or in memory (RFC 9700, 4.14.2); what was on disk stays there; an access token is on disk
 * before it is used, unless a call failed; nobody's descriptor or memory is left; and when
 * everything works again, so does the grant, unless its newest token never reached us. */
#include "fuzz.h"

#include <dirent.h>

#include "unit/update_rig.h"

enum { STEP_BYTES = 8, STEPS_MAX = 12, TURNS_MAX = 400, GRACE = 5 * SECOND, NAME = 32 };

/* -- the provider ------------------------------------------------------------------------------ */

enum answer {
    ANSWER_GOOD,
    ANSWER_500,
    ANSWER_429,
    ANSWER_400,
    ANSWER_LOST_BEFORE,
    ANSWER_LOST_AFTER,
    ANSWER_GARBLED,
    ANSWER_KEEPS, /* a grant without a new refresh token */
    ANSWER_KINDS
};

static struct {
    int newest, access;
    int64_t rotated_ms;
    bool revoked;
} provider;

/* -- what the input says ----------------------------------------------------------------------- */

static struct {
    enum answer answer;
    int answers; /* token requests it holds for; then ANSWER_GOOD */
    int apply_status;
    uint32_t seed;           /* of the faults below */
    unsigned disk, memory;   /* of 256: how many calls fail; 0 = none */
    unsigned writes_left;    /* then every write fails, when DISK_ENDS */
    bool disk_ends, starved; /* STARVED: from the first failing allocation on, all fail */
} step;

static bool calm;         /* no faults: the harness itself is at work */
static bool save_refused; /* perhaps: a call failed since the grant was made */
static int known;         /* newest refresh token this process has stored or kept */
static int durable;       /* newest one seen on disk */

static bool chance(unsigned of_256)
{
    step.seed = step.seed * 1664525U + 1013904223U;
    return of_256 > 0 && (step.seed >> 24) < of_256;
}

static bool memory_fails(void)
{
    if (calm || step.memory == 0)
        return false;
    if (chance(step.memory / 8)) {
        save_refused = true;
        if (step.starved)
            step.memory = 256 * 8;
        return true;
    }
    return false;
}

static void *faulty_alloc(size_t size)
{
    return memory_fails() ? NULL : malloc(size);
}

static void *faulty_resize(void *block, size_t size)
{
    return memory_fails() ? NULL : realloc(block, size);
}

/* 0, or the errno of a file call that fails. */
static int disk_fails(bool writes)
{
    static const int codes[] = {
        -EIO, -ENOSPC, -EMFILE, -EACCES, -EINTR, -ENOMEM, -EROFS, -EDQUOT
    };
    bool fails = !calm && chance(step.disk / 8);
    if (!calm && writes && step.disk_ends) {
        fails = fails || step.writes_left == 0;
        step.writes_left -= step.writes_left > 0;
    }
    save_refused = save_refused || fails;
    return fails ? codes[(step.seed >> 16) % (sizeof(codes) / sizeof(codes[0]))] : 0;
}

#define FAULTY(writes, call)                                                                       \
    int code = disk_fails(writes);                                                                 \
    return code < 0 ? code : (call)

static int faulty_open(struct os_dir *dir, const char *name, int how, struct os_file **file)
{
    FAULTY(how == OS_CREATE, rig_real.open(dir, name, how, file));
}
static int faulty_stat(struct os_file *file, struct os_stat *st)
{
    FAULTY(false, rig_real.stat(file, st));
}
static int64_t faulty_read(struct os_file *file, void *data, size_t len)
{
    FAULTY(false, rig_real.read(file, data, len));
}
static int64_t faulty_write(struct os_file *file, const void *data, size_t len)
{
    FAULTY(true, rig_real.write(file, data, chance(step.disk) && !calm ? (len + 1) / 2 : len));
}
static int faulty_seek(struct os_file *file)
{
    FAULTY(false, rig_real.seek_start(file));
}
static int faulty_sync(struct os_file *file)
{
    (void)file; /* nobody pulls the plug here */
    return disk_fails(true);
}
static int faulty_sync_dir(struct os_dir *dir)
{
    (void)dir;
    return disk_fails(true);
}
static int faulty_close(struct os_file *file)
{
    int code = disk_fails(false);
    int rc = rig_real.close(file);
    return code < 0 ? code : rc;
}
static int faulty_rename(struct os_dir *dir, const char *from, const char *to)
{
    FAULTY(true, rig_real.rename(dir, from, to));
}
static int faulty_link(struct os_dir *dir, const char *from, const char *to)
{
    FAULTY(true, rig_real.link(dir, from, to));
}
static int faulty_unlink(struct os_dir *dir, const char *name)
{
    FAULTY(true, rig_real.unlink(dir, name));
}
static int faulty_lock(struct os_file *file)
{
    FAULTY(false, rig_real.lock(file));
}
static int faulty_random(void *out, size_t len)
{
    FAULTY(false, rig_os_random(out, len));
}

/* -- what is known ----------------------------------------------------------------------------- */

static int number_in(const char *words, const char *mark)
{
    const char *at = strstr(words, mark);
    return at ? rig_number(at + strlen(mark)) : -1;
}

/* Looks past the faults; also counts for KNOWN and DURABLE. */
static struct grant look(void)
{
    const bool was = calm;
    calm = true;
    struct grant g = grant_of(grants, ID);
    calm = was;
    const int stored = number_in(g.refresh_token, "refresh-");
    FUZZ_CHECK(stored >= durable); /* what was on disk stays there */
    durable = stored;
    known = known > stored ? known : stored;
    return g;
}

static void look_around(void)
{
    struct grant g = look();
    grant_clear(&g);
    const struct grant *held = held_find(updater, ID);
    const int number = held ? number_in(held->refresh_token, "refresh-") : 0;
    known = known > number ? known : number;
}

/* -- the provider's answers -------------------------------------------------------------------- */

static void issue(struct http_answer *out, bool with_refresh)
{
    static char body[256];
    char refresh[64] = "";
    provider.access++;
    if (with_refresh)
        snprintf(refresh, sizeof(refresh), ",\"refresh_token\":\"refresh-%d-x\"", provider.newest);
    snprintf(body, sizeof(body), "{\"expires_in\":3600,\"access_token\":\"access-%d-x\"%s}",
             provider.access, refresh);
    rig_reply(out, 200, body);
}

static void redeem(int sent, bool keeps, struct http_answer *out)
{
    const bool in_grace =
        sent == provider.newest - 1 && rig_boot_ms() - provider.rotated_ms <= GRACE;
    if (provider.revoked || (sent != provider.newest && !in_grace)) {
        provider.revoked = true;
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
        return;
    }
    if (sent == provider.newest && !keeps) {
        provider.newest++;
        provider.rotated_ms = rig_boot_ms();
    }
    issue(out, !keeps || in_grace);
}

static void on_token(const struct rig_request *r, struct http_answer *out)
{
    const enum answer answer = step.answers > 0 ? step.answer : ANSWER_GOOD;
    int sent = number_in(r->post, "refresh-");
    if (sent < 0)
        sent = number_in(r->url, "refresh-");
    look_around();
    FUZZ_CHECK(sent >= known); /* the one that matters */
    step.answers -= step.answers > 0;
    rig_pass(300);
    if (answer == ANSWER_500 || answer == ANSWER_429)
        rig_reply(out, answer == ANSWER_500 ? 500 : 429, "");
    else if (answer == ANSWER_400)
        rig_reply(out, 400, "{\"error\":\"invalid_request\"}");
    else if (answer != ANSWER_LOST_BEFORE)
        redeem(sent, answer == ANSWER_KEEPS, out);
    if (answer == ANSWER_GARBLED)
        rig_reply(out, 200, "{\"access_token\":\"acc");
    if (answer == ANSWER_LOST_BEFORE || answer == ANSWER_LOST_AFTER)
        rig_silence(out);
}

static void on_apply(const struct rig_request *r, struct http_answer *out)
{
    const int bearer = number_in(r->bearer, "access-");
    struct grant g = look();
    /* store, then use */
    FUZZ_CHECK(save_refused || bearer == number_in(g.access_token, "access-"));
    grant_clear(&g);
    rig_reply(out, bearer == provider.access ? step.apply_status : 401, "");
}

static void endpoint(const struct rig_request *r, struct http_answer *out)
{
    calm = true; /* the provider's memory is its own */
    if (rig_is_token(r))
        on_token(r, out);
    else
        on_apply(r, out);
    calm = false;
}

/* -- our side ---------------------------------------------------------------------------------- */

static void consent(void)
{
    struct grant g = grant_example();
    char name[NAME] = "";

    provider.newest = provider.access = 1;
    provider.rotated_ms = rig_boot_ms();
    provider.revoked = false;
    mem_free_secret(g.access_token);
    mem_free_secret(g.refresh_token);
    snprintf(name, sizeof(name), "access-%d-x", provider.access);
    g.access_token = text(name);
    snprintf(name, sizeof(name), "refresh-%d-x", provider.newest);
    g.refresh_token = text(name);
    grant_store(grants, ID, &g);
    grant_clear(&g);
    known = durable = 1;
    save_refused = false;
}

/* Time jumps to whatever the update waits for. */
static void wait_for(const struct ended *e)
{
    for (int i = 0; i < TURNS_MAX && e->count == 0; i++) {
        net_turn(net, 0);
        const struct net_timer *first = net_timers(net)->first;
        if (e->count == 0 && first && first->due > rig_boot_ms())
            rig_pass(first->due - rig_boot_ms());
    }
    FUZZ_CHECK(e->count == 1);
}

static enum outcome_kind attempt(enum update_what what)
{
    const struct update_request request = {
        .what = what, .grant = ID, .fqdn = ID, .v4 = ip("8.8.4.4"), .v6 = ip("2a00:1450::1")
    };
    struct ended e = { 0 };
    calm = false;
    if (update_start(updater, &request, on_end, &e))
        wait_for(&e);
    calm = true;
    look_around();
    return e.count > 0 ? e.outcome.kind : OUTCOME_STOPPED;
}

/* A new process: what was only in memory is gone, for good when the disk refuses to the last. */
static void restart(void)
{
    calm = false;
    updater_free(&updater);
    calm = true;
    updater_down();
    rig_pass(SECOND);
    updater_up();
    known = 0;
    look_around();
}

static void read_step(struct fuzz_input *in)
{
    const uint8_t answer = fuzz_byte(in), apply = fuzz_byte(in), faults = fuzz_byte(in);
    const uint8_t time = fuzz_byte(in);
    static const int statuses[] = { 200, 200, 401, 500, 409, 403 };
    memset(&step, 0, sizeof(step));
    step.answer = (enum answer)(answer % ANSWER_KINDS);
    step.answers = answer >> 5;
    step.apply_status = statuses[apply % (sizeof(statuses) / sizeof(statuses[0]))];
    step.disk_ends = faults & 1;
    step.starved = faults & 2;
    step.writes_left = faults >> 4;
    step.disk = faults & 4 ? 1 + (unsigned)fuzz_byte(in) : 0;
    step.memory = faults & 8 ? 1 + (unsigned)fuzz_byte(in) : 0;
    step.seed = (uint32_t)fuzz_byte(in) << 8;
    step.seed |= fuzz_byte(in);
    rig_pass((int64_t)(time & 0x7f) * MINUTE);
    if (apply & 0x80)
        restart();
    attempt(time & 0x80 ? UPDATE_KEEP_ALIVE : UPDATE_APPLY);
    rig_forget();
}

/* Four refusals, a revoked family, or a token that never reached us: a person must consent again.
 * Anything else mends itself. */
static void recover(void)
{
    memset(&step, 0, sizeof(step));
    step.apply_status = 200;
    for (int i = 0; i < 4; i++) {
        rig_pass(25 * HOUR);
        const enum outcome_kind kind = attempt(UPDATE_APPLY);
        struct grant g = look();
        const bool over = provider.revoked || g.needs_consent;
        grant_clear(&g);
        if (over || kind == OUTCOME_DONE)
            return;
    }
    FUZZ_FAIL("the grant does not work again");
}

/* -- one input --------------------------------------------------------------------------------- */

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

/* libFuzzer has a thread that looks into /proc now and then. */
static bool closed_all(int files)
{
    for (int i = 0; i < 10; i++) {
        if (open_files() <= files)
            return true;
        usleep(1000);
    }
    return false;
}

static void begin(void)
{
    void *state = NULL;
    calm = true;
    mem_calls = (struct mem_calls){ faulty_alloc, faulty_resize, free };
    FUZZ_CHECK(rig_begin(&state) == 0);
    rig_modules_reset();
    rig_forget();
    os.open = faulty_open;
    os.stat = faulty_stat;
    os.read = faulty_read;
    os.write = faulty_write;
    os.seek_start = faulty_seek;
    os.sync = faulty_sync;
    os.sync_dir = faulty_sync_dir;
    os.close = faulty_close;
    os.rename = faulty_rename;
    os.link = faulty_link;
    os.unlink = faulty_unlink;
    os.lock = faulty_lock;
    os.random = faulty_random;
    updater_up();
    consent();
    rig_http.handle = endpoint;
}

static void finish_all(void)
{
    void *state = NULL;
    updater_down();
    rig_end(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    static bool before; /* what is opened once for all is open after the first input */
    const int files = open_files();

    begin();
    for (int i = 0; i < STEPS_MAX && in.left > 0; i++)
        read_step(&in);
    recover();
    finish_all();
    FUZZ_CHECK(!before || closed_all(files));
    before = true;
    return 0;
}
