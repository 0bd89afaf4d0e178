/* Plays dcddns.exe for the setup dialog: what it answers follows from the name.  What it was called
 * with goes to fake.log in the folder it stands in; codes do not. */
#include <stdbool.h>
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
    const bool read = fgets(code, sizeof(code), stdin) != NULL;

    if (read && strcmp(code, "old-code\n") == 0) {
        say("{\"v\":1,\"step\":\"error\",\"error\":\"Example DNS does not accept this code "
            "(invalid_grant); codes work once and for a few minutes only: run setup again and use "
            "the new code\",\"error_class\":\"permanent\"}");
        return 2;
    }
    if (read && strcmp(code, "slow-code\n") == 0) { /* stored, and the update hangs */
        printf("{\"v\":1,\"step\":\"granted\",\"name\":\"%s\",\"names\":[\"%s\"]}\n", name, name);
        fflush(stdout);
        Sleep(60 * 1000);
        return 1;
    }
    if (!read || strcmp(code, "good-code\n") != 0) {
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

static const char *zone_of(const char *name)
{
    return strstr(name, "example.");
}

/* One page for each zone: the first name of it says which. */
static void print_page(char **names, int count, const char *zone)
{
    const char *separator = "", *first = NULL;

    for (int i = 0; i < count; i++) {
        if (!zone_of(names[i]) || strcmp(zone_of(names[i]), zone) != 0)
            continue;
        if (!first)
            printf("{\"v\":1,\"step\":\"consent\",\"name\":\"%s\",\"zone\":\"%s\",\"provider\":"
                   "\"Example DNS\",\"names\":[",
                   names[i], zone);
        printf("%s\"%s\"", separator, names[i]);
        separator = ",";
        first = first ? first : names[i];
    }
    printf("],\"url\":\"https://dns.example/consent?domain=%s&host=%.*s\"}\n", zone,
           (int)strcspn(first, "."), first);
}

static void print_pages(char **names, int count)
{
    for (int i = 0; i < count; i++) {
        bool is_new = zone_of(names[i]) != NULL;
        for (int k = 0; is_new && k < i; k++)
            is_new = !zone_of(names[k]) || strcmp(zone_of(names[k]), zone_of(names[i])) != 0;
        if (is_new)
            print_page(names, count, zone_of(names[i]));
    }
}

static int ask(const char *name, int argc, char **argv)
{
    if (strstr(name, "slow")) {
        Sleep(60 * 1000);
        return 0;
    }
    if (strstr(name, "offline")) {
        say("{\"v\":1,\"step\":\"error\",\"error\":\"cannot find the zone of offline.example.com: "
            "no "
            "DNS server answered for _domainconnect.offline.example.com (TXT) within 10 s; check "
            "the "
            "network connection\",\"error_class\":\"temporary\"}");
        return 1;
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
    print_pages(argv, argc);
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = word_with(argc, argv, ".example.");

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
    return word_with(argc, argv, "--code-file") ? redeem(name) : ask(name, argc, argv);
}
