/* No command of this system's own: its service manager has its own program. */
#include "cli/cli.h"

const struct command *command_of_system(void)
{
    return NULL;
}
