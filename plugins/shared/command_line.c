/* Words of a command line; see command_line.h. */
#include "shared/command_line.h"

#include <stdlib.h>
#include <string.h>

enum { SECONDS_MAX = 3600 };

/* Copies one word from *FROM to *TO, without its quotes.  False: a quote is not closed. */
static bool copy_word(const char **from, char **to)
{
    char quote = '\0';
    const char *at = *from;

    for (; *at && (quote || (*at != ' ' && *at != '\t')); at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = quote ? '\0' : *at;
            continue;
        }
        if (*at == '\\' && at[1] && command_line_escapes(quote, at[1]))
            at++;
        *(*to)++ = *at;
    }
    *(*to)++ = '\0';
    *from = at;
    return !quote;
}

static int cut(struct command_line *line, const char *from)
{
    const struct dcddns_host *host = line->host;
    char *to = line->text;
    size_t count = 0;

    for (from += strspn(from, " \t"); *from; from += strspn(from, " \t")) {
        if (count == COMMAND_WORDS_MAX)
            return dcddns_failf(host, DCDDNS_E_CONFIG, "command has more than %d words",
                                COMMAND_WORDS_MAX);
        line->argv[count++] = to;
        if (!copy_word(&from, &to))
            return host->fail(host, DCDDNS_E_CONFIG, "command has a quote that is not closed");
    }
    if (count == 0 || !command_line_is_absolute(line->argv[0]))
        return host->fail(host, DCDDNS_E_CONFIG,
                          "command must begin with the absolute path of a program");
    return DCDDNS_OK;
}

static uint32_t milliseconds(const char *seconds)
{
    unsigned long value = seconds ? strtoul(seconds, NULL, 10) : 0;
    return (uint32_t)(value < SECONDS_MAX ? value : SECONDS_MAX) * 1000;
}

static int read_options(struct command_line *line)
{
    const char *text = line->host->option(line->host, "command");

    line->timeout_ms = milliseconds(line->host->option(line->host, "timeout"));
    if (!text)
        return line->host->fail(line->host, DCDDNS_E_CONFIG, "command is empty; name a program");
    line->text = malloc(strlen(text) + 2); /* words never take more room than they did */
    return line->text ? cut(line, text) : DCDDNS_E_NOMEM;
}

int command_line_create(const struct dcddns_host *host, void **self)
{
    struct command_line *line = calloc(1, sizeof(*line));
    if (!line)
        return DCDDNS_E_NOMEM;
    line->host = host;
    int code = read_options(line);
    if (code != DCDDNS_OK) {
        command_line_destroy(line);
        return code;
    }
    *self = line;
    return DCDDNS_OK;
}

void command_line_destroy(void *self)
{
    struct command_line *line = self;
    free(line->text);
    free(line);
}

int command_line_failed(const struct command_line *line, int status)
{
    return dcddns_failf(line->host, DCDDNS_E_TEMP,
                        "%s ended with status %d; its standard error is in the log at level info",
                        line->argv[0], status);
}
