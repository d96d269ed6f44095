#!/bin/sh
# @godaddy/terminus handles `/healthz`, but passes `/healthz?full=1` and `/healthz/` to the application.
#
# What: the health check's path is compared with the whole request target. With a query string or a
#   slash at the end it does not match, so the request reaches the application, and an application
#   that answers every path returns 200, also after SIGTERM, when `/healthz` itself is 503. A check
#   that returns false is healthy as well: only a throw or a rejection counts.
# Why it matters: a readiness probe with `path: /healthz?full=1` never sees a failed check, and keeps
#   a pod in rotation that is shutting down.
# Versions: @godaddy/terminus 4.12.1.
# Recorded: 2026-11-27.
set -eu
for tool in npm node; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit @godaddy/terminus@4.12.1
cat > serve.cjs <<'EOF'
const http = require('node:http')
const { createTerminus } = require('@godaddy/terminus')
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const server = http.createServer((request, response) => response.end('application'))
createTerminus(server, {
  signals: ['SIGTERM'],
  healthChecks: {
    '/healthz': async () => { throw new Error('database down') },
    '/false': async () => false,
  },
  beforeShutdown: () => pause(3000),
})
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address()
  const ask = (path) => new Promise((resolve, reject) => {
    http.get({ port, path, agent: false }, (response) => {
      response.resume()
      resolve(`${path} ${response.statusCode}`)
    }).on('error', reject)
  })
  const paths = ['/healthz', '/healthz?full=1', '/healthz/', '/false']
  const round = async () => {
    const answers = []
    for (const path of paths) answers.push(await ask(path))
    return answers.join(', ')
  }
  console.log('check fails:', await round())
  process.kill(process.pid, 'SIGTERM')
  await pause(500)
  console.log('after SIGTERM:', await round())
  process.exit(0)
})
EOF
seen=$(node serve.cjs 2>run.log) || { cat run.log; exit 1; }
recorded='check fails: /healthz 503, /healthz?full=1 200, /healthz/ 200, /false 200
after SIGTERM: /healthz 503, /healthz?full=1 200, /healthz/ 200, /false 503'
echo "software: @godaddy/terminus 4.12.1"
echo "expected: a query string does not change the answer; false is a failed check"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
