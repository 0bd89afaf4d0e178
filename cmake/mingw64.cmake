# Toolchain: Windows on x86-64 by mingw-w64, with the libraries that scripts/windows-deps made.
# Tests run under Wine.  The compiler is named in full: the name without its end may be the variant
# that needs a DLL of its own for threads.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(_prefix x86_64-w64-mingw32-)
set(CMAKE_C_COMPILER ${_prefix}gcc-win32)
set(CMAKE_RC_COMPILER ${_prefix}windres)
set(DCDDNS_WINDMC ${_prefix}windmc)
set(DCDDNS_OBJDUMP ${_prefix}objdump)

get_filename_component(_root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(DCDDNS_SYSROOT ${_root}/build/windows/sysroot CACHE PATH
    "libraries for Windows, made by scripts/windows-deps")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES DCDDNS_SYSROOT)
if(NOT EXISTS ${DCDDNS_SYSROOT}/key)
    message(FATAL_ERROR "${DCDDNS_SYSROOT} is not there; run: scripts/windows-deps")
endif()
set(ENV{PKG_CONFIG_LIBDIR} ${DCDDNS_SYSROOT}/lib/pkgconfig)
unset(ENV{PKG_CONFIG_PATH})
set(CMAKE_FIND_ROOT_PATH ${DCDDNS_SYSROOT} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_MODULE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)
set(CMAKE_CROSSCOMPILING_EMULATOR ${_root}/tests/windows/wine)
