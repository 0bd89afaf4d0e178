# Fuzzing with libFuzzer.  The parsers of others that read what comes from outside, cJSON and inih,
# are built from their sources with the same instrumentation when those are in DCDDNS_FUZZ_SOURCES
# (tests/fuzz/sources puts them there); else the system's libraries are used as they are.
set(DCDDNS_FUZZ_SOURCES "${PROJECT_SOURCE_DIR}/build/fuzz-sources" CACHE PATH
    "sources of cJSON and inih to be instrumented")
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "DCDDNS_FUZZ=ON: only clang has libFuzzer; use the preset fuzz")
endif()

# _fuzz_library(TARGET SOURCE): TARGET, an imported library, becomes one that is built from SOURCE.
function(_fuzz_library target source)
    get_filename_component(_name ${source} NAME_WE)
    if(NOT EXISTS ${DCDDNS_FUZZ_SOURCES}/${source})
        message(STATUS "fuzz: ${source} is not in ${DCDDNS_FUZZ_SOURCES}: "
            "the system's library is used, without instrumentation")
        return()
    endif()
    message(STATUS "fuzz: ${source} is built with instrumentation")
    add_library(fuzz-${_name} STATIC ${DCDDNS_FUZZ_SOURCES}/${source})
    target_compile_options(fuzz-${_name} PRIVATE -w -fsanitize=${DCDDNS_SANITIZE}
        -fno-omit-frame-pointer -fno-sanitize-recover=all)
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES fuzz-${_name})
endfunction()

_fuzz_library(PkgConfig::CJSON cJSON.c)
_fuzz_library(PkgConfig::INIH ini.c)
