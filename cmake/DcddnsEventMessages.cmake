# dcddns-events.dll: nothing but the texts of the Windows Event Log, in each language.  It stands
# beside the program, where whoever registers the source names it: as EventMessageFile and as
# CategoryMessageFile.
find_program(DCDDNS_WINDMC NAMES x86_64-w64-mingw32-windmc windmc REQUIRED)
enable_language(RC)

set(_made ${CMAKE_CURRENT_BINARY_DIR}/eventlog)
# The viewer wants the line ends of the system, and windmc takes them over.
configure_file(${PROJECT_SOURCE_DIR}/plugins/notifiers/eventlog_messages.mc
    ${_made}/eventlog_messages.mc @ONLY NEWLINE_STYLE CRLF)
add_custom_command(
    OUTPUT ${_made}/eventlog_messages.rc
    BYPRODUCTS ${_made}/eventlog_messages.h ${_made}/MSG00407.bin ${_made}/MSG00409.bin
    COMMAND ${DCDDNS_WINDMC} -C 65001 -U -h ${_made} -r ${_made} ${_made}/eventlog_messages.mc
    DEPENDS ${_made}/eventlog_messages.mc
    VERBATIM)
add_library(dcddns-events SHARED ${_made}/eventlog_messages.rc)
set_target_properties(dcddns-events PROPERTIES PREFIX "" LINKER_LANGUAGE C
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/modules)
set_source_files_properties(${_made}/eventlog_messages.rc PROPERTIES
    OBJECT_DEPENDS "${_made}/eventlog_messages.mc")
target_include_directories(dcddns-events PRIVATE ${_made}) # of the .bin files
# No code: nothing to start, nothing to import.
target_link_options(dcddns-events PRIVATE -nostdlib -Wl,--entry=0)
target_link_libraries(dcddns-events PRIVATE dcddns-flags)
install(TARGETS dcddns-events RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    COMPONENT plugin-notifier-eventlog)
