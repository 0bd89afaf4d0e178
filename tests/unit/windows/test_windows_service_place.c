/* The folders of the service: whose they are, who may do what there, and what becomes of what was
 * there before. */
#include "unit/windows/folder.h"

#include "platform/windows_handles.h"

#define SERVICE L"S-1-5-80-3259632823-1719162489-2184643259-553360558-853479542"

#define STATE L"O:" SERVICE L"D:P(A;%ls;FA;;;OW)(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)"
#define CONFIG                                                                                     \
    L"O:BAD:P(A;%ls;FA;;;OW)(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)(A;%ls;0x1200a9;;;" SERVICE L")"

/* What was given to the service: "NAME LIST" in the order of giving. */
static struct {
    char name[300];
    wchar_t list[300];
} given[16];
static size_t given_count;

static void text_of(PSECURITY_DESCRIPTOR sd, wchar_t out[300])
{
    wchar_t *text = NULL;
    assert_true(ConvertSecurityDescriptorToStringSecurityDescriptorW(
        sd, SDDL_REVISION_1, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &text, NULL));
    swprintf(out, 300, L"%ls", text);
    LocalFree(text);
}

static int note(HANDLE handle, PSECURITY_DESCRIPTOR sd)
{
    wchar_t *full = NULL;
    assert_true(given_count < COUNT(given));
    assert_int_equal(windows_final_path(handle, L"?", &full), 0);
    char *shown = windows_path_shown(full);
    snprintf(given[given_count].name, sizeof(given[0].name), "%s", shown);
    text_of(sd, given[given_count++].list);
    mem_free(shown);
    mem_free(full);
    return 0;
}

static int set_up(void **state)
{
    given_count = 0;
    windows_give = note;
    return folder_make(state);
}

static void expect_list(enum windows_place_kind kind, bool directory, const wchar_t *wanted)
{
    wchar_t is[300] = L"", want[300] = L"";
    const wchar_t *down = directory ? L"OICI" : L"";
    PSECURITY_DESCRIPTOR sd = windows_service_list(kind, SERVICE, directory);
    assert_non_null(sd);
    text_of(sd, is);
    LocalFree(sd);
    swprintf(want, COUNT(want), wanted, down, down, down, down);
    if (wcscmp(is, want) != 0)
        fail_msg("\n  is     %ls\n  wanted %ls", is, want);
}

static void lists(void **state)
{
    (void)state;
    expect_list(WINDOWS_PLACE_STATE, true, STATE);
    expect_list(WINDOWS_PLACE_STATE, false, STATE);
    expect_list(WINDOWS_PLACE_CONFIG, true, CONFIG);
    expect_list(WINDOWS_PLACE_CONFIG, false, CONFIG);
}

/* NAME was given, with the list for what it is. */
static void expect_given(const char *name, const wchar_t *list, bool directory)
{
    wchar_t want[300] = L"";
    const wchar_t *down = directory ? L"OICI" : L"";
    const size_t len = strlen(name);

    swprintf(want, COUNT(want), list, down, down, down, down);
    for (size_t i = 0; i < given_count; i++) {
        const size_t at = strlen(given[i].name);
        if (at > len && _stricmp(given[i].name + at - len, name) == 0) {
            assert_int_equal(wcscmp(given[i].list, want), 0);
            return;
        }
    }
    fail_msg("%s was not given", name);
}

static void make(enum windows_place_kind kind, const char *name)
{
    struct error err = { 0 };
    assert_int_equal(windows_service_place(kind, folder_path(name), windows_service_sid(), &err),
                     0);
    assert_int_equal(err.class, ERR_NONE);
}

static void new_places(void **state)
{
    (void)state;
    make(WINDOWS_PLACE_STATE, "a/state");
    make(WINDOWS_PLACE_CONFIG, "a/config");
    assert_int_equal(given_count, 0); /* made as they are to be */
    assert_false(os_path_is_missing(folder_path("a/state")));
    assert_false(os_path_is_missing(folder_path("a/config")));
}

static void put_record(const char *path, const char *text)
{
    struct error err = { 0 };
    struct os_dir *dir = os_dir_open(path, OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    if (!dir)
        fail_msg("%s", err.text);
    assert_int_equal(os_replace_file(dir, "record", text, strlen(text), 0600, true), 0);
    os_dir_close(&dir);
}

/* Grants and a configuration from before the service. */
static void what_administrators_made(void **state)
{
    struct error err = { 0 };
    char *text = NULL;
    size_t len = 0;
    (void)state;

    put_record(folder_path("b"), "before");
    put_record(folder_path("b/grants"), "before");
    put_record(folder_path("b/grants/home.example.com"), "inside");
    make(WINDOWS_PLACE_STATE, "b");
    assert_int_equal(given_count, 6);
    expect_given("/b", STATE, true);
    expect_given("/b/record", STATE, false);
    expect_given("/grants/home.example.com", STATE, true);
    expect_given("/home.example.com/record", STATE, false);
    given_count = 0;
    put_record(folder_path("c"), "settings");
    make(WINDOWS_PLACE_CONFIG, "c");
    assert_int_equal(given_count, 2);
    expect_given("/c", CONFIG, true);
    expect_given("/c/record", CONFIG, false);
    struct os_dir *dir = os_dir_open(folder_path("b"), OS_DIR_PRIVATE, &err);
    assert_non_null(dir);
    assert_int_equal(os_read_secret_file(dir, "record", 100, &text, &len), 0);
    mem_free(text);
    os_dir_close(&dir);
}

/* The service may know what administrators keep, who go on trusting it. */
static void lists_are_trusted(void **state)
{
    uint32_t uid = 0, mode = 0;
    PSECURITY_DESCRIPTOR sd = windows_service_list(WINDOWS_PLACE_CONFIG, SERVICE, false);
    (void)state;

    windows_access(sd, false, &uid, &mode);
    assert_int_equal(uid, 0);
    assert_int_equal(mode, 0600);
    LocalFree(sd);
    sd = windows_service_list(WINDOWS_PLACE_STATE, SERVICE, true);
    windows_access(sd, true, &uid, &mode);
    assert_int_equal(uid, windows_uid(windows_service_sid()));
    assert_int_equal(mode, 0700);
    LocalFree(sd);
}

/* With words of what stands in the way, and what to do. */
static void refuses(const char *name, int rc)
{
    struct error err = { 0 };
    assert_int_equal(
        windows_service_place(WINDOWS_PLACE_STATE, folder_path(name), windows_service_sid(), &err),
        rc);
    assert_int_equal(err.class, ERR_PERM);
    assert_non_null(strstr(err.text, folder));
    assert_non_null(strstr(err.text, "icacls"));
}

/* What has two names may be anybody's by the other. */
static void what_has_two_names_is_not_given(void **state)
{
    wchar_t *first = NULL, *second = NULL;
    (void)state;
    put_record(folder_path("e"), "secret");
    put_record(folder_path("elsewhere"), "not the service's");
    assert_int_equal(windows_path(folder_path("elsewhere/record"), &first), 0);
    assert_int_equal(windows_path(folder_path("e/planted"), &second), 0);
    assert_true(CreateHardLinkW(second, first, NULL));
    mem_free(first);
    mem_free(second);
    refuses("e", -EPERM);
    assert_int_equal(given_count, 2);
    expect_given("/e", STATE, true);
    expect_given("/e/record", STATE, false); /* the rest all the same */
}

static void paths_may_end_with_a_separator(void **state)
{
    (void)state;
    make(WINDOWS_PLACE_STATE, "f/state/");
    make(WINDOWS_PLACE_CONFIG, "f/config\\");
    assert_int_equal(given_count, 0);
    assert_false(os_path_is_missing(folder_path("f/state")));
    assert_false(os_path_is_missing(folder_path("f/config")));
}

static void set_owner(const char *path, const wchar_t *sid)
{
    wchar_t text[256] = L"", *full = NULL;
    PSECURITY_DESCRIPTOR sd = NULL;

    swprintf(text, COUNT(text), L"O:%ls", sid);
    assert_true(
        ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &sd, NULL));
    assert_int_equal(windows_path(path, &full), 0);
    assert_true(SetFileSecurityW(full, OWNER_SECURITY_INFORMATION, sd));
    LocalFree(sd);
    mem_free(full);
}

static bool is_strangers_record(void)
{
    struct error ignored = { 0 };
    struct os_dir *dir = os_dir_open(folder_path("d"), 0, &ignored);
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    assert_int_equal(os.open(dir, "record", OS_READ, &file), 0);
    assert_int_equal(os.stat(file, &st), 0);
    os.close(file);
    os_dir_close(&dir);
    return st.uid == windows_sid_uid(L"S-1-5-21-1-2-3-1001");
}

/* What somebody else planted is not made the service's, in the folder or above it. */
static void what_others_own_stays_theirs(void **state)
{
    (void)state;
    put_record(folder_path("d"), "planted");
    set_owner(folder_path("d/record"), L"S-1-5-21-1-2-3-1001");
    if (!is_strangers_record())
        skip(); /* as under Wine: owners are not kept */
    refuses("d", -EPERM);
    assert_int_equal(given_count, 1); /* the folder */
    set_owner(folder_path("d"), L"S-1-5-21-1-2-3-1001");
    refuses("d/state", -EACCES);
    assert_true(os_path_is_missing(folder_path("d/state")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(lists_are_trusted),
        cmocka_unit_test_setup_teardown(new_places, set_up, folder_remove),
        cmocka_unit_test_setup_teardown(what_administrators_made, set_up, folder_remove),
        cmocka_unit_test_setup_teardown(what_has_two_names_is_not_given, set_up, folder_remove),
        cmocka_unit_test_setup_teardown(paths_may_end_with_a_separator, set_up, folder_remove),
        cmocka_unit_test_setup_teardown(what_others_own_stays_theirs, set_up, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
