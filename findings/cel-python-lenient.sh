#!/bin/sh
# cel-python evaluates expressions that Google's own CEL runtime for Python rejects.
#
# What: with cel-python 0.5.0 `has(spec.probe.httpGet)` is false when `spec.probe` is missing,
#   `containers[-1]` is the last container, `spec.probe.size()` of a null is 0, `string(true)` is
#   "True" and `duration("1d")` is a day. cel-expr-python 0.1.3 (the C++ runtime) gives an error for
#   four of them and "true" for the text. For a number given as 2.0 it is the reverse:
#   cel-python cannot compare it with 2.
# Why it matters: a policy that was tested in Python with cel-python behaves differently in a cluster,
#   where an expression that fails is a failed validation.
# Versions: cel-python 0.5.0, cel-expr-python 0.1.3.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check cel-python==0.5.0 cel-expr-python==0.1.3
cat > evaluate.py <<'EOF'
import celpy
from cel_expr_python import cel

cases = [
    ("has(spec.probe.httpGet)", {}),
    ("spec.containers[-1].name", {"containers": [{"name": "web"}, {"name": "proxy"}]}),
    ("spec.probe.size()", {"probe": None}),
    ("string(true)", {}),
    ('duration("1d") > duration("1h")', {}),
    ("spec.replicas == 2", {"replicas": 2.0}),
]
ours = celpy.Environment()
theirs = cel.NewEnv(variables={"spec": cel.Type.DYN})
for expression, spec in cases:
    try:
        value = ours.program(ours.compile(expression)).evaluate({"spec": celpy.json_to_cel(spec)})
        first = str(value)
    except celpy.CELEvalError:
        first = "error"
    answer = theirs.compile(expression).eval(data={"spec": spec})
    second = "error" if answer.type() == cel.Type.ERROR else str(answer.value())
    print(f"{expression}: cel-python {first}, cel-expr-python {second}")
EOF
seen=$(venv/bin/python evaluate.py 2>run.log) || { cat run.log; exit 1; }
recorded='has(spec.probe.httpGet): cel-python False, cel-expr-python error
spec.containers[-1].name: cel-python proxy, cel-expr-python error
spec.probe.size(): cel-python 0, cel-expr-python error
string(true): cel-python True, cel-expr-python true
duration("1d") > duration("1h"): cel-python True, cel-expr-python error
spec.replicas == 2: cel-python error, cel-expr-python True'
echo "software: cel-python 0.5.0, cel-expr-python 0.1.3"
echo "expected: both follow the language definition and agree"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
