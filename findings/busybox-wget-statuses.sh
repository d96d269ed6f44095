#!/bin/sh
# BusyBox wget fails where the kubelet passes, and its --spider is a GET.
#
# What: a 2xx other than 200 to 204 (205, 206, 207, 226) is an error to BusyBox wget, exit code 1, as
#   GET and with --spider; GNU wget and curl -f succeed. --spider sends GET in BusyBox and HEAD in
#   GNU wget, so an endpoint that answers HEAD with 405 passes with one and fails with the other.
# Why it matters: `wget -q --spider http://localhost:8080/health` moved from a Debian image to an
#   Alpine one, or replaced by an httpGet probe, gives another result for the same server.
# Versions: busybox 1:1.35.0-4+deb12u1+b1, wget 1.21.3-1+deb12u1 (Debian 12).
# Recorded: 2026-11-27.
set -eu
for tool in apt-get dpkg python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq busybox=1:1.35.0-4+deb12u1+b1 wget=1.21.3-1+deb12u1 2>download.log ||
    { echo "skip: needs Debian 12's packages"; exit 77; }
for package in *.deb; do dpkg -x "$package" root; done
root/usr/bin/wget --version >/dev/null 2>&1 || { echo "skip: GNU wget lacks its libraries here"; exit 77; }
cat > serve.py <<'EOF'
import http.server, os


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open("methods", "a") as file:
            file.write(f"{self.command} {self.path}\n")
        status = 405 if (self.path, self.command) == ("/get-only", "HEAD") else 200
        self.send_response(int(self.path[1:]) if self.path[1:].isdigit() else status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.replace("port.new", "port")
server.serve_forever()
EOF
python3 serve.py & server=$!
tries=0
until [ -s port ]; do
    tries=$((tries + 1)); [ "$tries" -lt 100 ] || { echo "the server did not start"; exit 1; }
    sleep 0.2
done
port=$(cat port)
ask() {
    code=0
    "$@" >/dev/null 2>&1 || code=$?
    echo "$code"
}
seen=$(for path in 200 204 206 207 get-only; do
    url=http://127.0.0.1:$port/$path
    echo "$path: busybox $(ask root/bin/busybox wget -q -O /dev/null "$url")," \
        "busybox --spider $(ask root/bin/busybox wget -q --spider "$url")," \
        "GNU --spider $(ask root/usr/bin/wget -q --no-config --no-proxy --tries=1 --spider "$url")"
done; grep get-only methods)
recorded='200: busybox 0, busybox --spider 0, GNU --spider 0
204: busybox 0, busybox --spider 0, GNU --spider 0
206: busybox 1, busybox --spider 1, GNU --spider 0
207: busybox 1, busybox --spider 1, GNU --spider 0
get-only: busybox 0, busybox --spider 0, GNU --spider 8
GET /get-only
GET /get-only
HEAD /get-only'
echo "software: BusyBox 1.35.0, GNU wget 1.21.3"
echo "expected: 0 for every 2xx; --spider sends HEAD"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
