/* The file that `dcddns import` is given. */
#ifndef DCDDNS_CLI_IMPORT_INPUT_H
#define DCDDNS_CLI_IMPORT_INPUT_H

#include "import/import.h"

/* Opened for reading only.  Says on standard error when others may read the tokens in it.  FILE is
 * overwritten; import_free() in either case. */
int import_input_read(const char *path, struct import_file *file, struct error *err);

#endif
