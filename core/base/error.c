/* Fills struct error; see error.h.  Does not know who reads it. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, enum error_class class, const char *format, ...)
{
    if (!err)
        return -1;
    va_list ap;
    va_start(ap, format);
    err->class = class;
    vsnprintf(err->text, sizeof(err->text), format, ap);
    va_end(ap);
    return -1;
}

void error_prefix(struct error *err, const char *format, ...)
{
    if (!err)
        return;
    char prefix[ERROR_TEXT_MAX] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(prefix, sizeof(prefix), format, ap);
    va_end(ap);

    size_t room = sizeof(err->text);
    size_t used = strlen(prefix) + 2;
    if (used >= room)
        return;
    size_t keep = strlen(err->text);
    if (keep > room - used - 1)
        keep = room - used - 1;
    memmove(err->text + used, err->text, keep);
    err->text[used + keep] = '\0';
    memcpy(err->text, prefix, used - 2);
    memcpy(err->text + used - 2, ": ", 2);
}

const char *error_class_name(enum error_class class)
{
    static const char *const names[] = {
        [ERR_NONE] = "none",       [ERR_TEMP] = "temporary",    [ERR_PERM] = "permanent",
        [ERR_CONSENT] = "consent", [ERR_CONFLICT] = "conflict", [ERR_CONFIG] = "configuration",
        [ERR_LOCAL] = "local",     [ERR_STOP] = "stopped",      [ERR_USAGE] = "usage",
    };
    if ((size_t) class >= sizeof(names) / sizeof(names[0]))
        return "unknown";
    return names[class];
}

enum error_class error_class_by_name(const char *name)
{
    for (int i = ERR_NONE; name && i <= ERR_USAGE; i++) {
        if (strcmp(error_class_name((enum error_class)i), name) == 0)
            return (enum error_class)i;
    }
    return ERR_NONE;
}

int error_exit_status(enum error_class class)
{
    switch (class) {
    case ERR_NONE:
        return 0;
    case ERR_TEMP:
    case ERR_LOCAL:
    case ERR_STOP:
        return 1;
    case ERR_USAGE:
        return 64;
    case ERR_PERM:
    case ERR_CONSENT:
    case ERR_CONFLICT:
    case ERR_CONFIG:
        break;
    }
    return 2;
}
