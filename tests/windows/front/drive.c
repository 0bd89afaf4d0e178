/* Looks at windows of other programs, for the tests of those with windows:
 *   drive text TITLE ID      text of an item of the dialog
 *   drive enabled TITLE ID   exit status 0: it can be used
 *   drive shown TITLE [ID]   exit status 0: it is there, and can be seen
 *   drive focus TITLE        number of the item that has the keyboard
 *   drive where TITLE        left, top, right and bottom edge
 *   drive row TITLE ID N     columns of a row of a list, with tabs between them
 *   drive send CLASS MESSAGE WPARAM LPARAM   says "done" when the window has done what it means
 *   drive hold NAME MS       has the mutex for so long: says "held", then "let go"
 *   drive tell CLASS NAME    posts a message that is registered by its name
 *   drive icon CLASS has|take   exit status 0: the shell has its icon; takes it away
 *   drive plain LINE         starts a program with the rights of a user who is no administrator
 *   drive list               all top windows */
#include <winsock2.h>

#include <windows.h>

#include <commctrl.h>
#include <shellapi.h>

#include <stdio.h>
#include <stdlib.h>

enum { TEXT = 8192, COLUMNS = 7, SEND_MS = 20 * 1000 };

static void print(const wchar_t *text)
{
    static char utf8[3 * TEXT];
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof(utf8), NULL, NULL);
    fputs(utf8, stdout);
}

/* Said, and not the exit status: Wine loses that of a program that takes too long to go. */
static int send_message(HWND window, wchar_t **words)
{
    DWORD_PTR answer = 0;

    if (!window ||
        !SendMessageTimeoutW(window, wcstoul(words[0], NULL, 0), wcstoul(words[1], NULL, 0),
                             wcstol(words[2], NULL, 0), SMTO_NORMAL, SEND_MS, &answer))
        return 1;
    return puts("done") < 0;
}

static int hold(const wchar_t *name, DWORD ms)
{
    HANDLE mutex = CreateMutexW(NULL, FALSE, name);

    if (!mutex || WaitForSingleObject(mutex, SEND_MS) == WAIT_TIMEOUT || puts("held") < 0 ||
        fflush(stdout) != 0)
        return 1;
    Sleep(ms);
    if (puts("let go") < 0 || fflush(stdout) != 0)
        return 1;
    return !ReleaseMutex(mutex);
}

static BOOL CALLBACK list_one(HWND window, LPARAM ctx)
{
    wchar_t class[256] = L"", title[256] = L"";
    (void)ctx;
    GetClassNameW(window, class, 256);
    GetWindowTextW(window, title, 256);
    printf("%s ", IsWindowVisible(window) ? "shown" : "hidden");
    print(class);
    fputs(": ", stdout);
    print(title);
    putchar('\n');
    return TRUE;
}

/* The list is another process's: so is the memory it writes to. */
static int print_row(HWND list, WPARAM row)
{
    DWORD pid = 0;
    GetWindowThreadProcessId(list, &pid);
    HANDLE process =
        OpenProcess(PROCESS_VM_OPERATION | PROCESS_VM_READ | PROCESS_VM_WRITE, FALSE, pid);
    char *theirs =
        VirtualAllocEx(process, NULL, sizeof(LVITEMW) + TEXT, MEM_COMMIT, PAGE_READWRITE);

    if (!theirs || SendMessageW(list, LVM_GETITEMCOUNT, 0, 0) <= (LRESULT)row)
        return 1;
    for (int column = 0; column < COLUMNS; column++) {
        static wchar_t text[TEXT / 2];
        LVITEMW it = { .iSubItem = column,
                       .pszText = (wchar_t *)(void *)(theirs + sizeof(it)),
                       .cchTextMax = TEXT / 2 - 1 };
        WriteProcessMemory(process, theirs, &it, sizeof(it), NULL);
        SendMessageW(list, LVM_GETITEMTEXTW, row, (LPARAM)theirs);
        ReadProcessMemory(process, theirs + sizeof(it), text, TEXT - 2, NULL);
        print(text);
        putchar(column + 1 < COLUMNS ? '\t' : '\n');
    }
    VirtualFreeEx(process, theirs, 0, MEM_RELEASE);
    CloseHandle(process);
    return 0;
}

/* As if the shell had been started anew: it knows the icon no more. */
static int look_at_icon(HWND window, const wchar_t *what)
{
    NOTIFYICONDATAW data = { .cbSize = sizeof(data), .hWnd = window, .uID = 1 };
    return !window ||
           !Shell_NotifyIconW(wcscmp(what, L"take") == 0 ? NIM_DELETE : NIM_MODIFY, &data);
}

/* As without elevation: the group is there only to deny. */
static int start_plain(wchar_t *line)
{
    BYTE admins[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = sizeof(admins);
    HANDLE own = NULL, plain = NULL;
    SID_AND_ATTRIBUTES without = { .Sid = admins };
    STARTUPINFOW start = { .cb = sizeof(start) };
    PROCESS_INFORMATION process = { 0 };

    return !CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, admins, &size) ||
           !OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &own) ||
           !CreateRestrictedToken(own, 0, 1, &without, 0, NULL, 0, NULL, &plain) ||
           !CreateProcessAsUserW(plain, NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start,
                                 &process);
}

int wmain(int, wchar_t **);

int wmain(int argc, wchar_t **argv)
{
    static wchar_t text[TEXT];
    const wchar_t *what = argc > 1 ? argv[1] : L"";

    if (wcscmp(what, L"list") == 0)
        return !EnumWindows(list_one, 0);
    if (argc < 3)
        return 64;
    if (wcscmp(what, L"plain") == 0)
        return start_plain(argv[2]);
    if (wcscmp(what, L"send") == 0 && argc == 6)
        return send_message(FindWindowW(argv[2], NULL), argv + 3);
    if (wcscmp(what, L"hold") == 0 && argc == 4)
        return hold(argv[2], wcstoul(argv[3], NULL, 0));
    if (wcscmp(what, L"tell") == 0 && argc == 4)
        return !PostMessageW(FindWindowW(argv[2], NULL), RegisterWindowMessageW(argv[3]), 0, 0);
    if (wcscmp(what, L"icon") == 0 && argc == 4)
        return look_at_icon(FindWindowW(argv[2], NULL), argv[3]);
    HWND window = FindWindowW(NULL, argv[2]);
    if (window && argc > 3)
        window = GetDlgItem(window, (int)wcstol(argv[3], NULL, 0));
    if (!window)
        return 2;
    if (wcscmp(what, L"enabled") == 0)
        return !IsWindowEnabled(window);
    if (wcscmp(what, L"shown") == 0)
        return !IsWindowVisible(window);
    if (wcscmp(what, L"focus") == 0) {
        GUITHREADINFO of = { .cbSize = sizeof(of) };
        GetGUIThreadInfo(GetWindowThreadProcessId(window, NULL), &of);
        return printf("%d\n", GetDlgCtrlID(of.hwndFocus)) < 0;
    }
    if (wcscmp(what, L"where") == 0) {
        RECT at = { 0 };
        GetWindowRect(window, &at);
        return printf("%ld %ld %ld %ld\n", at.left, at.top, at.right, at.bottom) < 0;
    }
    if (wcscmp(what, L"row") == 0 && argc == 5)
        return print_row(window, wcstoul(argv[4], NULL, 0));
    SendMessageW(window, WM_GETTEXT, TEXT - 1, (LPARAM)text);
    print(text);
    return 0;
}
