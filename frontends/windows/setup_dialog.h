/* Between the files of the setup dialog: the window (setup_dialog.c), and what runs for it, step by
 * step (setup_steps.c). */
#ifndef DCDDNS_FRONTENDS_SETUP_DIALOG_H
#define DCDDNS_FRONTENDS_SETUP_DIALOG_H

#include "base/buf.h"
#include "windows/child.h"
#include "windows/setup_ids.h"
#include "windows/setup_words.h"

/* What runs just now. */
enum setup_run {
    SETUP_IDLE,
    SETUP_ASKING,     /* setup NAME ...: who serves it, and which page */
    SETUP_REDEEMING,  /* setup NAME --code-file - */
    SETUP_TAKING,     /* import FILE */
    SETUP_INSTALLING, /* service install */
    SETUP_STARTING    /* service start */
};

enum setup_mark { SETUP_MARK_NONE, SETUP_MARK_GOOD, SETUP_MARK_BAD };

struct setup_page { /* one for each zone */
    char name[FQDN_MAX];
    char url[SETUP_URL_MAX];
    char words[SETUP_WORDS_MAX]; /* said when it opens */
};

struct setup_dialog {
    const struct front *front;
    HWND window;
    HICON marks[3]; /* by enum setup_mark; NULL for none */

    struct child *child;
    WPARAM id; /* of the last child */
    enum setup_run run;
    bool cancelled;
    bool failed;      /* it said why */
    bool granted;     /* something is stored that can be kept up to date */
    bool to_keep;     /* the same, of this page or an earlier one, and nobody keeps it yet */
    bool told;        /* a daemon that runs does that */
    struct buf words; /* that it said on standard error */

    struct setup_page *pages; /* SETUP_NAMES_MAX */
    size_t page_count, page;  /* PAGE is asked for just now */
    bool kept;                /* all is done, and somebody keeps it up to date */
    struct buf says;          /* what the dialog shows */
    bool progress;            /* its last lines, from BEFORE_PROGRESS, say what is going on */
    size_t before_progress;
    bool has_service;      /* which then keeps every name; one of a user's own is kept by nobody */
    wchar_t *old_settings; /* settings.txt of the Domain Connect service, or NULL; mem_ memory */
};

/* -- setup_dialog.c -- */

/* Until the window is closed; its exit status. */
int setup_dialog_run(const struct front *);
/* What can be pressed, and what is the default, follows from the state. */
void setup_dialog_refresh(struct setup_dialog *);
/* Replaces, or adds a line to, what is said. */
void setup_dialog_say(struct setup_dialog *, enum setup_mark, const char *words);
void setup_dialog_add(struct setup_dialog *, enum setup_mark, const char *words);
/* Adds what is going on; the next words take its place. */
void setup_dialog_progress(struct setup_dialog *, const char *words);
/* The page of consent that is asked for was changed: opens it, and waits for its code. */
void setup_dialog_show_page(struct setup_dialog *);
/* The keyboard goes where people go on. */
void setup_dialog_aim(struct setup_dialog *);
bool setup_dialog_wants_service(const struct setup_dialog *);

/* -- setup_steps.c: each begins something that runs; the dialog is told what came of it -- */

void setup_steps_ask(struct setup_dialog *, const struct setup_names *, bool ipv4, bool ipv6);
/* CODE may be a whole address. */
void setup_steps_redeem(struct setup_dialog *, const char *code);
void setup_steps_take_over(struct setup_dialog *);
/* CHILD_LINE and the others. */
void setup_steps_on(struct setup_dialog *, UINT message, WPARAM id, LPARAM what);
void setup_steps_cancel(struct setup_dialog *);
/* The dialog is about to end: what is stored is kept up to date all the same.  False: that takes a
 * moment, and is said. */
bool setup_steps_end(struct setup_dialog *);
/* It is installed, whoever asks. */
bool setup_steps_has_service(void);
/* Starts this program again as administrator, with what was typed.  False: not allowed, said. */
bool setup_steps_elevate(struct setup_dialog *, const struct setup_names *, bool ipv4, bool ipv6);

/* -- setup_old.c -- */

/* settings.txt of the Domain Connect service for Windows, beside its program; NULL: there is none.
 * mem_ memory. */
wchar_t *setup_old_settings(void);

#endif
