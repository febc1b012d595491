#!/bin/sh
# List the program in this user's menu, from wherever it was unpacked. Nothing else is changed; remove the file that it names to undo it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
menu=${XDG_DATA_HOME:-$HOME/.local/share}/applications
mkdir -p "$menu"
sed -e "s|^Exec=busi-gui|Exec=\"$here/busi-gui\"|" -e "s|^Icon=.*|Icon=$here/busi-gui.png|" "$here/busi-gui.desktop" >"$menu/busi-gui.desktop"
echo "$menu/busi-gui.desktop"
