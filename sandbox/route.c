/*
 * The table of endpoints. Must not know what they do inside, nor the HTTP library.
 */
#include "route.h"

#include "apply.h"
#include "consent.h"
#include "discovery.h"
#include "echo.h"
#include "faults.h"
#include "journal.h"
#include "pages.h"
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct route {
    const char *method;
    const char *pattern; /* one '*' stands for one segment, kept in request->capture */
    enum endpoint endpoint;
    void (*run)(struct sandbox *s, const struct request *request, struct reply *reply);
};

static void show_page(struct reply *reply, unsigned status)
{
    reply->status = status;
    reply->type = "text/html; charset=utf-8";
}

static void show_message(struct reply *reply, unsigned status, const char *title,
                         const char *sentence)
{
    buf_free(&reply->body);
    page_message(title, sentence, &reply->body);
    show_page(reply, status);
}

static void consent_question(struct sandbox *s, const struct request *request, struct reply *reply)
{
    struct ask ask = { 0 };
    struct buf why = { .max = 1024 };
    const char *id = NULL;
    if (!request->query_ok) {
        buf_str(&why, "The link is damaged: it cannot be decoded.");
    } else if (consent_read(s, &request->query, &ask, &why)) {
        id = consent_open(s, &ask);
    }
    reply_note(reply, "pkce", params_get(&request->query, "code_challenge") ? "yes" : "no");
    if (id) {
        page_consent(s, &consent_find(s, id)->ask, id, &reply->body);
        show_page(reply, 200);
    } else {
        show_message(reply, 400, "This request cannot be approved", buf_text(&why));
    }
    ask_free(&ask);
    buf_free(&why);
}

/* The public code page lives in the sandbox: keep the name the browser used to get here. */
static char *code_page_location(const struct sandbox *s, const struct request *request,
                                const char *url)
{
    struct buf location = { .max = SBX_BODY_MAX };
    buf_str(&location, "https://");
    if (request->host[0]) {
        buf_str(&location, request->host);
    } else {
        buf_printf(&location, "dc.%s:%u", SBX_HOME_ZONE, s->https_port);
    }
    buf_str(&location, "/ddnscode");
    buf_str(&location, url + strlen(SBX_CODE_PAGE));
    return location.data;
}

static void send_home(const struct sandbox *s, const struct request *request, const char *url,
                      struct reply *reply)
{
    bool code_page = strncmp(url, SBX_CODE_PAGE "?", strlen(SBX_CODE_PAGE) + 1) == 0;
    reply->location = code_page ? code_page_location(s, request, url) : strdup(url);
    reply_text(reply, reply->location ? 303 : 500, "");
}

static void consent_answer(struct sandbox *s, const struct request *request, struct reply *reply)
{
    struct params form = { 0 };
    struct buf url = { .max = SBX_BODY_MAX };
    char code[SBX_SECRET_TEXT] = "";
    bool read = params_read_form(&form, buf_text(&request->body), request->body.len);
    const char *id = params_get(&form, "id");
    const char *decision = params_get(&form, "decision");
    bool approve = decision && strcmp(decision, "approve") == 0;
    bool decline = decision && strcmp(decision, "decline") == 0;
    if (!read || !id || (!approve && !decline)) {
        show_message(reply, 400, "That was no decision", "Use the buttons of the consent page.");
    } else if (consent_decide(s, id, approve, code, &url)) {
        reply_note(reply, "decision", decision);
        send_home(s, request, url.data, reply);
    } else {
        show_message(reply, 400, "This page was used already",
                     "A consent page can be answered once, within half an hour. Start the setup of "
                     "your program again and follow its link.");
    }
    params_free(&form);
    buf_free(&url);
}

static void code_page(struct sandbox *s, const struct request *request, struct reply *reply)
{
    (void)s;
    const char *code = params_get(&request->query, "code");
    if (code) {
        page_code(code, &reply->body);
    } else {
        page_declined(params_get(&request->query, "error"),
                      params_get(&request->query, "error_description"), &reply->body);
    }
    show_page(reply, 200);
}

static void panel(struct sandbox *s, const struct request *request, struct reply *reply)
{
    (void)request;
    page_panel(s, &reply->body);
    show_page(reply, 200);
}

#define TEMPLATES "/v2/domainTemplates/providers/" SBX_PROVIDER

static const struct route routes[] = {
    { "GET", TEMPLATES "/services/*", EP_TEMPLATE, discovery_template },
    { "POST", TEMPLATES "/services/*/apply", EP_APPLY, apply_endpoint },
    { "POST", TEMPLATES "/services/*/revert", EP_REVERT, apply_revert },
    { "GET", CONSENT_PATH, EP_CONSENT, consent_question },
    { "POST", "/consent/decision", EP_CONSENT, consent_answer },
    { "POST", "/v2/oauth/access_token", EP_TOKEN, token_endpoint },
    { "GET", "/v2/*/settings", EP_SETTINGS, discovery_settings },
    { "GET", "/ip", EP_ECHO, echo_endpoint },
    { "GET", "/ddnscode", EP_CODE, code_page },
    { "GET", "/panel", EP_PANEL, panel },
};

static bool path_matches(const char *pattern, struct request *request)
{
    const char *star = strchr(pattern, '*');
    const char *path = request->path;
    if (!star) {
        return strcmp(pattern, path) == 0;
    }
    size_t before = (size_t)(star - pattern);
    if (strncmp(pattern, path, before) != 0) {
        return false;
    }
    size_t n = strcspn(path + before, "/");
    if (n == 0 || n >= sizeof request->capture || strcmp(star + 1, path + before + n) != 0) {
        return false;
    }
    memcpy(request->capture, path + before, n);
    request->capture[n] = '\0';
    return true;
}

static bool method_matches(const char *wanted, const char *method)
{
    bool head = strcmp(method, "HEAD") == 0 && strcmp(wanted, "GET") == 0;
    return head || strcmp(wanted, method) == 0;
}

static const struct route *find_route(struct request *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (path_matches(routes[i].pattern, request)) {
            return &routes[i];
        }
    }
    return NULL;
}

static void answer(struct sandbox *s, const struct route *route, const struct request *request,
                   struct reply *reply)
{
    if (request->too_large) {
        show_message(reply, 413, "Too large", "A request body here has at most 64 KiB.");
    } else if (!route) {
        show_message(reply, 404, "Nothing here", "The sandbox has no page at this address.");
    } else if (!method_matches(route->method, request->method)) {
        reply->allow = route->method;
        show_message(reply, 405, "Not this way", "This address does not take that method.");
    } else if (!faults_fail(s, route->endpoint, reply)) {
        route->run(s, request, reply);
    }
}

void route_request(struct sandbox *s, struct request *request, struct reply *reply)
{
    const struct route *route = find_route(request);
    enum endpoint endpoint = route ? route->endpoint : EP_OTHER;
    sandbox_lock(s);
    answer(s, route, request, reply);
    faults_deliver(s, endpoint, reply);
    if (reply->body.failed) {
        reply_text(reply, 500, "out of memory\n");
    }
    journal_request(s, endpoint, request->method, reply->status, buf_text(&reply->note));
    sandbox_unlock(s);
}
