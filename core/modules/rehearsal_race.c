/* Two instances of a module at once, each on a thread of its own; one of them ends before the
 * other. Shows state that is shared and should not be, as far as that crashes, hangs or mixes
 * answers. */
#include "base/mem.h"
#include "modules/rehearsal_inside.h"

enum { RACE_MS = 500, HANG_MS = 4000 };

struct racer {
    struct stage *stage;
    struct os_thread *thread;
    struct dcddns_call call;
    race_act act;
    bool wrong;
};

static void run(void *arg)
{
    struct racer *racer = arg;
    racer->wrong = !racer->act(racer->stage, &racer->call);
}

/* Without judging what does not concern the race: that was, or will be, a check of its own. */
static bool start(struct rehearsal *r, struct racer *racer, int family, race_act act)
{
    racer->act = act;
    racer->stage = stage_new(r, &scene_calm, true);
    if (!racer->stage)
        return false;
    racer->call = (struct dcddns_call){ .stage = racer->stage,
                                        .family = family,
                                        .deadline = os.boot_ms() + RACE_MS,
                                        .gate = os_gate_new() };
    if (racer->call.gate)
        racer->thread = os_thread_start("rehearsal", run, racer);
    return racer->thread != NULL;
}

static bool finish(struct rehearsal *r, struct racer *racer)
{
    if (!os_thread_join_within(&racer->thread, HANG_MS)) {
        r->stuck = true;
        check_fail(r, "two instances wait for each other; keep state and locks in the instance");
        return false;
    }
    if (racer->wrong)
        check_fail(r, "one instance gave what another one was asked for; keep state in the "
                      "instance");
    return true;
}

void play_race(struct rehearsal *r, race_act act)
{
    struct racer *racers = mem_new(2, sizeof(*racers)); /* a stuck thread keeps its own */
    bool ended = racers != NULL;

    check_begin(r, "two instances at once, one outlives the other");
    for (size_t i = 0; racers && i < 2; i++)
        ended = start(r, &racers[i], i == 0 ? 4 : 6, act) && ended;
    if (!ended && !r->failed)
        check_fail(r, "two instances could not be had; see the checks of create()");
    for (size_t i = 0; racers && i < 2 && !r->stuck; i++)
        finish(r, &racers[i]);
    if (r->stuck)
        return;
    stage_close(racers ? racers[0].stage : NULL);
    if (ended && !r->failed) { /* it must live on */
        racers[1].call.deadline = os.boot_ms() + RACE_MS;
        run(&racers[1]);
    }
    stage_close(racers ? racers[1].stage : NULL);
    for (size_t i = 0; racers && i < 2; i++)
        os_gate_free(&racers[i].call.gate);
    mem_free(racers);
    check_end(r);
}
