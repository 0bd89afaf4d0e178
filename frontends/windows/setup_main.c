/* dcddns-setup.exe: sets up a name in a dialog.
 *   dcddns-setup [--name NAME]... [--ipv4] [--ipv6] [--service] [--config FILE] [--state-dir DIR]
 */
#include "windows/setup_dialog.h"

#include <commctrl.h>

#include <stdlib.h>

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, PWSTR line, int show)
{
    static struct front front;
    const INITCOMMONCONTROLSEX controls = { .dwSize = sizeof(controls),
                                            .dwICC = ICC_STANDARD_CLASSES | ICC_PROGRESS_CLASS };
    (void)before;
    (void)line;
    (void)show;

    if (!front_begin(&front, instance))
        return EXIT_FAILURE;
    InitCommonControlsEx(&controls);
    return setup_dialog_run(&front);
}
