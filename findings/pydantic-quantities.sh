#!/bin/sh
# pydantic's ByteSize takes Kubernetes' 500m for 500 megabytes and does not know 1Gi.
#
# What: a Kubernetes quantity `500m` is half a unit and `1Gi` is 2**30. ByteSize reads "500m" as
#   500,000,000, since letter case means nothing to it, refuses "1Gi" and "129e6", and takes "1GiB",
#   which is not a quantity. timedelta reads "10:00" as ten hours, refuses "30" as text (30 as a number
#   is fine) and refuses "30s" with a message about days. A port typed `int | str` makes 1 of True,
#   which is what YAML 1.1 makes of `port: on`.
# Why it matters: models of manifests or values that borrow these types change a limit by nine
#   orders of magnitude, or accept a port nobody wrote, with no error.
# Versions: pydantic 2.14.4.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pydantic==2.14.4
cat > validate.py <<'EOF'
import datetime

import pydantic

cases = [
    (pydantic.ByteSize, ["500m", "1Gi", "1GiB", "129e6", "1k"]),
    (datetime.timedelta, ["10:00", "30", 30, "30s"]),
    (int | str, ["8080", 8080.0, True]),
]
for kind, values in cases:
    for value in values:
        try:
            print(repr(value), repr(pydantic.TypeAdapter(kind).validate_python(value)))
        except pydantic.ValidationError as error:
            print(repr(value), error.errors()[0]["msg"])
EOF
seen=$(venv/bin/python validate.py 2>run.log) || { cat run.log; exit 1; }
recorded="'500m' 500000000
'1Gi' could not interpret byte unit: Gi
'1GiB' 1073741824
'129e6' could not interpret byte unit: e6
'1k' 1000
'10:00' datetime.timedelta(seconds=36000)
'30' Input should be a valid timedelta, \"day\" identifier in duration not correctly formatted
30 datetime.timedelta(seconds=30)
'30s' Input should be a valid timedelta, \"day\" identifier in duration not correctly formatted
'8080' '8080'
8080.0 8080
True 1"
echo "software: pydantic 2.14.4"
echo "expected: 500m is refused or half a byte; 10:00 is ten minutes; True is no port"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
