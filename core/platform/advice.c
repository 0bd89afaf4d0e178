/* What to do next, in the words of a system with a root, modes of files and systemd. */
#include <stdio.h>
#include <string.h>

#include "platform/os.h"

const char *os_root_name(void)
{
    return "root";
}

const char *os_advice(enum os_advice what, const char *path, char text[static OS_ADVICE_MAX])
{
    const char *slash = strrchr(path, '/');
    const int folder = slash && slash > path ? (int)(slash - path) : 1;

    text[0] = '\0';
    switch (what) {
    case OS_ADVICE_SHUT:
        snprintf(text, OS_ADVICE_MAX, "chmod go-w '%s', or: chown root '%s'", path, path);
        break;
    case OS_ADVICE_PRIVATE:
        snprintf(text, OS_ADVICE_MAX, "chmod 600 '%s'", path);
        break;
    case OS_ADVICE_INHERIT:
        snprintf(text, OS_ADVICE_MAX, "chown --reference='%.*s' '%s'; chmod 600 '%s'", folder,
                 slash ? path : ".", path, path);
        break;
    case OS_ADVICE_SECRET: /* its group may be the daemon's */
        snprintf(text, OS_ADVICE_MAX, "correct that with chown and chmod");
        break;
    case OS_ADVICE_LESS:
        snprintf(text, OS_ADVICE_MAX,
                 "give the state to a user of its own, and the daemon will run as that user: chown "
                 "-R USER: %s, or use the unit: systemctl enable --now dcddns",
                 path);
        break;
    case OS_ADVICE_START:
        snprintf(text, OS_ADVICE_MAX, "systemctl enable --now dcddns");
        break;
    case OS_ADVICE_RELOAD:
        snprintf(text, OS_ADVICE_MAX, "systemctl reload dcddns");
        break;
    case OS_ADVICE_LOG:
        snprintf(text, OS_ADVICE_MAX, "The daemon keeps none; see: journalctl -u dcddns.");
        break;
    }
    return text;
}
