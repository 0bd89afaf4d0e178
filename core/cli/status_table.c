/* The table of `dcddns status`; see status_table.h.  Knows of no file and no socket. */
#include "cli/status_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/format.h"
#include "platform/os.h"

enum { WIDTH = 80, INDENT = 2, NAME_LEAST = 8, DAYS_SOON = 10, CELL_MAX = 48, COLUMNS = 5 };

enum column { TYPE, ADDRESS, STATE, CHANGED, NEXT };
static const char *const heads[COLUMNS] = { "TYPE", "PUBLISHED", "STATE", "CHANGED", "NEXT" };

struct row {
    char cells[COLUMNS][CELL_MAX];
};

struct table {
    const struct status *status;
    bool colour;
    int wrap; /* width of the terminal; 0 = lines are not broken */
    int widths[COLUMNS], name_width, gap;
};

/* "3 min ago", "in 2 h"; "never" for 0. */
static void when(char *out, size_t cap, int64_t now_ms, int64_t wall_ms)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    int64_t away = (now_ms - wall_ms) / 1000;
    const bool past = now_ms >= wall_ms;
    size_t i = 0;

    away = past ? away : -away;
    while (i < 3 && away < 2 * units[i].seconds)
        i++;
    if (wall_ms == 0)
        snprintf(out, cap, "never");
    else if (away == 0)
        snprintf(out, cap, "now");
    else
        snprintf(out, cap, "%s%lld %s%s", past ? "" : "in ", (long long)(away / units[i].seconds),
                 units[i].unit, past ? " ago" : "");
}

static const char *colour_of(const struct status_host *h)
{
    if (h->state == RECORD_PAUSED || h->grant.needs_consent)
        return "\033[31m";
    if (h->state == RECORD_CURRENT && !h->error[0])
        return "\033[32m";
    return "\033[33m";
}

static int64_t next_of(const struct status *s, const struct status_host *h)
{
    return h->next_at_ms > s->taken_at_ms ? h->next_at_ms : h->next_check_at_ms;
}

static void fill(const struct status *s, const struct status_host *h, const char *type,
                 const struct status_family *f, struct row *row)
{
    int64_t next = next_of(s, h);

    *row = (struct row){ 0 };
    snprintf(row->cells[TYPE], CELL_MAX, "%s", type);
    addr_text(&f->published, row->cells[ADDRESS]);
    if (!row->cells[ADDRESS][0])
        snprintf(row->cells[ADDRESS], CELL_MAX, "none");
    snprintf(row->cells[STATE], CELL_MAX, "%s", record_state_name(h->state));
    when(row->cells[CHANGED], CELL_MAX, s->taken_at_ms, f->published_at_ms);
    if (next > 0)
        when(row->cells[NEXT], CELL_MAX, s->taken_at_ms,
             next > s->taken_at_ms ? next : s->taken_at_ms);
    else
        snprintf(row->cells[NEXT], CELL_MAX, "-");
}

static void measure_row(struct table *t, const struct row *row)
{
    for (int i = 0; i < COLUMNS; i++) {
        int len = (int)strlen(row->cells[i]);
        t->widths[i] = len > t->widths[i] ? len : t->widths[i];
    }
}

/* Names get what is left of the line; where that is little, each has a line of its own. */
static void measure(struct table *t)
{
    struct row row = { 0 };
    int longest = 4, rest = 0;

    for (int i = 0; i < COLUMNS; i++)
        t->widths[i] = (int)strlen(heads[i]);
    for (size_t i = 0; i < t->status->host_count; i++) {
        const struct status_host *h = &t->status->hosts[i];
        int len = (int)strlen(h->name);
        longest = len > longest ? len : longest;
        fill(t->status, h, "A", &h->v4, &row);
        if (h->v4.wanted)
            measure_row(t, &row);
        fill(t->status, h, "AAAA", &h->v6, &row);
        if (h->v6.wanted)
            measure_row(t, &row);
    }
    for (int i = 0; i < COLUMNS; i++)
        rest += t->widths[i];
    t->gap = INDENT + rest + 2 * (COLUMNS - 1) > WIDTH ? 1 : 2;
    rest += t->gap * COLUMNS;
    t->name_width = WIDTH - rest < longest ? WIDTH - rest : longest;
    if (t->name_width < NAME_LEAST && t->name_width < longest)
        t->name_width = INDENT - t->gap;
}

static void print_row(const struct table *t, const struct row *row, const char *colour)
{
    for (int i = 0; i < COLUMNS; i++) {
        const char *cell = row->cells[i];
        int pad = i + 1 < COLUMNS ? t->widths[i] - (int)strlen(cell) : 0;
        bool tinted = t->colour && colour && i == STATE;
        printf("%*s%s%s%s%*s", t->gap, "", tinted ? colour : "", cell, tinted ? "\033[0m" : "", pad,
               "");
    }
}

/* The name before its first row, or the room that it would take. */
static void print_name(const struct table *t, const char *name, bool first)
{
    int len = (int)strlen(name);

    if (first && len > t->name_width)
        printf("%s\n", name);
    if (first && len <= t->name_width)
        printf("%-*s", t->name_width, name);
    else
        printf("%*s", t->name_width, "");
}

/* One line below a host, broken at blanks where the terminal ends. */
static void note(const struct table *t, const char *format, ...) FORMAT_CHECKED(2, 3);
static void note(const struct table *t, const char *format, ...)
{
    char text[2 * ERROR_TEXT_MAX] = "";
    int at = INDENT;
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    text_tame(text);
    printf("%*s", INDENT, "");
    for (const char *word = text; *word;) {
        int len = (int)strcspn(word + 1, " ") + 1; /* with the blank before it */
        if (t->wrap > 0 && at + len > t->wrap && at > 2 * INDENT) {
            printf("\n%*s", 2 * INDENT, "");
            at = 2 * INDENT;
            word += *word == ' ';
            continue;
        }
        printf("%.*s", len, word);
        at += len;
        word += len;
    }
    putchar('\n');
}

static void note_family(const struct table *t, const struct status_host *h, const char *type,
                        const struct status_family *f)
{
    char seen[ADDR_TEXT_MAX] = "", next[CELL_MAX] = "";
    const int64_t now = t->status->taken_at_ms;

    if (!f->wanted)
        return;
    addr_text(&f->candidate, seen);
    if (seen[0])
        note(t, "%s: %s is seen, and being confirmed", type, seen);
    if (f->lost_at_ms > 0) {
        when(next, sizeof(next), now, f->lost_at_ms);
        note(t, "%s: lost, last seen %s", type, next);
    }
    addr_text(&f->observed, seen);
    if (!seen[0] || addr_equal(&f->observed, &f->published))
        return;
    when(next, sizeof(next), now, h->next_at_ms);
    if (h->state == RECORD_DUE && h->next_at_ms > now)
        note(t, "%s: %s sees %s, to be published %s", type, f->source, seen, next);
    else
        note(t, "%s: %s sees %s", type, f->source, seen);
}

static void note_dns(const struct table *t, const struct status_host *h)
{
    char asked[CELL_MAX] = "";

    if (h->dns.state < RECORD_DNS_LAGGING)
        return;
    when(asked, sizeof(asked), t->status->taken_at_ms, h->dns.asked_at_ms);
    note(t, "dns %s (looked %s): %s%s%s", record_dns_name(h->dns.state), asked, h->dns.says,
         h->dns.gave_up ? "; updates do not help, run: dcddns doctor " : "",
         h->dns.gave_up ? h->name : "");
}

static void note_error(const struct table *t, const struct status_host *h)
{
    const char *class = error_class_name(h->error_class);

    /* That there is no grant is said below. */
    if (!h->error[0] || (h->error_class == ERR_CONSENT && strcmp(h->grant.state, "none") == 0))
        return;
    if (h->failures > 1)
        note(t, "error (%s, %d times in a row): %s", class, h->failures, h->error);
    else
        note(t, "error (%s): %s", class, h->error);
}

static void note_grant(const struct table *t, const struct status_host *h)
{
    const struct status_grant *g = &h->grant;
    char last[CELL_MAX] = "";

    when(last, sizeof(last), t->status->taken_at_ms, g->refreshed_at_ms);
    if (strcmp(g->state, "none") == 0)
        note(t, "grant none; run: dcddns setup %s", h->name);
    else if (strcmp(g->state, "pending-consent") == 0)
        note(t, "consent was asked for; run: dcddns setup %s --code CODE", h->name);
    else if (strcmp(g->state, "unreadable") == 0)
        note(t, "grant cannot be read; run: dcddns doctor %s", h->name);
    else if (g->needs_consent)
        note(t, "consent is needed again; run: dcddns setup %s", h->name);
    else if (strcmp(g->state, "probing") == 0)
        note(t, "%s refuses the grant, and is asked again; if that lasts, run: dcddns setup %s",
             g->provider, h->name);
    if (g->found && !g->needs_consent && g->days_left >= 0 && g->days_left <= DAYS_SOON)
        note(t, "grant: about %d day%s left unless it is refreshed (last: %s)", g->days_left,
             g->days_left == 1 ? "" : "s", last);
}

static void print_host(const struct table *t, const struct status_host *h)
{
    struct row row = { 0 };

    if (h->v4.wanted) {
        fill(t->status, h, "A", &h->v4, &row);
        print_name(t, h->name, true);
        print_row(t, &row, colour_of(h));
        putchar('\n');
    }
    if (h->v6.wanted) {
        fill(t->status, h, "AAAA", &h->v6, &row);
        print_name(t, h->name, !h->v4.wanted);
        print_row(t, &row, colour_of(h));
        putchar('\n');
    }
    note_family(t, h, "A", &h->v4);
    note_family(t, h, "AAAA", &h->v6);
    note_error(t, h);
    note_dns(t, h);
    note_grant(t, h);
}

static void print_end(const struct table *t, const char *unasked)
{
    const struct status *s = t->status;
    char since[CELL_MAX] = "";

    if (s->unsaved_tokens > 0)
        printf(
            "New tokens of %lld grant%s cannot be stored: mend the disk before the daemon ends.\n",
            (long long)s->unsaved_tokens, s->unsaved_tokens == 1 ? "" : "s");
    if (s->daemon_pid == 0) {
        puts("The daemon does not run.");
        return;
    }
    when(since, sizeof(since), s->taken_at_ms, s->daemon_since_at_ms);
    if (s->live)
        printf("The daemon runs (process %lld, started %s).\n", (long long)s->daemon_pid, since);
    else
        printf("The daemon runs (process %lld); this is from disk, up to an hour old%s%s\n",
               (long long)s->daemon_pid, unasked && unasked[0] ? ": " : ".",
               unasked ? unasked : "");
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return os_terminal_has_colours(1) && !(no && no[0]);
}

static void print_heads(const struct table *t)
{
    struct row row = { 0 };

    for (int i = 0; i < COLUMNS; i++)
        snprintf(row.cells[i], CELL_MAX, "%s", heads[i]);
    printf("%s%-*s", t->colour ? "\033[1m" : "", t->name_width, t->name_width >= 4 ? "NAME" : "");
    print_row(t, &row, NULL);
    puts(t->colour ? "\033[0m" : "");
}

void status_table_print(const struct status *s, const char *unasked)
{
    struct table table = { .status = s, .colour = wants_colour(), .wrap = os_terminal_columns(1) };

    if (s->host_count == 0)
        puts("No host is configured yet; run: dcddns setup NAME");
    measure(&table);
    if (s->host_count > 0)
        print_heads(&table);
    for (size_t i = 0; i < s->host_count; i++)
        print_host(&table, &s->hosts[i]);
    print_end(&table, unasked);
}
