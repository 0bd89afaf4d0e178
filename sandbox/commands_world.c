/*
 * Commands that change what the world looks like: addresses, echo bodies, records. Must not know
 * tokens or faults.
 */
#include "commands.h"

#include "echo.h"
#include "names.h"
#include "zone.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_TTL 300

static bool set_address(struct sandbox *s, const char *text)
{
    unsigned char binary[16];
    if (strcmp(text, "none4") == 0) {
        s->public4[0] = '\0';
        return true;
    }
    if (strcmp(text, "none6") == 0) {
        s->public6[0] = '\0';
        return true;
    }
    if (inet_pton(AF_INET, text, binary) == 1) {
        return inet_ntop(AF_INET, binary, s->public4, sizeof s->public4) != NULL;
    }
    return inet_pton(AF_INET6, text, binary) == 1 &&
           inet_ntop(AF_INET6, binary, s->public6, sizeof s->public6) != NULL;
}

int command_address(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    for (int i = 0; i < argc; i++) {
        if (!set_address(s, argv[i])) {
            buf_printf(out, "'%s' is no address, and not none4 or none6\n", argv[i]);
            return COMMAND_REFUSED;
        }
    }
    return COMMAND_OK;
}

static int hex_pair(const char *text)
{
    char digits[3] = { text[0], text[0] ? text[1] : '\0', '\0' };
    if (strspn(digits, "0123456789abcdefABCDEF") != 2) {
        return -1;
    }
    return (int)strtoul(digits, NULL, 16);
}

/* One backslash escape at *text (after the backslash), moving past it; -1: unknown. */
static int read_escape(const char **text)
{
    static const char names[] = "nrt0\\";
    static const char bytes[] = "\n\r\t\0\\";
    const char *known = **text ? strchr(names, **text) : NULL;
    if (known) {
        (*text)++;
        return (unsigned char)bytes[known - names];
    }
    int value = **text == 'x' ? hex_pair(*text + 1) : -1;
    *text += value >= 0 ? 3 : 0;
    return value;
}

static bool unescape(const char *text, struct buf *out)
{
    while (*text) {
        int byte = (unsigned char)*text++;
        if (byte == '\\') {
            byte = read_escape(&text);
        }
        if (byte < 0) {
            return false;
        }
        char c = (char)byte;
        buf_add(out, &c, 1);
    }
    return !out->failed;
}

static bool set_echo(struct sandbox *s, int index, const char *text)
{
    struct buf *body = NULL;
    if (strcmp(text, "default") != 0) {
        body = calloc(1, sizeof *body);
        if (!body) {
            return false;
        }
        body->max = SBX_BODY_MAX * 4;
        if (!unescape(text, body)) {
            buf_free(body);
            free(body);
            return false;
        }
    }
    if (s->echo_bodies[index]) {
        buf_free(s->echo_bodies[index]);
        free(s->echo_bodies[index]);
    }
    s->echo_bodies[index] = body;
    return true;
}

int command_echo(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    bool all = strcmp(argv[0], "all") == 0;
    int only = echo_by_name(argv[0]);
    if (!all && only < 0) {
        buf_printf(out, "'%s' is not echo, echo1 .. echo4 or all\n", argv[0]);
        return COMMAND_REFUSED;
    }
    for (int i = 0; i < SBX_ECHOES; i++) {
        if ((all || i == only) && !set_echo(s, i, argv[1])) {
            buf_str(out, "the body has an unknown escape or is too long\n");
            return COMMAND_REFUSED;
        }
    }
    return COMMAND_OK;
}

int command_zone(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    zone_print(&s->zones[ZONE_MANAGED], out);
    return COMMAND_OK;
}

/* "www", "@", "www.ZONE" or "www.ZONE." as a whole name. */
static bool read_name(const struct zone *zone, const char *text, char out[SBX_NAME_MAX])
{
    char clean[SBX_NAME_MAX] = "";
    if (strcmp(text, "@") != 0 && !name_normalise(clean, sizeof clean, text)) {
        return false;
    }
    if (clean[0] && name_is_under(clean, zone->name)) {
        memcpy(out, clean, sizeof clean);
        return true;
    }
    bool absolute = text[strlen(text) - 1] == '.';
    return !absolute && name_join(out, SBX_NAME_MAX, clean, zone->name);
}

static uint16_t read_type(const char *text)
{
    ldns_rr_type type = ldns_get_rr_type_by_name(text);
    return type == LDNS_RR_TYPE_SOA ? 0 : (uint16_t)type;
}

static void join_data(int argc, char **argv, uint16_t type, struct buf *out)
{
    /* Text without quotes would be cut at spaces and semicolons. */
    bool quote = type == LDNS_RR_TYPE_TXT && argv[0][0] != '"';
    buf_str(out, quote ? "\"" : "");
    for (int i = 0; i < argc; i++) {
        buf_printf(out, "%s%s", i > 0 ? " " : "", argv[i]);
    }
    buf_str(out, quote ? "\"" : "");
}

/* Let ldns read the record, and keep the data as ldns writes it. False: not a record. */
static bool canonical(const char *name, const char *type, const char *data, struct buf *out)
{
    struct buf line = { .max = SBX_BODY_MAX };
    ldns_rr *rr = NULL;
    buf_printf(&line, "%s. %d IN %s %s", name, RECORD_TTL, type, data);
    bool ok = !line.failed && !strpbrk(data, "\r\n") &&
              ldns_rr_new_frm_str(&rr, line.data, RECORD_TTL, NULL, NULL) == LDNS_STATUS_OK;
    for (size_t i = 0; ok && i < ldns_rr_rd_count(rr); i++) {
        char *text = ldns_rdf2str(ldns_rr_rdf(rr, i));
        buf_printf(out, "%s%s", i > 0 ? " " : "", text ? text : "");
        ok = text != NULL && !out->failed;
        free(text);
    }
    if (rr) {
        ldns_rr_free(rr);
    }
    buf_free(&line);
    return ok;
}

/* RFC 1034 3.6.2: a CNAME stands alone. */
static bool cname_clash(const struct zone *zone, const char *name, uint16_t type)
{
    size_t index = 0;
    const struct record *record = zone_next(zone, name, 0, &index);
    for (; record; record = zone_next(zone, name, 0, &index)) {
        if (type == LDNS_RR_TYPE_CNAME || record->type == LDNS_RR_TYPE_CNAME) {
            return true;
        }
    }
    return false;
}

int command_record(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    struct zone *zone = &s->zones[ZONE_MANAGED];
    char name[SBX_NAME_MAX];
    uint16_t type = read_type(argv[1]);
    if (!read_name(zone, argv[0], name) || type == 0) {
        buf_printf(out, "'%s %s' is no name in the zone with a record type\n", argv[0], argv[1]);
        return COMMAND_REFUSED;
    }
    struct buf data = { .max = SBX_BODY_MAX };
    struct buf clean = { .max = SBX_BODY_MAX };
    bool ok = false;
    join_data(argc - 2, argv + 2, type, &data);
    if (data.failed || !canonical(name, argv[1], buf_text(&data), &clean)) {
        buf_printf(out, "that is no data for a record of type %s\n", argv[1]);
    } else if (cname_clash(zone, name, type)) {
        buf_str(out, "a CNAME stands alone; remove what is there with unrecord first\n");
    } else {
        ok = zone_add(zone, name, type, RECORD_TTL, buf_text(&clean), OWNER_NOBODY);
    }
    buf_free(&data);
    buf_free(&clean);
    return ok ? COMMAND_OK : COMMAND_REFUSED;
}

/* As a person does in the provider's control panel. A CNAME takes the place of all addresses. */
int command_change(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    static const uint16_t addresses[] = { LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_CNAME };
    struct zone *zone = &s->zones[ZONE_MANAGED];
    char name[SBX_NAME_MAX];
    uint16_t type = read_type(argv[1]);
    if (!read_name(zone, argv[0], name) || type == 0) {
        buf_printf(out, "'%s %s' is no name in the zone with a record type\n", argv[0], argv[1]);
        return COMMAND_REFUSED;
    }
    (void)zone_remove(zone, name, type, OWNER_ANY);
    for (size_t i = 0; type == LDNS_RR_TYPE_CNAME && i < 3; i++) {
        (void)zone_remove(zone, name, addresses[i], OWNER_ANY);
    }
    return argc > 2 ? command_record(s, argc, argv, out) : COMMAND_OK;
}

int command_unrecord(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    struct zone *zone = &s->zones[ZONE_MANAGED];
    char name[SBX_NAME_MAX];
    uint16_t type = read_type(argv[1]);
    if (!read_name(zone, argv[0], name) || type == 0) {
        buf_printf(out, "'%s %s' is no name in the zone with a record type\n", argv[0], argv[1]);
        return COMMAND_REFUSED;
    }
    if (zone_remove(zone, name, type, OWNER_BIT(OWNER_NOBODY) | OWNER_BIT(OWNER_SANDBOX)) == 0) {
        buf_str(out, "no such record, or it belongs to a template\n");
        return COMMAND_REFUSED;
    }
    return COMMAND_OK;
}
