/* Pseudonyms; see mask.h. */
#include "engine/mask.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "platform/os.h"

enum { HOSTS, ADDRS, PATHS, DEVICES, ENTRIES_MAX = 4096, WORD_MAX = 512 };

static const char *const vocabulary[] = {
#include "engine/mask_words.inc"
};

void mask_free(struct mask *mask)
{
    for (size_t k = 0; k < MASK_KINDS; k++) {
        for (size_t i = 0; i < mask->lists[k].count; i++)
            mem_free(mask->lists[k].items[i]);
        mem_free(mask->lists[k].items);
    }
    for (size_t i = 0; i < mask->place_count; i++)
        mem_free(mask->places[i].path);
    *mask = (struct mask){ .names = mask->names };
}

/* From 1; 0: too many, or out of memory. */
static size_t number_of(struct mask_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return i + 1;
    }
    if (list->count == ENTRIES_MAX)
        return 0;
    char **items = mem_resize(list->items, (list->count + 1) * sizeof(*items));
    if (!items)
        return 0;
    list->items = items;
    items[list->count] = mem_strdup(text);
    return items[list->count] ? ++list->count : 0;
}

void mask_host(struct mask *mask, const char *fqdn, struct buf *out)
{
    bool wildcard = text_starts_with(fqdn, "*.");
    if (mask->names)
        buf_puts(out, fqdn);
    else
        buf_printf(out, "%shost-%zu.example", wildcard ? "*." : "",
                   number_of(&mask->lists[HOSTS], wildcard ? fqdn + 2 : fqdn));
}

void mask_addr(struct mask *mask, const struct dcddns_addr *addr, struct buf *out)
{
    char text[ADDR_TEXT_MAX] = "";
    const struct addr_block *special = addr_special(addr);

    addr_text(addr, text);
    if (text[0] == '\0')
        buf_puts(out, "none");
    else if (mask->names || addr_is_loopback(addr))
        buf_puts(out, text);
    else
        buf_printf(out, "ipv%d-%zu", (int)addr->family, number_of(&mask->lists[ADDRS], text));
    if (text[0] != '\0' && special && !addr_is_loopback(addr))
        buf_printf(out, " (%s)", special->name);
}

static void put_authority(struct mask *mask, const char *host, struct buf *out)
{
    struct dcddns_addr addr = { 0 };
    if (addr_parse(host, &addr) == 0)
        mask_addr(mask, &addr, out);
    else
        mask_host(mask, host, out);
}

void mask_url(struct mask *mask, const char *url, struct buf *out)
{
    char host[FQDN_MAX] = "";
    if (!url_host(url, host, sizeof(host))) {
        buf_puts(out, "***");
        return;
    }
    buf_puts(out, strncasecmp(url, "https:", 6) == 0  ? "https://"
                  : strncasecmp(url, "http:", 5) == 0 ? "http://"
                                                      : "***://");
    put_authority(mask, host, out);
    const char *path = strstr(url, "://") + 3;
    path += strcspn(path, "/?#");
    buf_puts(out, path[0] && strcmp(path, "/") != 0 ? "/..." : "");
}

/* A program that was built for a folder of one's own names its owner. */
static bool is_public(const char *path)
{
    static const char *const roots[] = { "/etc/", "/opt/",     "/run/",
                                         "/usr/", "/var/lib/", "/var/run/" };
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (text_starts_with(path, roots[i]))
            return true;
    }
    return path[0] != '/';
}

void mask_know_place(struct mask *mask, char *path, const char *words)
{
    if (path && words && mask->place_count < MASK_PLACES)
        mask->places[mask->place_count++] = (struct mask_place){ path, words };
    else
        mem_free(path);
}

static bool put_place(const struct mask *mask, const char *path, struct buf *out)
{
    for (size_t i = 0; i < mask->place_count; i++) {
        const size_t len = strlen(mask->places[i].path);
        const char *rest = path + len;
        if (strncmp(path, mask->places[i].path, len) != 0 ||
            (*rest && strcmp(rest, "/dcddns.conf") != 0))
            continue;
        buf_printf(out, "%s%s", mask->places[i].words, rest);
        return true;
    }
    return false;
}

void mask_path(struct mask *mask, const char *path, struct buf *out)
{
    static const char *const usual[] = { DCDDNS_CONFIG_DIR,
                                         DCDDNS_STATE_DIR,
                                         DCDDNS_PLUGIN_DIR,
                                         DCDDNS_RUN_DIR,
                                         DCDDNS_CONFIG_DIR "/dcddns.conf",
                                         "none",
                                         "" };
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (mask->names || (strcmp(path, usual[i]) == 0 && is_public(path))) {
            buf_puts(out, path);
            return;
        }
    }
    if (!put_place(mask, path, out))
        buf_printf(out, "path-%zu", number_of(&mask->lists[PATHS], path));
}

void mask_device(struct mask *mask, const char *device, struct buf *out)
{
    if (mask->names)
        buf_puts(out, device);
    else
        buf_printf(out, "device-%zu", number_of(&mask->lists[DEVICES], device));
}

/* -- messages --------------------------------------------------------------------------------- */

static int by_word(const void *key, const void *item)
{
    return strcasecmp(key, *(const char *const *)item);
}

static bool is_harmless(const char *word)
{
    size_t len = strlen(word);
    if (len <= 4 && strspn(word, "0123456789") == len)
        return true;
    return bsearch(word, vocabulary, sizeof(vocabulary) / sizeof(vocabulary[0]),
                   sizeof(vocabulary[0]), by_word) != NULL;
}

static void put_word(struct mask *mask, const char *word, struct buf *out)
{
    struct dcddns_addr addr = { 0 };
    char fqdn[FQDN_MAX] = "";

    if (word[0] == '\0' || is_harmless(word))
        buf_puts(out, word);
    else if (text_starts_with(word, "https://") || text_starts_with(word, "http://"))
        mask_url(mask, word, out);
    else if (os_path_is_absolute(word))
        mask_path(mask, word, out);
    else if (addr_parse(word, &addr) == 0)
        mask_addr(mask, &addr, out);
    else if (text_fqdn(word, fqdn))
        mask_host(mask, fqdn, out);
    else
        buf_puts(out, "***");
}

/* Punctuation at either end stays. */
static void put_chunk(struct mask *mask, const char *chunk, size_t len, struct buf *out)
{
    static const char marks[] = "()[]\"',;:.!?";
    char word[WORD_MAX] = "";
    size_t from = 0, to = len;

    while (from < to && strchr(marks, chunk[from]))
        from++;
    while (to > from && strchr(marks, chunk[to - 1]))
        to--;
    buf_add(out, chunk, from);
    if (to - from < sizeof(word)) {
        memcpy(word, chunk + from, to - from);
        put_word(mask, word, out);
    } else {
        buf_puts(out, "***");
    }
    buf_add(out, chunk + to, len - to);
}

void mask_text(struct mask *mask, const char *text, struct buf *out)
{
    if (mask->names) {
        buf_puts(out, text);
        return;
    }
    while (*text) {
        size_t blanks = strspn(text, " ");
        buf_puts(out, blanks > 0 ? " " : "");
        text += blanks;
        size_t len = strcspn(text, " ");
        put_chunk(mask, text, len, out);
        text += len;
    }
}
