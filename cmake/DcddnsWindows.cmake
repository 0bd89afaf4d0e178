# Where things are on Windows.  The program and its modules are one folder that may stand anywhere;
# core/platform makes paths of these names at run time.
set(CMAKE_INSTALL_BINDIR . CACHE STRING "the program, below its folder")
set(DCDDNS_PLUGIN_DIR plugins)                       # below the folder of the program
set(DCDDNS_CONFIG_DIR "%ProgramData%/dcddns/config") # the folder that Windows calls ProgramData
set(DCDDNS_STATE_DIR "%ProgramData%/dcddns/state")
set(DCDDNS_RUN_DIR "//./pipe/dcddns")                # names pipes; nothing is written there
set(DCDDNS_NOTIFIERS eventlog)

# The commented configuration, with the places and defaults of Windows.
set(DCDDNS_CONF ${PROJECT_BINARY_DIR}/dcddns.conf.example)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/etc/dcddns.conf)
file(READ ${PROJECT_SOURCE_DIR}/etc/dcddns.conf _conf)
foreach(_pair IN ITEMS
        "#notifiers = syslog>#notifiers = ${DCDDNS_NOTIFIERS}"
        "#module = syslog>#module = eventlog"
        "Empty: /var/lib/dcddns for the service, else\n# ~/.local/state/dcddns.>Empty: for the service\n# %ProgramData%\\dcddns\\state, else %LOCALAPPDATA%\\dcddns\\state."
        "# Socket where># Pipe where"
        " absolute, or\n# `none`.  Empty: /run/dcddns/control.sock for the service.> absolute, or\n# `none`.  Empty: one of the service or of this user."
        "/usr/local/bin/>C:/Tools/"
        "/etc/dcddns/>C:/ProgramData/dcddns/config/")
    string(REGEX MATCH "^(.*)>(.*)$" _unused "${_pair}")
    set(_from "${CMAKE_MATCH_1}")
    set(_to "${CMAKE_MATCH_2}")
    string(FIND "${_conf}" "${_from}" _at)
    if(_at LESS 0)
        message(FATAL_ERROR "etc/dcddns.conf has not \"${_from}\", which means something else on Windows")
    endif()
    string(REPLACE "${_from}" "${_to}" _conf "${_conf}")
endforeach()
file(WRITE ${DCDDNS_CONF} "${_conf}")
