/* Requests that leave by one network device: by curl's own way, or by the system's. */
#include "base/buf.h"
#include "net/http_curl.h"
#include "platform/os.h"

enum { LINE_MAX_LEN = 1024 };

/* Between socket() and connect(), which chooses the source address by the route. */
static int on_made(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    struct http_device *device = arg;
    (void)purpose;
    device->rc = os_bind_device((int)fd, device->family, device->name);
    return device->rc < 0 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

bool http_device_set(CURL *easy, struct http_device *device)
{
    struct buf line = BUF_MAX(LINE_MAX_LEN);

    if (!device->name)
        return true;
    if (os_binds_devices())
        return curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_made) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, device) == CURLE_OK;
    buf_printf(&line, "if!%s", device->name);
    const bool set =
        buf_ok(&line) && curl_easy_setopt(easy, CURLOPT_INTERFACE, buf_text(&line)) == CURLE_OK;
    buf_free(&line);
    return set;
}
