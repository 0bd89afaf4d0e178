/* What the files behind rehearsal.h share: the stage (one instance and its scripted host), the
 * scene (what the world answers), and the plays by kind.  Private to core/modules/. */
#ifndef DCDDNS_MODULES_REHEARSAL_INSIDE_H
#define DCDDNS_MODULES_REHEARSAL_INSIDE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "base/format.h"
#include "modules/descriptor.h"
#include "modules/module.h"
#include "modules/options.h"
#include "modules/rehearsal.h"
#include "platform/os.h"

enum { REHEARSAL_WHY_MAX = 700 };

enum { /* what a scene lets fail */
       FAIL_HTTP = 1,
       FAIL_RESOLVE = 2,
       FAIL_RUN = 4,
       FAIL_RANDOM = 8,
       FAIL_FIELDS = 16
};

/* What the world answers while a scene lasts. */
struct scene {
    const char *what;            /* "query: an answer with status 404" */
    const char *body4;           /* of http() and output of run(), when asked for an IPv4 address */
    const char *body6;           /* and for an IPv6 address */
    size_t body_len;             /* 0 = strlen() */
    int status;                  /* of HTTP; run() exits with 0 when it is 200, else with 1 */
    unsigned fails;              /* FAIL_: these services fail */
    int code;                    /* with this code, */
    const char *reason;          /* for this reason */
    bool silent;                 /* http(), resolve() and run() wait for the end of the call */
    const char *device;          /* what device() says, or NULL */
    bool unbelievable;           /* the address in the body must not be taken */
    const char *other4, *other6; /* addresses that must not be given for that family, or NULL */
};

struct rehearsal {
    const char *path;
    const struct rehearsal_audience *audience;
    const struct rehearsal_options *given;
    struct module_table table;
    const struct module *module;
    struct schema_value values[MODULE_OPTIONS_MAX]; /* given and made up */
    size_t count;
    struct options options; /* made of them */
    struct stage *stages;   /* all that were made: a thread of the module may still use its host */
    char what[96];          /* the check that is going on; "" = none */
    char why[REHEARSAL_WHY_MAX]; /* of the failure told last */
    bool failed;                 /* it did */
    int failures;
    bool stuck;
    bool answered;   /* some scene led to an address */
    char silent[96]; /* the first check that met a failure without a reason; "" = none */
};

/* One instance of the module with its own scripted host. */
struct stage {
    struct dcddns_host host; /* what the plugin sees; .priv leads back here */
    struct rehearsal *rehearsal;
    const struct scene *scene;
    void *self;
    struct stage *next;
    unsigned char random; /* every byte that random() gives */
    atomic_int random_calls, field_calls;
    atomic_bool over;    /* destroy() returned */
    atomic_bool watched; /* watch() was called and unwatch() has not returned */
    atomic_bool counts;  /* hints outside of that are counted */
    atomic_int hints, late_hints;
    atomic_bool broken; /* a promise was: the first one is in BREACH */
    char breach[256];

    /* The rest belongs to the thread that is inside. */
    struct stage *outer;
    struct dcddns_call *call;
    struct dcddns_fields *writable[2];
    const struct dcddns_fields *readable;
    char why[512]; /* text of fail(), escaped; "" = none */
};

/* The scripted host's own calls; those of the daemon are in inside.h. */
struct dcddns_call {
    struct stage *stage;
    int64_t deadline; /* boot clock, ms */
    struct os_gate *gate;
    int family;   /* asked for; 0 = none */
    bool fetched; /* http() has answered */
};

/* -- rehearsal.c: the check that is going on ----------------------------------------------------
 */

void check_begin(struct rehearsal *, const char *format, ...) FORMAT_CHECKED(2, 3);
/* Only the first failure of a check is told. */
void check_fail(struct rehearsal *, const char *format, ...) FORMAT_CHECKED(2, 3);
void check_note(struct rehearsal *, const char *format, ...) FORMAT_CHECKED(2, 3);
/* "ok", unless it failed. */
void check_end(struct rehearsal *);

/* -- rehearsal_stage.c --------------------------------------------------------------------------
 */

/* create() in SCENE; NULL after telling why, or, when QUIET, in silence. */
struct stage *stage_new(struct rehearsal *, const struct scene *, bool quiet);
/* destroy(), and what it broke is told. */
void stage_close(struct stage *);
void stages_free(struct rehearsal *);
void stage_enter(struct stage *, struct dcddns_call *);
void stage_leave(struct stage *);
/* Result of FUNCTION: false, after telling, when it is none that ABI 1 has. */
bool stage_judge(struct stage *, const char *function, int code, int most);
/* Tells a promise that was broken since. */
void stage_tell_breach(struct stage *);
/* The stage whose plugin this thread runs, or NULL. */
struct stage *stage_here(void);
/* [any] Keeps the first one. */
void stage_break(struct stage *, const char *format, ...) FORMAT_CHECKED(2, 3);

/* A blocking call on a thread of its own, as the daemon makes it. */
struct job {
    struct stage *stage;
    struct dcddns_call call;
    const struct dcddns_event *event; /* of notify(); else query() */
    struct dcddns_addr out;
    int code;
    int64_t began, ended; /* boot clock, ms */
};
/* Runs it for at most TIME_MS and what the contract allows beyond, cancelling after CANCEL_MS when
 * that is not negative.  NULL after telling that it is stuck; else free it with mem_free(). */
struct job *job_run(struct stage *, int family, const struct dcddns_event *, int64_t time_ms,
                    int64_t cancel_ms);

/* -- services -----------------------------------------------------------------------------------
 */

void rehearsal_host_init(struct stage *); /* rehearsal_host.c */
/* rehearsal_calls.c */
uint32_t play_remaining_ms(const struct dcddns_call *);
const char *play_device(const struct dcddns_call *);
const char *play_refuses(const struct dcddns_call *, const struct dcddns_addr *);
int play_wait(struct dcddns_call *, uintptr_t socket, int events, uint32_t timeout_ms);
int play_resolve(struct dcddns_call *, const char *name, int family, uint32_t timeout_ms,
                 struct dcddns_addr *out, size_t cap);
int play_http(struct dcddns_call *, const struct dcddns_http *, char *body, size_t cap,
              size_t *len);
int play_run(struct dcddns_call *, const struct dcddns_run *, char *output, size_t cap,
             size_t *len);

/* -- plays --------------------------------------------------------------------------------------
 */

/* Works STAGE until the call's time is up; false: it gave what it was not asked for. */
typedef bool (*race_act)(struct stage *, struct dcddns_call *);
void play_race(struct rehearsal *, race_act);

extern const struct scene scene_calm; /* everything works, the answer is a plain address */
void play_source(struct rehearsal *);
void play_auth(struct rehearsal *);
void play_notifier(struct rehearsal *);

#endif
