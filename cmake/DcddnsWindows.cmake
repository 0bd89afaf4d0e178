# Where things are on Windows.  The program and its modules are one folder that may stand anywhere;
# core/platform makes paths of these names at run time.
set(CMAKE_INSTALL_BINDIR . CACHE STRING "the program, below its folder")
set(DCDDNS_PLUGIN_DIR plugins)                       # below the folder of the program
set(DCDDNS_CONFIG_DIR "%ProgramData%/dcddns/config") # the folder that Windows calls ProgramData
set(DCDDNS_STATE_DIR "%ProgramData%/dcddns/state")
set(DCDDNS_RUN_DIR "//./pipe/dcddns")                # names pipes; nothing is written there
set(DCDDNS_NOTIFIERS eventlog)
