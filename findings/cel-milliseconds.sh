#!/bin/sh
# `duration("1500ms").getMilliseconds()` is 500 in two implementations of CEL and 1500 in two others.
#
# What: getHours, getMinutes and getSeconds of a duration are the whole duration in that unit
#   everywhere. getMilliseconds is the whole (1500) in cel-python and cel-js, and only the part below
#   a second (500) in cel-expr-python (Google's C++ runtime) and @bufbuild/cel. cel-go 0.31.0, which
#   Kubernetes uses, gave 1500 when it was run by hand (its build is too slow for this script).
# Why it matters: a time-out limit in milliseconds that was tested with one runtime lets other
#   values through in another.
# Versions: cel-expr-python 0.1.3, cel-python 0.5.0, @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0.
# Recorded: 2026-11-27.
set -eu
for tool in npm node python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check cel-python==0.5.0 cel-expr-python==0.1.3
npm install --silent --no-fund --no-audit @bufbuild/cel@0.6.1 @marcbachmann/cel-js@8.0.0
cat > ask.py <<'EOF'
import celpy
from cel_expr_python import cel

for unit in ("Seconds", "Milliseconds"):
    expression = f'duration("1500ms").get{unit}()'
    environment = celpy.Environment()
    print("cel-python", unit, environment.program(environment.compile(expression)).evaluate({}))
    print("cel-expr-python", unit, cel.NewEnv().compile(expression).eval(data={}).value())
EOF
cat > ask.mjs <<'EOF'
import { run } from '@bufbuild/cel'
import { evaluate } from '@marcbachmann/cel-js'
for (const unit of ['Seconds', 'Milliseconds']) {
  const expression = `duration("1500ms").get${unit}()`
  console.log('@bufbuild/cel', unit, String(run(expression)))
  console.log('@marcbachmann/cel-js', unit, String(evaluate(expression)))
}
EOF
seen=$({ venv/bin/python ask.py && node ask.mjs; } 2>run.log) || { cat run.log; exit 1; }
recorded='cel-python Seconds 1
cel-expr-python Seconds 1
cel-python Milliseconds 1500
cel-expr-python Milliseconds 500
@bufbuild/cel Seconds 1
@marcbachmann/cel-js Seconds 1
@bufbuild/cel Milliseconds 500
@marcbachmann/cel-js Milliseconds 1500'
echo "software: cel-expr-python 0.1.3, cel-python 0.5.0, @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0"
echo "expected: one answer, whatever it is"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
