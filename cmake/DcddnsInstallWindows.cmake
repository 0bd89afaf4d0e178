# Everything that is not a program or a module, in the folder of the program.
install(FILES etc/dcddns.conf DESTINATION . RENAME dcddns.conf.example COMPONENT dcddns)
install(FILES README.md LICENSE CHANGELOG.md DESTINATION . COMPONENT dcddns)
