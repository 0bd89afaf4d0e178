/* The setup dialog: its window, what can be pressed when, and what it says.  Must not know how
 * names are set up: dcddns.exe does that, see setup_steps.c. */
#include "windows/setup_dialog.h"

#include <commctrl.h>
#include <shellapi.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "platform/os.h"

enum {
    SAYS_MAX = 16 * 1024,
    LINES_SHOWN = 6,
    MARQUEE_MS = 30,
    CODE_CHARS_MAX = 4096,
    NAME_CHARS_MAX = 4096
};

static HWND item(const struct setup_dialog *d, int id)
{
    return GetDlgItem(d->window, id);
}

static bool is_checked(const struct setup_dialog *d, int id)
{
    return IsDlgButtonChecked(d->window, id) == BST_CHECKED;
}

bool setup_dialog_wants_service(const struct setup_dialog *d)
{
    return is_checked(d, SETUP_SERVICE);
}

/* The service's own places are an administrator's; what is set up for it is put there. */
static bool must_elevate(const struct setup_dialog *d)
{
    return setup_dialog_wants_service(d) && !front_has_places(d->front) && !os_is_root();
}

/* -- what is said ----------------------------------------------------------------------------- */

static void show_says(struct setup_dialog *d, enum setup_mark mark)
{
    HWND says = item(d, SETUP_SAYS);
    wchar_t *text = d->says.len > 0 ? windows_wide(buf_text(&d->says)) : NULL;

    SetWindowTextW(says, text ? text : L"");
    ShowScrollBar(says, SB_VERT, SendMessageW(says, EM_GETLINECOUNT, 0, 0) > LINES_SHOWN);
    SendMessageW(says, EM_SETSEL, (WPARAM)-1, -1);
    SendMessageW(says, EM_SCROLLCARET, 0, 0);
    SendMessageW(item(d, SETUP_MARK), STM_SETICON, (WPARAM)d->marks[mark], 0);
    ShowWindow(item(d, SETUP_MARK), d->marks[mark] ? SW_SHOW : SW_HIDE);
    mem_free(text);
}

/* A sentence begins with a capital; a name does not change. */
static char first_letter(const char *words)
{
    const size_t len = strcspn(words, " \n");
    const bool plain = len > 0 && strspn(words, "abcdefghijklmnopqrstuvwxyz'") == len;
    return plain ? (char)(*words - 'a' + 'A') : *words;
}

void setup_dialog_add(struct setup_dialog *d, enum setup_mark mark, const char *words)
{
    if (d->progress) /* it is over */
        d->says.len = d->before_progress;
    d->progress = false;
    if (d->says.len > 0 && *words)
        buf_puts(&d->says, "\r\n");
    for (const char *at = words; *at; at++) {
        if (*at == '\n')
            buf_putc(&d->says, '\r');
        buf_putc(&d->says, at == words ? first_letter(words) : *at);
    }
    if (!buf_ok(&d->says)) { /* far more than a person reads */
        buf_free(&d->says);
        d->says = (struct buf)BUF_MAX(SAYS_MAX);
    }
    show_says(d, mark);
}

void setup_dialog_say(struct setup_dialog *d, enum setup_mark mark, const char *words)
{
    buf_free(&d->says);
    d->says = (struct buf)BUF_MAX(SAYS_MAX);
    d->progress = false;
    setup_dialog_add(d, mark, words);
}

void setup_dialog_progress(struct setup_dialog *d, const char *words)
{
    const size_t before = d->progress ? d->before_progress : d->says.len;

    setup_dialog_add(d, SETUP_MARK_NONE, words);
    d->progress = true;
    d->before_progress = before;
}

/* -- what can be pressed ---------------------------------------------------------------------- */

/* What was typed, and what is wrong with it. */
static bool read_names(const struct setup_dialog *d, struct setup_names *names)
{
    char words[SETUP_WORDS_MAX] = "";
    char *typed = front_text_of(item(d, SETUP_NAME));
    bool good = typed && setup_words_names(typed, names, words);

    if (good && !is_checked(d, SETUP_IPV4) && !is_checked(d, SETUP_IPV6)) {
        front_set_text(item(d, SETUP_HINT), setup_words_text(SETUP_SAY_ADDRESSES));
        good = false;
    } else {
        front_set_text(item(d, SETUP_HINT), words);
    }
    mem_free(typed);
    return good;
}

static void enable(const struct setup_dialog *d, int id, bool on)
{
    HWND it = item(d, id);

    if ((IsWindowEnabled(it) != 0) == on)
        return;
    if (!on && GetFocus() == it) /* the keyboard must not be lost with it */
        SetFocus(item(d, SETUP_SAYS));
    EnableWindow(it, on);
}

static void set_default(const struct setup_dialog *d, int id)
{
    static const int buttons[] = { SETUP_GET, SETUP_FINISH, IDCANCEL };
    const LRESULT now = SendMessageW(d->window, DM_GETDEFID, 0, 0);

    if (HIWORD(now) == DC_HASDEFID && LOWORD(now) == id)
        return;
    SendMessageW(d->window, DM_SETDEFID, (WPARAM)id, 0);
    for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++)
        SendMessageW(item(d, buttons[i]), BM_SETSTYLE,
                     buttons[i] == id ? BS_DEFPUSHBUTTON : BS_PUSHBUTTON, TRUE);
}

static void show_busy(const struct setup_dialog *d, bool busy)
{
    HWND bar = item(d, SETUP_BUSY);

    if ((IsWindowVisible(bar) != 0) == busy)
        return;
    SendMessageW(bar, PBM_SETMARQUEE, (WPARAM)busy, MARQUEE_MS);
    ShowWindow(bar, busy ? SW_SHOW : SW_HIDE);
    front_set_text(item(d, IDCANCEL), setup_words_text(busy ? SETUP_SAY_CANCEL : SETUP_SAY_CLOSE));
}

void setup_dialog_refresh(struct setup_dialog *d)
{
    struct setup_names *names = mem_new(1, sizeof(*names));
    const bool busy = d->run != SETUP_IDLE, waiting = !busy && d->page < d->page_count;
    const bool typed = names && read_names(d, names);
    const bool has_code = GetWindowTextLengthW(item(d, SETUP_CODE)) > 0;
    const bool either = front_has_places(d->front) || !(os_is_root() || d->has_service);
    /* What was asked for or stored is at one place: who keeps it cannot change any more. */
    const bool open = !busy && !waiting && !d->to_keep;

    show_busy(d, busy);
    enable(d, SETUP_NAME, !busy);
    enable(d, SETUP_IPV4, !busy);
    enable(d, SETUP_IPV6, !busy);
    enable(d, SETUP_SERVICE, open);
    enable(d, SETUP_TRAY, open && either);
    enable(d, SETUP_GET, !busy && typed);
    enable(d, SETUP_OPEN, waiting);
    enable(d, SETUP_CODE, waiting);
    enable(d, SETUP_FINISH, waiting && has_code);
    enable(d, SETUP_TAKE, !busy);
    SendMessageW(item(d, SETUP_GET), BCM_SETSHIELD, 0, must_elevate(d));
    /* Enter never closes a dialog in which something is left to do. */
    set_default(d, waiting ? SETUP_FINISH : d->kept && !busy ? IDCANCEL : SETUP_GET);
    mem_free(names);
}

void setup_dialog_aim(struct setup_dialog *d)
{
    const int id = d->page < d->page_count ? SETUP_CODE : d->kept ? IDCANCEL : SETUP_NAME;

    if (d->run == SETUP_IDLE)
        SendMessageW(d->window, WM_NEXTDLGCTL, (WPARAM)item(d, id), TRUE);
}

void setup_dialog_show_page(struct setup_dialog *d)
{
    front_open_page(d->pages[d->page].url);
    SetDlgItemTextW(d->window, SETUP_CODE, L"");
    setup_dialog_refresh(d);
}

/* -- what is pressed -------------------------------------------------------------------------- */

static void get_code(struct setup_dialog *d)
{
    struct setup_names *names = mem_new(1, sizeof(*names));
    const bool ipv4 = is_checked(d, SETUP_IPV4), ipv6 = is_checked(d, SETUP_IPV6);

    if (names && read_names(d, names)) {
        if (!must_elevate(d))
            setup_steps_ask(d, names, ipv4, ipv6);
        else if (setup_steps_elevate(d, names, ipv4, ipv6))
            EndDialog(d->window, 0);
    }
    mem_free(names);
}

/* The grant goes where the service looks for it: an administrator's dialog is asked again. */
static void take_over(struct setup_dialog *d)
{
    struct setup_names *none = mem_new(1, sizeof(*none));

    if (!must_elevate(d))
        setup_steps_take_over(d);
    else if (none && setup_steps_elevate(d, none, true, false))
        EndDialog(d->window, 0);
    mem_free(none);
}

static void finish(struct setup_dialog *d)
{
    char *text = front_text_of(item(d, SETUP_CODE));
    const char *code = text ? text + strspn(text, " \t\r\n") : "";
    size_t len = strcspn(code, " \t\r\n"); /* neither a code nor an address has blanks */

    if (len > 0) {
        text[(size_t)(code - text) + len] = '\0';
        setup_steps_redeem(d, code);
    }
    mem_free_secret(text);
}

static void on_command(struct setup_dialog *d, int id, int what)
{
    switch (id) {
    case SETUP_NAME:
    case SETUP_CODE:
        if (what == EN_CHANGE)
            setup_dialog_refresh(d);
        break;
    case SETUP_IPV4:
    case SETUP_IPV6:
    case SETUP_SERVICE:
    case SETUP_TRAY:
        setup_dialog_refresh(d);
        break;
    case SETUP_GET:
        get_code(d);
        break;
    case SETUP_OPEN:
        front_open_page(d->pages[d->page].url);
        break;
    case SETUP_FINISH:
        finish(d);
        break;
    case SETUP_TAKE:
        take_over(d);
        break;
    case IDCANCEL:
        if (d->run != SETUP_IDLE)
            setup_steps_cancel(d);
        else if (setup_steps_end(d))
            EndDialog(d->window, 0);
        break;
    default:
        break;
    }
}

/* -- the window ------------------------------------------------------------------------------- */

static void type_names(struct setup_dialog *d)
{
    wchar_t text[NAME_CHARS_MAX] = L"";

    for (int i = 1; i + 1 < d->front->argc; i++) {
        if (wcscmp(d->front->argv[i], L"--name") != 0 ||
            wcslen(text) + wcslen(d->front->argv[i + 1]) + 2 > NAME_CHARS_MAX)
            continue;
        if (text[0])
            wcscat_s(text, NAME_CHARS_MAX, L" ");
        wcscat_s(text, NAME_CHARS_MAX, d->front->argv[i + 1]);
    }
    SetDlgItemTextW(d->window, SETUP_NAME, text);
}

static void load_marks(struct setup_dialog *d)
{
    const UINT size = LR_DEFAULTSIZE | LR_SHARED;
    d->marks[SETUP_MARK_GOOD] =
        LoadImageW(d->front->instance, MAKEINTRESOURCEW(ICON_PROGRAM), IMAGE_ICON, 0, 0, size);
    d->marks[SETUP_MARK_BAD] = LoadIconW(NULL, (LPCWSTR)IDI_WARNING);
    SendMessageW(d->window, WM_SETICON, ICON_BIG, (LPARAM)d->marks[SETUP_MARK_GOOD]);
    SendMessageW(d->window, WM_SETICON, ICON_SMALL,
                 (LPARAM)LoadImageW(d->front->instance, MAKEINTRESOURCEW(ICON_PROGRAM), IMAGE_ICON,
                                    GetSystemMetrics(SM_CXSMICON), GetSystemMetrics(SM_CYSMICON),
                                    LR_SHARED));
}

static void begin(struct setup_dialog *d, HWND window)
{
    const bool ipv6 = front_has(d->front, L"--ipv6");
    const bool places = front_has_places(d->front);

    d->window = window;
    d->has_service = !places && setup_steps_has_service();
    const bool service =
        front_has(d->front, L"--service") || d->has_service || (os_is_root() && !places);
    load_marks(d);
    SendMessageW(item(d, SETUP_NAME), EM_LIMITTEXT, NAME_CHARS_MAX - 1, 0);
    SendMessageW(item(d, SETUP_CODE), EM_LIMITTEXT, CODE_CHARS_MAX, 0);
    CheckDlgButton(window, SETUP_IPV6, ipv6 ? BST_CHECKED : BST_UNCHECKED);
    CheckDlgButton(window, SETUP_IPV4,
                   !ipv6 || front_has(d->front, L"--ipv4") ? BST_CHECKED : BST_UNCHECKED);
    CheckRadioButton(window, SETUP_SERVICE, SETUP_TRAY, service ? SETUP_SERVICE : SETUP_TRAY);
    d->old_settings = setup_old_settings();
    ShowWindow(item(d, SETUP_TAKE), d->old_settings ? SW_SHOW : SW_HIDE);
    setup_dialog_say(d, SETUP_MARK_NONE,
                     setup_words_text(d->old_settings ? SETUP_SAY_OLD_FOUND : SETUP_SAY_FIRST));
    if (d->has_service)
        setup_dialog_add(d, SETUP_MARK_NONE, setup_words_text(SETUP_SAY_HAS_SERVICE));
    type_names(d);
    setup_dialog_refresh(d);
}

static INT_PTR CALLBACK on_message(HWND window, UINT message, WPARAM w, LPARAM l)
{
    struct setup_dialog *d = (struct setup_dialog *)GetWindowLongPtrW(window, DWLP_USER);

    switch (message) {
    case WM_INITDIALOG:
        SetWindowLongPtrW(window, DWLP_USER, l);
        begin((struct setup_dialog *)l, window);
        return TRUE;
    case WM_COMMAND:
        on_command(d, LOWORD(w), HIWORD(w));
        return TRUE;
    case CHILD_LINE:
    case CHILD_WORDS:
    case CHILD_END:
        setup_steps_on(d, message, w, l);
        return TRUE;
    default:
        return FALSE;
    }
}

int setup_dialog_run(const struct front *front)
{
    struct setup_dialog dialog = { .front = front };
    INT_PTR rc = -1;

    dialog.pages = mem_new(SETUP_NAMES_MAX, sizeof(*dialog.pages));
    if (dialog.pages)
        rc = DialogBoxParamW(front->instance, MAKEINTRESOURCEW(DIALOG_SETUP), NULL, on_message,
                             (LPARAM)&dialog);
    child_free(&dialog.child);
    buf_free(&dialog.words);
    buf_free(&dialog.says);
    mem_free(dialog.pages);
    mem_free(dialog.old_settings);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
