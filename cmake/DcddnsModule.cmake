# One call per module:
#   dcddns_module(KIND NAME SOURCES file.c ... [LIBS target ...])
# KIND is ip-source, auth or notifier.  DCDDNS_<KIND>_<NAME>=SHARED|OFF chooses it; the file that
# results is DCDDNS_PLUGIN_DIR/KIND/NAME.so.  Tests always get the same sources as a static
# library, module-KIND-NAME, whose entry is dcddns_plugin_v1_<name>.
set(DCDDNS_MODULES_DEFAULT SHARED CACHE STRING "default of every module: SHARED or OFF")
set(DCDDNS_MODULES "" CACHE INTERNAL "modules and how they are built, for the summary")

function(dcddns_module kind name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    string(TOUPPER "DCDDNS_${kind}_${name}" var)
    string(REPLACE "-" "_" var ${var})
    set(${var} ${DCDDNS_MODULES_DEFAULT} CACHE STRING "module ${kind}/${name}: SHARED or OFF")
    set_property(CACHE ${var} PROPERTY STRINGS SHARED OFF)
    if(NOT ${var} MATCHES "^(SHARED|OFF)$")
        message(FATAL_ERROR "${var}=${${var}}: use SHARED or OFF")
    endif()
    set(DCDDNS_MODULES ${DCDDNS_MODULES} "${kind}/${name}=${${var}}" CACHE INTERNAL "")

    if(DCDDNS_TESTS)
        add_library(module-${kind}-${name} STATIC ${ARG_SOURCES})
        dcddns_target(module-${kind}-${name})
        target_compile_definitions(module-${kind}-${name} PRIVATE DCDDNS_STATIC)
        target_include_directories(module-${kind}-${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
        target_link_libraries(module-${kind}-${name} PRIVATE ${ARG_LIBS})
    endif()
    if(${var} STREQUAL "OFF")
        return()
    endif()
    add_library(${kind}-${name} MODULE ${ARG_SOURCES})
    dcddns_target(${kind}-${name})
    target_include_directories(${kind}-${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${kind}-${name} PRIVATE ${ARG_LIBS})
    if(NOT DCDDNS_SANITIZE) # a sanitizer's runtime is in the program, not in the module
        target_link_options(${kind}-${name} PRIVATE -Wl,--no-undefined)
    endif()
    set_target_properties(${kind}-${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
        LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/modules/${kind})
    install(TARGETS ${kind}-${name} LIBRARY DESTINATION ${DCDDNS_PLUGIN_DIR}/${kind}
        COMPONENT plugin-${kind}-${name})
endfunction()
