#!/bin/sh
# jsonschema lets a line break at the end through the pattern of a Kubernetes name; two others do not.
#
# What: jsonschema 4.26 searches with Python's `re`, where `$` also matches before a last line break,
#   so `web\n` fits `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`. jsonschema-rs and fastjsonschema follow
#   ECMA 262, where it does not. YAML's `name: |` makes exactly this text. The three part also on
#   0.3 as a multiple of 0.1 and on a tuple for an array, and all three take 2**40 for a
#   `format: int32`, as formats are notes to them.
# Why it matters: a manifest validated against the OpenAPI schema with the reference implementation
#   passes and is refused by whatever applies the pattern as it is meant.
# Versions: jsonschema 4.26.0, jsonschema-rs 0.61.0, fastjsonschema 2.22.3, PyYAML 6.0.4.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.0 \
    fastjsonschema==2.22.3 PyYAML==6.0.4
cat > validate.py <<'EOF'
import fastjsonschema, jsonschema, jsonschema_rs, yaml

schema = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
        "periodSeconds": {"type": "integer", "format": "int32"},
        "cpu": {"type": "number", "multipleOf": 0.1},
        "command": {"type": "array", "items": {"type": "string"}},
    },
}
checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
rust = jsonschema_rs.validator_for(schema)
compiled = fastjsonschema.compile(schema)


def fast(value):
    try:
        compiled(value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


for value in (
    yaml.safe_load("name: web"),
    yaml.safe_load("name: |\n  web\n"),
    {"cpu": 0.3},
    {"command": ("cat", "/tmp/ready")},
    {"periodSeconds": 2**40},
):
    print(value, checker.is_valid(value), rust.is_valid(value), fast(value))
EOF
seen=$(venv/bin/python validate.py 2>run.log) || { cat run.log; exit 1; }
recorded=$(cat <<'EOF'
{'name': 'web'} True True True
{'name': 'web\n'} True False False
{'cpu': 0.3} False True True
{'command': ('cat', '/tmp/ready')} False True True
{'periodSeconds': 1099511627776} True True True
EOF
)
echo "software: jsonschema 4.26.0, jsonschema-rs 0.61.0, fastjsonschema 2.22.3 (in this order)"
echo "expected: the three agree"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
