/* The Run key; see login.h. */
#include "windows/login.h"

static const wchar_t key_path[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Run";
/* Where the task manager notes what its user switched off: a value of the same name. */
static const wchar_t approved_path[] =
    L"Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\StartupApproved\\Run";
static const wchar_t value[] = L"dcddns", program[] = L"dcddns-tray.exe";

static bool is_in(HKEY root)
{
    return RegGetValueW(root, key_path, value, RRF_RT_REG_SZ, NULL, NULL, NULL) == ERROR_SUCCESS;
}

/* It begins with 2 or 6 for on, 3 or 7 for off. */
static bool is_switched_off(void)
{
    BYTE note[64] = { 0 };
    DWORD size = sizeof(note);

    return RegGetValueW(HKEY_CURRENT_USER, approved_path, value, RRF_RT_REG_BINARY, NULL, note,
                        &size) == ERROR_SUCCESS &&
           size > 0 && note[0] % 2 == 1;
}

enum login login_now(void)
{
    if (is_in(HKEY_LOCAL_MACHINE))
        return LOGIN_ALL_USERS;
    return is_in(HKEY_CURRENT_USER) && !is_switched_off() ? LOGIN_THIS_USER : LOGIN_OFF;
}

static LSTATUS put(const struct front *front)
{
    struct front_line line = { 0 };
    LSTATUS rc = ERROR_NOT_ENOUGH_MEMORY;

    front_line_begin(front, program, &line);
    front_line_add(&line, L"--quiet");
    if (!line.failed)
        rc = RegSetKeyValueW(HKEY_CURRENT_USER, key_path, value, REG_SZ, line.text,
                             (DWORD)((line.len + 1) * sizeof(wchar_t)));
    front_line_free(&line);
    return rc;
}

LSTATUS login_set(const struct front *front, bool on)
{
    LSTATUS rc = ERROR_SUCCESS;

    if (on && login_now() != LOGIN_ALL_USERS)
        rc = put(front);
    if (rc == ERROR_SUCCESS)
        rc = RegDeleteKeyValueW(HKEY_CURRENT_USER, on ? approved_path : key_path, value);
    return rc == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : rc;
}

bool login_start_tray(const struct front *front)
{
    struct front_line line = { 0 };
    STARTUPINFOW start = { .cb = sizeof(start) };
    PROCESS_INFORMATION process = { 0 };

    front_line_begin(front, program, &line);
    front_line_add(&line, L"--quiet");
    const bool good = !line.failed && CreateProcessW(NULL, line.text, NULL, NULL, FALSE, 0, NULL,
                                                     NULL, &start, &process);
    if (process.hProcess)
        CloseHandle(process.hProcess);
    if (process.hThread)
        CloseHandle(process.hThread);
    front_line_free(&line);
    return good;
}
