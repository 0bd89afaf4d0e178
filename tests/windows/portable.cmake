# Which tests are built for Windows: those whose headers are all there.  What is left out, and why, is
# in tests-left-out of the build's folder.
set(DCDDNS_TESTS_LEFT_OUT "")
set(_windows_headers ${CMAKE_C_IMPLICIT_INCLUDE_DIRECTORIES} ${DCDDNS_SYSROOT}/include
    ${PROJECT_SOURCE_DIR}/core/platform/windows_include ${CMAKE_CURRENT_LIST_DIR}/posix)
set(_test_headers ${CMAKE_CURRENT_LIST_DIR}/.. ${CMAKE_CURRENT_LIST_DIR}/../unit
    ${CMAKE_CURRENT_LIST_DIR}/../plugins)
# Needs what Windows has not, whatever its headers: NAME=why.
set(_sockets "its servers are written with POSIX sockets")
set(_not_for_windows "test_dns=${_sockets}" "test_dns_server=${_sockets}" "test_http=${_sockets}"
    "test_http_plain=${_sockets}" "test_net=${_sockets}" "test_resolve=${_sockets}"
    "test_authority=${_sockets}" "test_http_trust=${_sockets}"
    "test_store_lock=its other process is a fork" "test_daemon=its daemon is a fork"
    "test_elf=it reads files of ELF")
# Half a minute and more: Wine's server has to be asked at every wait and for every file, some
# thousand times a simulated day.
set(_long "too long under Wine, and the same code runs elsewhere")
list(APPEND _not_for_windows "test_incidents=${_long}" "test_month=${_long}" "test_planted=${_long}"
    "test_clock_set=${_long}" "test_clock_watch=${_long}" "test_keeper=${_long}"
    "test_rotation=${_long}"
    "test_store_faults=${_long}" "test_engine_grants=${_long}" "test_notify=${_long}"
    "test_lost_family=${_long}" "test_verify=${_long}" "test_engine=${_long}")
# Programs of Windows have tests of their own: unit/windows/test_windows_child and -program,
# plugins/test_ip_source_command_windows and test_notifier_command_windows.
set(_programs "it starts programs of POSIX, and sends signals")
list(APPEND _not_for_windows "test_child=${_programs}" "test_program=${_programs}"
    "test_ip_source_command=${_programs}" "test_notifier_command=${_programs}")

# Sets OUT to "<header.h> of FILE", the first that SOURCE or a header of the tests that it includes
# asks for in vain, or to nothing.
function(_windows_lacks out source)
    set(_files ${source})
    set(_seen "")
    set(${out} "" PARENT_SCOPE)
    while(_files)
        list(POP_FRONT _files _file)
        list(APPEND _seen ${_file})
        file(STRINGS ${_file} _includes REGEX "^#include ")
        foreach(_include IN LISTS _includes)
            unset(_found)
            string(REGEX REPLACE "^#include .([^>\"]+).*" "\\1" _name "${_include}")
            if(_include MATCHES "<")
                find_file(_found ${_name} PATHS ${_windows_headers} NO_CACHE NO_DEFAULT_PATH
                    NO_CMAKE_FIND_ROOT_PATH)
                if(NOT _found)
                    cmake_path(GET _file FILENAME _file)
                    set(${out} "<${_name}> of ${_file}" PARENT_SCOPE)
                    return()
                endif()
            else()
                cmake_path(GET _file PARENT_PATH _folder)
                find_file(_found ${_name} PATHS ${_folder} ${_test_headers} NO_CACHE
                    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
                if(_found AND NOT _found IN_LIST _seen)
                    list(APPEND _files ${_found})
                endif()
            endif()
        endforeach()
    endwhile()
endfunction()

# Takes those that cannot be built for Windows out of the list LIST.
function(windows_tests list)
    set(_kept "")
    foreach(_source IN LISTS ${list})
        cmake_path(GET _source STEM _name)
        set(_why "")
        foreach(_pair IN LISTS _not_for_windows)
            if(_pair MATCHES "^${_name}=(.*)$")
                set(_why "${CMAKE_MATCH_1}")
            endif()
        endforeach()
        if(NOT _why)
            _windows_lacks(_why ${_source})
        endif()
        if(_why)
            set_property(GLOBAL APPEND_STRING PROPERTY DCDDNS_TESTS_LEFT_OUT "${_name}: ${_why}\n")
        else()
            list(APPEND _kept ${_source})
        endif()
    endforeach()
    set(${list} ${_kept} PARENT_SCOPE)
    get_property(_text GLOBAL PROPERTY DCDDNS_TESTS_LEFT_OUT)
    file(WRITE ${PROJECT_BINARY_DIR}/tests-left-out "${_text}")
endfunction()
