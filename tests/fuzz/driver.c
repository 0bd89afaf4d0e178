/* Runs a fuzz target without libFuzzer: on each file, or each file of a folder, that the command
 * line names, and on a number of damaged copies of each, always the same ones. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 20, DAMAGED_COPIES = 64, PATH_SIZE = 1024 };

static size_t inputs;
static uint64_t state = 1;

/* splitmix64 */
static uint32_t next_number(void)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x >> 32);
}

static void damage(uint8_t *data, size_t *len)
{
    for (uint32_t times = 1 + next_number() % 4; times > 0 && *len > 0; times--) {
        size_t at = next_number() % *len, with = next_number() % *len;
        switch (next_number() % 4) {
        case 0:
            data[at] ^= (uint8_t)(1U << next_number() % 8);
            break;
        case 1:
            data[at] = (uint8_t)next_number();
            break;
        case 2:
            data[at] = data[with];
            break;
        default:
            memmove(data + at, data + at + 1, *len - at - 1);
            *len -= 1;
            break;
        }
    }
}

static void run_copies(const uint8_t *data, size_t len)
{
    for (int i = 0; i < DAMAGED_COPIES; i++) {
        const struct fuzz_input all = { data, len };
        uint8_t *copy = fuzz_bytes(&all);
        size_t left = len;
        damage(copy, &left);
        LLVMFuzzerTestOneInput(copy, left);
        free(copy);
        inputs++;
    }
}

static void run_file(const char *path)
{
    static uint8_t data[FILE_MAX];
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    size_t len = fread(data, 1, sizeof(data), file);
    fclose(file);
    state = 1;
    LLVMFuzzerTestOneInput(data, len);
    inputs++;
    run_copies(data, len);
}

static int no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_folder(const char *path)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, no_dots, alphasort);
    for (int i = 0; i < count; i++) {
        char file[PATH_SIZE] = "";
        snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
        run_file(file);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st = { 0 };
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            run_folder(argv[i]);
        else
            run_file(argv[i]);
    }
    printf("%zu inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
