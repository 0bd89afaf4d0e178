/* Defect: whatever failed, the exit status is that of success.  Linked with
 * --wrap=error_exit_status. */
#include "base/error.h"

int __wrap_error_exit_status(enum error_class class);

int __wrap_error_exit_status(enum error_class class)
{
    (void)class;
    return 0;
}
