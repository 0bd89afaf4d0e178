/*
 * The pages a person sees: HTML and inline CSS, no scripts. All data goes through buf_html. Must
 * not know requests or tokens.
 */
#include "pages.h"

#include "consent.h"
#include "html.h"
#include "zone.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char css[] =
    ":root{--ink:#1b2430;--soft:#5b6878;--line:#dde3ea;--paper:#fff;--ground:#f2f5f8;"
    "--brand:#0f6d66;--brand-ink:#fff;--tint:#e9f4f3;--warn:#8a5a00;--warn-tint:#fff6e0}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#9fadbc;--line:#33404d;"
    "--paper:#1c252e;--ground:#12181e;--brand:#46b3a9;--brand-ink:#08201e;--tint:#1d3633;"
    "--warn:#f0c36a;--warn-tint:#352b14}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--ground);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}"
    "header{max-width:40rem;margin:0 auto;padding:2rem 1.5rem .9rem;display:flex;"
    "align-items:center;gap:.6rem;font-weight:600}"
    "header i{width:1.7rem;height:1.7rem;border-radius:.5rem;background:var(--brand);"
    "color:var(--brand-ink);font-style:normal;display:grid;place-items:center;font-size:.95rem}"
    "header span{margin-left:auto;color:var(--soft);font-weight:400;font-size:.85rem}"
    "main{max-width:40rem;margin:0 auto 2rem;background:var(--paper);border:1px solid var(--line);"
    "border-radius:.9rem;padding:2rem 2.2rem;box-shadow:0 1px 3px rgba(20,30,40,.06)}"
    "h1{font-size:1.5rem;line-height:1.3;margin:0 0 .6rem}"
    "h2{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);"
    "margin:1.7rem 0 .5rem;font-weight:600}"
    "p{margin:.6rem 0}.soft{color:var(--soft)}"
    "table{border-collapse:collapse;width:100%}"
    "th{text-align:left;font-size:.85rem;font-weight:500;color:var(--soft)}"
    "td,th{padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;"
    "overflow-wrap:anywhere}"
    "th,td.t,.n{white-space:nowrap}.wide>*{max-width:54rem}"
    "td.t{font-weight:600}table.r{table-layout:fixed}.r th:nth-child(1){width:46%}"
    ".r th:nth-child(2){width:4.5rem}"
    "code,td.d{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;"
    "font-size:.93em}"
    ".note{border-radius:.6rem;padding:.8rem 1rem;margin:1.3rem 0 0;font-size:.93rem}"
    ".warn{background:var(--warn-tint);color:var(--warn)}"
    ".big{display:block;background:var(--tint);border:1px solid var(--line);border-radius:.6rem;"
    "padding:1.1rem 1rem;margin:1rem 0;font-size:1.45rem;text-align:center;overflow-wrap:anywhere;"
    "user-select:all;-webkit-user-select:all}"
    "form{display:flex;gap:.8rem;margin:1.6rem 0 0;flex-wrap:wrap}"
    "button{font:inherit;font-weight:600;padding:.7rem 1.6rem;border-radius:.6rem;cursor:pointer;"
    "border:1px solid var(--line);background:transparent;color:var(--ink)}"
    "button.go{background:var(--brand);border-color:var(--brand);color:var(--brand-ink);flex:1}"
    "button:focus-visible{outline:3px solid var(--brand);outline-offset:2px}"
    "footer{max-width:40rem;margin:0 auto 2.5rem;padding:0 1.5rem;color:var(--soft);"
    "font-size:.85rem}"
    "ol{padding-left:1.3rem;margin:.6rem 0}li{margin:.3rem 0}"
    ".wide main{overflow-x:auto}.wide td{overflow-wrap:normal}"
    "@media(max-width:32rem){main{padding:1.4rem 1.2rem;border-radius:0;border-width:1px 0}"
    "header{flex-wrap:wrap;padding:1.2rem}header span{flex-basis:100%;margin:0}"
    "footer{padding:0 1.2rem}}";

static void begin_body(struct buf *out, const char *title, const char *body_tag)
{
    buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    buf_html(out, title);
    buf_str(out, " \xC2\xB7 Sandbox DNS</title>\n<style>");
    buf_str(out, css);
    buf_str(out, "</style>\n</head>\n");
    buf_str(out, body_tag);
    buf_str(out, "\n<header><i>S</i>Sandbox DNS"
                 "<span>a practice provider on this computer</span></header>\n<main>\n");
}

static void begin(struct buf *out, const char *title)
{
    begin_body(out, title, "<body>");
}

static void end(struct buf *out)
{
    buf_str(out, "</main>\n<footer>This is dcddns-sandbox. It plays a DNS provider on the loopback "
                 "interface of this computer; no real domain can be changed here.</footer>\n"
                 "</body>\n</html>\n");
}

static void heading(struct buf *out, const char *text)
{
    buf_str(out, "<h1>");
    buf_html(out, text);
    buf_str(out, "</h1>\n");
}

struct host_rows {
    const struct sandbox *s;
    const struct ask *ask;
    struct buf *out;
    size_t replaced;
};

/* A NULL name leaves out the first cell, for a row under a name that spans two. */
static void record_row(struct host_rows *rows, const char *name, bool spans, const char *type,
                       const char *address)
{
    buf_str(rows->out, "<tr>");
    if (name) {
        buf_str(rows->out, spans ? "<td rowspan=\"2\">" : "<td>");
        buf_html(rows->out, name);
        buf_str(rows->out, "</td>");
    }
    buf_printf(rows->out, "<td class=\"t\">%s</td><td class=\"d\">", type);
    if (address) {
        buf_html(rows->out, address);
    } else {
        buf_str(rows->out, "<span class=\"soft\">its address at the time</span>");
    }
    buf_str(rows->out, "</td></tr>\n");
}

static void full_name(const struct sandbox *s, const char *host, char out[SBX_NAME_MAX * 2])
{
    (void)snprintf(out, SBX_NAME_MAX * 2, "%s%s%s", host, host[0] ? "." : "",
                   s->zones[ZONE_MANAGED].name);
}

/* A program that does not know an address, or will not set it, may say 0.0.0.0 or ::. */
static const char *told(const char *address)
{
    bool unknown = !address || strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
    return unknown ? NULL : address;
}

static void host_row(const char *host, void *arg)
{
    struct host_rows *rows = arg;
    const struct ask *ask = rows->ask;
    char name[SBX_NAME_MAX * 2];
    full_name(rows->s, host, name);
    if (!(ask->services & (1u << SERVICE_V2))) {
        record_row(rows, name, false, "A", told(ask->ip));
        return;
    }
    /* Told neither address, the program may set both. */
    const char *address4 = told(ask->ipv4);
    const char *address6 = told(ask->ipv6);
    bool v4 = address4 || !address6;
    bool v6 = address6 || !address4;
    if (v4) {
        record_row(rows, name, v6, "A", address4);
    }
    if (v6) {
        record_row(rows, v4 ? NULL : name, false, "AAAA", address6);
    }
}

static void conflict_row(const char *host, void *arg)
{
    struct host_rows *rows = arg;
    const struct zone *zone = &rows->s->zones[ZONE_MANAGED];
    char name[SBX_NAME_MAX * 2];
    char type[16];
    full_name(rows->s, host, name);
    size_t index = 0;
    const struct record *record = zone_next(zone, name, 0, &index);
    for (; record; record = zone_next(zone, name, 0, &index)) {
        bool address = record->type == LDNS_RR_TYPE_A || record->type == LDNS_RR_TYPE_AAAA ||
                       record->type == LDNS_RR_TYPE_CNAME;
        if (address && record->owner == OWNER_NOBODY) {
            record_row(rows, name, false, zone_type_name(record->type, type), record->data);
            rows->replaced++;
        }
    }
}

static void conflict_section(const struct sandbox *s, const struct ask *ask, struct buf *out)
{
    struct buf table = { .max = SBX_ANSWER_MAX };
    struct host_rows rows = { s, ask, &table, 0 };
    hosts_each(ask->hosts, conflict_row, &rows);
    if (rows.replaced > 0) {
        buf_str(out, "<h2>In the way now</h2>\n<table class=\"r\">\n"
                     "<tr><th>Name</th><th>Type</th><th>Data</th></tr>\n");
        buf_add(out, buf_text(&table), table.len);
        buf_str(out, "</table>\n<p class=\"soft\">Made by hand; replaced only if the program "
                     "asks for that.</p>\n");
    }
    buf_free(&table);
}

static void decision_form(const char *id, struct buf *out)
{
    buf_str(out, "<form method=\"post\" action=\"/consent/decision\">\n"
                 "<input type=\"hidden\" name=\"id\" value=\"");
    buf_html(out, id);
    buf_str(out, "\">\n<button class=\"go\" name=\"decision\" value=\"approve\">Approve</button>\n"
                 "<button name=\"decision\" value=\"decline\">Decline</button>\n</form>\n");
}

void page_consent(const struct sandbox *s, const struct ask *ask, const char *id, struct buf *out)
{
    struct host_rows rows = { s, ask, out, 0 };
    begin(out, "Approve dynamic DNS");
    buf_str(out, "<h1>Let a program keep your DNS up to date?</h1>\n<p><strong>Dynamic DNS"
                 "</strong>, a template of <code>" SBX_PROVIDER "</code>, asks to set address "
                 "records in your domain <strong>");
    buf_html(out, s->zones[ZONE_MANAGED].name);
    buf_str(out, "</strong>, and to change them whenever your address changes.</p>\n"
                 "<h2>What it will set</h2>\n<table class=\"r\">\n"
                 "<tr><th>Name</th><th>Type</th><th>Address now</th></tr>\n");
    hosts_each(ask->hosts, host_row, &rows);
    buf_str(out, "</table>\n");
    conflict_section(s, ask, out);
    buf_str(out, "<p class=\"soft\">Other names and other kinds of records stay as they are. The "
                 "permission lasts until it is revoked.</p>\n"
                 "<div class=\"note warn\"><strong>Did you start this yourself?</strong> Approve "
                 "only if you have just set up dynamic DNS on a computer of yours. If someone sent "
                 "you this link, decline: they would point your domain to an address of theirs."
                 "</div>\n");
    decision_form(id, out);
    end(out);
}

void page_code(const char *code, struct buf *out)
{
    begin(out, "Your code");
    heading(out, "Approved. One last step");
    buf_str(out, "<p>Copy this code and paste it where the program that sent you here asks for "
                 "it:</p>\n<code class=\"big\">");
    buf_html(out, code);
    buf_str(out, "</code>\n<ol><li>Click the code: all of it gets selected. Press "
                 "<strong>Ctrl+C</strong> to copy.</li><li>Go back to the window of the program."
                 "</li><li>Paste with <strong>Ctrl+V</strong> (in a terminal often "
                 "<strong>Ctrl+Shift+V</strong>) and press Enter.</li></ol>\n"
                 "<p class=\"soft\">The whole address of this page, from the address bar, works "
                 "too. The code is good for ten minutes and for one use; give it to nobody but "
                 "your own program.</p>\n");
    end(out);
}

void page_declined(const char *error, const char *description, struct buf *out)
{
    begin(out, "Nothing was approved");
    heading(out, "Nothing was approved");
    if (error) {
        buf_str(out, "<p>The request was declined, so there is no code and nothing changes in your "
                     "DNS. You can close this page, and stop the program that sent you here or "
                     "start its setup again.</p>\n<p class=\"soft\">For the program: <code>");
        buf_html(out, error);
        if (description) {
            buf_str(out, "</code>, <code>");
            buf_html(out, description);
        }
        buf_str(out, "</code></p>\n");
    } else {
        buf_str(out, "<p>This page shows the code after an approval, but it was opened without "
                     "one. Start the setup of your program again and follow its link.</p>\n");
    }
    end(out);
}

static const char *owner_text(enum owner owner)
{
    switch (owner) {
    case OWNER_V1:
        return "dynamicdns";
    case OWNER_V2:
        return "dynamicdns-v2";
    case OWNER_SANDBOX:
        return "the provider";
    case OWNER_NOBODY:
        break;
    }
    return "made by hand";
}

void page_panel(const struct sandbox *s, struct buf *out)
{
    const struct zone *zone = &s->zones[ZONE_MANAGED];
    const struct record **sorted = zone_sorted(zone);
    begin_body(out, "Records", "<body class=\"wide\">");
    heading(out, zone->name);
    buf_printf(out,
               "<p class=\"soft\">Records in this zone, serial %u.</p>\n<table>\n<tr><th>Name"
               "</th><th>Type</th><th>TTL</th><th>Data</th><th>Set by</th></tr>\n",
               zone->serial);
    for (size_t i = 0; sorted && i < zone->count; i++) {
        char type[16];
        buf_str(out, "<tr><td>");
        buf_html(out, sorted[i]->name);
        buf_printf(out, "</td><td class=\"t\">%s</td><td class=\"n\">%u</td><td class=\"d\">",
                   zone_type_name(sorted[i]->type, type), sorted[i]->ttl);
        buf_html(out, sorted[i]->data);
        buf_printf(out, "</td><td class=\"soft n\">%s</td></tr>\n", owner_text(sorted[i]->owner));
    }
    buf_str(out, "</table>\n");
    end(out);
    free(sorted);
}

void page_message(const char *title, const char *sentence, struct buf *out)
{
    begin(out, title);
    heading(out, title);
    buf_str(out, "<p>");
    buf_html(out, sentence);
    buf_str(out, "</p>\n");
    end(out);
}
