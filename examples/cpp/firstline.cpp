/* SPDX-License-Identifier: MIT
 *
 * firstline: the address in the first line of a page of your own network, such as a script on the
 * router that prints it.
 *
 * C++ behind a C border: the instance is an object with constructor and destructor, and no
 * exception crosses, for every function that the daemon calls is noexcept and catches what is below
 * it. */
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <dcddns/plugin.h>

namespace
{

constexpr std::size_t page_max = 4096;

/* What fail() wants: a class for the scheduler and a sentence for people. */
struct failure : std::runtime_error {
    failure(int class_code, const std::string &why) : std::runtime_error(why), code(class_code)
    {
    }
    int code;
};

/* The daemon's own failure, whose words are in place already. */
struct told {
    int code;
};

class source
{
  public:
    explicit source(const dcddns_host *with) : host(with), page(page_max)
    {
        url[0] = option("url4");
        url[1] = option("url6");
        for (const std::string &each : url) {
            if (!each.empty() && each.rfind("http://", 0) != 0 && each.rfind("https://", 0) != 0)
                throw failure(DCDDNS_E_CONFIG, each + " is neither http nor https; correct it");
        }
    }

    dcddns_addr query(dcddns_call *call, int family)
    {
        const std::string &from = url[family == 4 ? 0 : 1];
        if (from.empty())
            throw failure(DCDDNS_E_NOADDR, "url" + std::to_string(family) + " is not given");
        const std::string line = first_line(call, from);
        dcddns_addr addr{};
        if (host->parse_addr(line.c_str(), &addr) != DCDDNS_OK)
            throw failure(DCDDNS_E_TEMP, from + " begins with \"" + line.substr(0, 64) +
                                             "\", which is no address");
        if (addr.family != family)
            throw failure(DCDDNS_E_NOADDR,
                          from + " gave no IPv" + std::to_string(family) + " address");
        return addr;
    }

    /* The one way back over the border: an exception becomes a code with words. */
    static int settle(const dcddns_host *host) noexcept
    {
        try {
            throw;
        } catch (const told &known) {
            return known.code;
        } catch (const failure &why) {
            return host->fail(host, why.code, why.what());
        } catch (const std::bad_alloc &) {
            return DCDDNS_E_NOMEM;
        } catch (...) {
            return host->fail(host, DCDDNS_E_BUG, "firstline met an error it does not know");
        }
    }

    const dcddns_host *const host;

  private:
    std::string option(const char *name) const
    {
        const char *value = host->option(host, name);
        return value ? value : "";
    }

    std::string first_line(dcddns_call *call, const std::string &from)
    {
        dcddns_http request{};
        std::size_t len = 0;

        request.size = sizeof(request);
        request.url = from.c_str();
        request.flags = DCDDNS_HTTP_LOCAL;
        const int status = host->http(call, &request, page.data(), page.size(), &len);
        if (status < 0)
            throw told{ status };
        if (status != 200)
            throw failure(DCDDNS_E_TEMP, from + " answered with status " + std::to_string(status));
        const std::string text(page.data(), len);
        return text.substr(0, text.find_first_of("\r\n"));
    }

    std::string url[2];
    std::vector<char> page;
};

int create(const dcddns_host *host, void **self) noexcept
{
    try {
        *self = std::make_unique<source>(host).release();
        return DCDDNS_OK;
    } catch (...) {
        return source::settle(host);
    }
}

void destroy(void *self) noexcept
{
    delete static_cast<source *>(self);
}

int query(void *self, dcddns_call *call, int family, dcddns_addr *out) noexcept
{
    auto *const asked = static_cast<source *>(self);
    try {
        *out = asked->query(call, family);
        return DCDDNS_OK;
    } catch (...) {
        return source::settle(asked->host);
    }
}

/* C++17 has no designated initialisers: the members come in the order of the header. */
const dcddns_option options[] = {
    { "url4", "http://192.168.1.1/address", "page that begins with the IPv4 address",
      DCDDNS_OPT_URL, 0 },
    { "url6", nullptr, "page that begins with the IPv6 address", DCDDNS_OPT_URL, 0 },
};

const dcddns_ip_source ops = { sizeof(ops), 0, query, nullptr, nullptr };

const dcddns_plugin plugin = {
    sizeof(plugin),
    DCDDNS_KIND_IP_SOURCE,
    DCDDNS_ABI_MINOR,
    0,
    "firstline",
    "1.0",
    "reads the first line of a page in the own network",
    options,
    sizeof(options) / sizeof(options[0]),
    sizeof(options[0]),
    create,
    destroy,
    &ops,
};

} // namespace

DCDDNS_ENTRY(firstline)
{
    return &plugin;
}
