/* Loading libraries on Windows: from which places, and what is read of their names. */
#include "unit/windows/folder.h"

static unsigned char image[4 << 20];

static size_t read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t len = fread(image, 1, sizeof(image), file);
    fclose(file);
    assert_true(len > 1000 && len < sizeof(image));
    return len;
}

static void put(const char *name, const char *sample, const wchar_t *sddl)
{
    folder_write(name, image, read_image(sample), sddl);
}

/* -- loading ---------------------------------------------------------------------------------- */

static int answer_of(void *module)
{
    union {
        void *address;
        int (*call)(void);
    } symbol = { os_module_symbol(module, "sample_answer") };
    assert_non_null(symbol.address);
    return symbol.call();
}

static void drop(void *module)
{
    FreeLibrary((HMODULE)module); /* or the folder could not be removed */
}

static void loads_what_is_ours(void **state)
{
    struct error err = { 0 };
    (void)state;
    put("one.dll", TEST_SAMPLE_ONE, OWNER_ONLY);
    put("two.dll", TEST_SAMPLE_TWO, ALL_READ);
    assert_string_equal(os_module_suffix(), ".dll");
    void *one = os_module_open(folder, "", "one.dll", &err);
    if (!one)
        fail_msg("%s", err.text);
    void *two = os_module_open(folder, "", "two.dll", &err);
    assert_non_null(two);
    assert_int_equal(answer_of(one), 1);
    assert_int_equal(answer_of(two), 2);
    assert_null(os_module_symbol(one, "sample_nothing"));
    drop(one);
    drop(two);
    folder_mkdir("\xc3\xbc\xe6\x97\xa5", OWNER_ONLY);
    struct os_dir *sub = os_dir_sub(opened, "\xc3\xbc\xe6\x97\xa5", 0, &err);
    assert_int_equal(os_replace_file(sub, "one.dll", (const char *)image,
                                     read_image(TEST_SAMPLE_ONE), 0600, false),
                     0);
    os_dir_close(&sub);
    one = os_module_open(folder, "\xc3\xbc\xe6\x97\xa5", "one.dll", &err);
    assert_non_null(one);
    drop(one);
}

static void refuses(const char *dir, const char *subdir, const char *file, enum error_class class,
                    const char *words)
{
    struct error err = { 0 };
    assert_null(os_module_open(dir, subdir, file, &err));
    if (err.class != class || !strstr(err.text, words))
        fail_msg("%s: class %d, not %d with \"%s\"", err.text, err.class, class, words);
}

static void refuses_names_that_are_paths(void **state)
{
    (void)state;
    put("one.dll", TEST_SAMPLE_ONE, OWNER_ONLY);
    folder_mkdir("sub", OWNER_ONLY);
    refuses(".", "", "one.dll", ERR_PERM, "absolute");
    refuses("/windows/system32", "", "version.dll", ERR_PERM, "absolute");
    refuses("C:", "", "one.dll", ERR_PERM, "absolute");
    refuses(folder, "sub", "../one.dll", ERR_PERM, "plain name");
    refuses(folder, "sub", "..\\one.dll", ERR_PERM, "plain name");
    refuses(folder, "", ".one.dll", ERR_PERM, "plain name");
    refuses(folder, "", "one.dll:stream", ERR_PERM, "plain name");
    refuses(folder, "", "one.dll::$DATA", ERR_PERM, "plain name");
}

/* What a server gives, a server can change. */
static void refuses_other_machines(void **state)
{
    (void)state;
    refuses("\\\\server\\share", "", "one.dll", ERR_PERM, "not on a drive of this machine");
    refuses("//127.0.0.1/c$/windows", "", "one.dll", ERR_PERM, "not on a drive of this machine");
    refuses("\\\\?\\UNC\\server\\share", "", "one.dll", ERR_PERM, "");
    refuses("\\\\.\\pipe", "", "one.dll", ERR_PERM, "");
    refuses("Q:/", "", "one.dll", ERR_PERM, "not on a drive of this machine");
}

static void refuses_what_is_missing_or_no_module(void **state)
{
    (void)state;
    folder_write("text.dll", "MZ, but no more", 15, OWNER_ONLY);
    folder_mkdir("dir.dll", OWNER_ONLY);
    refuses(folder, "", "missing.dll", ERR_CONFIG, "No such file");
    refuses(folder, "none", "missing.dll", ERR_CONFIG, "/none: No such file");
    refuses(folder, "", "text.dll", ERR_CONFIG, "cannot be loaded");
    refuses(folder, "", "dir.dll", ERR_PERM, "is not a regular file");
    refuses(folder, "text.dll", "one.dll", ERR_PERM, "is not a directory");
}

static void refuses_what_others_may_write(void **state)
{
    struct error err = { 0 };
    (void)state;
    put("open.dll", TEST_SAMPLE_ONE, ALL_WRITE);
    refuses(folder, "", "open.dll", ERR_PERM, "open.dll: is writable by others");
    folder_mkdir("open", ALL_WRITE);
    struct os_dir *sub = os_dir_sub(opened, "open", 0, &err);
    assert_int_equal(os_replace_file(sub, "one.dll", (const char *)image,
                                     read_image(TEST_SAMPLE_ONE), 0600, false),
                     0);
    struct os_dir *below = os_dir_sub(sub, "below", OS_DIR_MAKE, &err);
    assert_int_equal(os_replace_file(below, "one.dll", (const char *)image,
                                     read_image(TEST_SAMPLE_ONE), 0600, false),
                     0);
    os_dir_close(&below);
    os_dir_close(&sub);
    refuses(folder, "open", "one.dll", ERR_PERM, "/open: is writable by others");
    refuses(folder, "open/below", "one.dll", ERR_PERM, "/open: is writable by others");
    refuses(folder_path("open"), "below", "one.dll", ERR_PERM, "/open: is writable by others");
}

/* -- names ------------------------------------------------------------------------------------ */

struct seen {
    int answers, reserved, process;
    size_t names;
};

static void see(void *ctx, const char *name, bool defined)
{
    struct seen *seen = ctx;
    assert_true(strlen(name) > 0);
    seen->names++;
    seen->answers += defined && strcmp(name, "sample_answer") == 0;
    seen->reserved += name[0] == '_';
    seen->process += !defined && strcmp(name, "GetCurrentProcessId") == 0;
}

static void reads_names(void **state)
{
    struct seen seen = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(os_module_symbols(TEST_SAMPLE_ONE, see, &seen, &err), 0);
    assert_int_equal(seen.answers, 1);
    assert_int_equal(seen.process, 1);
    assert_int_equal(seen.reserved, 0);
    seen = (struct seen){ 0 };
    assert_int_equal(os_module_symbols(folder_path("missing.dll"), see, &seen, &err), -1);
    assert_non_null(strstr(err.text, "cannot be read: No such file or directory"));
    assert_int_equal(os_module_symbols(folder, see, &seen, &err), -1);
    assert_non_null(strstr(err.text, "is no regular file, or empty"));
    folder_write("empty.dll", "", 0, OWNER_ONLY);
    assert_int_equal(os_module_symbols(folder_path("empty.dll"), see, &seen, &err), -1);
    folder_write("text.dll", "MZ, but no more", 15, OWNER_ONLY);
    assert_int_equal(os_module_symbols(folder_path("text.dll"), see, &seen, &err), -1);
    assert_non_null(strstr(err.text, "no library of this kind of machine"));
    wchar_t self[MAX_PATH] = L""; /* a program is no library */
    assert_true(GetModuleFileNameW(NULL, self, MAX_PATH) > 0);
    char *path = windows_path_shown(self);
    assert_int_equal(os_module_symbols(path, see, &seen, &err), -1);
    mem_free(path);
    assert_int_equal(seen.names, 0);
}

/* Each piece in memory of its own size, so that one byte too far is seen. */
static int symbols_of(size_t len)
{
    struct seen seen = { 0 };
    const size_t page = 4096, room = (len + page - 1) / page * page;
    unsigned char *block = VirtualAlloc(NULL, room + page, MEM_RESERVE, PAGE_NOACCESS);
    assert_non_null(block);
    if (room > 0)
        assert_non_null(VirtualAlloc(block, room, MEM_COMMIT, PAGE_READWRITE));
    unsigned char *data = block + room - len; /* ends where nothing may be touched */
    memcpy(data, image, len);
    const int rc = windows_pe_symbols(data, len, see, &seen);
    VirtualFree(block, 0, MEM_RELEASE);
    return rc;
}

/* Cut anywhere, or with any byte of the tables' places changed: an answer or an error, no more. */
static void damaged_files_lead_nowhere(void **state)
{
    const size_t len = read_image(TEST_SAMPLE_ONE);
    int refused = 0, changed = 0, tables = 0;
    IMAGE_DOS_HEADER dos = { 0 };
    IMAGE_NT_HEADERS head = { 0 };
    (void)state;

    assert_int_equal(symbols_of(len), 0);
    for (size_t cut = 0; cut < 2048; cut++)
        refused += symbols_of(cut) < 0;
    assert_int_equal(refused, 2048);
    for (size_t cut = 2048; cut < len; cut += len / 300 + 1)
        symbols_of(cut);
    for (size_t at = 0; at < 1024; at++) {
        for (int change = 0; change < 3; change++) {
            const unsigned char old = image[at];
            image[at] = (unsigned char)(change == 0 ? 0xff : change == 1 ? 0x80 : old + 1);
            changed += symbols_of(len) < 0;
            image[at] = old;
        }
    }
    assert_true(changed > 10);
    /* Directions in the tables themselves: of names, of libraries. */
    memcpy(&dos, image, sizeof(dos));
    memcpy(&head, image + dos.e_lfanew, sizeof(head));
    for (WORD i = 0; i < head.FileHeader.NumberOfSections; i++) {
        IMAGE_SECTION_HEADER section = { 0 };
        memcpy(&section,
               image + dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                   head.FileHeader.SizeOfOptionalHeader + i * sizeof(section),
               sizeof(section));
        if (memcmp(section.Name, ".edata", 6) != 0 && memcmp(section.Name, ".idata", 6) != 0)
            continue;
        for (size_t at = section.PointerToRawData;
             at < len && at < section.PointerToRawData + section.SizeOfRawData; at++) {
            const unsigned char old = image[at];
            image[at] = 0xff;
            symbols_of(len);
            image[at] = old;
        }
        tables++;
    }
    assert_int_equal(tables, 2);
    assert_int_equal(symbols_of(len), 0);
}

static IMAGE_NT_HEADERS heads_of_image(size_t *sections)
{
    IMAGE_DOS_HEADER dos = { 0 };
    IMAGE_NT_HEADERS head = { 0 };
    memcpy(&dos, image, sizeof(dos));
    memcpy(&head, image + dos.e_lfanew, sizeof(head));
    *sections = (size_t)dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                head.FileHeader.SizeOfOptionalHeader;
    return head;
}

/* Offset of RVA in the file, and the section that ends last. */
static size_t offset_of(DWORD rva, IMAGE_SECTION_HEADER *last)
{
    size_t sections = 0, offset = 0;
    IMAGE_NT_HEADERS head = heads_of_image(&sections);
    *last = (IMAGE_SECTION_HEADER){ 0 };
    for (WORD i = 0; i < head.FileHeader.NumberOfSections; i++) {
        IMAGE_SECTION_HEADER section = { 0 };
        memcpy(&section, image + sections + i * sizeof(section), sizeof(section));
        if (rva >= section.VirtualAddress && rva - section.VirtualAddress < section.SizeOfRawData)
            offset = section.PointerToRawData + (rva - section.VirtualAddress);
        if (section.PointerToRawData >= last->PointerToRawData && section.SizeOfRawData > 0)
            *last = section;
    }
    return offset;
}

static void names_end_within_the_file(void **state)
{
    IMAGE_SECTION_HEADER last = { 0 };
    IMAGE_EXPORT_DIRECTORY table = { 0 };
    size_t sections = 0;
    (void)state;
    read_image(TEST_SAMPLE_ONE);
    IMAGE_NT_HEADERS head = heads_of_image(&sections);
    const DWORD exports =
        head.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress;
    memcpy(&table, image + offset_of(exports, &last), sizeof(table));
    const size_t first = offset_of(table.AddressOfNames, &last);
    const size_t end = last.PointerToRawData + last.SizeOfRawData;
    const DWORD rva = last.VirtualAddress + last.SizeOfRawData - 1;
    assert_int_equal(symbols_of(end), 0); /* what is behind is of no interest */
    memcpy(image + first, &rva, sizeof(rva));
    image[end - 1] = '\0';
    assert_int_equal(symbols_of(end), 0);
    image[end - 1] = 'x';
    assert_int_equal(symbols_of(end), -2);
}

static void knows_who_provides(void **state)
{
    struct error err = { 0 };
    (void)state;
    put("one.dll", TEST_SAMPLE_ONE, OWNER_ONLY);
    assert_false(os_module_resolves(folder_path("one.dll"), "sample_answer")); /* not loaded */
    void *one = os_module_open(folder, "", "one.dll", &err);
    assert_non_null(one);
    assert_true(os_module_resolves(folder_path("one.dll"), "sample_answer"));
    assert_true(os_module_resolves(folder_path("one.dll"), "GetCurrentProcessId"));
    assert_false(os_module_resolves(folder_path("one.dll"), "GetTempPathW")); /* we have it */
    assert_false(os_module_resolves("C:/missing.dll", "GetCurrentProcessId"));
    drop(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loads_what_is_ours, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(refuses_names_that_are_paths, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(refuses_other_machines, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(refuses_what_is_missing_or_no_module, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(refuses_what_others_may_write, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(reads_names, folder_make, folder_remove),
        cmocka_unit_test(damaged_files_lead_nowhere),
        cmocka_unit_test(names_end_within_the_file),
        cmocka_unit_test_setup_teardown(knows_who_provides, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
