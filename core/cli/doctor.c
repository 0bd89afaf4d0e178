/* `dcddns doctor`: discovery step by step, in words: what was asked, answered, what it means. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "cli/doctor.h"
#include "connect/discover.h"
#include "net/dns.h"
#include "state/grant_index.h"

void doctor_step(void *ctx, int ok, const char *asked, const char *answered, const char *means)
{
    struct steps *steps = ctx;
    static const char *const words[] = { "unclear", "bad", "good" };
    printf("%d. asked     %s\n   answered  %s\n   means     %s (%s)\n", ++steps->number, asked,
           answered, means, words[ok + 1]);
}

static void print_records(struct net *net, const char *fqdn, enum dns_type type, const char *word,
                          struct steps *steps)
{
    struct dns_reply reply = { 0 };
    char asked[FQDN_MAX + 8] = "", answered[ERROR_TEXT_MAX] = "none";
    struct buf text = BUF_MAX(sizeof(answered) - 1);

    snprintf(asked, sizeof(asked), "%s %s", fqdn, word);
    dns_await(net, fqdn, type, &reply);
    for (size_t i = 0; i < reply.count; i++) {
        char address[ADDR_TEXT_MAX] = "";
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", addr_text(&reply.addrs[i], address));
    }
    if (reply.count == 0)
        buf_puts(&text, reply.status == DNS_TEMP ? reply.error.text : "no such record");
    doctor_step(steps, reply.status == DNS_TEMP ? 0 : 1, asked, buf_text(&text),
                reply.count > 0            ? "what the resolver says now (it may be cached)"
                : reply.status == DNS_TEMP ? "the resolver cannot say now"
                                           : "nothing is published yet");
    buf_free(&text);
}

static void print_source(const char *asked, const struct observation *seen, const char *record,
                         struct steps *steps)
{
    char text[ADDR_TEXT_MAX] = "", means[64] = "";
    bool found = addr_is_set(&seen->addr);
    if (found)
        snprintf(means, sizeof(means), "what would be published");
    else
        snprintf(means, sizeof(means), "no %s record could be kept here", record);
    doctor_step(steps, found ? 1 : -1, asked,
                found ? addr_text(&seen->addr, text) : seen->error.text, means);
}

/* -1 when there is an address for none of the families of HOST (NULL: of both). */
static int print_sources(struct runtime *rt, const char *fqdn, const struct config_host *host,
                         struct steps *steps, struct error *err)
{
    struct observation v4 = { 0 }, v6 = { 0 };
    bool want4 = !host || host->ipv4, want6 = !host || host->ipv6;

    engine_look(rt->engine, fqdn, true, true, &v4, &v6);
    print_source("IP sources, IPv4", &v4, "A", steps);
    print_source("IP sources, IPv6", &v6, "AAAA", steps);
    if ((want4 && addr_is_set(&v4.addr)) || (want6 && addr_is_set(&v6.addr)))
        return 0;
    /* One family that may work later is enough for the whole to be temporary. */
    const struct error *why =
        want4 && (!want6 || error_exit_status(v4.error.class) == 1) ? &v4.error : &v6.error;
    return error_set(err, why->class == ERR_NONE ? ERR_TEMP : why->class,
                     "no address was found: %s", why->text);
}

static void print_pkce(enum grant_pkce pkce, struct steps *steps)
{
    static const struct {
        int ok;
        const char *answered, *means;
    } words[] = {
        [GRANT_PKCE_UNPROVEN] = { -1, "unproven",
                                  "a challenge was sent; whether the provider checks it is not "
                                  "known, setup --prove-pkce tells" },
        [GRANT_PKCE_PROVEN] = { 1, "proven",
                                "the provider refused a verifier that did not belong to the code" },
        [GRANT_PKCE_IGNORED] = { 0, "ignored",
                                 "the provider took a verifier that did not belong to the code: "
                                 "whoever sees a code can use it" },
    };
    if (pkce != GRANT_PKCE_NONE)
        doctor_step(steps, words[pkce].ok, "PKCE when consent was given", words[pkce].answered,
                    words[pkce].means);
}

/* As hands or a restored copy leave it; without a refresh token it ends within the hour. */
static bool is_incomplete(const struct grant *g)
{
    return !g->api_url || !g->service_id || !g->refresh_token;
}

/* -1 when the grant that is there does not serve. */
static int print_grant(struct runtime *rt, const char *fqdn, const struct provider *provider,
                       struct steps *steps, struct error *err)
{
    struct grant grant = { 0 };
    bool found = false;
    int rc = grants_find(engine_grants(rt->engine), fqdn, &grant, &found, err);

    if (rc < 0)
        doctor_step(steps, 0, "stored grant", err->text, "run setup again");
    else if (!found)
        doctor_step(steps, -1, "stored grant", "none", "consent was not given yet");
    else if (grant.needs_consent)
        doctor_step(steps, 0, "stored grant", "refused by the provider", "run setup again");
    else if (grant.refresh_failures > 0)
        doctor_step(steps, 0, "stored grant", "refused by the provider", "it is tried again");
    else if (is_incomplete(&grant))
        doctor_step(steps, 0, "stored grant", "incomplete", "run setup again");
    else if (provider->api_url && strcmp(provider->api_url, grant.api_url) != 0)
        doctor_step(
            steps, -1, "stored grant", grant.api_url,
            "made at another urlAPI than DNS names now; it stays pinned until setup is run");
    else
        doctor_step(steps, 1, "stored grant", grant.api_url, "consent was given");
    print_pkce(grant.pkce, steps);
    if (rc == 0 && found && is_incomplete(&grant))
        rc = error_set(err, ERR_CONSENT, "the grant is incomplete; run: dcddns setup %s", fqdn);
    else if (rc == 0 && grant.needs_consent)
        rc = error_set(err, ERR_CONSENT, "consent is needed again; run: dcddns setup %s", fqdn);
    else if (rc == 0 && grant.refresh_failures > 0)
        rc = error_set(err, ERR_TEMP,
                       "the provider refuses the grant; it is tried again; if that lasts, run: "
                       "dcddns setup %s",
                       fqdn);
    grant_clear(&grant);
    return rc;
}

static int examine(struct runtime *rt, const char *fqdn)
{
    struct provider provider = { 0 };
    struct error err = { 0 };
    struct steps steps = { 0 };
    const struct config_host *host = config_find_host(rt->config, fqdn);
    struct error no_address = { 0 }, no_consent = { 0 };

    int rc = discover(engine_net(rt->engine), fqdn, host && host->ipv6, &provider, doctor_step,
                      &steps, &err);
    print_records(engine_net(rt->engine), fqdn, DNS_A, "A", &steps);
    print_records(engine_net(rt->engine), fqdn, DNS_AAAA, "AAAA", &steps);
    doctor_dns(rt, fqdn, provider.zone, &steps);
    bool seen = print_sources(rt, fqdn, host, &steps, &no_address) == 0;
    bool granted = print_grant(rt, fqdn, &provider, &steps, &no_consent) == 0;
    if (rc == 0)
        err = !granted ? no_consent : !seen ? no_address : (struct error){ 0 };
    if (err.class != ERR_NONE)
        printf("Result: %s\n", err.text);
    else
        printf("Result: %s can be kept up to date at %s (zone %s, template %s)%s%s\n", fqdn,
               provider.name, provider.zone, provider.service_id,
               host ? "" : "; next: dcddns setup ", host ? "" : fqdn);
    provider_free(&provider);
    return error_exit_status(err.class);
}

int command_doctor(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct runtime rt = { 0 };
    char fqdn[FQDN_MAX] = "";

    int given = cli_no_options(command, argc, argv);
    if (given >= 0)
        return given;
    if (argc - optind != 1)
        return cli_usage(command, "it takes one name");
    if (!session_name(command, argv[optind], fqdn))
        return EXIT_USAGE;
    int status = session_open(cli, &rt);
    if (status == EXIT_DONE)
        status = examine(&rt, fqdn);
    session_close(&rt);
    return status;
}
