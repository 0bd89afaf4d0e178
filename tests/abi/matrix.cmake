# Old and new, both ways: samples built with each header in a host built with each header.
#   frozen/X.Y   every version that was released (scripts/checks/freeze-abi)
#   current      include/dcddns/plugin.h
#   next         the current one grown, see derive.sh: shows that growing works before it is needed
#   broken       a member in the middle: shows that the matrix can fail
set(_derived ${CMAKE_CURRENT_BINARY_DIR}/derived)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/include/dcddns/plugin.h ${CMAKE_CURRENT_SOURCE_DIR}/derive.sh)
execute_process(COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/derive.sh
    ${PROJECT_SOURCE_DIR}/include/dcddns/plugin.h ${_derived} RESULT_VARIABLE _failed)
if(_failed)
    message(FATAL_ERROR "tests/abi/derive.sh cannot make its variants of the header")
endif()

file(GLOB _frozen CONFIGURE_DEPENDS LIST_DIRECTORIES true
    RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/frozen frozen/[0-9]*)
set(_include_current ${PROJECT_SOURCE_DIR}/include)
set(_include_next ${_derived}/next)
set(_include_broken ${_derived}/broken)
foreach(_version IN LISTS _frozen)
    set(_include_${_version} ${CMAKE_CURRENT_SOURCE_DIR}/frozen/${_version})
endforeach()

foreach(_version IN LISTS _frozen ITEMS current next broken)
    add_executable(matrix-host-${_version} matrix_host.c)
    dcddns_target(matrix-host-${_version})
    target_include_directories(matrix-host-${_version} PRIVATE ${_include_${_version}})
    target_link_libraries(matrix-host-${_version} PRIVATE ${CMAKE_DL_LIBS})
    set(_samples_${_version} "")
    foreach(_sample source auth notifier)
        add_library(sample-${_sample}-${_version} MODULE sample/${_sample}.c)
        dcddns_target(sample-${_sample}-${_version})
        target_include_directories(sample-${_sample}-${_version} PRIVATE ${_include_${_version}})
        set_target_properties(sample-${_sample}-${_version} PROPERTIES PREFIX ""
            OUTPUT_NAME ${_sample}
            LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/samples/${_version})
        list(APPEND _samples_${_version} $<TARGET_FILE:sample-${_sample}-${_version}>)
    endforeach()
endforeach()

foreach(_host IN LISTS _frozen ITEMS current next)
    foreach(_plugin IN LISTS _frozen ITEMS current next)
        add_test(NAME abi_matrix_host_${_host}_plugin_${_plugin}
            COMMAND matrix-host-${_host} ${_samples_${_plugin}})
    endforeach()
endforeach()
# A crash is a failure that WILL_FAIL does not take, so a shell turns the result round.
add_test(NAME abi_matrix_sees_a_broken_host COMMAND sh -c "! \"$0\" \"$@\""
    $<TARGET_FILE:matrix-host-broken> ${_samples_current})
add_test(NAME abi_matrix_sees_a_broken_plugin COMMAND sh -c "! \"$0\" \"$@\""
    $<TARGET_FILE:matrix-host-current> ${_samples_broken})

# The daemon's own host: whatever header a module was built with, it passes.
foreach(_plugin IN LISTS _frozen ITEMS current next)
    foreach(_sample source auth notifier)
        add_test(NAME abi_matrix_daemon_plugin_${_plugin}_${_sample} COMMAND dcddns modules check
            $<TARGET_FILE:sample-${_sample}-${_plugin}>)
    endforeach()
endforeach()

# The header of this version is the frozen one.
add_test(NAME abi_frozen COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER}
    ${PROJECT_SOURCE_DIR}/scripts/checks/freeze-abi)

# -- abidiff: nothing changes but by growing at the end ---------------------------------------------
function(dcddns_abidiff name old new wanted)
    add_test(NAME abi_diff_${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/abidiff.sh
        ${CMAKE_C_COMPILER} ${old} ${new} ${wanted})
    set_tests_properties(abi_diff_${name} PROPERTIES SKIP_REGULAR_EXPRESSION "^skip:")
endfunction()
list(SORT _frozen COMPARE NATURAL)
list(GET _frozen -1 _newest)
foreach(_version IN LISTS _frozen)
    set(_wanted grown)
    if(_version STREQUAL _newest)
        set(_wanted same) # between releases; abi_frozen says when it must be frozen anew
    endif()
    dcddns_abidiff(${_version}_current ${_include_${_version}} ${_include_current} ${_wanted})
endforeach()
dcddns_abidiff(lets_grow ${_include_current} ${_derived}/next grown)
dcddns_abidiff(sees_insertion ${_include_current} ${_derived}/broken broken)
dcddns_abidiff(sees_retyping ${_include_current} ${_derived}/retyped broken)
dcddns_abidiff(sees_retyping_behind_growth ${_include_current} ${_derived}/mixed broken)
dcddns_abidiff(sees_shrinking ${_derived}/next ${_include_current} broken)
