#!/bin/sh
# Make an AppImage of a built program: appimage.sh dist/busi-gui VERSION. It lays out dist/busi-gui.AppDir; where appimagetool is installed it packs
# that into one file, else it says so and leaves the folder, which runs as it is: dist/busi-gui.AppDir/AppRun
set -eu

bundle=$1
version=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
name=$(basename "$bundle")
appdir=$(dirname "$bundle")/$name.AppDir

rm -rf "$appdir"
mkdir -p "$appdir/usr/lib"
cp -a "$bundle" "$appdir/usr/lib/busi-gui"
cp "$here/busi-gui.desktop" "$appdir/busi-gui.desktop"
cp "$bundle/busi-gui.png" "$appdir/busi-gui.png"
ln -s busi-gui.png "$appdir/.DirIcon"
cat >"$appdir/AppRun" <<'END'
#!/bin/sh
exec "$(dirname -- "$(readlink -f -- "$0")")/usr/lib/busi-gui/busi-gui" "$@"
END
chmod +x "$appdir/AppRun"

if command -v appimagetool >/dev/null 2>&1; then
    ARCH=$(uname -m) appimagetool "$appdir" "$(dirname "$bundle")/$name-$version-$(uname -m).AppImage"
else
    echo "appimagetool is not installed here: $appdir was laid out, and not packed." >&2
fi
