# Everything that is not a program or a module.
include(DcddnsSdk)
install(FILES etc/dcddns.conf DESTINATION ${DCDDNS_CONFIG_DIR} COMPONENT dcddns)
install(DIRECTORY DESTINATION ${DCDDNS_CONFIG_DIR}/conf.d COMPONENT dcddns)
install(FILES docs/dcddns.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT dcddns)
install(FILES docs/dcddns.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT dcddns)
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT dcddns)
configure_file(etc/dcddns.service.in etc/dcddns.service @ONLY)
configure_file(etc/dcddns.sysusers.in etc/dcddns.sysusers @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/etc/dcddns.service DESTINATION ${DCDDNS_UNIT_DIR}
    COMPONENT dcddns)
install(FILES ${PROJECT_BINARY_DIR}/etc/dcddns.sysusers RENAME dcddns.conf
    DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d COMPONENT dcddns)
install(FILES etc/dcddns.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME dcddns COMPONENT dcddns)
# Goes with the module, wherever that is: without it the agent has nothing to show.
set(_agent "")
if("notifier/desktop=SHARED" IN_LIST DCDDNS_MODULES)
    set(_agent plugin-notifier-desktop)
elseif("notifier/desktop=STATIC" IN_LIST DCDDNS_MODULES)
    set(_agent dcddns)
endif()
if(_agent)
    configure_file(etc/dcddns-agent.service.in etc/dcddns-agent.service @ONLY)
    configure_file(etc/dcddns-agent.desktop.in etc/dcddns-agent.desktop @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/etc/dcddns-agent.service
        DESTINATION ${DCDDNS_USER_UNIT_DIR} COMPONENT ${_agent})
    install(FILES ${PROJECT_BINARY_DIR}/etc/dcddns-agent.desktop
        DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/xdg/autostart
        COMPONENT ${_agent})
endif()
