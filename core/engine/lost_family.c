/* The rule of lost families; see lost_family.h.  Must not read a clock. */
#include "engine/lost_family.h"

enum { TELL_ROUNDS = 3, TELL_MS = 15 * 60 * 1000, MS_PER_S = 1000 };

enum lost_news lost_family_look(struct record_loss *loss, const struct lost_look *look)
{
    const bool told = loss->told;

    if (look->seen == LOST_FOUND || !look->published) {
        *loss = (struct record_loss){ 0 };
        return told && look->published ? LOST_IS_BACK : LOST_NOTHING;
    }
    if (look->seen != LOST_MISSING || look->other != LOST_FOUND)
        return LOST_NOTHING;
    if (loss->rounds == 0)
        loss->since_wall_ms = look->wall_ms;
    else if (look->elapsed_ms > 0)
        loss->missing_ms += look->elapsed_ms;
    loss->rounds += loss->rounds < TELL_ROUNDS;
    if (told || loss->rounds < TELL_ROUNDS || loss->missing_ms < TELL_MS)
        return LOST_NOTHING;
    loss->told = true;
    return LOST_TELL;
}

bool lost_family_is_over(const struct record_loss *loss, int64_t after_s)
{
    return after_s > 0 && loss->told && loss->missing_ms / MS_PER_S >= after_s;
}
