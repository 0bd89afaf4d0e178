/* Failures in a row; see spell.h.  Must not read a clock. */
#include "engine/spell.h"

bool spell_is_marked(int count)
{
    return count > 0 && (count & (count - 1)) == 0;
}

enum event_audience spell_failed(struct spell *spell, const struct spell_rule *rule, int64_t now_ms)
{
    if (spell->count++ == 0)
        spell->since_ms = now_ms;
    const bool marked = spell_is_marked(spell->count);
    const bool waits = !rule->permanent && now_ms - spell->since_ms < rule->patience_ms;
    const bool lasts = rule->permanent || (spell->count >= rule->after && !waits);
    const bool told = rule->permanent ? spell->told_permanent : spell->told;
    const bool tell = lasts && (marked || !told);
    /* After a time of patience, that it lasts is worth a line whatever the count. */
    const bool worth = rule->permanent || rule->patience_ms > 0;
    const bool log = spell->count == 1 || (marked && !waits) || (tell && !told && worth);

    spell->told = spell->told || tell;
    spell->told_permanent = spell->told_permanent || (tell && rule->permanent);
    if (tell)
        return log ? EVENT_EVERYBODY : EVENT_NOTIFIERS;
    return log ? EVENT_LOG : EVENT_NOBODY;
}

enum event_audience spell_over(struct spell *spell)
{
    const struct spell was = *spell;

    *spell = (struct spell){ 0 };
    if (was.told)
        return EVENT_EVERYBODY;
    return was.count > 0 ? EVENT_LOG : EVENT_NOBODY;
}
