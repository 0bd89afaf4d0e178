/* Reads the names in a shared object's dynamic symbol table, without running anything of it.  Every
 * offset comes from the file and is checked against its end.  Knows nothing of plugins. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/posix.h"

enum { NATIVE = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32 };

struct image { /* a mapped file */
    const unsigned char *data;
    size_t size;
};

struct names { /* a string table */
    const char *text;
    size_t size;
};

/* LEN bytes at OFFSET, copied since nothing need be aligned; false when the file ends before. */
static bool take(const struct image *image, uint64_t offset, void *to, size_t len)
{
    if (offset > image->size || image->size - offset < len)
        return false;
    memcpy(to, image->data + offset, len);
    return true;
}

static bool section(const struct image *image, const ElfW(Ehdr) * head, size_t i, ElfW(Shdr) * out)
{
    return i < head->e_shnum && head->e_shentsize == sizeof(*out) &&
           take(image, head->e_shoff + i * sizeof(*out), out, sizeof(*out));
}

static bool strings(const struct image *image, const ElfW(Shdr) * from, struct names *out)
{
    if (from->sh_offset > image->size || image->size - from->sh_offset < from->sh_size ||
        from->sh_size == 0)
        return false;
    out->text = (const char *)image->data + from->sh_offset;
    out->size = from->sh_size;
    return out->text[out->size - 1] == '\0';
}

/* Names that begin with '_' are the C implementation's: of linker, sanitizer, profiler. */
static bool counts(const ElfW(Sym) * symbol, const struct names *names)
{
    const unsigned bind = symbol->st_info >> 4, visibility = symbol->st_other & 3;
    if (bind != STB_GLOBAL && !(bind == STB_WEAK && symbol->st_shndx != SHN_UNDEF))
        return false;
    if (visibility == STV_HIDDEN || visibility == STV_INTERNAL || symbol->st_name >= names->size)
        return false;
    const char *name = names->text + symbol->st_name;
    return name[0] != '\0' && name[0] != '_';
}

/* False when there is no table, or it leads out of the file. */
static bool walk(const struct image *image, const ElfW(Ehdr) * head, os_symbol each, void *ctx)
{
    ElfW(Shdr) table = { 0 }, text = { 0 };
    struct names names = { 0 };
    size_t at = 0;

    while (section(image, head, at, &table) && table.sh_type != SHT_DYNSYM)
        at++;
    if (!section(image, head, at, &table) || !section(image, head, table.sh_link, &text) ||
        !strings(image, &text, &names))
        return false;
    for (uint64_t i = 0; i < table.sh_size / sizeof(ElfW(Sym)); i++) {
        ElfW(Sym) symbol = { 0 };
        if (!take(image, table.sh_offset + i * sizeof(symbol), &symbol, sizeof(symbol)))
            return false;
        if (counts(&symbol, &names))
            each(ctx, names.text + symbol.st_name, symbol.st_shndx != SHN_UNDEF);
    }
    return true;
}

/* 0 or -errno. */
static int map(const char *path, struct image *image)
{
    struct stat st = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int rc = fstat(fd, &st) != 0 ? -errno : 0;
    if (rc == 0 && (!S_ISREG(st.st_mode) || st.st_size == 0))
        rc = -EINVAL;
    void *data = MAP_FAILED;
    if (rc == 0)
        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (rc == 0 && data == MAP_FAILED)
        rc = -errno;
    close(fd);
    if (rc < 0)
        return rc;
    image->data = data;
    image->size = (size_t)st.st_size;
    return 0;
}

int os_module_symbols(const char *path, os_symbol each, void *ctx, struct error *err)
{
    struct image image = { 0 };
    ElfW(Ehdr) head = { 0 };
    union {
        const unsigned char *from;
        void *to;
    } data = { 0 };
    int rc = -1;

    int mapped = map(path, &image);
    if (mapped == -EINVAL)
        return error_set(err, ERR_PERM, "%s: is no regular file, or empty", path);
    if (mapped < 0)
        return error_set(err, ERR_PERM, "%s: cannot be read: %s", path, os_strerror(mapped));
    if (!take(&image, 0, &head, sizeof(head)) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_ident[EI_CLASS] != NATIVE || head.e_type != ET_DYN)
        error_set(err, ERR_CONFIG, "%s: is no shared object of this kind of machine", path);
    else if (!walk(&image, &head, each, ctx))
        error_set(err, ERR_CONFIG, "%s: has no dynamic symbol table that can be read", path);
    else
        rc = 0;
    data.from = image.data;
    munmap(data.to, image.size);
    return rc;
}

bool os_module_resolves(const char *path, const char *name)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_NOLOAD); /* found by device and inode */
    bool found = module && dlsym(module, name);
    if (module)
        dlclose(module);
    return found;
}
