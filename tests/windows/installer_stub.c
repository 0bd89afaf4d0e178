/* What tests/windows/installer needs beside the installer; it compiles this itself.
 *   PROGRAM hold FILE READY END    has FILE open, for nobody else to write or delete, makes READY,
 *                                  and ends when END is there
 *   PROGRAM run LINE               starts LINE, waits for its end and says "status N"
 *   PROGRAM window CLASS           says "yes" when there is a window of that class
 *   PROGRAM service WORD           dcddns.exe while its service starts
 *   icacls.exe FOLDER WORD...      adds a line with its words to C:\rights, and fails when the file
 *                                  C:\refused has the first of them; Wine's does nothing */
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

static int rights(int argc, char **argv)
{
    char refused[64] = "";
    FILE *file = fopen("C:\\refused", "r");

    if (file) {
        refused[fread(refused, 1, sizeof(refused) - 1, file)] = '\0';
        fclose(file);
    }
    file = fopen("C:\\rights", "a");
    if (!file)
        return 1;
    for (int i = 1; i < argc; i++)
        fprintf(file, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
    fclose(file);
    return argc < 3 || strcmp(argv[2], refused) == 0 ? 5 : 0;
}

static int run(char *line)
{
    STARTUPINFOA start = { .cb = sizeof(start) };
    PROCESS_INFORMATION process;
    DWORD status = 0;

    if (!line || !CreateProcessA(NULL, line + strlen(" run "), NULL, NULL, FALSE, 0, NULL, NULL,
                                 &start, &process))
        return 1;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &status);
    printf("status %lu\n", status);
    return 0;
}

int main(int argc, char **argv)
{
    const char *end = strrchr(argv[0], '\\');

    if (strcmp(end ? end + 1 : argv[0], "icacls.exe") == 0)
        return rights(argc, argv);
    if (argc == 5 && strcmp(argv[1], "hold") == 0)
        return hold(argv);
    if (argc > 2 && strcmp(argv[1], "run") == 0)
        return run(strstr(GetCommandLineA(), " run "));
    if (argc == 3 && strcmp(argv[1], "window") == 0)
        return puts(FindWindowA(argv[2], NULL) ? "yes" : "no") < 0;
    if (argc == 3 && strcmp(argv[1], "service") == 0 && strcmp(argv[2], "status") == 0) {
        puts("starting (process 1)");
        return 1;
    }
    return 0;
}
