# Warnings and hardening for every target of the project: dcddns_target(NAME).
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)

option(DCDDNS_WERROR "treat warnings as errors" ON)
set(DCDDNS_SANITIZE "" CACHE STRING "sanitizers: empty, address,undefined or thread")
option(DCDDNS_COVERAGE "instrument for gcovr" OFF)

set(_warnings -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wformat=2
    -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wcast-qual -Wwrite-strings -Wvla
    -Wnull-dereference -Wimplicit-fallthrough=5 -Wimplicit-fallthrough
    -Wframe-larger-than=24576)
set(_hardening -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-aliasing)
if(WIN32)
    # Windows probes the stack in any case (and gcc 12 breaks when told to); its protection of the
    # flow of control is another one.
    list(REMOVE_ITEM _hardening -fstack-clash-protection -fcf-protection=full)
    set(_links -Wl,--dynamicbase -Wl,--nxcompat -Wl,--high-entropy-va -Wl,--no-insert-timestamp)
else()
    set(_links -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code)
endif()

add_library(dcddns-flags INTERFACE)
foreach(_flag IN LISTS _warnings _hardening)
    string(MAKE_C_IDENTIFIER "HAVE${_flag}" _have)
    check_c_compiler_flag("-Werror ${_flag}" ${_have})
    if(${_have})
        target_compile_options(dcddns-flags INTERFACE ${_flag})
    endif()
endforeach()
foreach(_flag IN LISTS _links)
    string(MAKE_C_IDENTIFIER "HAVE${_flag}" _have)
    check_linker_flag(C ${_flag} ${_have})
    if(${_have})
        target_link_options(dcddns-flags INTERFACE ${_flag})
    endif()
endforeach()
# What is shipped must not depend on where it was built.
check_c_compiler_flag("-Werror -ffile-prefix-map=/a=." HAVE_file_prefix_map)
if(HAVE_file_prefix_map AND (WIN32 OR CMAKE_BUILD_TYPE MATCHES "^(Release|MinSizeRel)$"))
    target_compile_options(dcddns-flags INTERFACE
        "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "-ffile-prefix-map=${PROJECT_BINARY_DIR}=.")
endif()
if(DCDDNS_WERROR)
    target_compile_options(dcddns-flags INTERFACE -Werror)
endif()
if(DCDDNS_SANITIZE)
    target_compile_options(dcddns-flags INTERFACE -fsanitize=${DCDDNS_SANITIZE}
        -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(dcddns-flags INTERFACE -fsanitize=${DCDDNS_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT DCDDNS_COVERAGE)
    target_compile_options(dcddns-flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(WIN32)
    # Windows 10; formats as the C standard has them, which msvcrt's are not; checked calls and the
    # stack's guard are in a library of the compiler's.
    target_compile_definitions(dcddns-flags INTERFACE _WIN32_WINNT=0x0A00 WINVER=0x0A00
        WIN32_LEAN_AND_MEAN UNICODE _UNICODE __USE_MINGW_ANSI_STDIO=1)
    target_link_libraries(dcddns-flags INTERFACE ssp)
    # <sys/socket.h> and the like by the names that logic includes.
    target_include_directories(dcddns-flags SYSTEM INTERFACE
        ${PROJECT_SOURCE_DIR}/core/platform/windows_include)
endif()
if(DCDDNS_COVERAGE)
    target_compile_options(dcddns-flags INTERFACE --coverage -fprofile-update=atomic)
    # A module exports one symbol, and none of the instrumentation's library.
    target_link_options(dcddns-flags INTERFACE --coverage -Wl,--exclude-libs,libgcov.a)
endif()

function(dcddns_target name)
    target_link_libraries(${name} PRIVATE dcddns-flags)
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
    get_target_property(_type ${name} TYPE)
    if(_type STREQUAL "EXECUTABLE" AND NOT WIN32)
        target_link_options(${name} PRIVATE -pie)
    endif()
endfunction()
