/* Makes options out of what was written; see options.h. */
#include "modules/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "platform/os.h"

enum { SECRET_MAX = 4096 };

static const struct schema_value *find(const char *name, const struct schema_value *values,
                                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    }
    return NULL;
}

/* -- secrets ---------------------------------------------------------------------------------- */

static int unreadable(const struct schema_value *value, int code, struct error *err)
{
    char advice[OS_ADVICE_MAX] = "";

    if (code == -EPERM)
        return error_set(err, ERR_CONFIG,
                         "%s:%d: %s: %s must belong to %s or to the user dcddns runs as, and "
                         "others must neither read nor write it; %s",
                         value->file, value->line, value->name, value->value, os_root_name(),
                         os_advice(OS_ADVICE_SECRET, value->value, advice));
    return error_set(err, code == -ENOMEM ? ERR_LOCAL : ERR_CONFIG, "%s:%d: %s: cannot read %s: %s",
                     value->file, value->line, value->name, value->value, os_strerror(code));
}

/* The content of the file without its last line end, in mem_ memory; NULL with ERR. */
static char *read_secret(const struct schema_value *value, const struct dcddns_option *option,
                         struct error *err)
{
    const char *name = NULL, *wrong = NULL;
    char *text = NULL;
    size_t len = 0;
    struct os_dir *dir = os_dir_of(value->value, 0, &name, err);

    if (!dir) {
        error_prefix(err, "%s:%d: %s", value->file, value->line, value->name);
        if (err)
            err->class = ERR_CONFIG; /* whoever names a file mends what is wrong with it */
        return NULL;
    }
    int rc = os_read_secret_file(dir, name, SECRET_MAX, &text, &len);
    os_dir_close(&dir);
    if (rc < 0) {
        unreadable(value, rc, err);
        return NULL;
    }
    if (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
    if (len > 0 && text[len - 1] == '\r')
        text[--len] = '\0';
    if (len == 0 || strlen(text) != len)
        wrong = len == 0 ? "is empty" : "holds a NUL byte";
    else
        wrong = schema_check_value(option->type, option->flags, text);
    if (!wrong)
        return text;
    error_set(err, ERR_CONFIG, "%s:%d: %s: the content of %s %s", value->file, value->line,
              value->name, value->value, wrong);
    mem_free_secret(text);
    return NULL;
}

/* -- plain forms ------------------------------------------------------------------------------ */

/* So that no module parses units and words again. */
static char *plain(const struct dcddns_option *option, const char *value)
{
    char digits[24] = "";
    int64_t seconds = 0;
    bool yes = false;

    if (option->flags & DCDDNS_LIST)
        return mem_strdup(value);
    if (option->type == DCDDNS_OPT_SECONDS && text_seconds(value, &seconds)) {
        snprintf(digits, sizeof(digits), "%lld", (long long)seconds);
        return mem_strdup(digits);
    }
    if (option->type == DCDDNS_OPT_BOOL && text_bool(value, &yes))
        return mem_strdup(yes ? "yes" : "no");
    return mem_strdup(value);
}

/* The value of one option in mem_ memory; *NONE when it has none.  NULL otherwise: ERR. */
static char *value_of(const struct dcddns_option *option, const struct schema_value *values,
                      size_t count, bool *none, struct error *err)
{
    char file_key[SCHEMA_KEY_MAX] = "";
    const struct schema_value *given = find(option->name, values, count);
    const struct schema_value *file = NULL;

    if (option->flags & DCDDNS_SECRET) {
        snprintf(file_key, sizeof(file_key), "%s" SCHEMA_FILE_SUFFIX, option->name);
        file = find(file_key, values, count);
    }
    if (file)
        return read_secret(file, option, err);
    const char *text = given ? given->value : option->def;
    *none = text == NULL;
    char *copy = text ? plain(option, text) : NULL;
    if (text && !copy)
        error_set(err, ERR_LOCAL, "out of memory");
    return copy;
}

int options_make(struct options *options, const struct module *module,
                 const struct schema_value *values, size_t count, struct error *err)
{
    struct dcddns_option option = { 0 };

    options->list = mem_new(module->plugin.option_count, sizeof(*options->list));
    if (!options->list)
        return error_set(err, ERR_LOCAL, "out of memory");
    for (uint32_t i = 0; i < module->plugin.option_count; i++) {
        bool none = false;
        module_option(module, i, &option);
        char *value = value_of(&option, values, count, &none, err);
        if (none)
            continue;
        if (!value)
            return -1;
        struct option_value *made = &options->list[options->count++];
        made->value = value;
        made->secret = (option.flags & DCDDNS_SECRET) != 0;
        made->name = mem_strdup(option.name);
        if (!made->name)
            return error_set(err, ERR_LOCAL, "out of memory");
    }
    return 0;
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->count; i++) {
        mem_free(options->list[i].name);
        mem_free_secret(options->list[i].value); /* it may be one */
    }
    mem_free(options->list);
    *options = (struct options){ 0 };
}

const char *options_get(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++) {
        if (strcmp(options->list[i].name, name) == 0)
            return options->list[i].value;
    }
    return NULL;
}

void options_redact(const struct options *options, char *text)
{
    for (size_t i = 0; i < options->count; i++) {
        if (options->list[i].secret)
            text_redact(text, options->list[i].value);
    }
}
