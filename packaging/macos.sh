#!/bin/sh
# Make a disk image of a built program on macOS: macos.sh dist/busi-gui.app VERSION. Where CODESIGN_IDENTITY names a certificate the program is signed
# with it, which Gatekeeper asks for; without one it runs only after "Open anyway" in the system's settings.
set -eu

app=$1
version=$2
name=$(basename "$app" .app)
image=$(dirname "$app")/$name-$version-macos-$(uname -m).dmg

if [ -n "${CODESIGN_IDENTITY:-}" ]; then
    codesign --force --deep --options runtime --timestamp --sign "$CODESIGN_IDENTITY" "$app"
else
    echo "CODESIGN_IDENTITY is not set: the program keeps the signature of this computer alone." >&2
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
hdiutil create -volname "busi-gui $version" -srcfolder "$folder" -format ULMO -ov "$image"
echo "$image"
