/* The order of a rehearsal: file, descriptor, options, life, then the plays of the module's kind.
 * See rehearsal.h.  Must not know how it is shown. */
#include "modules/rehearsal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "modules/rehearsal_inside.h"

enum { NAMES_MAX = 300, LIVES = 100 };

/* -- the check that is going on --------------------------------------------------------------- */

void check_begin(struct rehearsal *r, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(r->what, sizeof(r->what), format, ap);
    va_end(ap);
    r->failed = false;
    r->audience->begin(r->audience->ctx, r->what);
}

void check_fail(struct rehearsal *r, const char *format, ...)
{
    char why[REHEARSAL_WHY_MAX] = "";
    va_list ap;
    if (r->failed)
        return;
    va_start(ap, format);
    vsnprintf(why, sizeof(why), format, ap);
    va_end(ap);
    const bool again = strcmp(why, r->why) == 0;
    memcpy(r->why, why, sizeof(r->why));
    r->failed = true;
    r->failures++;
    r->audience->tell(r->audience->ctx, REHEARSAL_FAIL, r->what, again ? "the same again" : why);
}

void check_note(struct rehearsal *r, const char *format, ...)
{
    char why[REHEARSAL_WHY_MAX] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(why, sizeof(why), format, ap);
    va_end(ap);
    r->audience->tell(r->audience->ctx, REHEARSAL_NOTE, r->what, why);
}

void check_end(struct rehearsal *r)
{
    if (!r->failed)
        r->audience->tell(r->audience->ctx, REHEARSAL_OK, r->what, "");
    r->what[0] = '\0';
}

/* -- the file -----------------------------------------------------------------------------------
 */

struct symbols {
    struct buf names; /* that stand in the way */
    bool entry;
    const char *path; /* not NULL: look at what is needed, else at what is exported */
};

/* Another major version may stand beside ours. */
static bool is_entry(const char *name)
{
    return text_starts_with(name, "dcddns_plugin_v") && isdigit((unsigned char)name[15]) &&
           name[16] == '\0';
}

static void see_symbol(void *ctx, const char *name, bool defined)
{
    struct symbols *symbols = ctx;
    char escaped[TEXT_ESCAPED_MAX] = "";

    if (defined && strcmp(name, "dcddns_plugin_v1") == 0)
        symbols->entry = true;
    if (defined == (symbols->path != NULL) || (defined && is_entry(name)) ||
        (!defined && os_module_resolves(symbols->path, name)))
        return;
    buf_printf(&symbols->names, "%s%s", symbols->names.len > 0 ? ", " : "",
               text_escape(name, strlen(name), escaped));
}

static const char *names_of(const struct symbols *symbols)
{
    return symbols->names.failed ? "very many" : buf_text(&symbols->names);
}

static void check_exports(struct rehearsal *r)
{
    struct symbols symbols = { .names = BUF_MAX(NAMES_MAX) };
    struct error err = { 0 };

    check_begin(r, "exports: dcddns_plugin_v1 alone");
    if (os_module_symbols(r->path, see_symbol, &symbols, &err) < 0)
        check_fail(r, "%s", err.text);
    else if (!symbols.entry)
        check_fail(r, "dcddns_plugin_v1 is missing: use DCDDNS_ENTRY of dcddns/plugin.h");
    else if (symbols.names.len > 0 || symbols.names.failed)
        check_fail(r, "these too: %s; build it with -fvisibility=hidden, or make them static",
                   names_of(&symbols));
    check_end(r);
    buf_free(&symbols.names);
}

static void check_imports(struct rehearsal *r)
{
    struct symbols symbols = { .names = BUF_MAX(NAMES_MAX), .path = r->module->path };
    struct error err = { 0 };

    check_begin(r, "imports: only from libraries that it names");
    if (os_module_symbols(r->path, see_symbol, &symbols, &err) < 0)
        check_fail(r, "%s", err.text);
    else if (symbols.names.len > 0 || symbols.names.failed)
        check_fail(r,
                   "it needs %s from whoever loads it; link the library (-Wl,--no-undefined "
                   "shows what is missing), or use struct dcddns_host",
                   names_of(&symbols));
    check_end(r);
    buf_free(&symbols.names);
}

/* Folder of the file when it is called as a kind; the daemon would refuse another kind there. */
static uint32_t kind_of_folder(const char *path)
{
    uint32_t kind = 0;
    char *folder = mem_strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (slash)
        *slash = '\0';
    slash = slash ? strrchr(folder, '/') : NULL;
    if (slash)
        kind = module_kind_of(slash + 1);
    mem_free(folder);
    return kind;
}

static bool check_load(struct rehearsal *r)
{
    struct error err = { 0 };

    check_begin(r, "file: a trusted place, loads, a descriptor that can be");
    r->module = module_load_file(&r->table, r->path, &err);
    const uint32_t folder = kind_of_folder(r->path);
    if (!r->module)
        check_fail(r, "%s", err.text);
    else if (folder != 0 && folder != r->module->plugin.kind)
        check_fail(r, "it is of kind %s in the folder of kind %s; move it to the folder %s",
                   module_kind_name(r->module->plugin.kind), module_kind_name(folder),
                   module_kind_name(r->module->plugin.kind));
    check_end(r);
    return !r->failed;
}

static void check_descriptor(struct rehearsal *r)
{
    const struct dcddns_plugin *p = &r->module->plugin;
    char version[TEXT_ESCAPED_MAX] = "";

    text_escape(p->version, strlen(p->version), version);
    check_begin(r, "descriptor: %s %s, version %.32s, ABI %d.%u", module_kind_name(p->kind),
                p->name, version, DCDDNS_ABI_MAJOR, (unsigned)p->abi_minor);
    if (p->flags != 0)
        check_fail(r, "its flags are not zero, which is reserved; leave them out");
    if (*p->summary == '\0' || *p->version == '\0')
        check_fail(r, "its summary or its version is empty; say what the module does");
    if (p->abi_minor > DCDDNS_ABI_MINOR)
        check_note(r, "made with a newer dcddns/plugin.h; it must test new members with "
                      "DCDDNS_HAS()");
    check_end(r);
}

/* -- options ------------------------------------------------------------------------------------
 */

static const char *made_up(uint32_t type)
{
    switch (type) {
    case DCDDNS_OPT_INT:
        return "1";
    case DCDDNS_OPT_BOOL:
        return "yes";
    case DCDDNS_OPT_SECONDS:
        return "60";
    case DCDDNS_OPT_URL:
        return "https://rehearsal.invalid/";
    case DCDDNS_OPT_CIDR:
        return "192.0.2.0/24";
    case DCDDNS_OPT_PATH:
        return "/nonexistent/rehearsal";
    default:
        return "rehearsal";
    }
}

static void report_option(void *ctx, const char *file, int line, const char *message)
{
    (void)file;
    (void)line;
    check_fail(ctx, "--option: %s", message);
}

/* Given as it is, or as the file that holds it. */
static bool has_value(const struct rehearsal *r, const struct dcddns_option *option)
{
    size_t len = strlen(option->name);
    for (size_t i = 0; i < r->count; i++) {
        const char *name = r->values[i].name;
        if (strcmp(name, option->name) == 0)
            return true;
        if ((option->flags & DCDDNS_SECRET) && strncmp(name, option->name, len) == 0 &&
            strcmp(name + len, SCHEMA_FILE_SUFFIX) == 0)
            return true;
    }
    return false;
}

static void take_option(struct rehearsal *r, const struct dcddns_option *option)
{
    const uint32_t known = DCDDNS_REQUIRED | DCDDNS_SECRET | DCDDNS_LIST;

    if (*option->help == '\0')
        check_fail(r, "the help of the option %s is empty; say what it is for", option->name);
    if (option->flags & ~known)
        check_note(r, "the option %s has flags that this dcddns does not know", option->name);
    if ((option->flags & DCDDNS_REQUIRED) && option->def)
        check_note(r, "the option %s is required, so that its default is never used", option->name);
    if (!(option->flags & DCDDNS_REQUIRED) || has_value(r, option))
        return;
    r->values[r->count++] =
        (struct schema_value){ .name = option->name, .value = made_up(option->type) };
    check_note(r, "%s = %s was made up; give another one with --option %s=VALUE", option->name,
               made_up(option->type), option->name);
}

static bool check_options(struct rehearsal *r)
{
    const size_t given = r->given->count;

    check_begin(r, "options: names, defaults, help (%u)", (unsigned)r->module->plugin.option_count);
    for (size_t i = 0; i < given && i < MODULE_OPTIONS_MAX; i++)
        r->values[r->count++] = r->given->values[i];
    for (uint32_t i = 0; i < r->module->plugin.option_count; i++) {
        struct dcddns_option option = { 0 };
        module_option(r->module, i, &option);
        if (r->count < MODULE_OPTIONS_MAX)
            take_option(r, &option);
    }
    schema_check(r->module, r->module->plugin.name, "--option", 0, r->values, r->count,
                 report_option, r);
    struct error err = { 0 };
    if (!r->failed && options_make(&r->options, r->module, r->values, r->count, &err) < 0)
        check_fail(r, "%s", err.text);
    check_end(r);
    return !r->failed;
}

/* -- life ---------------------------------------------------------------------------------------
 */

static bool check_life(struct rehearsal *r)
{
    static const struct scene no_random = { .what = "", .fails = FAIL_RANDOM };
    struct stage *stage = NULL;

    check_begin(r, "create() and destroy()");
    stage = stage_new(r, &scene_calm, false);
    stage_close(stage);
    check_end(r);
    if (!stage)
        return false;
    check_begin(r, "create() and destroy(): %d times", LIVES);
    for (int i = 0; i < LIVES && !r->failed; i++)
        stage_close(stage_new(r, &scene_calm, false));
    check_end(r);
    check_begin(r, "create() and destroy(): random() fails");
    stage_close(stage_new(r, &no_random, true));
    check_end(r);
    return true;
}

/* Promises broken when nobody looked, by threads that outlived their instance. */
static void check_rest(struct rehearsal *r)
{
    check_begin(r, "the host is left alone after destroy()");
    for (struct stage *stage = r->stages; stage; stage = stage->next)
        stage_tell_breach(stage);
    check_end(r);
    if (r->silent[0] != '\0')
        r->audience->tell(r->audience->ctx, REHEARSAL_NOTE, r->silent,
                          "it failed without a reason; say why with host->fail()");
}

static void play(struct rehearsal *r)
{
    switch (r->module->plugin.kind) {
    case DCDDNS_KIND_IP_SOURCE:
        play_source(r);
        break;
    case DCDDNS_KIND_AUTH:
        play_auth(r);
        break;
    default:
        play_notifier(r);
        break;
    }
}

int rehearsal_run(const char *path, const struct rehearsal_options *given,
                  const struct rehearsal_audience *audience, bool *stuck)
{
    struct rehearsal r = { .path = path, .audience = audience, .given = given };

    check_exports(&r);
    if (check_load(&r)) {
        check_imports(&r);
        check_descriptor(&r);
        if (check_options(&r) && check_life(&r))
            play(&r);
        if (!r.stuck)
            check_rest(&r);
    }
    *stuck = r.stuck;
    if (!r.stuck) {
        stages_free(&r);
        module_table_free(&r.table);
        options_free(&r.options);
    }
    return r.failures;
}
