/* What tests/windows/installer needs beside the installer; it compiles this itself.
 *   PROGRAM hold FILE READY END    has FILE open, for nobody else to write or delete, makes READY,
 *                                  and ends when END is there
 *   PROGRAM service WORD           dcddns.exe while its service starts */
#include <stdio.h>
#include <string.h>

#include <windows.h>

static int hold(char **argv)
{
    HANDLE held = CreateFileA(argv[2], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (held == INVALID_HANDLE_VALUE)
        return 1;
    HANDLE ready = CreateFileA(argv[3], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (ready == INVALID_HANDLE_VALUE)
        return 1;
    CloseHandle(ready);
    while (GetFileAttributesA(argv[4]) == INVALID_FILE_ATTRIBUTES)
        Sleep(100);
    CloseHandle(held);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "hold") == 0)
        return hold(argv);
    if (argc == 3 && strcmp(argv[1], "service") == 0 && strcmp(argv[2], "status") == 0) {
        puts("starting (process 1)");
        return 1;
    }
    return 0;
}
