#!/bin/sh
# CEL in JavaScript can compare a JSON number with 60, but cannot multiply it by 3.
#
# What: a JavaScript number is a CEL double, so `spec.periodSeconds > 60` works (numbers compare
#   across types) and `spec.periodSeconds * 3 > 60` is an error: CEL has no double * int. The
#   product of two fields works again, as both are doubles. @bufbuild/cel returns the error as a
#   value, @marcbachmann/cel-js throws it. With BigInt for the number all three work.
# Why it matters: `failureThreshold * periodSeconds` works and `periodSeconds * 3` in the next rule
#   does not; in Kubernetes (cel-go, integers from JSON) all are fine.
# Versions: @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0.
# Recorded: 2026-11-27.
set -eu
for tool in npm node; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit @bufbuild/cel@0.6.1 @marcbachmann/cel-js@8.0.0
cat > ask.mjs <<'EOF'
import { isCelError, run } from '@bufbuild/cel'
import { evaluate } from '@marcbachmann/cel-js'
const expressions = [
  'spec.periodSeconds > 60',
  'spec.periodSeconds * spec.failureThreshold > 60',
  'spec.periodSeconds * 3 > 60',
]
const bufbuild = (expression, data) => {
  const answer = run(expression, data)
  return isCelError(answer) ? 'error value' : answer
}
const celJs = (expression, data) => {
  try {
    return evaluate(expression, data)
  } catch {
    return 'error thrown'
  }
}
const fromJson = { spec: JSON.parse('{"periodSeconds": 30, "failureThreshold": 3}') }
const bigints = { spec: { periodSeconds: 30n, failureThreshold: 3n } }
for (const expression of expressions) {
  console.log(`${expression}: JSON ${bufbuild(expression, fromJson)}, ${celJs(expression, fromJson)};`,
    `BigInt ${bufbuild(expression, bigints)}, ${celJs(expression, bigints)}`)
}
EOF
seen=$(node ask.mjs 2>run.log) || { cat run.log; exit 1; }
recorded='spec.periodSeconds > 60: JSON false, false; BigInt false, false
spec.periodSeconds * spec.failureThreshold > 60: JSON true, true; BigInt true, true
spec.periodSeconds * 3 > 60: JSON error value, error thrown; BigInt true, true'
echo "software: @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0 (in this order)"
echo "expected: a number that compares with an integer literal also multiplies with one"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
