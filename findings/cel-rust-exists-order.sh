#!/bin/sh
# In the Rust implementation of CEL, the results of `exists` and `all` depend on the order of the list.
#
# What: one container has no liveness probe, the next has a slow one. `exists(c,
#   c.livenessProbe.periodSeconds > 5)` is true in cel-expr-python (Google's C++ runtime): a true
#   for one element takes precedence over an error of another. common-expression-language 0.10.0 (the Rust
#   crate's binding) raises KeyError, and returns true if the two containers are swapped. `||` and
#   `&&` absorb errors in both, so only the macros differ.
# Why it matters: a rule over containers that passes its tests fails when a container without a
#   probe comes first.
# Versions: common-expression-language 0.10.0, cel-expr-python 0.1.3.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check common-expression-language==0.10.0 cel-expr-python==0.1.3
cat > evaluate.py <<'EOF'
import cel as rust
from cel_expr_python import cel as cpp

environment = cpp.NewEnv(variables={"spec": cpp.Type.DYN})
bare, slow = {"name": "a"}, {"name": "b", "livenessProbe": {"periodSeconds": 30}}
macros = [
    "spec.exists(c, c.livenessProbe.periodSeconds > 5)",
    "spec.all(c, c.livenessProbe.periodSeconds < 5)",
    "spec[0].livenessProbe.periodSeconds > 5 || spec[1].livenessProbe.periodSeconds > 5",
]
for expression in macros:
    answers = []
    for containers in ([bare, slow], [slow, bare]):
        try:
            if expression.startswith("spec[0]") and containers[0] is slow:
                continue
            answers.append(str(rust.evaluate(expression, {"spec": containers})))
        except KeyError:
            answers.append("KeyError")
        answers.append(str(environment.compile(expression).eval(data={"spec": containers}).value()))
    print(expression, *answers)
EOF
seen=$(venv/bin/python evaluate.py 2>run.log) || { cat run.log; exit 1; }
recorded='spec.exists(c, c.livenessProbe.periodSeconds > 5) KeyError True True True
spec.all(c, c.livenessProbe.periodSeconds < 5) KeyError False False False
spec[0].livenessProbe.periodSeconds > 5 || spec[1].livenessProbe.periodSeconds > 5 True True'
echo "software: common-expression-language 0.10.0, then cel-expr-python 0.1.3; bare container first, then last"
echo "expected: the same answers in either order"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
