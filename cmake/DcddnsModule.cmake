# One call per module:
#   dcddns_module(KIND NAME SOURCES file.c ... [LIBS target ...] [REQUIRES package ...])
# KIND is ip-source, auth or notifier.  DCDDNS_<KIND>_<NAME> chooses how it is built:
#   SHARED   the file DCDDNS_PLUGIN_DIR/KIND/NAME.so, of the component plugin-KIND-NAME
#   STATIC   a part of the program, see core/modules/builtin.c.in
#   OFF      not at all
#   DEFAULT  what DCDDNS_MODULES_DEFAULT says
# REQUIRES names pkg-config packages, as libsystemd>=250; they are looked for only when the module
# is to be built.  When one is missing, DEFAULT becomes OFF, and SHARED and STATIC are errors.
# Tests get the same sources as a static library, module-KIND-NAME, whose entry is
# dcddns_plugin_v1_<the word in its DCDDNS_ENTRY()>.
#
# What is to be shipped with a module (a unit, an agent) is installed with its component.
set(DCDDNS_MODULES_DEFAULT SHARED CACHE STRING "modules left at DEFAULT: SHARED, STATIC or OFF")
set_property(CACHE DCDDNS_MODULES_DEFAULT PROPERTY STRINGS SHARED STATIC OFF)
if(NOT DCDDNS_MODULES_DEFAULT MATCHES "^(SHARED|STATIC|OFF)$")
    message(FATAL_ERROR "DCDDNS_MODULES_DEFAULT=${DCDDNS_MODULES_DEFAULT}: "
        "use SHARED, STATIC or OFF")
endif()
set(DCDDNS_MODULES "" CACHE INTERNAL "modules and how they are built, for the summary")

# Sets OUT to the package among the ARGN that pkg-config does not find, or to nothing; LIBS to the
# targets of those that it finds.
function(_module_packages out libs)
    set(_libs "")
    foreach(_package IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER "DCDDNS_HAVE_${_package}" _have)
        pkg_check_modules(${_have} QUIET IMPORTED_TARGET "${_package}")
        if(NOT ${_have}_FOUND)
            set(${out} ${_package} PARENT_SCOPE)
            return()
        endif()
        list(APPEND _libs PkgConfig::${_have})
    endforeach()
    set(${out} "" PARENT_SCOPE)
    set(${libs} ${_libs} PARENT_SCOPE)
endfunction()

# The sources as a target that knows the contract and nothing of the program.
function(_module_library target type)
    add_library(${target} ${type} ${ARGN})
    dcddns_target(${target})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    if(type STREQUAL "STATIC")
        target_compile_definitions(${target} PRIVATE DCDDNS_STATIC)
    endif()
endfunction()

function(_module_shared kind name)
    set(_target ${kind}-${name})
    _module_library(${_target} MODULE ${ARG_SOURCES})
    target_link_libraries(${_target} PRIVATE ${ARG_LIBS})
    if(NOT DCDDNS_SANITIZE) # a sanitizer's runtime is in the program, not in the module
        target_link_options(${_target} PRIVATE -Wl,--no-undefined)
    endif()
    set_target_properties(${_target} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
        LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/modules/${kind})
    install(TARGETS ${_target} LIBRARY DESTINATION ${DCDDNS_PLUGIN_DIR}/${kind}
        COMPONENT plugin-${kind}-${name})
endfunction()

# Two kinds may have a module of one name, so in the program the kind is a part of the entry's.
# ENTRY is the word in DCDDNS_ENTRY().
function(_module_builtin kind name entry)
    string(MAKE_C_IDENTIFIER "dcddns_builtin_${kind}_${name}" _symbol)
    string(TOUPPER "DCDDNS_KIND_${kind}" _number)
    string(REPLACE "-" "_" _number ${_number})
    _module_library(builtin-${kind}-${name} STATIC ${ARG_SOURCES})
    target_compile_definitions(builtin-${kind}-${name} PRIVATE
        dcddns_plugin_v1_${entry}=${_symbol})
    target_link_libraries(builtin-${kind}-${name} PRIVATE ${ARG_LIBS})
    target_link_libraries(dcddns PRIVATE builtin-${kind}-${name})
    set_property(GLOBAL APPEND_STRING PROPERTY DCDDNS_BUILTIN_ENTRIES
        "const struct dcddns_plugin *${_symbol}(void);\n")
    set_property(GLOBAL APPEND_STRING PROPERTY DCDDNS_BUILTIN_ROWS
        "    { ${_number}, \"${name}\", ${_symbol} },\n")
endfunction()

# Writes the program's table of built-in modules; once, after the last module.
function(dcddns_builtin_table file)
    get_property(_entries GLOBAL PROPERTY DCDDNS_BUILTIN_ENTRIES)
    get_property(_rows GLOBAL PROPERTY DCDDNS_BUILTIN_ROWS)
    configure_file(${PROJECT_SOURCE_DIR}/core/modules/builtin.c.in ${file} @ONLY)
endfunction()

# What the module says of itself: ENTRY is set to the word in its DCDDNS_ENTRY(), its summary is kept
# for whoever describes its package.
function(_module_read kind name entry)
    set(_summary "")
    foreach(_source IN LISTS ARGN)
        file(READ ${_source} _text)
        if(_text MATCHES "\\.summary =[ \n]*\"([^\"]+)\"")
            set(_summary "${CMAKE_MATCH_1}")
        endif()
        if(_text MATCHES "\nDCDDNS_ENTRY\\(([A-Za-z0-9_]+)\\)")
            set(${entry} ${CMAKE_MATCH_1} PARENT_SCOPE)
        endif()
    endforeach()
    set_property(GLOBAL PROPERTY "DCDDNS_SUMMARY_${kind}/${name}" "${_summary}")
endfunction()

function(dcddns_module kind name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;REQUIRES" ${ARGN})
    string(TOUPPER "DCDDNS_${kind}_${name}" var)
    string(REPLACE "-" "_" var ${var})
    set(${var} DEFAULT CACHE STRING "module ${kind}/${name}: SHARED, STATIC, OFF or DEFAULT")
    set_property(CACHE ${var} PROPERTY STRINGS DEFAULT SHARED STATIC OFF)
    if(NOT ${var} MATCHES "^(DEFAULT|SHARED|STATIC|OFF)$")
        message(FATAL_ERROR "${var}=${${var}}: use SHARED, STATIC, OFF or DEFAULT")
    endif()

    set(_how ${${var}})
    set(_why "as ${var} says")
    if(_how STREQUAL "DEFAULT")
        set(_how ${DCDDNS_MODULES_DEFAULT})
        set(_why "the default")
    endif()
    set(_missing "")
    if(NOT _how STREQUAL "OFF")
        _module_packages(_missing _libs ${ARG_REQUIRES})
        list(APPEND ARG_LIBS ${_libs})
    endif()
    if(_missing AND ${var} STREQUAL "DEFAULT")
        set(_how OFF)
        set(_why "pkg-config does not find ${_missing}")
    elseif(_missing)
        message(FATAL_ERROR "${var}=${${var}}: the module ${kind}/${name} needs ${_missing}, which "
            "pkg-config does not find; install its development files, or use ${var}=OFF")
    endif()
    set(DCDDNS_MODULES ${DCDDNS_MODULES} "${kind}/${name}=${_how}" CACHE INTERNAL "")
    set_property(GLOBAL PROPERTY "DCDDNS_WHY_${kind}/${name}" "${_why}")
    set_property(GLOBAL PROPERTY "DCDDNS_REQUIRES_${kind}/${name}" "${ARG_REQUIRES}")
    set(_entry "")
    _module_read(${kind} ${name} _entry ${ARG_SOURCES})
    if(NOT _entry)
        message(FATAL_ERROR "module ${kind}/${name}: no line of its sources begins with "
            "DCDDNS_ENTRY(")
    endif()

    # A module that is OFF is tested as well, unless it would need what may not be there.
    if(DCDDNS_TESTS AND NOT (_how STREQUAL "OFF" AND ARG_REQUIRES))
        _module_library(module-${kind}-${name} STATIC ${ARG_SOURCES})
        target_link_libraries(module-${kind}-${name} PRIVATE ${ARG_LIBS})
    endif()
    if(_how STREQUAL "SHARED")
        _module_shared(${kind} ${name})
    elseif(_how STREQUAL "STATIC")
        _module_builtin(${kind} ${name} ${_entry})
    endif()
endfunction()
