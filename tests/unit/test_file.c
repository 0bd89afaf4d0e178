/* Directories and files: what is trusted, what is refused, what every failing call leaves behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "platform/os.h"
#include "unit/as_user.h"
#include "unit/failing_memory.h"
#include "unit/temp_dir.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { STRANGER = 54321 };

static struct os_calls real;
static struct os_dir *dir;

static int set_up(void **state)
{
    struct error err = { 0 };
    if (temp_dir_make(state) != 0)
        return -1;
    dir = os_dir_open(temp_dir, 0, &err);
    return dir ? 0 : -1;
}

static int tear_down(void **state)
{
    os = real;
    failing_memory_off();
    os_dir_close(&dir);
    os_dir_close(&dir);
    return temp_dir_remove(state);
}

static mode_t mode_of(const char *name)
{
    struct stat st = { 0 };
    return lstat(temp_path(name), &st) == 0 ? st.st_mode & 07777 : (mode_t)-1;
}

static uid_t owner_of(const char *name)
{
    struct stat st = { 0 };
    return lstat(temp_path(name), &st) == 0 ? st.st_uid : (uid_t)-1;
}

static int read_file(const char *name, size_t max, char **text)
{
    size_t len = 99;
    int rc = os_read_file(dir, name, max, text, &len, NULL);
    if (rc == 0)
        assert_int_equal(strlen(*text), len);
    else
        assert_null(*text);
    return rc;
}

/* -- directories ------------------------------------------------------------------------------ */

static void opens_and_makes_directories(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_string_equal(os_dir_path(dir), temp_dir);
    assert_null(os_dir_open(temp_path("a/b/c"), 0, &err));
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.text, "a/b/c"));
    assert_non_null(strstr(err.text, "No such file"));
    struct os_dir *deep = os_dir_open(temp_path("a/b/c"), OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    assert_non_null(deep);
    assert_int_equal(mode_of("a"), 0700);
    assert_int_equal(mode_of("a/b/c"), 0700);
    os_dir_close(&deep);
    assert_null(deep);
    deep = os_dir_open(temp_path("a/b/c"), OS_DIR_MAKE, &err);
    assert_non_null(deep);
    os_dir_close(&deep);

    temp_write("file", "", 0600);
    assert_null(os_dir_open(temp_path("file"), 0, &err));
    assert_null(os_dir_open(temp_path("file/x"), OS_DIR_MAKE, &err));
    assert_null(os_dir_open("", OS_DIR_MAKE, &err));
    char longest[PATH_MAX + 10];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    assert_null(os_dir_open(longest, OS_DIR_MAKE, &err));
    assert_null(os_dir_open(longest, 0, NULL)); /* nobody wants to know why */
}

static void modes_do_not_depend_on_the_umask(void **state)
{
    struct error err = { 0 };
    (void)state;
    mode_t old = umask(0077);
    struct os_dir *shared = os_dir_open(temp_path("s/t"), OS_DIR_MAKE | OS_DIR_SHARED, &err);
    struct os_dir *below = os_dir_sub(shared, "u", OS_DIR_MAKE | OS_DIR_SHARED, &err);
    umask(0);
    struct os_dir *private = os_dir_sub(shared, "p", OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    umask(old);
    assert_true(shared && below && private);
    assert_int_equal(mode_of("s"), 0755);
    assert_int_equal(mode_of("s/t"), 0755);
    assert_int_equal(mode_of("s/t/u"), 0755);
    assert_int_equal(mode_of("s/t/p"), 0700);
    os_dir_close(&shared);
    os_dir_close(&below);
    os_dir_close(&private);
}

static void private_means_private(void **state)
{
    static const mode_t bad[] = { 0755, 0750, 0701, 0770, 0710, 0707, 0704 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(mkdir(temp_path("p"), 0700), 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        chmod(temp_path("p"), bad[i]);
        assert_null(os_dir_open(temp_path("p"), OS_DIR_PRIVATE, &err));
        assert_int_equal(err.class, ERR_LOCAL);
        assert_non_null(strstr(err.text, "chmod 700")); /* how to mend it */
        assert_null(os_dir_sub(dir, "p", OS_DIR_PRIVATE, &err));
        struct os_dir *open = os_dir_open(temp_path("p"), 0, &err);
        assert_non_null(open);
        os_dir_close(&open);
    }
    chmod(temp_path("p"), 0700);
    struct os_dir *good = os_dir_sub(dir, "p", OS_DIR_PRIVATE, &err);
    assert_non_null(good);
    assert_string_equal(os_dir_path(good), temp_path("p"));
    os_dir_close(&good);
}

static void opens_directories_below(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_null(os_dir_sub(dir, "sub", 0, &err));
    struct os_dir *sub = os_dir_sub(dir, "sub", OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    assert_non_null(sub);
    assert_int_equal(mode_of("sub"), 0700);
    os_dir_close(&sub);
    assert_int_equal(symlink("sub", temp_path("link")), 0);
    assert_null(os_dir_sub(dir, "link", 0, &err)); /* never through a symbolic link */
    assert_int_equal(err.class, ERR_LOCAL);
    assert_int_equal(os_dir_remove(dir, "sub"), 0);
    assert_int_equal(os_dir_remove(dir, "sub"), -ENOENT);
    mkdir(temp_path("full"), 0700);
    temp_write("full/x", "", 0600);
    assert_int_equal(os_dir_remove(dir, "full"), -ENOTEMPTY);
}

struct listing {
    char names[200];
    int left;
};

static bool note(void *ctx, const char *name)
{
    struct listing *l = ctx;
    strncat(l->names, name, 20);
    strncat(l->names, " ", 2);
    return --l->left > 0;
}

static void lists_in_order(void **state)
{
    struct listing all = { .left = 100 }, two = { .left = 2 }, again = { .left = 100 };
    struct listing none = { .left = 100 };
    (void)state;
    assert_int_equal(os_dir_list(dir, note, &none), 0);
    assert_string_equal(none.names, "");
    temp_write("b", "", 0600);
    temp_write(".hidden", "", 0600);
    temp_write("a", "", 0600);
    mkdir(temp_path("c"), 0700);
    assert_int_equal(os_dir_list(dir, note, &all), 0);
    assert_string_equal(all.names, ".hidden a b c ");
    assert_int_equal(os_dir_list(dir, note, &two), 0);
    assert_string_equal(two.names, ".hidden a ");
    assert_int_equal(os_dir_list(dir, note, &again), 0);
    assert_string_equal(again.names, all.names);
    for (long n = 0; n < 8; n++) {
        struct listing part = { .left = 100 };
        failing_memory_at(n);
        assert_int_equal(os_dir_list(dir, note, &part), -ENOMEM);
        assert_string_equal(part.names, "");
    }
}

static void splits_paths(void **state)
{
    const char *name = NULL;
    struct error err = { 0 };
    (void)state;
    struct os_dir *d = os_dir_of(temp_path("x.conf"), 0, &name, &err);
    assert_string_equal(name, "x.conf");
    assert_string_equal(os_dir_path(d), temp_dir);
    os_dir_close(&d);
    d = os_dir_of("/passwd", 0, &name, &err);
    assert_string_equal(name, "passwd");
    assert_string_equal(os_dir_path(d), "/");
    os_dir_close(&d);
    d = os_dir_of("plain", 0, &name, &err);
    assert_string_equal(name, "plain");
    assert_string_equal(os_dir_path(d), ".");
    os_dir_close(&d);
    assert_null(os_dir_of(temp_path("no/such/x"), 0, &name, &err));
    assert_int_equal(err.class, ERR_LOCAL);
    for (long n = 0; n < 3; n++) {
        failing_memory_at(n);
        err = (struct error){ 0 };
        assert_null(os_dir_of("plain", 0, &name, &err));
        assert_int_equal(err.class, ERR_LOCAL);
    }
}

static void resolves_paths(void **state)
{
    (void)state;
    temp_write("file", "", 0600);
    assert_int_equal(symlink("file", temp_path("link")), 0);
    char *path = os_real_path(temp_path("./link"));
    assert_string_equal(path, temp_path("file"));
    mem_free(path);
    assert_null(os_real_path(temp_path("missing")));
    assert_true(os_path_is_absolute("/x"));
    assert_false(os_path_is_absolute("x"));
    assert_false(os_path_is_absolute("./x"));
    assert_false(os_path_is_absolute(""));
}

/* -- reading ---------------------------------------------------------------------------------- */

static void reads_whole_files(void **state)
{
    char *text = NULL;
    size_t len = 0;
    int64_t one[3] = { 0 }, two[3] = { 0 };
    (void)state;
    temp_write("f", "0123456789", 0644);
    assert_int_equal(os_read_file(dir, "f", 10, &text, &len, one), 0);
    assert_int_equal(len, 10);
    assert_string_equal(text, "0123456789");
    mem_free(text);
    assert_int_equal(os_read_file(dir, "f", 10, &text, &len, two), 0);
    assert_memory_equal(one, two, sizeof(one));
    mem_free(text);
    assert_int_equal(read_file("f", 9, &text), -EFBIG);
    assert_int_equal(read_file("missing", 10, &text), -ENOENT);
    temp_write("empty", "", 0600);
    assert_int_equal(read_file("empty", 0, &text), 0);
    assert_string_equal(text, "");
    mem_free(text);
}

static void the_id_changes_with_the_file(void **state)
{
    char *text = NULL;
    size_t len = 0;
    int64_t before[3] = { 0 }, after[3] = { 0 };
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(os_replace_file(dir, "f", "one", 3, 0600, false), 0);
        assert_int_equal(os_read_file(dir, "f", 10, &text, &len, before), 0);
        mem_free(text);
        usleep(20000); /* file times are as coarse as the kernel's tick */
        if (i == 0)
            assert_int_equal(os_replace_file(dir, "f", "two", 3, 0600, false), 0);
        else
            temp_write("f", "two", 0600);
        assert_int_equal(os_read_file(dir, "f", 10, &text, &len, after), 0);
        mem_free(text);
        assert_memory_not_equal(before, after, sizeof(before));
    }
}

static void refuses_what_is_no_file(void **state)
{
    char *text = NULL;
    (void)state;
    mkdir(temp_path("dir"), 0700);
    assert_int_equal(read_file("dir", 10, &text), -EINVAL);
    assert_int_equal(mkfifo(temp_path("fifo"), 0600), 0);
    assert_int_equal(read_file("fifo", 10, &text), -EINVAL); /* and does not hang */
    temp_write("f", "x", 0600);
    assert_int_equal(symlink("f", temp_path("link")), 0);
    assert_int_equal(read_file("link", 10, &text), -ELOOP);
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    memcpy(at.sun_path, temp_path("sock"), strlen(temp_path("sock")));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    close(fd);
    assert_true(read_file("sock", 10, &text) < 0);
}

static void refuses_what_others_may_have_written(void **state)
{
    static const struct {
        mode_t mode;
        int rc;
    } rows[] = { { 0600, 0 },      { 0644, 0 },      { 0444, 0 },      { 0620, -EPERM },
                 { 0602, -EPERM }, { 0666, -EPERM }, { 0664, -EPERM }, { 0777, -EPERM } };
    char *text = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        temp_write("f", "x", rows[i].mode);
        assert_int_equal(read_file("f", 10, &text), rows[i].rc);
        mem_free(text);
        unlink(temp_path("f"));
    }
}

static void refuses_foreign_owners(void **state)
{
    char *text = NULL;
    struct error err = { 0 };
    (void)state;
    if (geteuid() != 0)
        skip();
    temp_write("f", "x", 0600);
    assert_int_equal(chown(temp_path("f"), STRANGER, STRANGER), 0);
    assert_int_equal(read_file("f", 10, &text), -EPERM);
    /* In the stranger's own directory its files are the directory owner's. */
    mkdir(temp_path("his"), 0700);
    temp_write("his/f", "x", 0600);
    assert_int_equal(chown(temp_path("his"), STRANGER, STRANGER), 0);
    assert_int_equal(chown(temp_path("his/f"), STRANGER, STRANGER), 0);
    struct os_dir *his = os_dir_open(temp_path("his"), OS_DIR_PRIVATE, &err);
    size_t len = 0;
    assert_int_equal(os_read_file(his, "f", 10, &text, &len, NULL), 0);
    mem_free(text);
    assert_int_equal(os_read_secret_file(his, "f", 10, &text, &len), 0);
    mem_free(text);
    /* But they do not say what we do, and neither does what root put there. */
    assert_int_equal(os_read_own_file(his, "f", 10, &text, &len), -EPERM);
    assert_int_equal(os_dir_trusted(his, &err), -1);
    assert_non_null(strstr(err.text, "belongs to user"));
    assert_non_null(strstr(err.text, "chown root"));
    assert_int_equal(chown(temp_path("his/f"), STRANGER + 1, STRANGER), 0);
    assert_int_equal(os_read_file(his, "f", 10, &text, &len, NULL), -EPERM);
    assert_int_equal(os_read_secret_file(his, "f", 10, &text, &len), -EPERM);
    os_dir_close(&his);
}

static void trusts_directories_that_others_cannot_change(void **state)
{
    static const struct {
        mode_t mode;
        int want;
    } cases[] = { { 0700, 0 }, { 0755, 0 }, { 01777, 0 }, { 0775, -1 }, { 0757, -1 } };
    (void)state;
    mkdir(temp_path("d"), 0700);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct os_dir *opened = os_dir_open(temp_path("d"), 0, &err);
        assert_int_equal(chmod(temp_path("d"), cases[i].mode), 0);
        assert_int_equal(os_dir_trusted(opened, &err), cases[i].want);
        assert_int_equal(strstr(err.text, "chmod go-w") != NULL, cases[i].want != 0);
        os_dir_close(&opened);
    }
}

static int nobody_can_write(void)
{
    if (os_path_can_write(temp_path("open")) != 0 || os_path_can_write(temp_path("open/a/b")) != 0)
        return 1;
    if (os_path_can_write(temp_path("shut")) != -EACCES ||
        os_path_can_write(temp_path("shut/new")) != -EACCES)
        return 2;
    return os_path_is_missing(temp_path("dark/f")) ? 3 : 0;
}

static void knows_where_it_can_write(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(temp_dir, 0755), 0);
    mkdir(temp_path("open"), 0700);
    mkdir(temp_path("shut"), 0755);
    mkdir(temp_path("dark"), 0700);
    assert_int_equal(chmod(temp_path("open"), 0777), 0);
    assert_int_equal(as_user(NOBODY, nobody_can_write), 0);
    assert_true(os_path_is_missing(temp_path("none")));
    assert_false(os_path_is_missing(temp_path("open")));
}

/* -- writing ---------------------------------------------------------------------------------- */

static void replaces_files(void **state)
{
    char *text = NULL;
    (void)state;
    mode_t old = umask(0077);
    assert_int_equal(os_replace_file(dir, "f", "first", 5, 0644, true), 0);
    umask(old);
    assert_int_equal(mode_of("f"), 0644); /* whatever the umask */
    assert_int_equal(os_replace_file(dir, "f", "second one", 10, 0600, false), 0);
    assert_int_equal(mode_of("f"), 0600);
    assert_int_equal(read_file("f", 100, &text), 0);
    assert_string_equal(text, "second one");
    mem_free(text);
    assert_int_equal(os_replace_file(dir, "f", "", 0, 0600, true), 0);
    assert_int_equal(read_file("f", 100, &text), 0);
    assert_string_equal(text, "");
    mem_free(text);
    assert_int_equal(mode_of("f.tmp"), (mode_t)-1);
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(os_replace_file(dir, name, "", 0, 0600, true), -ENAMETOOLONG);
}

static void planted_names_do_no_harm(void **state)
{
    char *text = NULL;
    (void)state;
    temp_write("victim", "untouched", 0600);
    assert_int_equal(symlink("victim", temp_path("f.tmp")), 0);
    assert_int_equal(symlink("victim", temp_path("f")), 0);
    assert_int_equal(os_replace_file(dir, "f", "new", 3, 0600, true), 0);
    assert_int_equal(read_file("f", 10, &text), 0);
    assert_string_equal(text, "new");
    mem_free(text);
    assert_int_equal(mkfifo(temp_path("f.tmp"), 0600), 0);
    assert_int_equal(os_replace_file(dir, "f", "newer", 5, 0600, true), 0);
    mkdir(temp_path("f.tmp"), 0700);
    assert_true(os_replace_file(dir, "f", "newest", 6, 0600, true) < 0);
    assert_int_equal(read_file("f", 10, &text), 0);
    assert_string_equal(text, "newer");
    mem_free(text);
    assert_int_equal(read_file("victim", 10, &text), 0);
    assert_string_equal(text, "untouched");
    mem_free(text);
}

static void creates_and_locks(void **state)
{
    struct os_file *one = NULL, *two = NULL;
    struct os_stat st = { 0 };
    (void)state;
    assert_int_equal(os.open(dir, "f", OS_READ, &one), -ENOENT);
    assert_null(one);
    assert_int_equal(os.open(dir, "f", OS_CREATE, &one), 0);
    assert_int_equal(os.stat(one, &st), 0);
    assert_true(st.regular && !st.directory);
    assert_int_equal(st.mode, 0600);
    assert_int_equal(st.uid, geteuid());
    assert_int_equal(os.open(dir, "f", OS_CREATE, &two), -EEXIST);
    assert_int_equal(os_write_all(one, "text", 4), 0);
    char back[8] = "";
    assert_int_equal(os.seek_start(one), 0);
    assert_int_equal(os.read(one, back, sizeof(back)), 4);
    assert_string_equal(back, "text");
    assert_int_equal(os.read(one, back, sizeof(back)), 0);
    assert_int_equal(os.sync(one), 0);
    assert_int_equal(os.close(one), 0);

    assert_int_equal(os.open(dir, "lock", OS_LOCK, &one), 0);
    assert_int_equal(mode_of("lock"), 0600);
    assert_int_equal(os.open(dir, "lock", OS_LOCK, &two), 0);
    assert_int_equal(os.lock(one), 0);
    assert_int_equal(os.lock(two), -EAGAIN);
    assert_int_equal(os.close(one), 0);
    assert_int_equal(os.lock(two), 0);
    assert_int_equal(os.close(two), 0);
    assert_int_equal(symlink("f", temp_path("link")), 0);
    assert_int_equal(os.open(dir, "link", OS_LOCK, &one), -ELOOP);
    assert_int_equal(os.open(dir, "link", OS_READ, &one), -ELOOP);
    assert_int_equal(os.open(dir, "link", OS_CREATE, &one), -EEXIST);
    failing_memory_at(0);
    assert_int_equal(os.open(dir, "f", OS_READ, &one), -ENOMEM);
}

static void reports_what_the_system_says(void **state)
{
    struct os_file *file = NULL;
    char byte = 0;
    (void)state;
    assert_int_equal(os.rename(dir, "missing", "x"), -ENOENT);
    assert_int_equal(os.unlink(dir, "missing"), -ENOENT);
    assert_int_equal(os.link(dir, "missing", "x"), -ENOENT);
    temp_write("f", "x", 0600);
    assert_int_equal(os.link(dir, "f", "g"), 0);
    assert_int_equal(os.link(dir, "f", "g"), -EEXIST);
    assert_int_equal(os.rename(dir, "g", "h"), 0);
    assert_int_equal(os.unlink(dir, "h"), 0);
    assert_int_equal(os.sync_dir(dir), 0);
    assert_int_equal(os.open(dir, "f", OS_READ, &file), 0);
    assert_int_equal(os.write(file, "x", 1), -EBADF);
    os.close(file);
    assert_int_equal(os.open(dir, ".", OS_READ, &file), 0);
    assert_int_equal(os.read(file, &byte, 1), -EISDIR);
    os.close(file);
    assert_string_equal(os_strerror(-ENOSPC), "No space left on device");
    assert_string_equal(os_strerror(ENOSPC), "No space left on device");
}

/* Root at work in the folder of a service: its files stay the service's, and root's stay root's. */
static void root_gives_to_the_owner_of_the_folder(void **state)
{
    struct error err = { 0 };
    struct os_file *file = NULL;
    (void)state;
    if (geteuid() != 0)
        skip();
    mkdir(temp_path("svc"), 0700);
    temp_write("precious", "root's", 0600);
    assert_int_equal(link(temp_path("precious"), temp_path("svc/lock")), 0);
    assert_int_equal(chown(temp_path("svc"), STRANGER, STRANGER), 0);
    struct os_dir *svc = os_dir_open(temp_path("svc"), OS_DIR_PRIVATE, &err);
    assert_int_equal(os_replace_file(svc, "f", "x", 1, 0600, true), 0);
    assert_int_equal(owner_of("svc/f"), STRANGER);
    struct os_dir *sub = os_dir_sub(svc, "sub", OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    assert_int_equal(owner_of("svc/sub"), STRANGER);
    os_dir_close(&sub);
    if (os.open(svc, "lock", OS_LOCK, &file) == 0) /* planted: a hard link to a file of root's */
        os.close(file);
    assert_int_equal(owner_of("precious"), 0);
    assert_int_equal(os.open(svc, "other", OS_LOCK, &file), 0);
    os.close(file);
    assert_int_equal(owner_of("svc/other"), STRANGER);
    os_dir_close(&svc);
}

/* -- failing calls ---------------------------------------------------------------------------- */

static int fail_with; /* -errno */
static long fail_in;  /* calls that succeed before */
static int64_t short_by;

static bool fails_now(void)
{
    return fail_in-- == 0;
}
static int failing_stat(struct os_file *f, struct os_stat *st)
{
    return fails_now() ? fail_with : real.stat(f, st);
}
static int64_t failing_read(struct os_file *f, void *out, size_t len)
{
    return fails_now() ? fail_with : real.read(f, out, len > 3 ? 3 : len);
}
static int64_t failing_write(struct os_file *f, const void *data, size_t len)
{
    if (fails_now())
        return fail_with;
    return short_by < 0 ? 0 : real.write(f, data, len > 3 ? 3 : len);
}
static int failing_sync(struct os_file *f)
{
    return fails_now() ? fail_with : real.sync(f);
}
static int failing_close(struct os_file *f)
{
    int rc = real.close(f);
    return fails_now() ? fail_with : rc;
}
static int failing_rename(struct os_dir *d, const char *from, const char *to)
{
    return fails_now() ? fail_with : real.rename(d, from, to);
}
static int failing_sync_dir(struct os_dir *d)
{
    return fails_now() ? fail_with : real.sync_dir(d);
}
static int failing_open(struct os_dir *d, const char *name, int how, struct os_file **out)
{
    *out = NULL;
    return fails_now() ? fail_with : real.open(d, name, how, out);
}
static int failing_unlink(struct os_dir *d, const char *name)
{
    return fails_now() ? fail_with : real.unlink(d, name);
}

static void fail_call(size_t which, int code, long after)
{
    os = real;
    fail_with = code;
    fail_in = after;
    short_by = 0;
    switch (which) {
    case 0:
        os.open = failing_open;
        break;
    case 1:
        os.write = failing_write;
        break;
    case 2:
        os.sync = failing_sync;
        break;
    case 3:
        os.close = failing_close;
        break;
    case 4:
        os.rename = failing_rename;
        break;
    case 5:
        os.unlink = failing_unlink;
        break;
    case 6:
        os.sync_dir = failing_sync_dir;
        break;
    case 7:
        os.stat = failing_stat;
        break;
    default:
        os.read = failing_read;
        break;
    }
}

/* Old or new, never half, and no NAME.tmp stays; "replaced" is only said when it is. */
static void replacing_is_all_or_nothing(void **state)
{
    static const int codes[] = { -EIO, -ENOSPC, -EDQUOT, -EROFS, -EACCES };
    (void)state;
    for (size_t call = 0; call <= 6; call++) {
        for (size_t i = 0; i < COUNT(codes); i++) {
            char *text = NULL;
            assert_int_equal(os_replace_file(dir, "f", "old", 3, 0600, true), 0);
            fail_call(call, codes[i], 0);
            assert_int_equal(os_replace_file(dir, "f", "new content", 11, 0600, true), codes[i]);
            os = real;
            assert_int_equal(read_file("f", 100, &text), 0);
            assert_string_equal(text, call == 6 ? "new content" : "old");
            mem_free(text);
            assert_int_equal(mode_of("f.tmp"), (mode_t)-1);
        }
    }
}

static void writes_in_pieces(void **state)
{
    char *text = NULL;
    (void)state;
    fail_call(1, -EINTR, 2); /* three bytes a call, and one interruption */
    assert_int_equal(os_replace_file(dir, "f", "0123456789", 10, 0600, true), 0);
    fail_call(8, -EINTR, 2);
    assert_int_equal(read_file("f", 100, &text), 0);
    assert_string_equal(text, "0123456789");
    mem_free(text);
    fail_call(1, -ENOSPC, 2);
    assert_int_equal(os_replace_file(dir, "f", "0123456789", 10, 0600, true), -ENOSPC);
    fail_call(1, 0, -1);
    short_by = -1; /* write() that takes nothing would loop for ever */
    assert_int_equal(os_replace_file(dir, "f", "x", 1, 0600, true), -EIO);
}

static void reading_reports_failures(void **state)
{
    char *text = NULL;
    (void)state;
    temp_write("f", "0123456789", 0600);
    fail_call(0, -EMFILE, 0);
    assert_int_equal(read_file("f", 100, &text), -EMFILE);
    fail_call(7, -EIO, 0);
    assert_int_equal(read_file("f", 100, &text), -EIO);
    fail_call(8, -EIO, 1);
    assert_int_equal(read_file("f", 100, &text), -EIO);
    os = real;
    for (long n = 0; n < 2; n++) {
        failing_memory_at(n);
        assert_int_equal(read_file("f", 100, &text), -ENOMEM);
    }
}

static void half_read_secrets_are_wiped(void **state)
{
    char *text = NULL;
    (void)state;
    temp_write("f", "inconceivable inconceivable", 0600);
    failing_memory_at(-1);
    failing_memory_secret = "inconceiv";
    fail_call(8, -EIO, 5);
    assert_int_equal(read_file("f", 100, &text), -EIO);
    assert_false(failing_memory_dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_and_makes_directories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(modes_do_not_depend_on_the_umask, set_up, tear_down),
        cmocka_unit_test_setup_teardown(private_means_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_directories_below, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(splits_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resolves_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_whole_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_id_changes_with_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_others_may_have_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_foreign_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trusts_directories_that_others_cannot_change, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(knows_where_it_can_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replaces_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(planted_names_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(creates_and_locks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reports_what_the_system_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(root_gives_to_the_owner_of_the_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replacing_is_all_or_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reading_reports_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_read_secrets_are_wiped, set_up, tear_down),
    };
    real = os;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
