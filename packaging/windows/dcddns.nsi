; The installer for Windows, made by the target `installer` (cmake/DcddnsInstallWindows.cmake), which
; defines VERSION, VERSION_FOUR (four numbers), STAGE (the installed tree), MODULES (what modules.nsh
; is called) and OUT.
;   /S              asks nothing       /D=FOLDER       where; the last word, without quotation marks
;   /SERVICE=1|0    the service        /TRAY=1|0       the tray at every login
; Without a switch: the service, no tray; at an upgrade, what is there.  The uninstaller keeps
; configuration and state unless it is given /PURGE.
; Ends with 0, 1 (cancelled), 2 (aborted), 3 (the service is not installed or does not run),
; 4 (a program or module is in use), 5 (the folder is, or may be, somebody else's).
Unicode true
Target amd64-unicode
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh
!include x64.nsh

Name "dcddns ${VERSION}"
OutFile "${OUT}"
InstallDir "$PROGRAMFILES64\dcddns"
RequestExecutionLevel admin
ManifestSupportedOS all
ManifestDPIAware true
SetCompressor /SOLID lzma
AllowSkipFiles off ; a file that cannot be replaced ends it: half an update is no success
VIProductVersion "${VERSION_FOUR}"
VIAddVersionKey "ProductName" "dcddns"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Installer of dcddns, a dynamic DNS updater"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\dcddns"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define SERVICE_KEY "SYSTEM\CurrentControlSet\Services\dcddns"
!define SOURCE_KEY "SYSTEM\CurrentControlSet\Services\EventLog\Application\dcddns"
!define TRAY_CLASS "dcddns-tray"

Var ServiceRan ; "1": it ran, and was stopped here
Var TrayRan
Var InUse      ; a program that cannot be replaced

!define MUI_ICON "${STAGE}\dcddns.ico"
!define MUI_UNICON "${STAGE}\dcddns.ico"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "Set up a name now"
!define MUI_FINISHPAGE_RUN_FUNCTION SetUpAName
!insertmacro MUI_PAGE_LICENSE "${STAGE}\LICENSE"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; -- what is done with each module: EACH_MODULE of modules.nsh calls one of these with KIND NAME ID
; SUMMARY

!macro ModuleSection KIND NAME ID SUMMARY
  Section "${KIND} ${NAME}" Module_${ID}
    SetOutPath "$INSTDIR\plugins\${KIND}"
    File "${STAGE}\plugins\${KIND}\${NAME}.dll"
  SectionEnd
!macroend
!macro ModuleDelete KIND NAME ID SUMMARY
  Delete "$INSTDIR\plugins\${KIND}\${NAME}.dll"
  RMDir "$INSTDIR\plugins\${KIND}"
!macroend
; What was left out stays left out at an upgrade; a module that is new is taken.
!macro ModuleRemember KIND NAME ID SUMMARY
  ${IfNot} ${SectionIsSelected} ${Module_${ID}}
    WriteRegDWORD HKLM "${UNINSTALL_KEY}" "Without_${ID}" 1
  ${Else}
    DeleteRegValue HKLM "${UNINSTALL_KEY}" "Without_${ID}"
  ${EndIf}
!macroend
; What was left out goes, at the end: until then an update that is aborted has its modules.
!macro ModuleDrop KIND NAME ID SUMMARY
  ${IfNot} ${SectionIsSelected} ${Module_${ID}}
    !insertmacro ModuleDelete ${KIND} ${NAME} ${ID} ""
  ${EndIf}
!macroend
!macro ModuleCheck KIND NAME ID SUMMARY
  Push "plugins\${KIND}\${NAME}.dll"
  Call ${UN_}CheckFree
!macroend
!macro ModuleRecall KIND NAME ID SUMMARY
  ReadRegDWORD $0 HKLM "${UNINSTALL_KEY}" "Without_${ID}"
  ${If} $0 == 1
    !insertmacro UnselectSection ${Module_${ID}}
  ${EndIf}
!macroend
!macro ModuleDescribe KIND NAME ID SUMMARY
  !insertmacro MUI_DESCRIPTION_TEXT ${Module_${ID}} "${SUMMARY}"
!macroend
!include "${MODULES}"

; -- what installer and uninstaller share

!macro SHARED UN
; $0: the exit status of dcddns.exe with the words on the stack.
Function ${UN}Dcddns
  Pop $1
  nsExec::ExecToLog '"$INSTDIR\dcddns.exe" $1'
  Pop $0
FunctionEnd

; The tray of this login ends by itself when its window is closed, with the daemon that it runs.
Function ${UN}StopTray
  StrCpy $TrayRan ""
  ${For} $1 1 50
    FindWindow $0 "${TRAY_CLASS}"
    ${If} $0 == 0
      ${ExitFor}
    ${EndIf}
    StrCpy $TrayRan "1"
    SendMessage $0 ${WM_CLOSE} 0 0 /TIMEOUT=2000
    Sleep 200
  ${Next}
FunctionEnd

; Where dcddns.exe is not there, or cannot be run.
Function ${UN}StopByManager
  ${For} $1 1 50
    nsExec::ExecToLog '"$SYSDIR\sc.exe" stop dcddns'
    Pop $0
    ${If} $0 == 0
      StrCpy $ServiceRan "1"
    ${ElseIf} $0 != 1061 ; it is starting or stopping
      ${ExitFor}
    ${EndIf}
    Sleep 200
  ${Next}
FunctionEnd

; The registry has $ServiceRan, too: who runs this again after it was cut short starts the service.
Function ${UN}StopService
  ReadRegStr $ServiceRan HKLM "${UNINSTALL_KEY}" "ServiceRan"
  ${IfNot} ${FileExists} "$INSTDIR\dcddns.exe"
    Call ${UN}StopByManager
    Return
  ${EndIf}
  nsExec::ExecToStack '"$INSTDIR\dcddns.exe" service status'
  Pop $0
  Pop $1
  ${If} $0 == "error"
    Call ${UN}StopByManager
    Return
  ${ElseIf} $0 == 2
    Return
  ${EndIf}
  StrCpy $1 $1 8
  ${If} $0 == 0
  ${OrIf} $1 == "starting" ; with the status of one that is stopped
    StrCpy $ServiceRan "1"
    WriteRegStr HKLM "${UNINSTALL_KEY}" "ServiceRan" "1"
  ${EndIf}
  Push "service stop"
  Call ${UN}Dcddns
FunctionEnd

Function ${UN}StartAgain
  ${If} $ServiceRan == "1"
    Push "service start"
    Call ${UN}Dcddns
    ${If} $0 == 0
      DeleteRegValue HKLM "${UNINSTALL_KEY}" "ServiceRan"
    ${EndIf}
  ${EndIf}
  ${If} $TrayRan == "1"
  ${AndIf} ${FileExists} "$INSTDIR\dcddns-tray.exe"
    Exec '"$WINDIR\explorer.exe" "$INSTDIR\dcddns-tray.exe"' ; with the rights of the user
  ${EndIf}
FunctionEnd

; $InUse: "" when FILE (on the stack) is not there or can be written to within ten seconds.
Function ${UN}CheckFree
  Pop $1
  ${If} $InUse != ""
    Return
  ${EndIf}
  ${For} $2 1 50
    ${IfNot} ${FileExists} "$INSTDIR\$1"
      Return
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\$1" a
    ${IfNot} ${Errors}
      FileClose $0
      Return
    ${EndIf}
    Sleep 200
  ${Next}
  StrCpy $InUse $1
FunctionEnd

; All that runs is stopped, or nothing is changed.
Function ${UN}StopAll
  StrCpy $InUse ""
  Call ${UN}StopTray
  Call ${UN}StopService
  Push "dcddns.exe"
  Call ${UN}CheckFree
  Push "dcddns-tray.exe"
  Call ${UN}CheckFree
  Push "dcddns-setup.exe"
  Call ${UN}CheckFree
  Push "ca-bundle.crt"
  Call ${UN}CheckFree
  !define UN_ "${UN}"
  !insertmacro EACH_MODULE ModuleCheck
  !undef UN_
  ${If} $InUse != ""
    Call ${UN}StartAgain
    MessageBox MB_ICONSTOP "$InUse is in use, perhaps by another user who is logged in. End what \
      uses it and start this again. Nothing was changed." /SD IDOK
    SetErrorLevel 4
    Quit
  ${EndIf}
FunctionEnd
!macroend
!insertmacro SHARED ""
!insertmacro SHARED "un."

; The viewer of the log may have it open: it then goes with the next start of the machine.
!macro DeleteTexts
  Delete "$INSTDIR\dcddns-events.dll"
  ${If} ${FileExists} "$INSTDIR\dcddns-events.dll"
    Delete "$INSTDIR\dcddns-events.old"
    Rename "$INSTDIR\dcddns-events.dll" "$INSTDIR\dcddns-events.old"
  ${EndIf}
  Delete /REBOOTOK "$INSTDIR\dcddns-events.old"
!macroend

; -- before anything is changed

; WORDS: why the folder is not taken.
!macro RefuseFolder WORDS
  MessageBox MB_ICONSTOP "${WORDS}" /SD IDOK
  SetErrorLevel 5
  Quit
!macroend

; $3: what is in $INSTDIR beside texts of an installation before, or "".
Function FindForeign
  StrCpy $3 ""
  ClearErrors
  FindFirst $1 $2 "$INSTDIR\*.*"
  ${DoUntil} ${Errors}
    ${If} $2 != "."
    ${AndIf} $2 != ".."
    ${AndIf} $2 != "dcddns-events.old"
      StrCpy $3 $2
    ${EndIf}
    FindNext $1 $2
  ${Loop}
  FindClose $1
FunctionEnd

Function RefuseForeign
  ${If} $3 != ""
    !insertmacro RefuseFolder "$INSTDIR is not empty and was not made by this program. Choose a folder \
      of its own."
  ${EndIf}
FunctionEnd

; $0: not 0 when $INSTDIR is made, with its owner and rights from its first moment on.  They are those
; of KeepFolder.
Function MakeFolder
  ${GetParent} "$INSTDIR" $1
  CreateDirectory "$1"
  System::Call 'advapi32::ConvertStringSecurityDescriptorToSecurityDescriptorW(w "O:BAD:P\
    (A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICI;0x1200a9;;;LS)", \
    i 1, *p .r1, p 0) i .r0'
  ${If} $0 != 0
    System::Call '*(i 24, i 0, p r1, i 0, i 0) p .r2' ; SECURITY_ATTRIBUTES
    System::Call 'kernel32::CreateDirectoryW(w d, p r2) i .r0'
    System::Free $2
    System::Call 'kernel32::LocalFree(p r1)'
  ${EndIf}
FunctionEnd

; $0: the owner of PATH (on the stack), or "".
Function OwnerOf
  Pop $1
  StrCpy $0 ""
  System::Call 'advapi32::GetNamedSecurityInfoW(w r1, i 1, i 1, *p .r2, p 0, p 0, p 0, *p .r3) i .r4'
  ${If} $4 == 0
    System::Call 'advapi32::ConvertSidToStringSidW(p r2, *p .r4) i .r1'
    ${If} $1 != 0
      System::Call '*$4(&w200 .r0)'
      System::Call 'kernel32::LocalFree(p r4)'
    ${EndIf}
    System::Call 'kernel32::LocalFree(p r3)'
  ${EndIf}
FunctionEnd

!macro Rights WORDS
  ${If} $0 == 0
    nsExec::ExecToLog '"$SYSDIR\icacls.exe" "$INSTDIR" ${WORDS}'
    Pop $0
  ${EndIf}
!macroend

; A folder that is open cannot be made anew.  One of another user stays his, whatever rights it gets:
; what he opened before he may use after.
Function KeepFolder
  System::Call 'kernel32::GetFileAttributesW(w d) i .r5'
  IntOp $5 $5 & 0x400 ; a link, or it cannot be examined
  InitPluginsDir
  Push $PLUGINSDIR ; belongs to whom all belongs that is made here
  Call OwnerOf
  StrCpy $6 $0
  Push $INSTDIR
  Call OwnerOf
  ${If} $5 != 0
  ${OrIf} $0 == ""
    StrCpy $6 ""
  ${ElseIf} $0 == "S-1-5-32-544"
  ${OrIf} $0 == "S-1-5-18"
    StrCpy $6 $0
  ${EndIf}
  ${If} $6 == ""
  ${OrIf} $6 != $0
    !insertmacro RefuseFolder "$INSTDIR is in use, and belongs to somebody else or leads to another \
      folder. Choose one that is not there."
  ${EndIf}
  StrCpy $0 0
  !insertmacro Rights '/setowner *S-1-5-32-544'
  !insertmacro Rights '/reset' ; or what a user was given by name stays
  !insertmacro Rights '/inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F \
    *S-1-5-32-545:(OI)(CI)RX *S-1-5-19:(OI)(CI)RX'
  ${If} $0 != 0
    !insertmacro RefuseFolder "$INSTDIR cannot be given to administrators only ($0). Choose a folder \
      that is not there."
  ${EndIf}
  Call FindForeign ; what others put there until now
  Call RefuseForeign
FunctionEnd

; A folder that is not empty is taken only when it is that of an earlier installation, or has nothing
; but texts of one that go with the next start of the machine.  One outside of Program Files is made
; for administrators only, since the service runs what is in it; one that is there, empty, may have
; been put there by any user.
Function TakeFolder
  ReadRegStr $0 HKLM "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $0 != ""
  ${AndIf} $0 != $INSTDIR
  ${AndIf} ${FileExists} "$0\uninstall.exe"
    !insertmacro RefuseFolder "dcddns is installed in $0. Install it there again, or first uninstall \
      it; configuration and state are kept."
  ${EndIf}
  Call FindForeign
  ${If} $3 != ""
  ${AndIf} $0 == $INSTDIR
    Return
  ${EndIf}
  Call RefuseForeign
  StrLen $1 "$PROGRAMFILES64\"
  StrCpy $2 $INSTDIR $1
  ${If} $2 == "$PROGRAMFILES64\"
    CreateDirectory "$INSTDIR"
    Return
  ${EndIf}
  Delete "$INSTDIR\dcddns-events.old"
  RMDir "$INSTDIR"
  ${If} ${FileExists} "$INSTDIR\*.*"
    Call KeepFolder
    Return
  ${EndIf}
  Call MakeFolder
  ${If} $0 == 0
    !insertmacro RefuseFolder "$INSTDIR cannot be made for administrators only. Choose another folder."
  ${EndIf}
FunctionEnd

; -- sections

Section "dcddns (required)" SectionCore
  SectionIn RO
  SetShellVarContext all
  SetRegView 64
  Call TakeFolder
  Call StopAll
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR" ; it can be run again from here on
  SetOutPath "$INSTDIR"
  File "${STAGE}\dcddns.exe"
  File "${STAGE}\dcddns-setup.exe"
  File "${STAGE}\dcddns-tray.exe"
  File "${STAGE}\ca-bundle.crt"
  File "${STAGE}\dcddns.conf.example"
  File "${STAGE}\README.md"
  File "${STAGE}\CHANGELOG.md"
  File "${STAGE}\windows.md"
  File "${STAGE}\LICENSE"
  File "${STAGE}\THIRD-PARTY.txt"
  !insertmacro DeleteTexts
!if /FileExists "${STAGE}/dcddns-events.dll"
  SetOverwrite try ; the viewer may have both the last and the one before: their texts will do
  File "${STAGE}\dcddns-events.dll"
  SetOverwrite on
!endif
  WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

SectionGroup "Modules"
  !insertmacro EACH_MODULE ModuleSection
SectionGroupEnd

Section "Start menu" SectionMenu
  CreateDirectory "$SMPROGRAMS\dcddns"
  SetOutPath "$INSTDIR"
  CreateShortCut "$SMPROGRAMS\dcddns\Set up a name.lnk" "$INSTDIR\dcddns-setup.exe"
  CreateShortCut "$SMPROGRAMS\dcddns\dcddns status.lnk" "$INSTDIR\dcddns-tray.exe"
SectionEnd

; A service that is there keeps its words; one of another folder is taken over.
Section "Service, started with the machine" SectionService
  ReadRegStr $0 HKLM "${SERVICE_KEY}" "ImagePath"
  ${If} $0 != ""
    StrLen $1 "$INSTDIR\dcddns.exe"
    StrCpy $2 $0 $1
    StrCpy $3 $0 $1 1 ; after a quotation mark
    ${If} $2 != "$INSTDIR\dcddns.exe"
    ${AndIf} $3 != "$INSTDIR\dcddns.exe"
      Push "service uninstall"
      Call Dcddns
      StrCpy $0 ""
    ${EndIf}
  ${EndIf}
  ${If} $0 == ""
    StrCpy $ServiceRan "1" ; a new one is started
    Push "service install"
    Call Dcddns
    ${If} $0 != 0
      StrCpy $ServiceRan ""
      DetailPrint "The service cannot be installed: see above."
      SetErrorLevel 3
    ${EndIf}
  ${EndIf}
SectionEnd

Section /o "Tray icon at every login" SectionTray
  WriteRegStr HKLM "${RUN_KEY}" "dcddns" '"$INSTDIR\dcddns-tray.exe" --quiet'
SectionEnd

; What is not chosen goes, and what was stopped is started.
Section -finish
  ${IfNot} ${SectionIsSelected} ${SectionMenu}
    Delete "$SMPROGRAMS\dcddns\*.lnk"
    RMDir "$SMPROGRAMS\dcddns"
  ${EndIf}
  ${IfNot} ${SectionIsSelected} ${SectionTray}
    DeleteRegValue HKLM "${RUN_KEY}" "dcddns"
  ${EndIf}
  ${IfNot} ${SectionIsSelected} ${SectionService}
    ReadRegStr $0 HKLM "${SERVICE_KEY}" "ImagePath"
    ${If} $0 != ""
      Push "service uninstall"
      Call Dcddns
    ${EndIf}
    StrCpy $ServiceRan ""
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\dcddns-events.dll" ; the service's end took it along
    WriteRegExpandStr HKLM "${SOURCE_KEY}" "EventMessageFile" "$INSTDIR\dcddns-events.dll"
    WriteRegExpandStr HKLM "${SOURCE_KEY}" "CategoryMessageFile" "$INSTDIR\dcddns-events.dll"
    WriteRegDWORD HKLM "${SOURCE_KEY}" "CategoryCount" 4
    WriteRegDWORD HKLM "${SOURCE_KEY}" "TypesSupported" 7
  ${EndIf}
  !insertmacro EACH_MODULE ModuleDrop
  !insertmacro EACH_MODULE ModuleRemember
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "dcddns dynamic DNS updater"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\dcddns-setup.exe"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0
  Call StartAgain
  DeleteRegValue HKLM "${UNINSTALL_KEY}" "ServiceRan"
  ${If} ${SectionIsSelected} ${SectionService}
    Push "service status"
    Call Dcddns
    ${If} $0 == 2
      SetErrorLevel 3
    ${ElseIf} $ServiceRan == "1"
    ${AndIf} $0 != 0
      DetailPrint "The service does not run: see above, and service.log in its state folder."
      SetErrorLevel 3
    ${EndIf}
  ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionCore} "The program, its setup, its tray icon."
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionMenu} "Set up a name; status."
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionService} \
    "Updates your names whether anybody is logged in or not."
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionTray} \
    "For every user. Without the service, it also updates the names of the user."
  !insertmacro EACH_MODULE ModuleDescribe
!insertmacro MUI_FUNCTION_DESCRIPTION_END

; A file could not be written: what was stopped runs again, with the files that there are.
Function .onInstFailed
  Call StartAgain
FunctionEnd

Function SetUpAName
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\dcddns-setup.exe"' ; with the rights of the user
FunctionEnd

; -- the start

!macro Switch WORD SECTION
  ClearErrors
  ${GetOptions} $R0 "/${WORD}=" $R1
  ${IfNot} ${Errors}
    ${If} $R1 == "0"
      !insertmacro UnselectSection ${SECTION}
    ${ElseIf} $R1 == "1"
      !insertmacro SelectSection ${SECTION}
    ${EndIf}
  ${EndIf}
!macroend

Function .onInit
  SetShellVarContext all
  SetRegView 64
  ReadRegStr $R2 HKLM "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $R2 != ""
    ${If} $INSTDIR == "$PROGRAMFILES64\dcddns" ; nothing else was asked for
      StrCpy $INSTDIR $R2
    ${EndIf}
  ${EndIf}
  ReadRegStr $R2 HKLM "${UNINSTALL_KEY}" "DisplayName"
  ${If} $R2 != "" ; it was finished once: what is there was chosen
    !insertmacro EACH_MODULE ModuleRecall
    ReadRegStr $0 HKLM "${SERVICE_KEY}" "ImagePath"
    ${If} $0 == ""
      !insertmacro UnselectSection ${SectionService}
    ${EndIf}
    ReadRegStr $0 HKLM "${RUN_KEY}" "dcddns"
    ${If} $0 != ""
      !insertmacro SelectSection ${SectionTray}
    ${EndIf}
    ${IfNot} ${FileExists} "$SMPROGRAMS\dcddns\*.lnk"
      !insertmacro UnselectSection ${SectionMenu}
    ${EndIf}
  ${EndIf}
  ${GetParameters} $R0
  !insertmacro Switch SERVICE ${SectionService}
  !insertmacro Switch TRAY ${SectionTray}
FunctionEnd

; -- the uninstaller

; The tray at the login of users whose part of the registry is loaded; not one of another folder.
Function un.OtherLogins
  StrLen $3 "$INSTDIR\dcddns-tray.exe"
  ${For} $0 0 999
    EnumRegKey $1 HKU "" $0
    ${If} $1 == ""
      ${ExitFor}
    ${EndIf}
    ReadRegStr $2 HKU "$1\${RUN_KEY}" "dcddns"
    StrCpy $4 $2 $3
    StrCpy $5 $2 $3 1 ; after a quotation mark
    ${If} $4 == "$INSTDIR\dcddns-tray.exe"
    ${OrIf} $5 == "$INSTDIR\dcddns-tray.exe"
      DeleteRegValue HKU "$1\${RUN_KEY}" "dcddns"
    ${EndIf}
  ${Next}
FunctionEnd

Section "Uninstall"
  SetShellVarContext all
  SetRegView 64
  Call un.StopAll
  ReadRegStr $0 HKLM "${SERVICE_KEY}" "ImagePath"
  ${If} $0 != ""
    Push "service uninstall"
    Call un.Dcddns
    ${If} $0 == "error"
      nsExec::ExecToLog '"$SYSDIR\sc.exe" delete dcddns'
      Pop $0
    ${EndIf}
    ${If} $0 != 0
      Call un.StartAgain
      MessageBox MB_ICONSTOP "The service cannot be removed. Nothing else was changed." /SD IDOK
      SetErrorLevel 3
      Quit
    ${EndIf}
  ${EndIf}
  DeleteRegKey HKLM "${SOURCE_KEY}"
  DeleteRegValue HKLM "${RUN_KEY}" "dcddns"
  ReadRegStr $0 HKCU "${RUN_KEY}" "dcddns" ; that of the tray's own menu
  ${If} $0 != ""
    DeleteRegValue HKCU "${RUN_KEY}" "dcddns"
  ${EndIf}
  Call un.OtherLogins
  Delete "$SMPROGRAMS\dcddns\Set up a name.lnk"
  Delete "$SMPROGRAMS\dcddns\dcddns status.lnk"
  RMDir "$SMPROGRAMS\dcddns"
  !insertmacro EACH_MODULE ModuleDelete
  RMDir "$INSTDIR\plugins"
  Delete "$INSTDIR\dcddns.exe"
  Delete "$INSTDIR\dcddns-setup.exe"
  Delete "$INSTDIR\dcddns-tray.exe"
  Delete "$INSTDIR\ca-bundle.crt"
  Delete "$INSTDIR\dcddns.conf.example"
  Delete "$INSTDIR\README.md"
  Delete "$INSTDIR\CHANGELOG.md"
  Delete "$INSTDIR\windows.md"
  Delete "$INSTDIR\LICENSE"
  Delete "$INSTDIR\THIRD-PARTY.txt"
  !insertmacro DeleteTexts
  Delete "$INSTDIR\uninstall.exe"
  SetOutPath "$TEMP"
  RMDir "$INSTDIR" ; what somebody put there stays
  ${If} ${FileExists} "$INSTDIR\dcddns-events.old"
    RMDir /REBOOTOK "$INSTDIR"
  ${EndIf}
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/PURGE" $R1
  ${IfNot} ${Errors}
    RMDir /r "$APPDATA\dcddns" ; that of all users: ProgramData
  ${EndIf}
SectionEnd
