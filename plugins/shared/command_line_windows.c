/* Paths of Windows, where a backslash is a part of every path; see command_line.h. */
#include "shared/command_line.h"

/* On a drive of this machine: a path without one depends on where the daemon stands, and
 * \\SERVER\SHARE on who answers there. */
bool command_line_is_absolute(const char *path)
{
    const char drive = path[0];
    return ((drive >= 'A' && drive <= 'Z') || (drive >= 'a' && drive <= 'z')) && path[1] == ':' &&
           (path[2] == '\\' || path[2] == '/');
}

/* Never.  What has a quote in it stands in the other kind of quotes. */
bool command_line_escapes(char quote, char next)
{
    (void)quote;
    (void)next;
    return false;
}
