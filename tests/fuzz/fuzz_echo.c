/* Bodies of up to three echo services, parted by the byte 0x1e; the first byte chooses the family.
 */
#include "fuzz.h"

#include "plugins/fake_host.h"

const struct dcddns_plugin *dcddns_plugin_v1_http_echo(void);

enum { SERVICES = 3, BODY_MAX = 4095 };
static const char *const urls[SERVICES] = { "https://a.example", "https://b.example",
                                            "https://c.example" };
static const struct fake_option options[] = {
    { "url4", "https://a.example, https://b.example, https://c.example" },
    { "url6", "https://a.example, https://b.example, https://c.example" },
    { NULL, NULL },
};

static size_t split(struct fuzz_input *in, char *bodies[SERVICES], size_t lens[SERVICES])
{
    size_t count = 0;
    while (count < SERVICES && in->left > 0) {
        const uint8_t *end = memchr(in->at, 0x1e, in->left);
        size_t len = end ? (size_t)(end - in->at) : in->left;
        const size_t step = end ? len + 1 : len;
        if (len > BODY_MAX)
            len = BODY_MAX;
        lens[count] = len;
        bodies[count++] = fuzz_text(in->at, len);
        in->at += step;
        in->left -= step;
    }
    return count;
}

/* Whether a person would take the whole body for this address. */
static bool says(const char *body, size_t len, const struct dcddns_addr *addr)
{
    struct dcddns_addr said = { 0 };
    return strlen(body) == len && addr_parse(body, &said) == 0 && addr_equal(&said, addr);
}

static bool says_any(const char *body, size_t len, int family)
{
    struct dcddns_addr said = { 0 };
    return strlen(body) == len && addr_parse(body, &said) == 0 && said.family == family;
}

/* One answer must be all that there is, or be given twice. */
static void check_answer(char *const bodies[], const size_t lens[], size_t count,
                         const struct dcddns_addr *out, int family)
{
    size_t same = 0, any = 0;
    for (size_t i = 0; i < count; i++) {
        same += says(bodies[i], lens[i], out);
        any += says_any(bodies[i], lens[i], family);
    }
    FUZZ_CHECK(out->family == family);
    FUZZ_CHECK(same >= 2 || (same == 1 && any == 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct fake_answer answers[SERVICES + 1] = { 0 };
    char *bodies[SERVICES] = { 0 };
    size_t lens[SERVICES] = { 0 };
    struct dcddns_addr out = { 0 };
    void *self = NULL;
    const struct dcddns_plugin *plugin = dcddns_plugin_v1_http_echo();
    const struct dcddns_ip_source *ops = plugin->ops;

    const int family = fuzz_byte(&in) & 1 ? 6 : 4;
    const size_t count = split(&in, bodies, lens);
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct fake_answer){
            .url = urls[i], .status = 200, .body = bodies[i], .len = lens[i]
        };
    FUZZ_CHECK(plugin->create(fake_reset(plugin, options), &self) == DCDDNS_OK);
    fake_answer(answers);
    if (ops->query(self, NULL, family, &out) == DCDDNS_OK)
        check_answer(bodies, lens, count, &out, family);
    plugin->destroy(self);
    for (size_t i = 0; i < count; i++)
        free(bodies[i]);
    return 0;
}
