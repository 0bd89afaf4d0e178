# Debian packages, made by CPack from the installation components; see docs/packaging.md.
#   dcddns               the program, its configuration, its unit
#   dcddns-plugin-NAME   the module NAME, of every kind that has one of that name, and whatever else
#                        is installed with its component plugin-KIND-NAME
#   dcddns-dev           what authors of modules need
#   dcddns-sandbox       the provider on loopback
# Must not know single modules, but for those that a usual installation has:
set(_recommended http-echo stun interface published-secret pkce syslog)

set(DCDDNS_MAINTAINER "The dcddns authors <maintainers@dcddns.invalid>" CACHE STRING
    "who answers for the packages, as in debian/control")
set(DCDDNS_PACKAGE_RELEASE 1 CACHE STRING "number of the packages of one version, after the dash")
set(_deb ${PROJECT_BINARY_DIR}/packaging/deb)
set(_abi dcddns-plugin-abi-1) # DCDDNS_ABI_MAJOR; the program provides it, modules depend on it

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dcddns)
set(CPACK_PACKAGE_VENDOR "The dcddns authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
    GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb/finish.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${DCDDNS_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_RELEASE ${DCDDNS_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE ${PROJECT_HOMEPAGE_URL})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# For finish.cmake
set(CPACK_DCDDNS_DEB ${_deb})

# Breaks the lines of TEXT at 76 columns.
function(_wrap out text)
    string(REPLACE "\n" ";" _lines "${text}")
    set(_all "")
    foreach(_line IN LISTS _lines)
        string(LENGTH "${_line}" _length)
        while(_length GREATER 76)
            string(SUBSTRING "${_line}" 0 76 _head)
            string(FIND "${_head}" " " _at REVERSE)
            if(_at LESS 1)
                break()
            endif()
            string(SUBSTRING "${_line}" 0 ${_at} _head)
            math(EXPR _at "${_at} + 1")
            string(SUBSTRING "${_line}" ${_at} -1 _line)
            string(LENGTH "${_line}" _length)
            string(APPEND _all "${_head}\n")
        endwhile()
        string(APPEND _all "${_line}\n")
    endforeach()
    string(STRIP "${_all}" _all)
    set(${out} "${_all}" PARENT_SCOPE)
endfunction()

# One package: GROUP is a component or a group of them, ARGN are pairs of a control field's name, as
# CPack calls it, and its value, which is not empty.
macro(_package group name description)
    string(TOUPPER ${group} _upper)
    set(CPACK_DEBIAN_${_upper}_PACKAGE_NAME ${name})
    _wrap(_description "${description}")
    set(CPACK_DEBIAN_${_upper}_DESCRIPTION "${_description}")
    set(_fields ${ARGN})
    while(_fields)
        list(POP_FRONT _fields _field _value)
        set(CPACK_DEBIAN_${_upper}_PACKAGE_${_field} ${_value})
    endwhile()
endmacro()

# -- modules ----------------------------------------------------------------------------------------

set(_names "")
foreach(_module IN LISTS DCDDNS_MODULES)
    if(NOT _module MATCHES "^(.+)/(.+)=SHARED$")
        continue()
    endif()
    set(_kind ${CMAKE_MATCH_1})
    set(_name ${CMAKE_MATCH_2})
    list(APPEND _names ${_name})
    string(TOUPPER plugin-${_kind}-${_name} _upper)
    set(CPACK_COMPONENT_${_upper}_GROUP plugin-${_name})
    get_property(_summary GLOBAL PROPERTY "DCDDNS_SUMMARY_${_kind}/${_name}")
    string(APPEND _about_${_name} "\n.\nThe module ${_kind}/${_name} ${_summary}.")
    list(APPEND _kinds_${_name} ${_kind})
endforeach()
list(REMOVE_DUPLICATES _names)
set(_recommends "")
set(_suggests dcddns-sandbox)
foreach(_name IN LISTS _names)
    list(JOIN _kinds_${_name} ", " _kinds)
    _package(plugin-${_name} dcddns-plugin-${_name}
        "dynamic DNS updater, module ${_name} (${_kinds})\
\ndcddns keeps the A and AAAA records of names at the address of this machine,\
 with any DNS provider that speaks Domain Connect.${_about_${_name}}"
        DEPENDS ${_abi} ENHANCES dcddns)
    if(_name IN_LIST _recommended)
        list(APPEND _recommends dcddns-plugin-${_name})
    else()
        list(APPEND _suggests dcddns-plugin-${_name})
    endif()
endforeach()
list(JOIN _recommends ", " _recommends)
list(JOIN _suggests ", " _suggests)

# -- the others -------------------------------------------------------------------------------------

_package(dcddns dcddns
    "dynamic DNS updater for any Domain Connect provider\
\ndcddns keeps the A and AAAA records of names at the address of this machine,\
 with any DNS provider that speaks Domain Connect (asynchronous flow). Consent is\
 given once on the provider's page, and no password is stored.\
\n.\
\nHow it finds the address, proves itself and tells people is in modules, which are\
 packages of their own."
    DEPENDS "init-system-helpers (>= 1.54), adduser, ca-certificates"
    PROVIDES ${_abi})
set(CPACK_DEBIAN_DCDDNS_PACKAGE_RECOMMENDS "${_recommends}")
set(CPACK_DEBIAN_DCDDNS_PACKAGE_SUGGESTS "${_suggests}")
foreach(_script postinst prerm postrm triggers)
    configure_file(${PROJECT_SOURCE_DIR}/packaging/deb/${_script}.in ${_deb}/dcddns/${_script} @ONLY)
    list(APPEND CPACK_DEBIAN_DCDDNS_PACKAGE_CONTROL_EXTRA ${_deb}/dcddns/${_script})
endforeach()
_package(dev dcddns-dev
    "dynamic DNS updater, development files for modules\
\nThe header dcddns/plugin.h, which is the whole contract between dcddns and its\
 modules, and what helps to build one outside of its source tree."
    SECTION libdevel SUGGESTS dcddns)
_package(sandbox dcddns-sandbox
    "Domain Connect DNS provider on loopback, for tests\
\ndcddns-sandbox plays a DNS provider with Domain Connect, its consent page, its DNS\
 server and services that tell the public address, all on this machine. For trying\
 dcddns without an account, and for tests of any client of Domain Connect.")

# The date of the changelog; SOURCE_DATE_EPOCH is obeyed.
string(TIMESTAMP _date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${PROJECT_SOURCE_DIR}/packaging/deb/changelog.in ${_deb}/changelog @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/packaging/deb/copyright.in ${_deb}/copyright @ONLY)
include(CPack)
