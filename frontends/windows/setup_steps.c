/* What the setup dialog has done for it: dcddns.exe, hidden, one command after the other, and what
 * comes of each.  Holds codes for as long as it takes to hand them over. */
#include "windows/setup_dialog.h"

#include <shellapi.h>

#include <string.h>

#include "base/mem.h"
#include "platform/os.h"
#include "windows/login.h"
#include "windows/plain_words.h"

enum { WORDS_MAX = 8 * 1024 };

/* Frees LINE; INPUT is the child's. */
static bool begin(struct setup_dialog *d, enum setup_run run, struct front_line *line,
                  const char *input, enum setup_text saying)
{
    DWORD code = 0;

    child_free(&d->child);
    buf_free(&d->words);
    d->words = (struct buf)BUF_MAX(WORDS_MAX);
    d->failed = d->cancelled = false;
    d->id++;
    if (!line->failed)
        d->child = child_start(d->window, d->id, line->text, input, &code);
    front_line_free(line);
    d->run = d->child ? run : SETUP_IDLE;
    if (d->child)
        setup_dialog_progress(d, setup_words_text(saying));
    else
        setup_dialog_add(d, SETUP_MARK_BAD, setup_words_text(SETUP_SAY_NO_PROGRAM));
    setup_dialog_refresh(d);
    return d->child != NULL;
}

static void begin_line(const struct setup_dialog *d, struct front_line *line)
{
    front_line_begin(d->front, L"dcddns.exe", line);
}

void setup_steps_ask(struct setup_dialog *d, const struct setup_names *names, bool ipv4, bool ipv6)
{
    struct front_line line = { 0 };

    d->page_count = d->page = 0;
    d->granted = d->told = d->kept = false;
    begin_line(d, &line);
    front_line_add(&line, L"setup");
    for (size_t i = 0; i < names->count; i++)
        front_line_add_text(&line, names->items[i]);
    if (ipv4)
        front_line_add(&line, L"--ipv4");
    if (ipv6)
        front_line_add(&line, L"--ipv6");
    front_line_add(&line, L"--json");
    setup_dialog_say(d, SETUP_MARK_NONE, "");
    begin(d, SETUP_ASKING, &line, NULL, SETUP_SAY_LOOKING);
}

void setup_steps_redeem(struct setup_dialog *d, const char *code)
{
    struct front_line line = { 0 };
    const size_t len = strcspn(code, "\r\n");
    char *input = mem_new(len + 2, 1);

    if (!input || len > CHILD_INPUT_MAX - 2 || d->page >= d->page_count) {
        mem_free(input);
        return;
    }
    memcpy(input, code, len);
    input[len] = '\n';
    begin_line(d, &line);
    front_line_add(&line, L"setup");
    front_line_add_text(&line, d->pages[d->page].name);
    front_line_add(&line, L"--json");
    front_line_add(&line, L"--code-file");
    front_line_add(&line, L"-");
    setup_dialog_say(d, SETUP_MARK_NONE, "");
    begin(d, SETUP_REDEEMING, &line, input, SETUP_SAY_REDEEMING);
    mem_wipe(input, len);
    mem_free(input);
}

void setup_steps_take_over(struct setup_dialog *d)
{
    struct front_line line = { 0 };

    begin_line(d, &line);
    front_line_add(&line, L"import");
    front_line_add(&line, d->old_settings);
    d->granted = d->told = d->kept = false;
    setup_dialog_say(d, SETUP_MARK_NONE, "");
    begin(d, SETUP_TAKING, &line, NULL, SETUP_SAY_TAKING);
}

static void begin_service(struct setup_dialog *d, enum setup_run run)
{
    struct front_line line = { 0 };
    const bool install = run == SETUP_INSTALLING;

    begin_line(d, &line);
    front_line_add(&line, L"service");
    front_line_add(&line, install ? L"install" : L"start");
    begin(d, run, &line, NULL, install ? SETUP_SAY_INSTALLING : SETUP_SAY_STARTING);
}

bool setup_steps_elevate(struct setup_dialog *d, const struct setup_names *names, bool ipv4,
                         bool ipv6)
{
    struct front_line line = { 0 };
    wchar_t program[FRONT_TEXT_MAX] = L"";

    front_line_add(&line, L"--service");
    if (ipv4)
        front_line_add(&line, L"--ipv4");
    if (ipv6)
        front_line_add(&line, L"--ipv6");
    for (size_t i = 0; i < names->count; i++) {
        front_line_add(&line, L"--name");
        front_line_add_text(&line, names->items[i]);
    }
    GetModuleFileNameW(NULL, program, FRONT_TEXT_MAX);
    SHELLEXECUTEINFOW start = { .cbSize = sizeof(start),
                                .fMask = SEE_MASK_FLAG_NO_UI | SEE_MASK_NOASYNC,
                                .hwnd = d->window,
                                .lpVerb = L"runas",
                                .lpFile = program,
                                .lpParameters = line.text,
                                .nShow = SW_SHOWNORMAL };
    const bool good = !line.failed && ShellExecuteExW(&start);
    front_line_free(&line);
    if (!good)
        setup_dialog_say(d, SETUP_MARK_BAD,
                         setup_words_text(d->has_service ? SETUP_SAY_ONLY_ADMINISTRATOR
                                                         : SETUP_SAY_NO_ADMINISTRATOR));
    return good;
}

/* -- what comes of it ------------------------------------------------------------------------- */

static void take_page(struct setup_dialog *d, const struct setup_line *line)
{
    if (d->page_count == SETUP_NAMES_MAX)
        return;
    struct setup_page *page = &d->pages[d->page_count++];
    memcpy(page->name, line->name, sizeof(page->name));
    memcpy(page->url, line->url, sizeof(page->url));
    memcpy(page->words, line->words, sizeof(page->words));
}

static void on_words(struct setup_dialog *d, const char *text)
{
    char words[PLAIN_MAX] = "";

    if (strstr(text, ": names of ")) /* how many; there is one, and more is said of it */
        return;
    plain_words(PLAIN_SETUP, text, words, sizeof(words));
    if (words[0])
        setup_dialog_add(d, SETUP_MARK_NONE, words);
}

static void on_line(struct setup_dialog *d, const char *text)
{
    struct setup_line *line = NULL;

    if (d->run == SETUP_TAKING)
        on_words(d, text);
    if (d->run != SETUP_ASKING && d->run != SETUP_REDEEMING) /* words, not objects */
        return;
    line = mem_new(1, sizeof(*line));
    if (!line)
        return;
    setup_words_read(text, strlen(text), line);
    if (line->step == SETUP_CONSENT)
        take_page(d, line);
    d->granted = d->granted || line->step == SETUP_GRANTED;
    d->told = d->told || line->step == SETUP_TOLD;
    const bool bad = line->step == SETUP_FAILED || line->step == SETUP_NOT_UPDATED;
    d->failed = d->failed || bad;
    const enum setup_mark mark = d->failed    ? SETUP_MARK_BAD
                                 : d->granted ? SETUP_MARK_GOOD
                                              : SETUP_MARK_NONE;
    const bool later = line->step == SETUP_CONSENT && d->page_count > 1;
    if (line->words[0])
        setup_dialog_add(d, mark, later ? line->later : line->words);
    mem_free(line);
}

/* Words on standard error are for people; what was said as an object says it better. */
static void explain(struct setup_dialog *d)
{
    const char *words = d->words.len > 0 ? buf_text(&d->words) : NULL;
    if (!d->failed)
        setup_dialog_add(d, SETUP_MARK_BAD, words ? words : setup_words_text(SETUP_SAY_NO_REASON));
    d->failed = true;
}

static void start_tray(struct setup_dialog *d)
{
    const bool good = login_set(d->front, true) == ERROR_SUCCESS && login_start_tray(d->front);
    setup_dialog_add(d, good && !d->failed ? SETUP_MARK_GOOD : SETUP_MARK_BAD,
                     setup_words_text(good ? SETUP_SAY_TRAY_RUNS : SETUP_SAY_TRAY_FAILED));
}

/* Not by platform/service.h: all that it needs would make this program far larger. */
bool setup_steps_has_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, L"dcddns", SERVICE_QUERY_STATUS) : NULL;
    const bool is = service != NULL;

    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    return is;
}

/* All codes are in: somebody must keep the names up to date. */
static void keep(struct setup_dialog *d)
{
    d->to_keep = false;
    d->kept = !setup_dialog_wants_service(d) || d->told;
    if (!setup_dialog_wants_service(d))
        start_tray(d);
    else if (!d->told)
        begin_service(d, setup_steps_has_service() ? SETUP_STARTING : SETUP_INSTALLING);
}

bool setup_steps_end(struct setup_dialog *d)
{
    if (!d->to_keep)
        return true;
    d->page_count = d->page = 0;
    keep(d);
    return d->run == SETUP_IDLE;
}

/* The permission was stored before: it is not given back, and the pages after it are left out. */
static void on_redeeming_cancelled(struct setup_dialog *d)
{
    SetDlgItemTextW(d->window, SETUP_CODE, L"");
    d->page_count = d->page = 0;
    keep(d);
}

static void on_redeemed(struct setup_dialog *d, bool good)
{
    if (!good && !d->granted) {
        explain(d); /* another code may be better */
        return;
    }
    if (!good)
        explain(d);
    SetDlgItemTextW(d->window, SETUP_CODE, L"");
    d->to_keep = true;
    d->page++;
    if (d->page < d->page_count) {
        d->granted = false;
        setup_dialog_add(d, SETUP_MARK_GOOD, d->pages[d->page].words);
        setup_dialog_show_page(d);
    } else {
        d->page_count = d->page = 0;
        keep(d);
    }
}

static void on_end(struct setup_dialog *d, DWORD status)
{
    const enum setup_run run = d->run;
    const bool good = status == 0 && !d->failed;

    child_free(&d->child);
    d->run = SETUP_IDLE;
    if (d->cancelled) {
        setup_dialog_add(d, SETUP_MARK_NONE, setup_words_text(SETUP_SAY_CANCELLED));
        if (run == SETUP_REDEEMING && d->granted)
            on_redeeming_cancelled(d);
    } else if (run == SETUP_ASKING) {
        if (status != 0 || d->page_count == 0)
            explain(d);
        if (d->page_count > 0)
            setup_dialog_show_page(d);
    } else if (run == SETUP_REDEEMING) {
        on_redeemed(d, good);
    } else if (run == SETUP_TAKING) {
        if (!good) {
            explain(d);
        } else {
            ShowWindow(GetDlgItem(d->window, SETUP_TAKE), SW_HIDE);
            keep(d);
        }
    } else if (run == SETUP_INSTALLING && good) {
        begin_service(d, SETUP_STARTING);
    } else if (good) {
        d->kept = true;
        setup_dialog_add(d, SETUP_MARK_GOOD, setup_words_text(SETUP_SAY_SERVICE_RUNS));
    } else {
        setup_dialog_add(d, SETUP_MARK_BAD, setup_words_text(SETUP_SAY_SERVICE_FAILED));
        explain(d);
    }
    setup_dialog_refresh(d);
    setup_dialog_aim(d);
}

void setup_steps_on(struct setup_dialog *d, UINT message, WPARAM id, LPARAM what)
{
    char *text = message == CHILD_END ? NULL : (char *)what;
    char words[PLAIN_MAX] = "";

    /* What a code brought is so, even when somebody cancels just then. */
    const bool heard = !d->cancelled || d->run == SETUP_REDEEMING;

    if (id == d->id && message == CHILD_LINE && heard) {
        on_line(d, text);
    } else if (id == d->id && message == CHILD_WORDS) {
        if (d->words.len > 0)
            buf_putc(&d->words, '\n');
        plain_words(PLAIN_SETUP, text, words, sizeof(words));
        buf_puts(&d->words, words);
    } else if (id == d->id && message == CHILD_END) {
        on_end(d, (DWORD)what);
    }
    mem_free(text);
}

void setup_steps_cancel(struct setup_dialog *d)
{
    d->cancelled = true;
    if (d->child)
        child_kill(d->child);
}
