/* Command as notifier: runs a program for every event, which gets it in its environment. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shared/command_line.h"
#include "shared/event_words.h"

enum { SETTING_SIZE = 2048 };

/* DCDDNS_RECORD=home.example.com and so on. */
static void put_setting(char setting[SETTING_SIZE], const char *name, const char *value)
{
    char upper[32] = "";
    for (size_t i = 0; name[i] && i < sizeof(upper) - 1; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    snprintf(setting, SETTING_SIZE, "DCDDNS_%s=%s", upper, value);
}

static int command_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    const struct command_line *command = self;
    struct event_words words = { 0 };
    const char *env[EVENT_WORDS + 1] = { NULL };
    char nothing[1] = "";
    size_t len = 0;
    int code = DCDDNS_E_NOMEM;
    char(*settings)[SETTING_SIZE] = calloc(EVENT_WORDS, sizeof(*settings));

    if (!settings)
        return code;
    event_words_make(&words, event);
    for (size_t i = 0; i < EVENT_WORDS; i++) {
        put_setting(settings[i], words.list[i].name, words.list[i].value);
        env[i] = settings[i];
    }
    const struct dcddns_run run = {
        .size = sizeof(run), .timeout_ms = command->timeout_ms, .argv = command->argv, .env = env
    };
    code = command->host->run(call, &run, nothing, sizeof(nothing), &len);
    if (code > 0)
        code = command_line_failed(command, code);
    free(settings);
    return code;
}

static const struct dcddns_option command_options[] = {
    { "command", NULL, "program, by its absolute path, and its arguments; no shell is involved",
      DCDDNS_OPT_STRING, DCDDNS_REQUIRED },
    { "timeout", "20 s", "it is killed when it has not ended by then", DCDDNS_OPT_SECONDS, 0 },
};

static const struct dcddns_notifier command_ops = { .size = sizeof(command_ops),
                                                    .notify = command_notify };

static const struct dcddns_plugin command_plugin = {
    .size = sizeof(command_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "command",
    .version = "1.0",
    .summary = "runs a program for every event",
    .options = command_options,
    .option_count = sizeof(command_options) / sizeof(command_options[0]),
    .option_size = sizeof(command_options[0]),
    .create = command_line_create,
    .destroy = command_line_destroy,
    .ops = &command_ops,
};

DCDDNS_ENTRY(command_notifier)
{
    return &command_plugin;
}
