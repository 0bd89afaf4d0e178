/* Stages: one instance each, made, asked and ended as the daemon would, every result judged.  Knows
 * neither kinds nor scenes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "modules/rehearsal_inside.h"

/* What the contract leaves a module to come back in, and how long it is waited for beyond. */
enum { SLACK_MS = 1000, GRACE_MS = 2000 };

static _Thread_local struct stage *here;

struct stage *stage_here(void)
{
    return here;
}

void stage_break(struct stage *stage, const char *format, ...)
{
    va_list ap;
    if (atomic_exchange(&stage->broken, true))
        return;
    va_start(ap, format);
    vsnprintf(stage->breach, sizeof(stage->breach), format, ap);
    va_end(ap);
}

void stage_tell_breach(struct stage *stage)
{
    if (!atomic_load(&stage->broken))
        return;
    check_fail(stage->rehearsal,
               "the module %s; see the comment of that service in "
               "dcddns/plugin.h",
               stage->breach);
    atomic_store(&stage->broken, false);
}

void stage_enter(struct stage *stage, struct dcddns_call *call)
{
    stage->outer = here;
    stage->call = call;
    stage->why[0] = '\0';
    here = stage;
}

void stage_leave(struct stage *stage)
{
    here = stage->outer;
    stage->call = NULL;
    stage->readable = NULL;
    stage->writable[0] = stage->writable[1] = NULL;
}

bool stage_judge(struct stage *stage, const char *function, int code, int most)
{
    struct rehearsal *r = stage->rehearsal;
    stage_tell_breach(stage);
    if (code > most || code < DCDDNS_E_BUG) {
        check_fail(r, "%s returned %d, which is no result; return one of DCDDNS_", function, code);
        return false;
    }
    if (code == DCDDNS_E_BUG) {
        check_fail(r, "%s returned DCDDNS_E_BUG%s%s: the daemon would not ask it again", function,
                   stage->why[0] ? ", saying: " : "", stage->why);
        return false;
    }
    const bool excused = code == DCDDNS_E_STOP || code == DCDDNS_E_NOMEM ||
                         (stage->scene->fails & (FAIL_RANDOM | FAIL_FIELDS));
    if (code < 0 && !excused && stage->why[0] == '\0' && r->silent[0] == '\0')
        snprintf(r->silent, sizeof(r->silent), "%s", r->what);
    return true;
}

static bool started(struct stage *stage, int code, bool quiet)
{
    struct rehearsal *r = stage->rehearsal;
    if (!stage_judge(stage, "create()", code, DCDDNS_OK))
        return false;
    if (code == DCDDNS_OK && stage->self)
        return true;
    if (code == DCDDNS_OK)
        check_fail(r, "create() returned DCDDNS_OK and made no instance; set *self");
    else if (!quiet)
        check_fail(r,
                   "create() failed with %d: %s; when the options are at fault, give others "
                   "with --option KEY=VALUE",
                   code, stage->why[0] ? stage->why : "it did not say why, with host->fail()");
    return false;
}

struct stage *stage_new(struct rehearsal *r, const struct scene *scene, bool quiet)
{
    struct stage *stage = mem_new(1, sizeof(*stage));
    if (!stage) {
        check_fail(r, "out of memory; free some and try again");
        return NULL;
    }
    stage->rehearsal = r;
    stage->scene = scene;
    stage->random = 0x5a;
    stage->next = r->stages;
    r->stages = stage;
    rehearsal_host_init(stage);
    stage_enter(stage, NULL);
    int code = r->module->plugin.create(&stage->host, &stage->self);
    const bool good = started(stage, code, quiet);
    stage_leave(stage);
    if (good)
        return stage;
    atomic_store(&stage->over, true);
    return NULL;
}

void stage_close(struct stage *stage)
{
    if (!stage || stage->rehearsal->stuck)
        return;
    stage_enter(stage, NULL);
    stage->rehearsal->module->plugin.destroy(stage->self);
    stage_leave(stage);
    atomic_store(&stage->over, true);
    stage_tell_breach(stage);
}

void stages_free(struct rehearsal *r)
{
    while (r->stages) {
        struct stage *stage = r->stages;
        r->stages = stage->next;
        mem_free(stage);
    }
}

/* -- blocking calls --------------------------------------------------------------------------- */

static void job_main(void *arg)
{
    struct job *job = arg;
    struct stage *stage = job->stage;
    const struct module *module = stage->rehearsal->module;

    stage_enter(stage, &job->call);
    if (job->event)
        job->code = module->ops.notifier.notify(stage->self, &job->call, job->event);
    else
        job->code =
            module->ops.ip_source.query(stage->self, &job->call, job->call.family, &job->out);
    job->ended = os.boot_ms();
    stage_leave(stage);
}

static void job_free(struct job **job)
{
    if (*job)
        os_gate_free(&(*job)->call.gate);
    mem_free(*job);
    *job = NULL;
}

/* Ended in time, later, or never: then the job is left to the thread. */
static bool judge_time(struct job *job, bool ended, int64_t due, bool cancelled)
{
    struct rehearsal *r = job->stage->rehearsal;
    const char *over = cancelled ? "it was cancelled" : "its deadline";
    if (!ended) {
        r->stuck = true;
        check_fail(r,
                   "it ignores its deadline: still busy %d s after %s; block in host->wait(), "
                   "http(), resolve() and run() only, or look at host->remaining_ms()",
                   (SLACK_MS + GRACE_MS) / 1000, over);
        return false;
    }
    if (job->ended - due > SLACK_MS)
        check_fail(r, "it came back %lld ms after %s; at most %d ms are allowed",
                   (long long)(job->ended - due), over, (int)SLACK_MS);
    return true;
}

struct job *job_run(struct stage *stage, int family, const struct dcddns_event *event,
                    int64_t time_ms, int64_t cancel_ms)
{
    struct job *job = mem_new(1, sizeof(*job));
    struct os_thread *thread = NULL;

    if (job) {
        const int64_t now = os.boot_ms();
        *job = (struct job){ .stage = stage, .event = event, .began = now };
        job->call = (struct dcddns_call){
            .stage = stage, .family = family, .deadline = now + time_ms, .gate = os_gate_new()
        };
        if (job->call.gate)
            thread = os_thread_start("rehearsal", job_main, job);
    }
    if (!thread) {
        check_fail(stage->rehearsal, "no thread could be started; free some memory and try again");
        job_free(&job);
        return NULL;
    }
    int64_t due = job->call.deadline;
    bool ended = os_thread_join_within(&thread, cancel_ms >= 0 ? cancel_ms : time_ms);
    if (!ended && cancel_ms >= 0) {
        due = os.boot_ms();
        os_gate_open(job->call.gate);
    }
    if (!ended)
        ended = os_thread_join_within(&thread, SLACK_MS + GRACE_MS);
    if (!judge_time(job, ended, due, cancel_ms >= 0))
        return NULL; /* the thread's now */
    os_gate_free(&job->call.gate);
    return job;
}
