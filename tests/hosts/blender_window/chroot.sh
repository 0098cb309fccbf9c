#!/bin/sh
# Look at the extension in the newest Blender of Debian, in a window on a virtual display.
#
#   debootstrap --variant=minbase --include=blender,imagemagick sid ROOT
#   python tools/dev.py addons
#   sh tests/hosts/blender_window/chroot.sh ROOT out/addons/repository/audobon_blender-*-linux-x64.zip PICTURES
#
# As root. PICTURES is a folder with some pictures; what was seen lies in ROOT/root/audobon.
set -eu
root=$1 zip=$2 pictures=$3
here=$(dirname "$0") work=$root/root/audobon
rm -rf "$work"
mkdir -p "$work/home/run" "$work/repository" "$work/Studio"
cp "$here/look.py" "$work/look.py"
cp "$zip" "$work/extension.zip"
cp "$pictures"/* "$work/Studio/"
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1600x900x24 -nolisten tcp -ac -noreset 3>"$work/display" 2>/dev/null &
server=$!
trap 'kill $server' EXIT
read -r number <"$work/display"
# The mount is gone with this command: it has a namespace of its own.
timeout 300 unshare -m sh -c 'mount -t proc proc "$0/proc" && exec chroot "$@"' "$root" "$root" \
  /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root/audobon/home XDG_RUNTIME_DIR=/root/audobon/home/run \
  DISPLAY=":$number" BLENDER_USER_RESOURCES=/root/audobon/home/blender \
  blender --factory-startup --enable-event-simulate -p 0 0 1600 900 --python /root/audobon/look.py \
  >"$work/log" 2>&1 || true
cat "$work/told.json"
