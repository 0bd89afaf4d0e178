# Run by CPack between installing and packaging: what Debian's policy asks of every package's tree.
# Must not know what is in a package; names come from cmake/DcddnsPackages.cmake.
foreach(_needed IN ITEMS CPACK_TEMPORARY_DIRECTORY CPACK_DCDDNS_DEB)
    if(NOT ${_needed})
        message(FATAL_ERROR "finish.cmake: CPack does not say ${_needed}")
    endif()
endforeach()

function(_gzip)
    execute_process(COMMAND gzip -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(_documents tree package)
    set(_doc ${tree}/usr/share/doc/${package})
    file(MAKE_DIRECTORY ${_doc})
    configure_file(${CPACK_DCDDNS_DEB}/copyright ${_doc}/copyright COPYONLY)
    configure_file(${CPACK_DCDDNS_DEB}/changelog ${_doc}/changelog.Debian COPYONLY)
    _gzip(${_doc}/changelog.Debian)
    file(REMOVE ${_doc}/LICENSE) # is in copyright
    if(EXISTS ${_doc}/CHANGELOG.md)
        file(RENAME ${_doc}/CHANGELOG.md ${_doc}/changelog)
        _gzip(${_doc}/changelog)
    endif()
    file(GLOB _pages ${tree}/usr/share/man/man*/*.[0-9])
    if(_pages)
        _gzip(${_pages})
    endif()
endfunction()

# Whatever the umask of the build was.
function(_permissions tree)
    execute_process(COMMAND chmod -R u=rwX,go=rX ${tree} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND find ${tree} -name *.so -exec chmod a-x {} + COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# All in /etc is the administrator's.
function(_conffiles tree package extra)
    set(_conffiles ${CPACK_DCDDNS_DEB}/${package}/conffiles)
    file(GLOB_RECURSE _files RELATIVE ${tree} ${tree}/etc/*)
    if(_files)
        list(TRANSFORM _files PREPEND /)
        list(SORT _files)
        list(JOIN _files "\n" _lines)
        file(WRITE ${_conffiles} "${_lines}\n")
        set(${extra} ${${extra}} ${_conffiles} PARENT_SCOPE)
    endif()
endfunction()

# Two builds of one source make the same packages: no file is younger than the source.
function(_dates tree)
    if(DEFINED ENV{SOURCE_DATE_EPOCH})
        set(_date @$ENV{SOURCE_DATE_EPOCH})
        execute_process(COMMAND find ${tree} -newermt ${_date} -exec touch -h -d ${_date} {} +
            COMMAND_ERROR_IS_FATAL ANY)
    endif()
endfunction()

file(GLOB _trees ${CPACK_TEMPORARY_DIRECTORY}/*)
foreach(_tree IN LISTS _trees)
    get_filename_component(_group ${_tree} NAME)
    string(TOUPPER ${_group} _upper)
    set(_package ${CPACK_DEBIAN_${_upper}_PACKAGE_NAME})
    if(NOT _package)
        message(FATAL_ERROR "finish.cmake: ${_group} is of no package; name one in "
            "cmake/DcddnsPackages.cmake")
    endif()
    _documents(${_tree} ${_package})
    _permissions(${_tree})
    _conffiles(${_tree} ${_package} CPACK_DEBIAN_${_upper}_PACKAGE_CONTROL_EXTRA)
    _dates(${_tree})
endforeach()
