# What authors of plugins get, component dev: header, pkg-config and CMake files, guide, reference,
# examples.  The version of these files is the ABI's, read from the header so that it stands once.
file(STRINGS include/dcddns/plugin.h _numbers REGEX "^#define DCDDNS_ABI_(MAJOR|MINOR) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" DCDDNS_ABI "${_numbers}")

set(_sdk ${PROJECT_BINARY_DIR}/sdk)
set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/DcddnsPlugin)
configure_package_config_file(cmake/DcddnsPluginConfig.cmake.in ${_sdk}/DcddnsPluginConfig.cmake
    INSTALL_DESTINATION ${_package} PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${_sdk}/DcddnsPluginConfigVersion.cmake VERSION ${DCDDNS_ABI}
    COMPATIBILITY SameMajorVersion)
configure_file(cmake/dcddns-plugin.pc.in ${_sdk}/dcddns-plugin.pc @ONLY)

install(FILES include/dcddns/plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dcddns COMPONENT dev)
install(FILES ${_sdk}/DcddnsPluginConfig.cmake ${_sdk}/DcddnsPluginConfigVersion.cmake
    cmake/dcddns-plugin.map DESTINATION ${_package} COMPONENT dev)
install(FILES ${_sdk}/dcddns-plugin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
install(FILES docs/dcddns-plugin.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 COMPONENT dev)
install(FILES docs/plugin-guide.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT dev)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT dev
    PATTERN build EXCLUDE PATTERN target EXCLUDE)
