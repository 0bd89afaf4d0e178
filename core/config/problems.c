/* Everything that is wrong, kept until all of it can be told in file order.  Must not know what a
 * configuration means. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "config/load.h"

enum { ERRORS_TEXT_MAX = 256 * 1024 };

void config_errors_add(struct config_errors *errors, const char *file, int line, const char *format,
                       ...)
{
    char message[ERROR_TEXT_MAX + 256] = "", place[16] = "";
    va_list ap;

    va_start(ap, format);
    vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);
    if (errors->text.max == 0)
        errors->text.max = ERRORS_TEXT_MAX;
    if (line > 0)
        snprintf(place, sizeof(place), ":%d", line);
    errors->count++;
    buf_printf(&errors->text, "%s%s: %s\n", file ? file : "configuration", place, message);
}

const char *config_errors_text(const struct config_errors *errors)
{
    const char *text = buf_text(&errors->text);
    return errors->count > 0 && text[0] == '\0' ? "configuration: out of memory\n" : text;
}

void config_errors_free(struct config_errors *errors)
{
    buf_free(&errors->text);
    *errors = (struct config_errors){ 0 };
}

/* Files are few, or this is called at most CONFIG_PROBLEMS_MAX times. */
static size_t rank_of(const struct config *config, const char *file)
{
    for (size_t i = 0; config && i < config->file_count; i++) {
        if (config->files[i] == file)
            return i;
    }
    return 0;
}

void problems_add(struct problems *problems, const char *file, int line, const char *format, ...)
{
    char message[ERROR_TEXT_MAX + 256] = "";
    va_list ap;

    problems->total++;
    if (problems->no_memory || problems->count == CONFIG_PROBLEMS_MAX)
        return;
    va_start(ap, format);
    vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);
    struct problem *list =
        load_grow(problems->list, problems->count, &problems->cap, sizeof(*list));
    char *text = mem_strdup(message);
    if (list)
        problems->list = list;
    if (!list || !text) {
        problems->no_memory = true;
        mem_free(text);
        return;
    }
    list[problems->count] = (struct problem){ .file = file,
                                              .rank = rank_of(problems->config, file),
                                              .order = problems->count,
                                              .line = line,
                                              .text = text };
    problems->count++;
}

static int by_place(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void tell(struct problems *problems, struct config_errors *errors, const char *main_file)
{
    if (problems->no_memory) {
        config_errors_add(errors, main_file, 0, "out of memory");
        return;
    }
    if (problems->count > 1)
        qsort(problems->list, problems->count, sizeof(*problems->list), by_place);
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];
        config_errors_add(errors, problem->file, problem->line, "%s", problem->text);
    }
    int more = problems->total - (int)problems->count;
    if (more > 0) {
        config_errors_add(errors, main_file, 0, "and %d more errors, not shown", more);
        errors->count += more - 1;
    }
}

int problems_report(struct problems *problems, struct config_errors *errors)
{
    int before = errors->count;

    tell(problems, errors, problems->config ? problems->config->path : NULL);
    for (size_t i = 0; i < problems->count; i++)
        mem_free(problems->list[i].text);
    mem_free(problems->list);
    *problems = (struct problems){ .config = problems->config };
    return errors->count - before;
}
