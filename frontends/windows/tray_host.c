/* The daemon that the tray runs itself: hidden, and no longer than the tray; unless the service is
 * installed, whose work it is. */
#include "windows/tray.h"

#include <stdio.h>

#include "base/mem.h"
#include "platform/service.h"
#include "windows/plain_words.h"
#include "windows/setup_words.h"

enum { FIRST_WAIT_MS = 1000, LAST_WAIT_MS = 60 * 1000, LONG_MS = 10 * 1000, GRACE_MS = 5 * 1000 };

static bool is_services_work(const struct tray *tray, struct os_service *service)
{
    struct error ignored = { 0 };

    return !front_has_places(tray->front) && os_service_query(service, &ignored) == 0 &&
           service->state != OS_SERVICE_ABSENT;
}

bool tray_host_has_service(const struct tray *tray)
{
    struct os_service service = { 0 };
    return is_services_work(tray, &service);
}

void tray_host_start(struct tray *tray)
{
    struct front_line line = { 0 };
    const ULONGLONG now = GetTickCount64();
    struct os_service service = { 0 };
    DWORD code = 0;

    if (tray->host || now < tray->host_since_ms + tray->host_wait_ms)
        return;
    if (is_services_work(tray, &service)) {
        snprintf(tray->trouble, sizeof(tray->trouble), "%s",
                 tray_words_service(&service, (int64_t)now));
        return;
    }
    front_line_begin(tray->front, L"dcddns.exe", &line);
    front_line_add(&line, L"run");
    tray->host_since_ms = now;
    tray->host_said[0] = '\0';
    if (!line.failed)
        tray->host = child_start(tray->window, ++tray->host_id, line.text, NULL, &code);
    if (tray->host)
        tray_link_try_now(tray->link);
    else
        snprintf(tray->trouble, sizeof(tray->trouble), "%s",
                 setup_words_text(SETUP_SAY_NO_PROGRAM));
    front_line_free(&line);
}

static void on_end(struct tray *tray)
{
    const bool lasted = GetTickCount64() > tray->host_since_ms + LONG_MS;

    child_free(&tray->host);
    tray->host_wait_ms = lasted || tray->host_wait_ms == 0       ? FIRST_WAIT_MS
                         : tray->host_wait_ms * 2 < LAST_WAIT_MS ? tray->host_wait_ms * 2
                                                                 : LAST_WAIT_MS;
    /* What ends at once said last why; else that was about something else. */
    snprintf(tray->trouble, sizeof(tray->trouble), "%s",
             !lasted && tray->host_said[0] ? tray->host_said
                                           : "dcddns ended, and is started again");
    tray_refresh(tray);
}

void tray_host_on(struct tray *tray, UINT message, WPARAM id, LPARAM what)
{
    char *text = message == CHILD_END ? NULL : (char *)what;

    if (id == tray->host_id && message == CHILD_END)
        on_end(tray);
    else if (id == tray->host_id && text && *text)
        plain_words(PLAIN_TRAY, text, tray->host_said, sizeof(tray->host_said));
    mem_free(text);
}

void tray_host_look(struct tray *tray)
{
    if (!tray->host || !tray_host_has_service(tray))
        return;
    tray->host_id++; /* its end is no trouble */
    tray_host_stop(tray);
    tray_link_try_now(tray->link);
}

void tray_host_stop(struct tray *tray)
{
    if (tray->host && child_ask_to_end(tray->host))
        child_wait(tray->host, GRACE_MS);
    child_free(&tray->host);
}
