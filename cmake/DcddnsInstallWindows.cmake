# Everything that is not a program or a module, in the folder of the program; the installer, and the
# same folder as an archive for those who want none: target `installer`.
install(FILES ${DCDDNS_CONF} DESTINATION . COMPONENT dcddns)
install(FILES README.md LICENSE CHANGELOG.md docs/windows.md DESTINATION . COMPONENT dcddns)

set(DCDDNS_CA_BUNDLE /etc/ssl/certs/ca-certificates.crt CACHE FILEPATH
    "authorities that are trusted beside those of Windows: ca-bundle.crt")
install(FILES ${DCDDNS_CA_BUNDLE} DESTINATION . RENAME ca-bundle.crt COMPONENT dcddns)

# What is linked in, with its licence.  The texts are those of Debian's packages of this machine.
set(_notes ${PROJECT_BINARY_DIR}/THIRD-PARTY.txt)
set(_versions "")
if(EXISTS ${DCDDNS_SYSROOT}/versions)
    file(READ ${DCDDNS_SYSROOT}/versions _versions)
endif()
file(WRITE ${_notes} "The programs contain these libraries, and the runtime of mingw-w64 and GCC:\n\n"
    "${_versions}\nTheir licences, as Debian gives them:\n")
foreach(_package IN ITEMS libssl-dev libcurl4-openssl-dev libc-ares-dev libnghttp2-14 libcjson-dev
        libinih-dev mingw-w64-x86-64-dev gcc-mingw-w64-base ca-certificates)
    set(_licence /usr/share/doc/${_package}/copyright)
    if(EXISTS ${_licence})
        file(READ ${_licence} _text)
        file(APPEND ${_notes} "\n\n==== ${_package} ====\n\n${_text}")
    else()
        list(APPEND _gaps ${_package})
    endif()
endforeach()
install(FILES ${_notes} DESTINATION . COMPONENT dcddns)

# EACH_MODULE of packaging/windows/dcddns.nsi: one line a module.
set(_lines "")
foreach(_module IN LISTS DCDDNS_MODULES)
    if(_module MATCHES "^(.+)/(.+)=SHARED$")
        set(_kind ${CMAKE_MATCH_1})
        set(_name ${CMAKE_MATCH_2})
        string(MAKE_C_IDENTIFIER "${_kind}_${_name}" _id)
        get_property(_summary GLOBAL PROPERTY "DCDDNS_SUMMARY_${_kind}/${_name}")
        string(APPEND _lines
            "  !insertmacro \${DO} ${_kind} ${_name} ${_id} \"${_summary}\"\n")
    endif()
endforeach()
file(CONFIGURE OUTPUT modules.nsh CONTENT "!macro EACH_MODULE DO\n${_lines}!macroend\n" @ONLY)

find_program(DCDDNS_MAKENSIS makensis)
set(_base dcddns-${PROJECT_VERSION}-windows-x86_64)
set(_stage ${PROJECT_BINARY_DIR}/packages/${_base})
add_custom_target(installer
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/packages
    COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${_stage} --strip
    COMMAND ${CMAKE_COMMAND} -E chdir ${PROJECT_BINARY_DIR}/packages
        ${CMAKE_COMMAND} -E tar cf ${_base}.zip --format=zip ${_base}
    COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_BINARY_DIR}/frontends/windows/ok.ico
        ${_stage}/dcddns.ico
    COMMAND ${DCDDNS_MAKENSIS} -V2 -WX -DVERSION=${PROJECT_VERSION}
        -DVERSION_FOUR=${PROJECT_VERSION}.0 -DSTAGE=${_stage}
        -DMODULES=${PROJECT_BINARY_DIR}/modules.nsh
        -DOUT=${PROJECT_BINARY_DIR}/packages/${_base}-setup.exe
        ${PROJECT_SOURCE_DIR}/packaging/windows/dcddns.nsi
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${_stage}
    COMMENT "installer and archive" VERBATIM)
if(TARGET dcddns-setup)
    add_dependencies(installer dcddns dcddns-setup dcddns-tray)
endif()
get_property(_targets DIRECTORY plugins PROPERTY BUILDSYSTEM_TARGETS)
foreach(_target IN LISTS _targets)
    get_target_property(_type ${_target} TYPE)
    if(_type MATCHES "^(MODULE|SHARED)_LIBRARY$")
        add_dependencies(installer ${_target})
    endif()
endforeach()
# An installer with gaps is worse than none.
foreach(_file IN ITEMS ${DCDDNS_CA_BUNDLE} ${DCDDNS_MAKENSIS})
    if(NOT EXISTS ${_file})
        list(APPEND _gaps ${_file})
    endif()
endforeach()
if(_gaps)
    message(STATUS "no installer can be made: these are missing: ${_gaps}")
    add_custom_target(installer-gaps COMMAND ${CMAKE_COMMAND} -E false
        COMMENT "missing: ${_gaps}")
    add_dependencies(installer installer-gaps)
endif()
