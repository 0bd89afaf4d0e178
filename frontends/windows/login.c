/* The Run key; see login.h. */
#include "windows/login.h"

static const wchar_t key_path[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Run";
static const wchar_t value[] = L"dcddns", program[] = L"dcddns-tray.exe";

static bool is_in(HKEY root)
{
    return RegGetValueW(root, key_path, value, RRF_RT_REG_SZ, NULL, NULL, NULL) == ERROR_SUCCESS;
}

enum login login_now(void)
{
    if (is_in(HKEY_LOCAL_MACHINE))
        return LOGIN_ALL_USERS;
    return is_in(HKEY_CURRENT_USER) ? LOGIN_THIS_USER : LOGIN_OFF;
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
    if (on)
        return login_now() == LOGIN_ALL_USERS ? ERROR_SUCCESS : put(front);
    const LSTATUS rc = RegDeleteKeyValueW(HKEY_CURRENT_USER, key_path, value);
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
