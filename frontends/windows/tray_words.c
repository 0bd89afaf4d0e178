/* The words of the tray; see tray_words.h. */
#include "windows/tray_words.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "windows/plain_words.h"

enum {
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 60 * MINUTE_MS,
    DAYS_WORTH_SAYING = 10,
    SERVICE_COMES_MS = 5 * MINUTE_MS
};
#define DAY_MS (INT64_C(24) * HOUR_MS)

static bool needs_somebody(const struct status_host *h)
{
    return h->state == RECORD_PAUSED || h->grant.needs_consent || !h->grant.found ||
           h->dns.gave_up || h->grant.error.text[0];
}

static bool is_in_trouble(const struct status_host *h)
{
    return needs_somebody(h) || h->state == RECORD_BACKING_OFF || h->error[0];
}

static bool is_being_worked_on(const struct status_host *h)
{
    return h->state == RECORD_NEW || h->state == RECORD_DUE || h->v4.candidate.family != 0 ||
           h->v6.candidate.family != 0;
}

static const struct status_host *find(const struct status *s,
                                      bool (*is)(const struct status_host *))
{
    for (size_t i = 0; s && i < s->host_count; i++) {
        if (is(&s->hosts[i]))
            return &s->hosts[i];
    }
    return NULL;
}

static bool has_left(const struct tray_view *view)
{
    return view->left && *view->left;
}

enum tray_state tray_words_state(const struct tray_view *view)
{
    if (!view->connected)
        return view->trouble && *view->trouble ? TRAY_ATTENTION : TRAY_WORKING;
    if (!view->known || view->checking)
        return TRAY_WORKING;
    if (view->known->host_count == 0 || view->known->unsaved_tokens > 0 ||
        find(view->known, is_in_trouble) || has_left(view))
        return TRAY_ATTENTION;
    return find(view->known, is_being_worked_on) ? TRAY_WORKING : TRAY_OK;
}

/* The service manager starts it about two minutes after all others. */
const char *tray_words_service(const struct os_service *service, int64_t up_ms)
{
    const bool comes = service->state == OS_SERVICE_STARTING ||
                       (service->state == OS_SERVICE_STOPPED && service->never_started &&
                        up_ms < SERVICE_COMES_MS);

    return comes ? "" : "the service of dcddns does not run; start it in the list of services";
}

void tray_words_when(int64_t at_ms, int64_t now_ms, char *out, size_t size)
{
    const int64_t away = at_ms > now_ms ? at_ms - now_ms : now_ms - at_ms;
    const char *before = at_ms > now_ms ? "in " : "", *after = at_ms > now_ms ? "" : " ago";

    if (at_ms <= 0)
        snprintf(out, size, "never");
    else if (away < MINUTE_MS)
        snprintf(out, size, "%s", at_ms > now_ms ? "in a moment" : "just now");
    else if (away < HOUR_MS)
        snprintf(out, size, "%s%d min%s", before, (int)(away / MINUTE_MS), after);
    else if (away < 2 * DAY_MS)
        snprintf(out, size, "%s%d h%s", before, (int)(away / HOUR_MS), after);
    else
        snprintf(out, size, "%s%lld days%s", before, (long long)(away / DAY_MS), after);
}

static void put_addresses(const struct status_host *h, char *out, size_t size)
{
    char v4[ADDR_TEXT_MAX] = "", v6[ADDR_TEXT_MAX] = "";

    addr_text(&h->v4.published, v4);
    addr_text(&h->v6.published, v6);
    snprintf(out, size, "%s%s%s", v4, v4[0] && v6[0] ? " " : "", v6);
}

/* Cut where a character ends: names may be long, tips may not. */
static void put_cut(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (len < size) {
        memcpy(out, text, len + 1);
        return;
    }
    len = size - sizeof("...");
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    snprintf(out, size, "%.*s...", (int)len, text);
}

static void say_trouble(const struct status_host *h, char out[TRAY_CELL_MAX])
{
    char dns[TRAY_CELL_MAX] = "";

    plain_words(PLAIN_TRAY, h->dns.says, dns, sizeof(dns));
    if (h->grant.needs_consent || !h->grant.found)
        snprintf(out, TRAY_CELL_MAX, "needs your consent: set the name up again");
    else if (h->grant.error.text[0])
        plain_words(PLAIN_TRAY, h->grant.error.text, out, TRAY_CELL_MAX);
    else if (h->dns.gave_up)
        snprintf(out, TRAY_CELL_MAX, "DNS shows another address, and updates do not help: %.400s",
                 dns);
    else
        plain_words(PLAIN_TRAY, h->error, out, TRAY_CELL_MAX);
}

static void say_one(const struct status_host *h, int64_t now_ms, char out[TRAY_CELL_MAX])
{
    char addresses[2 * ADDR_TEXT_MAX] = "", when[32] = "";

    put_addresses(h, addresses, sizeof(addresses));
    tray_words_when(h->checked_at_ms, now_ms, when, sizeof(when));
    if (addresses[0])
        snprintf(out, TRAY_CELL_MAX, "%s %s, checked %s", h->name, addresses, when);
    else
        snprintf(out, TRAY_CELL_MAX, "%s: not published yet", h->name);
}

void tray_words_left(const char *left, char out[TRAY_CELL_MAX])
{
    snprintf(out, TRAY_CELL_MAX,
             "%s is kept by nobody: it was set up for you, and the service does not know it; set "
             "it up again",
             left);
}

static void say_known(const struct tray_view *view, char out[TRAY_CELL_MAX])
{
    const struct status *s = view->known;
    const struct status_host *bad = find(s, needs_somebody);
    char words[TRAY_CELL_MAX] = "";

    if (!bad)
        bad = find(s, is_in_trouble);
    if (s->unsaved_tokens > 0) {
        snprintf(out, TRAY_CELL_MAX,
                 "The disk refuses new tokens: mend it before the next restart");
    } else if (bad) {
        say_trouble(bad, words);
        snprintf(out, TRAY_CELL_MAX, "%s: %.400s", bad->name, words);
    } else if (has_left(view)) {
        tray_words_left(view->left, out);
    } else if (s->host_count == 0) {
        snprintf(out, TRAY_CELL_MAX, "No name is set up yet");
    } else if (s->host_count == 1) {
        say_one(&s->hosts[0], view->now_ms, out);
    } else {
        say_one(&s->hosts[0], view->now_ms, words);
        snprintf(out, TRAY_CELL_MAX, "%zu names up to date; %.600s", s->host_count, words);
    }
}

void tray_words_summary(const struct tray_view *view, char out[TRAY_CELL_MAX])
{
    char why[TRAY_CELL_MAX] = "";

    if (!view->connected && view->trouble && *view->trouble) {
        plain_words(PLAIN_TRAY, view->trouble, why, sizeof(why));
        snprintf(out, TRAY_CELL_MAX, "Not connected: %.600s", why);
    } else if (!view->connected || !view->known) {
        snprintf(out, TRAY_CELL_MAX, "Connecting...");
    } else if (view->checking) {
        snprintf(out, TRAY_CELL_MAX, "Checking the address...");
    } else {
        say_known(view, out);
    }
}

void tray_words_tip(const struct tray_view *view, char tip[TRAY_TIP_MAX])
{
    char words[TRAY_CELL_MAX] = "";

    tray_words_summary(view, words);
    put_cut(tip, TRAY_TIP_MAX, words);
}

/* -- rows ------------------------------------------------------------------------------------- */

const char *tray_words_title(enum tray_column column)
{
    static const char *const titles[TRAY_COLUMNS] = {
        [TRAY_NAME] = "Name",
        [TRAY_IPV4] = "IPv4",
        [TRAY_IPV6] = "IPv6",
        [TRAY_CHECKED] = "Last check",
        [TRAY_NEXT] = "Next check",
        [TRAY_GRANT] = "Permission",
        [TRAY_TROUBLE] = "What is wrong",
    };
    return titles[column];
}

static void put_family(const struct status_family *family, char out[TRAY_CELL_MAX])
{
    char text[ADDR_TEXT_MAX] = "";

    addr_text(&family->published, text);
    if (!family->wanted)
        snprintf(out, TRAY_CELL_MAX, "not kept");
    else
        snprintf(out, TRAY_CELL_MAX, "%s", text[0] ? text : "none yet");
}

static void put_grant(const struct status_grant *grant, int64_t now_ms, char out[TRAY_CELL_MAX])
{
    char when[32] = "";

    if (!grant->found || grant->needs_consent) {
        snprintf(out, TRAY_CELL_MAX, "missing");
        return;
    }
    tray_words_when(grant->granted_at_ms, now_ms, when, sizeof(when));
    if (grant->days_left >= 0 && grant->days_left <= DAYS_WORTH_SAYING)
        snprintf(out, TRAY_CELL_MAX, "given %s, may end in %d days", when, grant->days_left);
    else
        snprintf(out, TRAY_CELL_MAX, "given %s", when);
}

void tray_words_cell(const struct status_host *h, enum tray_column column, int64_t now_ms,
                     char out[TRAY_CELL_MAX])
{
    out[0] = '\0';
    switch (column) {
    case TRAY_NAME:
        snprintf(out, TRAY_CELL_MAX, "%s", h->name);
        break;
    case TRAY_IPV4:
        put_family(&h->v4, out);
        break;
    case TRAY_IPV6:
        put_family(&h->v6, out);
        break;
    case TRAY_CHECKED:
        tray_words_when(h->checked_at_ms, now_ms, out, TRAY_CELL_MAX);
        break;
    case TRAY_NEXT:
        if (h->next_check_at_ms > 0)
            tray_words_when(h->next_check_at_ms, now_ms, out, TRAY_CELL_MAX);
        break;
    case TRAY_GRANT:
        put_grant(&h->grant, now_ms, out);
        break;
    default:
        if (is_in_trouble(h))
            say_trouble(h, out);
        break;
    }
}
