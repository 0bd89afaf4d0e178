/* Counts the table of built-in modules, as the program would look into it. */
#include <stdio.h>

#include "modules/module.h"

int main(void)
{
    for (const struct module_builtin *builtin = module_builtins; builtin->kind != 0; builtin++)
        printf("%u %s\n", (unsigned)builtin->kind, builtin->name);
    return 0;
}
