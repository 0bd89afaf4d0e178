/* Paths and backslashes as a shell knows them; see command_line.h. */
#include <string.h>

#include "shared/command_line.h"

bool command_line_is_absolute(const char *path)
{
    return path[0] == '/';
}

/* Before anything outside of quotes, before what means something within "", before nothing within
 * ''. */
bool command_line_escapes(char quote, char next)
{
    return quote == '\0' || (quote == '"' && strchr("\"\\$`", next) != NULL);
}
