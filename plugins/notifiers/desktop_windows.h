/* How a notification reaches a window on Windows: the tray's, or one of the module's own.
 * WM_COPYDATA with the words as UTF-8; the tray includes this too. */
#ifndef DCDDNS_PLUGINS_DESKTOP_WINDOWS_H
#define DCDDNS_PLUGINS_DESKTOP_WINDOWS_H

/* Class of the tray's window. */
#define DESKTOP_TRAY_CLASS L"dcddns-tray"

enum {
    DESKTOP_TELL = 0x64636464,    /* dwData */
    DESKTOP_TELL_MAX = 16 * 1024, /* bytes of what follows it */
    DESKTOP_TELL_WORDS = 4
};
/* The bytes are four texts, each with its NUL: "warning" or "info"; title; body; https page or "".
 * Who takes them returns TRUE. */

#endif
