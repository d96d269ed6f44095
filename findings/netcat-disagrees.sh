#!/bin/sh
# `nc -z` in an exec probe: three netcats of one Debian release, three sets of answers.
#
# What: for an open TCP port the OpenBSD and the traditional netcat exit 0; Debian's BusyBox exits 1,
#   because it is built without -z, so the probe fails for a healthy server. For a closed UDP port
#   the OpenBSD netcat exits 0 and the traditional one 1. Of two ports of which one is open, both
#   exit 0.
# Why it matters: the probe's verdict depends on which package put `nc` into the image; `nc -zu`
#   cannot fail with the most common one, and a port range passes when any port is open.
# Versions: netcat-openbsd 1.219-1, netcat-traditional 1.10-47, busybox 1:1.35.0-4+deb12u1+b1
#   (Debian 12).
# Recorded: 2026-11-27.
set -eu
for tool in apt-get dpkg python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq netcat-openbsd=1.219-1 netcat-traditional=1.10-47 \
    busybox=1:1.35.0-4+deb12u1+b1 2>download.log || { echo "skip: needs Debian 12's packages"; exit 77; }
for package in *.deb; do dpkg -x "$package" root; done
cat > listen.py <<'EOF'
import os, socket, time

server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
with socket.socket() as above:  # the port after it has to be free
    above.bind(("127.0.0.1", port + 1))
with open("port.new", "w") as file:
    file.write(str(port))
os.replace("port.new", "port")
time.sleep(60)
EOF
python3 listen.py & server=$!
tries=0
until [ -s port ]; do
    tries=$((tries + 1)); [ "$tries" -lt 100 ] || { echo "the listener did not start"; exit 1; }
    sleep 0.2
done
open=$(cat port); closed=$((open + 1))
answers() {
    label=$1; shift
    line=$label
    for arguments in "-z 127.0.0.1 $open" "-z 127.0.0.1 $closed" "-z -u 127.0.0.1 $closed" "-z 127.0.0.1 $open-$closed"; do
        code=0
        # shellcheck disable=SC2086 # the arguments are words
        "$@" -w 1 $arguments </dev/null >/dev/null 2>&1 || code=$?
        line="$line $code"
    done
    echo "$line"
}
seen=$(answers openbsd root/bin/nc.openbsd; answers traditional root/bin/nc.traditional; answers busybox root/bin/busybox nc)
recorded='openbsd 0 1 0 0
traditional 0 1 1 0
busybox 1 1 1 1'
echo "software: netcat-openbsd 1.219, netcat-traditional 1.10, BusyBox 1.35.0"
echo "expected: 0 1 1 1 (open TCP, closed TCP, closed UDP, range with a closed port) from each"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
