/* Standard output.  Windows knows no buffer that ends with a line: what is no file on disk gets
 * none at all, so that a console, or who reads a pipe, sees each line at once. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

#include "platform/os.h"

void os_output_lines(void)
{
    const DWORD kind = GetFileType(GetStdHandle(STD_OUTPUT_HANDLE));
    (void)_setmode(_fileno(stdout), _O_BINARY);
    (void)_setmode(_fileno(stderr), _O_BINARY);
    if (kind != FILE_TYPE_DISK)
        setvbuf(stdout, NULL, _IONBF, 0);
}
