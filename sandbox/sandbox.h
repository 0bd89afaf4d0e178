/*
 * The data model of the sandbox: everything that requests, questions and control commands can read
 * or change, in one place, behind one lock. Knows nothing of sockets, HTTP, DNS wire or HTML.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "buf.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SBX_PROVIDER      "domainconnect.org" /* providerId of the templates, and the client_id */
#define SBX_CLIENT_SECRET "inconceivable"     /* published on purpose with the public templates */
#define SBX_CODE_PAGE     "https://dynamicdns.domainconnect.org/ddnscode"
#define SBX_CODE_HOST     "dynamicdns.domainconnect.org"
#define SBX_HOME_ZONE     "sandbox.test"

#define SBX_NAME_MAX        254   /* a domain name as text, with the NUL */
#define SBX_SECRET_TEXT     64    /* a random token as text, with the NUL */
#define SBX_BODY_MAX        65536 /* bytes of a request body; more is refused with 413 */
#define SBX_ANSWER_MAX      (64u * 1024 * 1024) /* bytes of an answer, of the log */
#define SBX_CODE_LIFE_MS    (10 * 60 * 1000)
#define SBX_CONSENT_LIFE_MS (30 * 60 * 1000)

/* The two public templates. Bits (1u << service) make up scopes and the `templates` setting. */
enum service { SERVICE_V1, SERVICE_V2, SERVICE_COUNT };

/* What a request is for. Those before EP_FAULTS can be made to fail, be late or be dropped. */
enum endpoint {
    EP_SETTINGS,
    EP_TEMPLATE,
    EP_CONSENT,
    EP_TOKEN,
    EP_APPLY,
    EP_REVERT,
    EP_ECHO,
    EP_FAULTS,
    EP_CODE = EP_FAULTS,
    EP_PANEL,
    EP_OTHER,
    EP_COUNT
};

/* Who a record belongs to; templates own what they set. */
enum owner { OWNER_NOBODY, OWNER_SANDBOX, OWNER_V1, OWNER_V2 };

struct record {
    char *name; /* whole name, lower case, no final dot */
    uint16_t type;
    uint32_t ttl; /* seconds */
    char *data;   /* presentation form */
    enum owner owner;
};

struct zone {
    char name[SBX_NAME_MAX];
    uint32_t serial;
    struct record *records;
    size_t count;
    size_t cap;
};

enum { ZONE_MANAGED, ZONE_HOME, ZONE_CODE, ZONE_COUNT };

enum encoding { ENCODING_ANY, ENCODING_JSON, ENCODING_FORM, ENCODING_QUERY };

/* How a provider treats PKCE (RFC 7636). */
enum pkce {
    PKCE_CHECK,   /* optional, checked, in place of the client secret */
    PKCE_IGNORE,  /* challenge and verifier mean nothing; a secret is not wanted either */
    PKCE_REFUSE,  /* a consent with a challenge is refused */
    PKCE_REQUIRE, /* a consent without a challenge is refused */
    PKCE_SECRET,  /* checked, and the client secret is wanted beside it */
    PKCE_SPEND    /* checked, and a wrong verifier ends the code */
};

/* How a consent for several hosts at once is treated. */
enum host_list {
    HOST_LIST_OFF, /* the consent page says no and leads nowhere */
    HOST_LIST_ON,
    HOST_LIST_REDIRECT, /* the page leads back with error=invalid_request */
    HOST_LIST_TOKEN     /* consent is given, the code is refused with invalid_request */
};

/* How questions without recursion about the managed zone are answered: those to its own servers. */
enum dns_answers { DNS_NORMAL, DNS_NO_AA, DNS_SERVFAIL, DNS_REFUSED, DNS_SILENT, DNS_CUT };

/* What `ctl set` changes. */
struct options {
    bool async;
    unsigned templates; /* bits of enum service */
    bool rotation;
    unsigned grace_s; /* seconds a rotated refresh token may still be used */
    unsigned access_lifetime_s;
    enum encoding token_encoding;
    bool revert;
    unsigned apply_status;
    enum host_list host_list;
    bool address_conflict; /* an apply removes addresses of the family that it does not set */
    enum pkce pkce;
    enum dns_answers dns_answers;
    unsigned dns_lag_s; /* how long DNS shows what was before an apply */
    bool dns_split;     /* questions with recursion get an address of an inner network */
};

/* What `ctl fail`, `delay` and `drop` have arranged for one endpoint. */
struct fault {
    unsigned fail_status;
    unsigned fail_count;
    char *fail_body;     /* NULL: a default body */
    char *fail_location; /* NULL: none */
    unsigned retry_after_s;
    bool has_retry_after;
    unsigned delay_ms;
    unsigned delay_count;
    unsigned drop_count;
};

#define SBX_ECHOES 5 /* echo, echo1 .. echo4 */

/* What a consent URL asked for, checked. The domain is always the managed zone. */
struct ask {
    char *hosts; /* comma list, lower case; an empty entry is the apex */
    unsigned services;
    char *redirect_uri;
    char *state;     /* NULL: none */
    char *challenge; /* PKCE S256, NULL: none */
    char *ipv4;      /* NULL: not told */
    char *ipv6;
    char *ip;
};

/* A consent page that waits for its person. */
struct consent {
    char id[SBX_SECRET_TEXT];
    int64_t expires_ms;
    struct ask ask;
};

/* An approved consent: one authorization code and the family of tokens that came from it. */
struct grant {
    struct ask ask;
    char code[SBX_SECRET_TEXT];
    int64_t code_expires_ms;
    bool code_used;
    unsigned generation; /* of the newest refresh token; 0 before the exchange */
};

enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH };

struct token {
    enum token_kind kind;
    char text[SBX_SECRET_TEXT];
    size_t grant;       /* index */
    int64_t expires_ms; /* access tokens only */
    int64_t rotated_ms; /* refresh tokens: when a newer one took its place; 0: has not happened */
    bool dead;
};

/* Codes and tokens as they were at one moment; texts and questions stay where they are. */
struct mark {
    int64_t at_ms; /* 0: none was set */
    struct token *tokens;
    size_t token_count;
    struct grant *grants; /* shares what is asked with the living ones */
    size_t grant_count;
};

struct stats {
    unsigned long requests[EP_COUNT];
    unsigned long exchanges;
    unsigned long exchanges_refused;
    unsigned long refreshes;
    unsigned long refreshes_refused;
    unsigned long reuses; /* rotated refresh tokens seen again outside the grace */
    unsigned long applies_accepted;
    unsigned long applies_refused;
    unsigned long reverts;
    unsigned long dns_questions;
    unsigned long stun_requests;
};

struct sandbox {
    pthread_mutex_t lock; /* guards all that follows except ports, which are fixed before threads */
    pthread_cond_t stop_cond;
    bool stopping;
    int stop_fd; /* readable for good once stopping; every poll() watches it */

    bool ipv6; /* ::1 is served too */
    uint16_t dns_port;
    uint16_t https_port;
    uint16_t stun_port;

    struct zone zones[ZONE_COUNT];
    struct zone shown;      /* the managed zone as it was, while DNS lags behind */
    int64_t shown_until_ms; /* 0: it does not */
    struct options options;
    struct fault faults[EP_FAULTS];
    char public4[INET_ADDRSTRLEN];       /* "": none set */
    char public6[INET6_ADDRSTRLEN];      /* "": none set */
    struct buf *echo_bodies[SBX_ECHOES]; /* NULL: the public address */

    struct consent *consents;
    size_t consent_count;
    size_t consent_cap;
    struct grant *grants;
    size_t grant_count;
    size_t grant_cap;
    struct token *tokens;
    size_t token_count;
    size_t token_cap;
    struct mark mark;
    struct buf secrets; /* one per line */

    struct stats stats;
    struct buf log;
    unsigned long log_number;
};

/* Set up an empty world that serves `zone` (already checked). False: no memory or no descriptor. */
bool sandbox_init(struct sandbox *s, const char *zone);
/* Fill the zones; the ports must be known. False: no memory. */
bool sandbox_fill(struct sandbox *s);
/* Free everything. No thread may be left. */
void sandbox_free(struct sandbox *s);

void sandbox_lock(struct sandbox *s);
void sandbox_unlock(struct sandbox *s);

/* Tell all threads to end; safe to call twice. */
void sandbox_stop(struct sandbox *s);
/* Sleep for `ms` milliseconds or until the sandbox stops. Must be called without the lock. */
void sandbox_sleep(struct sandbox *s, unsigned ms);

/* Milliseconds on a clock that never jumps. */
int64_t sandbox_now_ms(void);

/* serviceId of a template, and back; SERVICE_COUNT when unknown. */
const char *service_name(enum service service);
enum service service_by_name(const char *name);
/* The owner of the records a template sets. */
enum owner service_owner(enum service service);

/* The name of an endpoint in commands, log and statistics, and back; EP_COUNT when unknown. */
const char *endpoint_name(enum endpoint endpoint);
enum endpoint endpoint_by_name(const char *name);

void ask_free(struct ask *ask);

#endif
