; The installer for Windows, by Inno Setup 6: iscc /DVersion=0.1.0 /DBundle=busi-gui packaging\windows.iss
; It installs for one user without an administrator, or for all users where it is started by one. Work and settings lie elsewhere, and stay.

#ifndef Bundle
  #define Bundle "busi-gui"
#endif

[Setup]
AppId={{5E1B8A34-7B53-4C0D-9C59-0B1F6B8D2C11}
AppName=busi-gui
AppVersion={#Version}
AppVerName=busi-gui {#Version}
DefaultDirName={autopf}\busi-gui
DefaultGroupName=busi-gui
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\LICENSE
SetupIconFile=..\build\icons\busi-gui.ico
UninstallDisplayIcon={app}\busi-gui.exe
OutputDir=..\dist
OutputBaseFilename={#Bundle}-{#Version}-windows-setup
Compression=lzma2/max
SolidCompression=yes
CloseApplications=yes

[InstallDelete]
; What an earlier version brought and this one does not.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\dist\{#Bundle}\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Icons]
Name: "{autoprograms}\busi-gui"; Filename: "{app}\busi-gui.exe"

[Registry]
; Offered under "Open with", never the default: DICOM files have their viewers.
Root: HKA; Subkey: "Software\Classes\Applications\busi-gui.exe\shell\open\command"; ValueType: string; ValueData: """{app}\busi-gui.exe"" ""%1"""; Flags: uninsdeletekey

[Run]
Filename: "{app}\busi-gui.exe"; Description: "Start busi-gui"; Flags: nowait postinstall skipifsilent
