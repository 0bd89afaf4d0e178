/* Memory: the one place that allocates, so that tests can make any allocation fail.
 * Knows nothing of what is stored. */
#ifndef DCDDNS_BASE_MEM_H
#define DCDDNS_BASE_MEM_H

#include <stddef.h>

/* The seam.  Replace members before any other call (tests, torture); never at run time. */
struct mem_calls {
    void *(*alloc)(size_t size);
    void *(*resize)(void *, size_t size);
    void (*release)(void *);
};
extern struct mem_calls mem_calls;

/* Zeroed memory for COUNT things of SIZE bytes; NULL when there is none or the product overflows.
 */
void *mem_new(size_t count, size_t size);
/* Grows or shrinks; like realloc(), the old block stays valid when NULL is returned. */
void *mem_resize(void *, size_t size);
void mem_free(void *);
/* Copy of TEXT, or of its first LEN bytes; NULL when out of memory or TEXT is NULL. */
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t len);
/* Overwrites in a way the compiler cannot drop. */
void mem_wipe(void *, size_t len);
/* Wipes and frees a secret string; accepts NULL. */
void mem_free_secret(char *);

#endif
