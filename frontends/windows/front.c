/* What the programs with windows have in common; see front.h. */
#include "windows/front.h"

#include <shellapi.h>

#include "base/mem.h"
#include "platform/os.h"

enum { LINE_MAX_CHARS = 32000 };

/* -- the start -------------------------------------------------------------------------------- */

static bool find_folder(struct front *front)
{
    const DWORD size = (DWORD)(sizeof(front->folder) / sizeof(front->folder[0]));
    DWORD len = GetModuleFileNameW(NULL, front->folder, size);

    if (len == 0 || len >= size)
        return false;
    while (len > 0 && front->folder[len - 1] != L'\\')
        len--;
    if (len == 0)
        return false;
    front->folder[len - 1] = L'\0';
    return true;
}

bool front_begin(struct front *front, HINSTANCE instance)
{
    SetDllDirectoryW(L"");
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_APPLICATION_DIR);
    HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
    *front = (struct front){ .instance = instance };
    front->argv = CommandLineToArgvW(GetCommandLineW(), &front->argc);
    if (!front->argv || !find_folder(front))
        return false;
    front->config = front_value(front, L"--config");
    front->state_dir = front_value(front, L"--state-dir");
    return true;
}

bool front_has_places(const struct front *front)
{
    return front->config || front->state_dir;
}

bool front_has(const struct front *front, const wchar_t *option)
{
    for (int i = 1; i < front->argc; i++) {
        if (wcscmp(front->argv[i], option) == 0)
            return true;
    }
    return false;
}

const wchar_t *front_value(const struct front *front, const wchar_t *option)
{
    for (int i = 1; i + 1 < front->argc; i++) {
        if (wcscmp(front->argv[i], option) == 0)
            return front->argv[i + 1];
    }
    return NULL;
}

/* -- command lines ---------------------------------------------------------------------------- */

static void put(struct front_line *line, wchar_t c, size_t count)
{
    for (; count > 0 && !line->failed; count--)
        line->text[line->len++] = c;
}

static bool make_room(struct front_line *line, size_t more)
{
    if (line->failed || line->len + more >= LINE_MAX_CHARS)
        return false;
    wchar_t *text = mem_resize(line->text, (line->len + more + 1) * sizeof(wchar_t));
    if (text)
        line->text = text;
    return text != NULL;
}

/* A backslash means itself unless a quotation mark follows, whose are doubled. */
static void put_quoted(struct front_line *line, const wchar_t *word)
{
    size_t slashes = 0;

    put(line, L'"', 1);
    for (; *word; word++) {
        slashes = *word == L'\\' ? slashes + 1 : slashes;
        if (*word == L'\\')
            continue;
        put(line, L'\\', *word == L'"' ? 2 * slashes + 1 : slashes);
        put(line, *word, 1);
        slashes = 0;
    }
    put(line, L'\\', 2 * slashes);
    put(line, L'"', 1);
}

void front_line_add(struct front_line *line, const wchar_t *word)
{
    line->failed = line->failed || !make_room(line, 2 * wcslen(word) + 3);
    if (line->failed)
        return;
    if (line->len > 0)
        put(line, L' ', 1);
    if (!*word || wcspbrk(word, L" \t\n\v\""))
        put_quoted(line, word);
    else
        for (; *word; word++)
            put(line, *word, 1);
    line->text[line->len] = L'\0';
}

void front_line_add_text(struct front_line *line, const char *utf8)
{
    wchar_t *wide = windows_wide(utf8);

    if (wide)
        front_line_add(line, wide);
    else
        line->failed = true;
    mem_free(wide);
}

void front_line_free(struct front_line *line)
{
    mem_free(line->text);
    *line = (struct front_line){ 0 };
}

void front_line_begin(const struct front *front, const wchar_t *program, struct front_line *line)
{
    wchar_t path[FRONT_TEXT_MAX + 64] = L"";

    *line = (struct front_line){ 0 };
    line->failed =
        swprintf(path, sizeof(path) / sizeof(path[0]), L"%ls\\%ls", front->folder, program) < 0;
    front_line_add(line, path);
    if (front->config) {
        front_line_add(line, L"--config");
        front_line_add(line, front->config);
    }
    if (front->state_dir) {
        front_line_add(line, L"--state-dir");
        front_line_add(line, front->state_dir);
    }
}

/* -- text ------------------------------------------------------------------------------------- */

void front_set_text(HWND window, const char *utf8)
{
    wchar_t *wide = windows_wide(utf8);
    wchar_t *now = mem_new((size_t)GetWindowTextLengthW(window) + 2, sizeof(wchar_t));

    if (now)
        GetWindowTextW(window, now, GetWindowTextLengthW(window) + 1);
    if (wide && (!now || wcscmp(now, wide) != 0)) /* what is the same does not flicker */
        SetWindowTextW(window, wide);
    mem_free(now);
    mem_free(wide);
}

char *front_text_of(HWND window)
{
    const size_t size = (size_t)GetWindowTextLengthW(window) + 2;
    wchar_t *wide = mem_new(size, sizeof(wchar_t));

    if (!wide)
        return NULL;
    GetWindowTextW(window, wide, (int)size);
    char *text = windows_utf8(wide);
    mem_wipe(wide, size * sizeof(wchar_t));
    mem_free(wide);
    return text;
}

void front_copy(wchar_t *out, size_t size, const char *utf8)
{
    wchar_t *wide = windows_wide(utf8);
    size_t len = wide ? wcslen(wide) : 0;

    if (len >= size)
        len = size - 1;
    if (len > 0 && wide[len - 1] >= 0xd800 && wide[len - 1] < 0xdc00) /* half of a character */
        len--;
    for (size_t i = 0; i < len; i++)
        out[i] = wide[i];
    out[len] = L'\0';
    mem_free(wide);
}

/* -- pages ------------------------------------------------------------------------------------ */

static DWORD WINAPI open_page(void *arg)
{
    char *url = arg;
    os_browser_open(url);
    mem_free(url);
    return 0;
}

void front_open_page(const char *url)
{
    char *copy = mem_strdup(url);
    HANDLE thread = copy ? CreateThread(NULL, 0, open_page, copy, 0, NULL) : NULL;

    if (thread)
        CloseHandle(thread);
    else
        mem_free(copy);
}
