/* records.json, as a file: whatever is in it, the daemon starts, and what it writes can be read. */
#include "scratch.h"

#include "base/mem.h"
#include "platform/os.h"
#include "state/record_json.h"
#include "state/records.h"

/* What was read of a host and written again reads as the same. */
static void round_trip(const struct json *host)
{
    struct record record = { 0 }, again = { 0 };
    record_from_json(host, &record);
    struct json *made = record_to_json(&record);
    FUZZ_CHECK(made);
    record_from_json(made, &again);
    struct json *remade = record_to_json(&again);
    char *once = json_print(made, false), *twice = json_print(remade, false);
    FUZZ_CHECK(once && twice && strcmp(once, twice) == 0);
    mem_free(once);
    mem_free(twice);
    json_free(&made);
    json_free(&remade);
}

static void read_hosts(const char *text, size_t len)
{
    struct json *json = json_parse(text, len);
    const struct json *hosts = json_get(json, "hosts");
    for (const struct json *at = json_first(hosts); at; at = json_next(at))
        round_trip(at);
    json_free(&json);
}

static struct records *open_records(struct os_dir *dir)
{
    struct error err = { 0 };
    struct records *records = records_open(dir, &err);
    if (!records)
        fprintf(stderr, "%s\n", err.text);
    FUZZ_CHECK(records);
    return records;
}

static void use_file(struct os_dir *dir)
{
    struct error err = { 0 };
    struct records *records = open_records(dir);
    struct record *record = records_get(records, "new.example.com");

    FUZZ_CHECK(record);
    record->failures = 7;
    record->dirty = true;
    FUZZ_CHECK(records_commit(records, false, &err) == 0);
    records_close(&records);
    records = open_records(dir);
    record = records_find(records, "new.example.com");
    FUZZ_CHECK(record && record->failures == 7);
    records_close(&records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct os_dir *dir;
    struct error err = { 0 };
    char *text = fuzz_text(data, size);

    if (!dir)
        dir = os_dir_open(scratch_path(), OS_DIR_PRIVATE, &err);
    FUZZ_CHECK(dir);
    read_hosts(text, size);
    scratch_write("records.json", data, size);
    use_file(dir);
    free(text);
    return 0;
}
