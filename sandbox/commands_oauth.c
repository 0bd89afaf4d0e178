/*
 * Commands about consent and tokens. Must not know records or faults.
 */
#include "commands.h"

#include "consent.h"
#include "oauth.h"

#include <string.h>
#include <strings.h>

/* The query of a consent URL, or NULL when its path is not the consent page's. */
static const char *consent_query(const char *url)
{
    const char *authority = strncasecmp(url, "https://", 8) == 0 ? url + 8 : NULL;
    const char *path = authority ? strchr(authority, '/') : NULL;
    size_t n = strlen(CONSENT_PATH);
    if (!path || strncmp(path, CONSENT_PATH "?", n + 1) != 0) {
        return NULL;
    }
    return path + n + 1;
}

static const char *open_question(struct sandbox *s, const char *url, struct buf *out)
{
    struct params params = { 0 };
    struct ask ask = { 0 };
    const char *id = NULL;
    const char *query = consent_query(url);
    if (!query) {
        buf_str(out, "that is no consent URL of this sandbox");
    } else if (!params_read_form(&params, query, strcspn(query, "#"))) {
        buf_str(out, "The link is damaged: it cannot be decoded.");
    } else if (consent_read(s, &params, &ask, out)) {
        id = consent_open(s, &ask);
    }
    ask_free(&ask);
    params_free(&params);
    return id;
}

static int decide(struct sandbox *s, const char *question, bool approve, struct buf *out)
{
    struct buf url = { .max = SBX_BODY_MAX };
    char code[SBX_SECRET_TEXT] = "";
    char id[SBX_SECRET_TEXT] = "";
    const char *open = open_question(s, question, out);
    if (open) {
        memcpy(id, open, sizeof id);
    }
    bool ok = open && consent_decide(s, id, approve, code, &url);
    if (!ok) {
        buf_str(out, "\n");
    } else if (approve) {
        buf_printf(out, "code=%s\nurl=%s\n", code, url.data);
    } else {
        buf_printf(out, "url=%s\n", url.data);
    }
    buf_free(&url);
    return ok ? COMMAND_OK : COMMAND_REFUSED;
}

int command_approve(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    return decide(s, argv[0], true, out);
}

int command_decline(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    return decide(s, argv[0], false, out);
}

int command_expire(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    buf_printf(out, "%zu\n", oauth_end_all(s, TOKEN_ACCESS));
    return COMMAND_OK;
}

int command_revoke(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    buf_printf(out, "%zu\n", oauth_end_all(s, TOKEN_REFRESH));
    return COMMAND_OK;
}

int command_mark(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    if (!oauth_mark(s)) {
        buf_str(out, "no memory for a mark\n");
        return COMMAND_REFUSED;
    }
    return COMMAND_OK;
}

int command_rewind(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    if (!oauth_rewind(s)) {
        buf_str(out, "there is no mark to go back to\n");
        return COMMAND_REFUSED;
    }
    return COMMAND_OK;
}

int command_secrets(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    buf_add(out, buf_text(&s->secrets), s->secrets.len);
    return COMMAND_OK;
}
