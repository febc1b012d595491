#!/bin/sh
# What Python and Qt need from the system, beyond Python's own packages. Silent when all is there. On Debian and its kin, root installs what is
# missing; anyone else is told the one command that does. Elsewhere it only says what is needed. macOS and Windows need nothing.
#
#   system_libraries.sh python      a Python that the pinned packages run on, with its venv module
#   system_libraries.sh offscreen   Qt without a screen: tests, headless commands. What only a window needs is asked for, but not insisted on
#   system_libraries.sh window      Qt with a window
#
# PYTHON names the interpreter to ask (python3). Exits 1 when the thing asked for cannot work.
set -eu

python=${PYTHON:-python3}

# Each line is a library that PySide6's modules and platform plugins are linked to (readelf -d), and the Debian package that brings it.
offscreen_libraries='
libEGL.so.1            libegl1
libGL.so.1             libgl1
libX11.so.6            libx11-6
libdbus-1.so.3         libdbus-1-3
libfontconfig.so.1     libfontconfig1
libfreetype.so.6       libfreetype6
libglib-2.0.so.0       libglib2.0-0
libgthread-2.0.so.0    libglib2.0-0
libxkbcommon.so.0      libxkbcommon0
libz.so.1              zlib1g
libzstd.so.1           libzstd1
'
xcb_libraries='
libX11-xcb.so.1        libx11-xcb1
libxcb.so.1            libxcb1
libxcb-cursor.so.0     libxcb-cursor0
libxcb-glx.so.0        libxcb-glx0
libxcb-icccm.so.4      libxcb-icccm4
libxcb-image.so.0      libxcb-image0
libxcb-keysyms.so.1    libxcb-keysyms1
libxcb-randr.so.0      libxcb-randr0
libxcb-render.so.0     libxcb-render0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0      libxcb-shape0
libxcb-shm.so.0        libxcb-shm0
libxcb-sync.so.1       libxcb-sync1
libxcb-util.so.1       libxcb-util1
libxcb-xfixes.so.0     libxcb-xfixes0
libxcb-xkb.so.1        libxcb-xkb1
libxkbcommon-x11.so.0  libxkbcommon-x11-0
'
wayland_libraries='
libwayland-client.so.0 libwayland-client0
libwayland-cursor.so.0 libwayland-cursor0
libwayland-egl.so.1    libwayland-egl1
'

say() { printf '%s\n' "$*" >&2; }

is_debian() { command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1; }

is_root() { [ "$(id -u)" -eq 0 ]; }

install_packages() { # package…
    say "== Installing system packages: $*"
    # A bare image has no lists of packages; where there are some they usually do, and reading them anew takes longer than installing.
    log=$(mktemp)
    if apt_install "$@" >"$log" 2>&1 || { apt-get update -qq && apt_install "$@"; } >"$log" 2>&1; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

missing_packages() { # the lines above on standard input; one package a line, each once
    "$python" -c '
import ctypes, sys
missing = {}
for soname, package in map(str.split, filter(str.strip, sys.stdin)):
    try:
        ctypes.CDLL(soname)
    except OSError:
        missing[package] = None
sys.stdout.write("".join(f"{package}\n" for package in missing))
'
}

check_python() {
    command -v "$python" >/dev/null 2>&1 || { say "busi-gui needs Python 3.11, 3.12 or 3.13, and there is no $python."; exit 1; }
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $version in
        3.11 | 3.12 | 3.13) ;;
        *) say "busi-gui needs Python 3.11, 3.12 or 3.13; $python is $version. Name another one: make run PYTHON=python3.12"; exit 1 ;;
    esac
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    if is_debian && is_root && install_packages "python$version-venv" && "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then return; fi
    if is_debian; then hint=" Install it: sudo apt-get install -y python$version-venv"; else hint=""; fi
    say "busi-gui needs Python's venv and ensurepip modules, which $python lacks.$hint"
    exit 1
}

check_libraries() { # the indispensable ones, the useful ones
    packages=$(printf '%s%s' "$1" "$2" | missing_packages)
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086
    if is_debian && is_root; then
        install_packages $packages || say "apt-get could not install them (see above)."
        packages=$(printf '%s%s' "$1" "$2" | missing_packages)
        [ -n "$packages" ] || return 0
    fi
    packages=$(printf '%s' "$packages" | tr '\n' ' ')
    if is_debian; then
        say "Qt needs libraries that this system lacks. Install them: sudo apt-get install -y $packages"
    else
        say "Qt needs libraries that this system lacks; these Debian packages hold them, look for their like: $packages"
    fi
    [ -z "$(printf '%s' "$1" | missing_packages)" ] || exit 1
    say "Without a window all works as it is; going on."
}

case $(uname -s) in Linux) linux=1 ;; *) linux=0 ;; esac

case ${1:-} in
    python) check_python ;;
    offscreen) [ $linux = 0 ] || check_libraries "$offscreen_libraries" "$xcb_libraries" ;;
    window)
        [ $linux = 1 ] || exit 0
        if [ -z "${DISPLAY:-}" ] && [ -n "${WAYLAND_DISPLAY:-}" ]; then windowing=$wayland_libraries; else windowing=$xcb_libraries; fi
        check_libraries "$offscreen_libraries$windowing" ""
        ;;
    *) say "usage: $0 python|offscreen|window"; exit 2 ;;
esac
