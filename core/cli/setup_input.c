/* Questions of `dcddns setup` and their answers; see setup_input.h.  Lines may hold codes: wiped.
 */
#include "cli/setup_input.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/os.h"

enum { ATTEMPTS = 3 };

/* A line without its end; false at end of file.  Wiped by the caller. */
static bool read_line(FILE *from, char line[SETUP_LINE_MAX])
{
    if (!fgets(line, SETUP_LINE_MAX, from))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

bool setup_agrees(const char *question)
{
    char line[SETUP_LINE_MAX] = "";
    printf("%s [y/N] ", question);
    fflush(stdout);
    return read_line(stdin, line) && (line[0] == 'y' || line[0] == 'Y');
}

static enum setup_answer understand(const struct pending *p, const char *line,
                                    char code[CONSENT_CODE_MAX], struct error *err)
{
    if (consent_request_read(p, line, code, err) == 0)
        return SETUP_CODE;
    if (err->class == ERR_PERM && consent_says_invalid(line))
        return SETUP_INVALID;
    return err->class == ERR_PERM ? SETUP_DECLINED : SETUP_NO_ANSWER;
}

enum setup_answer setup_ask_code(const struct pending *p, char code[CONSENT_CODE_MAX],
                                 struct error *err)
{
    char line[SETUP_LINE_MAX] = "";
    bool terminal = os_is_terminal(0);
    enum setup_answer answer = SETUP_NO_ANSWER;

    for (int i = 0; answer == SETUP_NO_ANSWER && i < (terminal ? ATTEMPTS : 1); i++) {
        printf("Paste the code, or the whole address of the page that shows it: ");
        fflush(stdout);
        if (!read_line(stdin, line)) {
            error_set(err, ERR_PERM,
                      "no code was given, and no grant was changed; when you have the code, which "
                      "is good for a few minutes, give it with: dcddns setup %s --code-file FILE",
                      p->id);
            break;
        }
        answer = understand(p, line, code, err);
        if (answer == SETUP_NO_ANSWER && err->class != ERR_USAGE)
            break;
        if (answer == SETUP_NO_ANSWER && terminal)
            printf("%s\n", err->text);
    }
    if (!terminal)
        putchar('\n');
    mem_wipe(line, sizeof(line));
    if (answer == SETUP_NO_ANSWER && err->class == ERR_USAGE)
        err->class = ERR_PERM; /* the command line was right, the paste was not */
    return answer;
}

int setup_given_text(const char *code, const char *path, char text[SETUP_LINE_MAX],
                     struct error *err)
{
    text[0] = '\0';
    if (!path && strlen(code) >= SETUP_LINE_MAX)
        return error_set(err, ERR_USAGE, "what --code was given is too long for a code");
    if (!path) {
        memcpy(text, code, strlen(code) + 1);
        return 0;
    }
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    bool got = file && read_line(file, text);
    if (file && file != stdin)
        fclose(file);
    return got ? 0 : error_set(err, ERR_PERM, "%s: cannot read a code from this file", path);
}
