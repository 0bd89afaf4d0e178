/* Plays dcddns.exe for the setup dialog: what it answers follows from the name.  What it was called
 * with goes to fake.log in the folder it stands in; codes do not. */
#include <stdio.h>
#include <string.h>

#include <windows.h>

static void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

static void note(int argc, char **argv)
{
    char path[MAX_PATH] = "";
    DWORD len = GetModuleFileNameA(NULL, path, sizeof(path) - 1);

    while (len > 0 && path[len - 1] != '\\')
        len--;
    snprintf(path + len, sizeof(path) - len, "fake.log");
    FILE *log = fopen(path, "a");
    for (int i = 1; log && i < argc; i++)
        fprintf(log, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
    if (log)
        fclose(log);
}

static const char *word_with(int argc, char **argv, const char *part)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(argv[i], part))
            return argv[i];
    }
    return NULL;
}

static int redeem(const char *name)
{
    char code[512] = "";

    if (!fgets(code, sizeof(code), stdin) || strcmp(code, "good-code\n") != 0) {
        say("{\"v\":1,\"step\":\"error\",\"error\":\"the provider does not take this code: it was "
            "used, or is too old\",\"error_class\":\"permanent\"}");
        return 2;
    }
    printf("{\"v\":1,\"step\":\"granted\",\"name\":\"%s\",\"names\":[\"%s\"]}\n", name, name);
    printf("{\"v\":1,\"step\":\"update\",\"name\":\"%s\",\"done\":true,\"ipv4\":\"203.0.113.7\"}\n",
           name);
    say("{\"v\":1,\"step\":\"daemon\",\"told\":false}");
    return 0;
}

static int ask(const char *name)
{
    if (strstr(name, "slow")) {
        Sleep(60 * 1000);
        return 0;
    }
    if (strstr(name, "sync")) {
        say("{\"v\":1,\"step\":\"error\",\"error\":\"Example DNS does not offer the asynchronous "
            "flow of Domain Connect, so that no program can keep addresses up to date "
            "there\",\"error_class\":\"permanent\"}");
        return 2;
    }
    if (strstr(name, "broken")) {
        fputs("dcddns: C:/x/dcddns.conf:3: unknown key \"intervall\"\n"
              "dcddns: 1 error in the configuration\n",
              stderr);
        return 2;
    }
    printf(
        "{\"v\":1,\"step\":\"consent\",\"name\":\"%s\",\"zone\":\"example.com\",\"provider\":"
        "\"Example DNS\",\"names\":[\"%s\"],\"url\":\"https://dns.example/consent?domain=example."
        "com&host=home\"}\n",
        name, name);
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = word_with(argc, argv, ".example.com");

    note(argc, argv);
    if (word_with(argc, argv, "import")) {
        puts("settings.txt: names of the Domain Connect service: 1\n"
             "home.example.com: imported: record A, zone example.com; the provider took its token");
        return 0;
    }
    if (word_with(argc, argv, "service") || word_with(argc, argv, "run"))
        return 0;
    if (!name)
        return 64;
    return word_with(argc, argv, "--code-file") ? redeem(name) : ask(name);
}
