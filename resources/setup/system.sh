#!/usr/bin/env bash
# System libraries for Qt and Python's venv: installed where that is possible, named where it is not.
set -u
packages="python3-venv libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxkbcommon-x11-0 libx11-xcb1
libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libpulse0
fonts-dejavu-core fonts-droid-fallback xvfb xauth"
command -v dpkg-query >/dev/null || exit 0 # macOS and others: PySide6's wheels bring what they need
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
run=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run="sudo -n"; else
    echo "setup: these system packages are missing; install them with: sudo apt-get install$missing"
    exit 0
  fi
fi
echo "setup: installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq && $run apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
  echo "setup: apt-get failed; install by hand:$missing"
