#!/bin/sh
# @bufbuild/cel treats a null field as absent, and also as equal to null.
#
# What: for `{"spec": {"livenessProbe": null}}` both `has(spec.livenessProbe)` and
#   `"livenessProbe" in spec` are false in @bufbuild/cel 0.6.1, and `spec.livenessProbe == null` is
#   true, where a field that is really missing is an error. cel-js 8.0.0 and cel-expr-python 0.1.3
#   (Google's C++ runtime) return true three times.
# Why it matters: Helm values and patches remove a probe with null, so the result of a rule "has a
#   liveness probe" depends on the runtime rather than on the manifest.
# Versions: @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0, cel-expr-python 0.1.3.
# Recorded: 2026-11-27.
set -eu
for tool in npm node python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit @bufbuild/cel@0.6.1 @marcbachmann/cel-js@8.0.0
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check cel-expr-python==0.1.3
cat > ask.mjs <<'EOF'
import { isCelError, run } from '@bufbuild/cel'
import { evaluate } from '@marcbachmann/cel-js'
const data = { spec: { livenessProbe: null } }
const expressions = ['has(spec.livenessProbe)', '"livenessProbe" in spec', 'spec.livenessProbe == null']
console.log('@bufbuild/cel', ...expressions.map((expression) => run(expression, data)))
console.log('@bufbuild/cel, field missing', isCelError(run(expressions[2], { spec: {} })) ? 'error' : 'no error')
console.log('@marcbachmann/cel-js', ...expressions.map((expression) => evaluate(expression, data)))
EOF
cat > ask.py <<'EOF'
from cel_expr_python import cel

environment = cel.NewEnv(variables={"spec": cel.Type.DYN})
data = {"spec": {"livenessProbe": None}}
expressions = ("has(spec.livenessProbe)", '"livenessProbe" in spec', "spec.livenessProbe == null")
print("cel-expr-python", *(str(environment.compile(one).eval(data=data).value()).lower() for one in expressions))
EOF
seen=$({ node ask.mjs && venv/bin/python ask.py; } 2>run.log) || { cat run.log; exit 1; }
recorded='@bufbuild/cel false false true
@bufbuild/cel, field missing error
@marcbachmann/cel-js true true true
cel-expr-python true true true'
echo "software: @bufbuild/cel 0.6.1, @marcbachmann/cel-js 8.0.0, cel-expr-python 0.1.3"
echo "expected: true for has(), for in and for the comparison"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
