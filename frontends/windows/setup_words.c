/* The words of the setup dialog; see setup_words.h. */
#include "windows/setup_words.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "windows/plain_words.h"

static const char separators[] = " \t\r\n,;";

static void put_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

/* -- names ------------------------------------------------------------------------------------ */

static bool is_in(const struct setup_names *names, const char *fqdn)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], fqdn) == 0)
            return true;
    }
    return false;
}

static void say_why_not(const char *word, char words[SETUP_WORDS_MAX])
{
    char shown[TEXT_ESCAPED_MAX] = "";

    text_escape(word, strlen(word), shown);
    if (strstr(word, "://"))
        snprintf(words, SETUP_WORDS_MAX, "Only the name, without https:// and what follows it.");
    else if (strchr(word, '@'))
        snprintf(words, SETUP_WORDS_MAX, "This is a mail address; a name of a host is needed.");
    else if (!strchr(word, '.'))
        snprintf(words, SETUP_WORDS_MAX, "The full name is needed, with its domain: %s.example.com",
                 shown);
    else
        snprintf(words, SETUP_WORDS_MAX, "%s is not a full name like home.example.com", shown);
}

static bool take_word(const char *text, size_t len, struct setup_names *names,
                      char words[SETUP_WORDS_MAX])
{
    char word[FQDN_MAX + 1] = "", fqdn[FQDN_MAX] = "";

    if (len >= sizeof(word)) {
        put_text(words, SETUP_WORDS_MAX, "This is longer than any name.");
        return false;
    }
    memcpy(word, text, len);
    if (!text_fqdn(word, fqdn)) {
        say_why_not(word, words);
        return false;
    }
    if (is_in(names, fqdn))
        return true;
    if (names->count == SETUP_NAMES_MAX) {
        snprintf(words, SETUP_WORDS_MAX, "At most %d names at a time.", SETUP_NAMES_MAX);
        return false;
    }
    memcpy(names->items[names->count++], fqdn, sizeof(fqdn));
    return true;
}

bool setup_words_names(const char *typed, struct setup_names *names, char words[SETUP_WORDS_MAX])
{
    names->count = 0;
    words[0] = '\0';
    for (const char *at = typed + strspn(typed, separators); *at; at += strspn(at, separators)) {
        const size_t len = strcspn(at, separators);
        if (!take_word(at, len, names, words))
            return false;
        at += len;
    }
    return names->count > 0;
}

/* -- lines ------------------------------------------------------------------------------------ */

static void say_names(const struct json *object, const char *name, char *out, size_t size)
{
    size_t len = 0;

    for (const struct json *at = json_first(json_get(object, "names")); at; at = json_next(at)) {
        const char *item = json_text(at);
        if (!item || len >= size)
            continue;
        const int more = snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", item);
        len += more > 0 ? (size_t)more : 0;
    }
    if (len == 0)
        put_text(out, size, name);
}

static void read_consent(const struct json *object, struct setup_line *line)
{
    const char *url = json_string(object, "url"), *provider = json_string(object, "provider");
    char names[SETUP_WORDS_MAX / 2] = "";

    say_names(object, line->name, names, sizeof(names));
    if (!url || !text_starts_with(url, "https://") || strlen(url) >= sizeof(line->url)) {
        line->step = SETUP_FAILED;
        snprintf(line->words, sizeof(line->words), "The page of the provider cannot be opened.");
        return;
    }
    put_text(line->url, sizeof(line->url), url);
    snprintf(line->words, sizeof(line->words),
             "Found: %.200s looks after the DNS of %s.\nIts page opens in your browser. Approve "
             "there, then paste the code that it shows.",
             provider && *provider ? provider : "a DNS provider", names);
    snprintf(line->later, sizeof(line->later), "After that: %s, with a page and a code of its own.",
             names);
}

static void read_granted(const struct json *object, struct setup_line *line)
{
    char names[SETUP_WORDS_MAX / 2] = "";

    say_names(object, line->name, names, sizeof(names));
    snprintf(line->words, sizeof(line->words), "The permission for %s is stored.", names);
}

static void read_update(const struct json *object, struct setup_line *line)
{
    const char *v4 = json_string(object, "ipv4"), *v6 = json_string(object, "ipv6");
    const char *error = json_string(object, "error");
    char why[SETUP_WORDS_MAX] = "";

    if (json_bool(object, "done", false) && (v4 || v6)) {
        snprintf(line->words, sizeof(line->words), "%s is now %.64s%s%.64s in DNS.", line->name,
                 v4 ? v4 : "", v4 && v6 ? " and " : "", v6 ? v6 : "");
        return;
    }
    if (json_bool(object, "done", false)) {
        snprintf(line->words, sizeof(line->words), "%s is up to date.", line->name);
        return;
    }
    line->step = SETUP_NOT_UPDATED;
    plain_words(PLAIN_SETUP, error && *error ? error : "the address of this network is not known",
                why, sizeof(why));
    snprintf(line->words, sizeof(line->words), "%s could not be updated yet: %.1200s", line->name,
             why);
}

static void read_told(const struct json *object, struct setup_line *line)
{
    if (json_bool(object, "told", false))
        put_text(line->words, sizeof(line->words), "It is kept up to date from now on.");
    else
        line->step = SETUP_NOTHING;
}

static void read_note(const struct json *object, struct setup_line *line)
{
    const char *text = json_string(object, "text");
    plain_words(PLAIN_SETUP, text ? text : "", line->words, sizeof(line->words));
}

static void read_error(const struct json *object, struct setup_line *line)
{
    const char *error = json_string(object, "error");
    plain_words(PLAIN_SETUP, error && *error ? error : "It did not work, and no reason was given.",
                line->words, sizeof(line->words));
}

void setup_words_read(const char *text, size_t len, struct setup_line *line)
{
    static const struct {
        const char *name;
        enum setup_step step;
        void (*read)(const struct json *, struct setup_line *);
    } steps[] = {
        { "consent", SETUP_CONSENT, read_consent }, { "granted", SETUP_GRANTED, read_granted },
        { "update", SETUP_UPDATED, read_update },   { "daemon", SETUP_TOLD, read_told },
        { "note", SETUP_NOTE, read_note },          { "error", SETUP_FAILED, read_error },
    };
    struct json *object = json_parse(text, len);
    const char *step = json_string(object, "step");

    *line = (struct setup_line){ .step = SETUP_NOTHING };
    put_text(line->name, sizeof(line->name), json_string(object, "name"));
    for (size_t i = 0; step && i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].name, step) != 0)
            continue;
        line->step = steps[i].step;
        steps[i].read(object, line);
    }
    json_free(&object);
}

const char *setup_words_text(enum setup_text which)
{
    static const char *const texts[SETUP_SAYINGS] = {
        [SETUP_SAY_FIRST] = "Enter the name that shall lead to this network, and get the code "
                            "from the page of your DNS provider.",
        [SETUP_SAY_ADDRESSES] = "Choose IPv4, IPv6 or both.",
        [SETUP_SAY_LOOKING] = "Looking for the DNS provider...",
        [SETUP_SAY_REDEEMING] = "Handing in the code, and publishing the address...",
        [SETUP_SAY_TAKING] = "Taking over the settings of the Domain Connect service...",
        [SETUP_SAY_INSTALLING] = "Installing the service...",
        [SETUP_SAY_STARTING] = "Starting the service...",
        [SETUP_SAY_CANCELLED] = "Cancelled.",
        [SETUP_SAY_NO_REASON] = "It ended, and did not say why.",
        [SETUP_SAY_NO_PROGRAM] = "dcddns.exe could not be started; it belongs beside this program.",
        [SETUP_SAY_SERVICE_RUNS] = "The service runs, and starts with this computer.",
        [SETUP_SAY_SERVICE_FAILED] = "The name is set up, but the service does not run.",
        [SETUP_SAY_TRAY_RUNS] = "The icon beside the clock shows how it is; it comes back when you "
                                "log in.",
        [SETUP_SAY_TRAY_FAILED] = "The name is set up, but dcddns-tray.exe could not be started.",
        [SETUP_SAY_NO_ADMINISTRATOR] = "The service needs an administrator, and Windows did not "
                                       "make you one. Try again, or choose: While I am logged in.",
        [SETUP_SAY_ONLY_ADMINISTRATOR] = "The service needs an administrator, and Windows did not "
                                         "make you one. Try again.",
        [SETUP_SAY_HAS_SERVICE] =
            "The service of dcddns is on this computer: it keeps all names up "
            "to date, and the icon then keeps none of its own.",
        [SETUP_SAY_OLD_FOUND] = "The Domain Connect service is on this computer. Its name can be "
                                "taken over, without a new code.",
        [SETUP_SAY_CLOSE] = "Close",
        [SETUP_SAY_CANCEL] = "Cancel",
    };
    return texts[which];
}
