/* Reads the names that a library for Windows exports and imports, without running anything of it.
 * Every offset comes from the file and is checked against its end.  Knows nothing of plugins. */
#include <string.h>

#include "platform/windows.h"

enum {
    NAMES_MAX = 1 << 16, /* of each table; a table that repeats itself has an end */
    LIBRARIES_MAX = 4096,
    MACHINE = sizeof(void *) == 8 ? IMAGE_FILE_MACHINE_AMD64 : IMAGE_FILE_MACHINE_I386
};

struct image {
    const unsigned char *data;
    size_t size;
    size_t sections; /* offset of their table */
    WORD section_count;
    IMAGE_DATA_DIRECTORY exports, imports;
};

/* LEN bytes at OFFSET, copied since nothing need be aligned; false when the file ends before. */
static bool take(const struct image *image, uint64_t offset, void *to, size_t len)
{
    if (offset > image->size || image->size - offset < len)
        return false;
    memcpy(to, image->data + offset, len);
    return true;
}

/* Where in the file is what will be at the address RVA in memory?  False: nowhere. */
static bool place_of(const struct image *image, DWORD rva, uint64_t *offset)
{
    for (WORD i = 0; i < image->section_count; i++) {
        IMAGE_SECTION_HEADER section = { 0 };
        if (!take(image, image->sections + i * sizeof(section), &section, sizeof(section)))
            return false;
        if (rva < section.VirtualAddress || rva - section.VirtualAddress >= section.SizeOfRawData)
            continue;
        *offset = (uint64_t)section.PointerToRawData + (rva - section.VirtualAddress);
        return true;
    }
    return false;
}

static bool take_at(const struct image *image, uint64_t rva, void *to, size_t len)
{
    uint64_t offset = 0;
    return rva <= UINT32_MAX && place_of(image, (DWORD)rva, &offset) &&
           take(image, offset, to, len);
}

/* The text at RVA, which ends within the file, or NULL. */
static const char *text_at(const struct image *image, uint64_t rva)
{
    uint64_t offset = 0;
    if (rva > UINT32_MAX || !place_of(image, (DWORD)rva, &offset) || offset >= image->size)
        return NULL;
    const unsigned char *text = image->data + offset;
    return memchr(text, 0, image->size - (size_t)offset) ? (const char *)text : NULL;
}

/* Names that begin with '_' are the C implementation's. */
static bool tell(const char *name, bool defined, os_symbol each, void *ctx)
{
    if (!name)
        return false;
    if (name[0] != '\0' && name[0] != '_')
        each(ctx, name, defined);
    return true;
}

static bool walk_exports(const struct image *image, os_symbol each, void *ctx)
{
    IMAGE_EXPORT_DIRECTORY table = { 0 };

    if (image->exports.VirtualAddress == 0)
        return true;
    if (!take_at(image, image->exports.VirtualAddress, &table, sizeof(table)) ||
        table.NumberOfNames > NAMES_MAX)
        return false;
    for (DWORD i = 0; i < table.NumberOfNames; i++) {
        DWORD name = 0;
        if (!take_at(image, (uint64_t)table.AddressOfNames + i * sizeof(name), &name,
                     sizeof(name)) ||
            !tell(text_at(image, name), true, each, ctx))
            return false;
    }
    return true;
}

/* The names asked of one library; numbers are none. */
static bool walk_thunks(const struct image *image, DWORD rva, os_symbol each, void *ctx)
{
    for (size_t i = 0; i < NAMES_MAX; i++) {
        uintptr_t thunk = 0;
        if (!take_at(image, (uint64_t)rva + i * sizeof(thunk), &thunk, sizeof(thunk)))
            return false;
        if (thunk == 0)
            return true;
        if (thunk >> (8 * sizeof(thunk) - 1)) /* by ordinal */
            continue;
        if (!tell(text_at(image, (uint64_t)thunk + offsetof(IMAGE_IMPORT_BY_NAME, Name)), false,
                  each, ctx))
            return false;
    }
    return false;
}

static bool walk_imports(const struct image *image, os_symbol each, void *ctx)
{
    if (image->imports.VirtualAddress == 0)
        return true;
    for (size_t i = 0; i < LIBRARIES_MAX; i++) {
        IMAGE_IMPORT_DESCRIPTOR library = { 0 };
        const uint64_t at = (uint64_t)image->imports.VirtualAddress + i * sizeof(library);
        if (!take_at(image, at, &library, sizeof(library)))
            return false;
        if (library.Name == 0 && library.FirstThunk == 0)
            return true;
        const DWORD names =
            library.OriginalFirstThunk ? library.OriginalFirstThunk : library.FirstThunk;
        if (!walk_thunks(image, names, each, ctx))
            return false;
    }
    return false;
}

static bool read_heads(struct image *image)
{
    IMAGE_DOS_HEADER dos = { 0 };
    IMAGE_NT_HEADERS head = { 0 };

    if (!take(image, 0, &dos, sizeof(dos)) || dos.e_magic != IMAGE_DOS_SIGNATURE ||
        dos.e_lfanew < 0 || !take(image, (uint64_t)dos.e_lfanew, &head, sizeof(head)) ||
        head.Signature != IMAGE_NT_SIGNATURE || head.FileHeader.Machine != MACHINE ||
        !(head.FileHeader.Characteristics & IMAGE_FILE_DLL) ||
        head.FileHeader.SizeOfOptionalHeader < sizeof(head.OptionalHeader) ||
        head.OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR_MAGIC)
        return false;
    image->sections = (size_t)dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                      head.FileHeader.SizeOfOptionalHeader;
    image->section_count = head.FileHeader.NumberOfSections;
    if (head.OptionalHeader.NumberOfRvaAndSizes > IMAGE_DIRECTORY_ENTRY_EXPORT)
        image->exports = head.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    if (head.OptionalHeader.NumberOfRvaAndSizes > IMAGE_DIRECTORY_ENTRY_IMPORT)
        image->imports = head.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    return true;
}

int windows_pe_symbols(const unsigned char *data, size_t size, os_symbol each, void *ctx)
{
    struct image image = { .data = data, .size = size };
    if (!read_heads(&image))
        return -1;
    return walk_exports(&image, each, ctx) && walk_imports(&image, each, ctx) ? 0 : -2;
}
