/* Access lists of Windows as owner and permission bits, and the lists our own files get. */
#include "unit/windows/folder.h"

static void judge(const wchar_t *sddl, bool directory, uint32_t *uid, uint32_t *mode)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    assert_true(
        ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &sd, NULL));
    windows_access(sd, directory, uid, mode);
    LocalFree(sd);
}

#define TRUSTED_INSTALLER L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
#define SERVICE           L"S-1-5-80-3259632823-1719162489-2184643259-553360558-853479542"
#define STRANGER          L"S-1-5-21-1-2-3-1001"
#define OTHER             L"S-1-5-21-1-2-3-1002"

static void rights_become_bits(void **state)
{
    static const struct {
        const wchar_t *sddl;
        uint32_t file, directory;
    } rows[] = {
        { L"O:BAD:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)", 0600, 0700 },
        { L"O:BAD:P(A;;FA;;;" TRUSTED_INSTALLER L")", 0600, 0700 },
        { L"O:" STRANGER L"D:P(A;;FA;;;" STRANGER L")", 0600, 0700 },
        /* The service is another user, in what is not its own. */
        { L"O:BAD:P(A;;FA;;;" SERVICE L")", 0622, 0722 },
        { L"O:BAD:P(A;;FA;;;BA)(A;;0x1200a9;;;" SERVICE L")", 0600, 0700 }, /* but may know it */
        { L"O:" SERVICE L"D:P(A;;FA;;;" SERVICE L")", 0600, 0700 },
        { L"O:BAD:P(A;;FA;;;OW)(A;;0x1200a9;;;WD)", 0644, 0755 },
        { L"O:BAD:P(A;;FR;;;BU)", 0644, 0744 },
        { L"O:BAD:P(A;;FX;;;BU)", 0600, 0711 },
        { L"O:BAD:P(A;;FA;;;BU)", 0666, 0777 },
        { L"O:BAD:P(A;;GA;;;BU)", 0666, 0777 },
        { L"O:BAD:P(A;;GR;;;AU)", 0644, 0744 },
        { L"O:BAD:P(A;;GW;;;AU)", 0622, 0722 },
        { L"O:" STRANGER L"D:P(A;;FA;;;" OTHER L")", 0666, 0777 },
        /* Each right to change, alone. */
        { L"O:BAD:P(A;;0x2;;;BU)", 0622, 01722 }, /* write data, add files */
        { L"O:BAD:P(A;;0x4;;;BU)", 0622, 01722 }, /* append, add folders */
        { L"O:BAD:P(A;;0x40;;;BU)", 0622, 0722 }, /* delete children */
        { L"O:BAD:P(A;;SD;;;BU)", 0622, 0722 },   /* delete */
        { L"O:BAD:P(A;;WD;;;BU)", 0622, 0722 },   /* change the list */
        { L"O:BAD:P(A;;WO;;;BU)", 0622, 0722 },   /* take it over */
        { L"O:BAD:P(A;;0x46;;;BU)", 0622, 0722 }, /* one that replaces is enough */
        { L"O:BAD:P(A;;0x4;;;BU)(A;;SD;;;AU)", 0622, 0722 },
        { L"O:BAD:P(A;;0x80;;;BU)(A;;RC;;;WD)", 0600, 0700 }, /* to see that it is there */
        /* What C:\ and C:\ProgramData have: others may add, and own what is below. */
        { L"O:SYD:PAI(A;;0x4;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)",
          0666, 01777 },
        { L"O:BAD:P(A;OICIIO;FA;;;WD)(A;;FA;;;BA)", 0600, 0700 }, /* for children only */
        { L"O:BAD:P(D;;FA;;;WD)(A;;FA;;;BU)", 0666, 0777 },       /* denied, and yet it counts */
        { L"O:BAD:P(D;;FA;;;WD)", 0600, 0700 },
        { L"O:BAD:P", 0600, 0700 }, /* an empty list: nobody */
        { L"O:BA", 0666, 0777 },
    };
    uint32_t uid = 0, mode = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        judge(rows[i].sddl, false, &uid, &mode);
        if (mode != rows[i].file)
            fail_msg("%ls: file %04o, not %04o", rows[i].sddl, mode, rows[i].file);
        judge(rows[i].sddl, true, &uid, &mode);
        if (mode != rows[i].directory)
            fail_msg("%ls: directory %04o, not %04o", rows[i].sddl, mode, rows[i].directory);
    }
}

/* Entries of a kind that is not understood are for everybody. */
static void strange_entries_are_open(void **state)
{
    union {
        ACL list;
        BYTE space[256];
    } acl = { 0 };
    SECURITY_DESCRIPTOR sd = { 0 };
    BYTE owner[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = sizeof(owner);
    uint32_t uid = 0, mode = 0;
    void *entry = NULL;
    (void)state;
    assert_true(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, owner, &size));
    assert_true(InitializeAcl(&acl.list, sizeof(acl), ACL_REVISION));
    assert_true(AddAccessAllowedAce(&acl.list, ACL_REVISION, FILE_READ_DATA, owner));
    assert_true(InitializeSecurityDescriptor(&sd, SECURITY_DESCRIPTOR_REVISION));
    assert_true(SetSecurityDescriptorOwner(&sd, owner, FALSE));
    assert_true(SetSecurityDescriptorDacl(&sd, TRUE, &acl.list, FALSE));
    windows_access(&sd, false, &uid, &mode);
    assert_int_equal(mode, 0600);
    assert_true(GetAce(&acl.list, 0, &entry));
    ((ACE_HEADER *)entry)->AceType = ACCESS_ALLOWED_CALLBACK_ACE_TYPE;
    windows_access(&sd, false, &uid, &mode);
    assert_int_equal(mode, 0600);
    ((ACE_HEADER *)entry)->AceType = ACCESS_ALLOWED_OBJECT_ACE_TYPE;
    windows_access(&sd, false, &uid, &mode);
    assert_int_equal(mode, 0666);
    assert_true(SetSecurityDescriptorDacl(&sd, TRUE, NULL, FALSE));
    windows_access(&sd, false, &uid, &mode);
    assert_int_equal(mode, 0666);
    assert_int_equal(uid, 0);
}

static uint32_t uid_of(const wchar_t *text)
{
    PSID sid = NULL;
    assert_true(ConvertStringSidToSidW(text, &sid));
    const uint32_t uid = windows_uid(sid);
    LocalFree(sid);
    return uid;
}

static void users_are_numbers(void **state)
{
    BYTE own[SECURITY_MAX_SID_SIZE] = { 0 };
    uint32_t uid = 9, mode = 0;
    (void)state;
    assert_int_equal(uid_of(L"S-1-5-18"), 0);
    assert_int_equal(uid_of(L"S-1-5-32-544"), 0);
    assert_int_equal(uid_of(TRUSTED_INSTALLER), 0);
    /* These numbers are in reports and compared over versions: they never change. */
    assert_int_equal(uid_of(L"S-1-5-19"), 2271554467U);
    assert_int_not_equal(uid_of(STRANGER), uid_of(OTHER));
    assert_int_not_equal(uid_of(STRANGER), 0);
    assert_int_not_equal(uid_of(SERVICE), 0);
    assert_true(EqualSid(windows_service_sid(), windows_service_sid()));
    assert_int_equal(windows_uid(windows_service_sid()), uid_of(SERVICE));
    assert_true(windows_own_sid(own));
    assert_int_equal(platform_user(), windows_uid(own));
    judge(L"O:" STRANGER L"D:P", false, &uid, &mode);
    assert_int_equal(uid, uid_of(STRANGER));
    judge(L"D:P", false, &uid, &mode); /* no owner: nobody we know */
    assert_int_equal(uid, UINT32_MAX);
}

/* Folders of others are no place for tokens, least of all for those of an administrator, who could
 * enter them all the same. */
static void secrets_are_for_few(void **state)
{
    static const wchar_t *const of_the_machine[] = { L"S-1-5-18", L"S-1-5-32-544", SERVICE,
                                                     L"S-1-5-19" };
    (void)state;
    assert_true(windows_keeps_secrets(platform_user()));
    for (size_t i = 0; i < COUNT(of_the_machine); i++)
        assert_int_equal(windows_keeps_secrets(uid_of(of_the_machine[i])), os_is_root());
    assert_false(windows_keeps_secrets(uid_of(STRANGER)));
    assert_false(windows_keeps_secrets(uid_of(L"S-1-5-20")));     /* another service's */
    assert_false(windows_keeps_secrets(uid_of(L"S-1-5-7")));      /* anonymous */
    assert_false(windows_keeps_secrets(uid_of(L"S-1-5-32-545"))); /* users */
    assert_false(windows_keeps_secrets(UINT32_MAX));              /* without an owner */
}

/* The owner's own rights are not others', even when administrators own it. */
static void we_are_no_others(void **state)
{
    BYTE own[SECURITY_MAX_SID_SIZE] = { 0 };
    wchar_t text[400] = L"", *sid = NULL;
    uint32_t uid = 9, mode = 0;
    (void)state;
    assert_true(windows_own_sid(own));
    assert_true(ConvertSidToStringSidW(own, &sid));
    _snwprintf(text, COUNT(text) - 1, L"O:BAD:P(A;;FA;;;%ls)", sid);
    LocalFree(sid);
    judge(text, true, &uid, &mode);
    assert_int_equal(uid, 0);
    assert_int_equal(mode, 0700);
}

static void our_lists_say_what_they_should(void **state)
{
    static const struct {
        int flags;
        uint32_t want;
    } rows[] = { { 0, 0600 },
                 { WINDOWS_SD_SHARED, 0644 },
                 { WINDOWS_SD_DIRECTORY, 0700 },
                 { WINDOWS_SD_DIRECTORY | WINDOWS_SD_SHARED, 0755 } };
    uint32_t uid = 0, mode = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        PSECURITY_DESCRIPTOR sd = windows_sd_new(rows[i].flags, STRANGER);
        SECURITY_DESCRIPTOR_CONTROL control = 0;
        DWORD revision = 0;
        assert_non_null(sd);
        windows_access(sd, rows[i].flags & WINDOWS_SD_DIRECTORY, &uid, &mode);
        assert_int_equal(mode, rows[i].want);
        assert_int_equal(uid, uid_of(STRANGER));
        /* Nothing is inherited from the folder. */
        assert_true(GetSecurityDescriptorControl(sd, &control, &revision));
        assert_true(control & SE_DACL_PROTECTED);
        LocalFree(sd);
    }
    PSECURITY_DESCRIPTOR mine = windows_sd_new(0, NULL);
    windows_access(mine, false, &uid, &mode);
    assert_int_equal(uid, UINT32_MAX); /* the system puts the maker in */
    LocalFree(mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_become_bits), cmocka_unit_test(strange_entries_are_open),
        cmocka_unit_test(users_are_numbers),  cmocka_unit_test(secrets_are_for_few),
        cmocka_unit_test(we_are_no_others),   cmocka_unit_test(our_lists_say_what_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
