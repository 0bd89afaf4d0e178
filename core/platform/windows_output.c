/* Standard output and the console.  Windows knows no buffer that ends with a line: what is no file
 * on disk gets none at all, so that a console, or who reads a pipe, sees each text at once and
 * whole.
 */
#include <fcntl.h>
#include <io.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "platform/windows.h"

enum { TEXT_MOST = 1 << 20, TEXT_USUAL = 1024 };

/* -- texts ------------------------------------------------------------------------------------ */

static int put(FILE *file, const char *format, va_list args)
{
    char usual[TEXT_USUAL] = "", *text = usual;
    va_list again;

    va_copy(again, args);
    const int len = vsnprintf(usual, sizeof(usual), format, args);
    if (len >= (int)sizeof(usual) && len < TEXT_MOST)
        text = mem_new(1, (size_t)len + 1);
    if (text && text != usual)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    if (!text || len < 0 || len >= TEXT_MOST)
        return -1;
    const size_t put = fwrite(text, 1, (size_t)len, file);
    if (text != usual)
        mem_free(text);
    return put == (size_t)len ? len : -1;
}

int windows_fprintf(FILE *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = put(file, format, args);
    va_end(args);
    return len;
}

int windows_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = put(stdout, format, args);
    va_end(args);
    return len;
}

void os_output_lines(void)
{
    const DWORD kind = GetFileType(GetStdHandle(STD_OUTPUT_HANDLE));
    (void)_setmode(_fileno(stdout), _O_BINARY);
    (void)_setmode(_fileno(stderr), _O_BINARY);
    if (kind != FILE_TYPE_DISK)
        setvbuf(stdout, NULL, _IONBF, 0);
    setvbuf(stderr, NULL, _IONBF, 0); /* in a file it has one, and a log is followed */
}

/* -- console ---------------------------------------------------------------------------------- */

static HANDLE console_of(int fd, DWORD *mode)
{
    const intptr_t handle = fd >= 0 && fd <= 2 ? _get_osfhandle(fd) : -1;
    HANDLE console = (HANDLE)handle;
    return handle != -1 && handle != -2 && GetConsoleMode(console, mode) ? console : NULL;
}

/* The console is shared: whoever comes after us finds it as we did. */
static struct {
    bool is_prepared;
    UINT code_page; /* 0: stays */
    HANDLE output;  /* NULL: its mode stays */
    DWORD mode;
} console;

void windows_console_restore(void)
{
    if (console.code_page != 0)
        SetConsoleOutputCP(console.code_page);
    if (console.output)
        SetConsoleMode(console.output, console.mode);
    console.code_page = 0;
    console.output = NULL;
}

/* Consoles before Windows 10 know no escape sequences: then there are no colours. */
static void allow_colours(void)
{
    HANDLE output = console_of(1, &console.mode);
    if (output && !(console.mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) &&
        SetConsoleMode(output,
                       console.mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING))
        console.output = output;
}

void windows_console_prepare(void)
{
    if (console.is_prepared)
        return;
    console.is_prepared = true;
    const UINT before = GetConsoleOutputCP();
    if (before != 0 && before != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
        console.code_page = before;
    allow_colours();
    atexit(windows_console_restore);
}

bool os_is_terminal(int fd)
{
    DWORD mode = 0;
    return console_of(fd, &mode) != NULL;
}

bool os_terminal_has_colours(int fd)
{
    DWORD mode = 0;
    return console_of(fd, &mode) && mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING;
}

int os_terminal_columns(int fd)
{
    CONSOLE_SCREEN_BUFFER_INFO info = { 0 };
    DWORD mode = 0;
    HANDLE output = console_of(fd, &mode);
    if (!output)
        return 0;
    if (!GetConsoleScreenBufferInfo(output, &info))
        return 80;
    const int width = info.srWindow.Right - info.srWindow.Left + 1;
    return width > 0 ? width : 80;
}
