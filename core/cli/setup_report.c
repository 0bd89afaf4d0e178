/* The words and objects of setup; see setup_report.h. */
#include "cli/setup_report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "base/mem.h"
#include "state/grant_hosts.h"

enum { WORDS_MAX = 600, NAMES_SHOWN = 8, NOTE_MAX = 2048, VERSION = 1 };

/* -- objects ------------------------------------------------------------------------------------
 */

/* {"v":1,"step":STEP}; setters cope with NULL, and print_object() says what is missing. */
static struct json *new_object(const char *step)
{
    struct json *object = json_new_object();
    if (json_set_integer(object, "v", VERSION) && json_set_string(object, "step", step))
        return object;
    json_free(&object);
    return NULL;
}

/* Frees it. */
static void print_object(struct json *object, bool complete)
{
    char *text = complete ? json_print(object, false) : NULL;
    if (text)
        puts(text);
    else
        fputs("dcddns: a line for the program that asked is missing: out of memory\n", stderr);
    fflush(stdout);
    mem_free(text);
    json_free(&object);
}

static struct json *names_of(const struct pending *p)
{
    struct json *names = json_new_array();
    char host[FQDN_MAX] = "", fqdn[FQDN_MAX] = "";
    const char *cursor = p->hosts;
    bool good = names != NULL;

    while (good && grant_hosts_next(&cursor, host)) {
        if (grant_hosts_fqdn(p->zone, host, fqdn))
            good = json_append(names, json_new_string(fqdn));
    }
    if (!good)
        json_free(&names);
    return names;
}

static void print_consent(const char *step, const struct setup_consent *c)
{
    const struct pending *p = &c->pending;
    struct json *object = new_object(step);
    bool good = object && json_set_string(object, "name", p->id) &&
                json_set_string(object, "zone", p->zone) &&
                json_set_string(object, "provider", p->provider_name) &&
                json_set(object, "names", names_of(p));
    if (good && !c->stored)
        good = json_set_string(object, "url", p->url);
    print_object(object, good);
}

static bool set_addr(struct json *object, const char *name, const struct dcddns_addr *addr)
{
    char text[ADDR_TEXT_MAX] = "";
    addr_text(addr, text);
    return json_set_string(object, name, text[0] ? text : NULL);
}

static bool set_error(struct json *object, const struct error *err)
{
    return json_set_string(object, "error", err->text) &&
           json_set_string(object, "error_class", error_class_name(err->class));
}

static int print_result(const struct setup *s, const char *fqdn)
{
    const struct record empty = { 0 };
    const struct record *found = records_find(engine_records(s->rt.engine), fqdn);
    const struct record *r = found ? found : &empty;
    const struct engine_result result = engine_result(s->rt.engine, fqdn);
    const bool done = result.verdict == HOST_APPLIED || result.verdict == HOST_UNCHANGED;
    struct json *object = new_object("update");
    bool good = object && json_set_string(object, "name", fqdn) &&
                json_set_bool(object, "done", done) && set_addr(object, "ipv4", &r->v4.published) &&
                set_addr(object, "ipv6", &r->v6.published);

    if (good && !done)
        good = set_error(object, &result.error);
    print_object(object, good);
    if (done)
        return EXIT_DONE;
    return result.error.class == ERR_NONE ? EXIT_TEMPORARY : error_exit_status(result.error.class);
}

/* -- what setup says ----------------------------------------------------------------------------
 */

void setup_say(const struct setup *s, const char *format, ...)
{
    char words[NOTE_MAX] = "";
    va_list ap;

    va_start(ap, format);
    vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    if (!s->json) {
        puts(words);
        return;
    }
    struct json *object = new_object("note");
    print_object(object, object && json_set_string(object, "text", words));
}

void setup_report_consent(const struct setup_consent *c)
{
    const struct pending *p = &c->pending;
    struct buf names = BUF_MAX(WORDS_MAX);

    if (c->setup->json) {
        print_consent("consent", c);
        return;
    }
    if (grant_hosts_count(p->hosts) > 1) {
        grant_hosts_say(&names, p->zone, p->hosts, NAMES_SHOWN);
        printf("%s (zone %s) are served by %s. Open this page and approve; if it refuses several "
               "names at once, run this again with --each:\n\n%s\n\n",
               buf_text(&names), p->zone, p->provider_name, p->url);
    } else {
        printf("%s is served by %s. Open this page and approve:\n\n%s\n\n", p->id, p->provider_name,
               p->url);
    }
    buf_free(&names);
    fflush(stdout);
}

void setup_report_grant(const struct setup_consent *c)
{
    const struct pending *p = &c->pending;
    struct buf words = BUF_MAX(WORDS_MAX);

    if (c->setup->json) {
        print_consent("granted", c);
    } else if (grant_hosts_count(p->hosts) > 1) {
        grant_hosts_say(&words, p->zone, p->hosts, NAMES_SHOWN);
        printf("The grant for %s (%s) is stored.\n", p->grant ? p->grant : p->id, buf_text(&words));
    } else {
        printf("The grant for %s is stored.\n", p->id);
    }
    buf_free(&words);
}

int setup_report_result(const struct setup *s, const char *fqdn)
{
    return s->json ? print_result(s, fqdn) : session_print_result(&s->rt, fqdn);
}

void setup_report_to_daemon(const struct setup *s)
{
    if (!s->json) {
        session_tell_daemon(&s->rt, true);
        return;
    }
    struct json *object = new_object("daemon");
    print_object(object, object && json_set_bool(object, "told", session_tell_quietly(&s->rt)));
}

int setup_report_error(const struct setup *s, const struct error *err)
{
    if (!s->json)
        return cli_fail(err);
    struct json *object = new_object("error");
    print_object(object, object && set_error(object, err));
    return error_exit_status(err->class);
}
