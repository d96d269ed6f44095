#!/bin/sh
# A msgspec Struct looks like a dataclass to type checkers, and the standard library's tools for classes fail on it.
#
# What: `Struct` is declared with dataclass_transform, so mypy --strict accepts `dataclasses.replace(struct, ...)`
#   and `functools.total_ordering` on a Struct. At run time the first raises a TypeError. The second adds
#   nothing: the C type of a Struct has a slot for every comparison, so the decorator finds all of them
#   present, and `<=` and `>=` raise a TypeError although `<` works; `max` and `sorted` only use `<`, and hide it.
# Why it matters: a code base that moves from dataclasses to Structs, as one does for speed, passes its type
#   check with both calls in place; which ones are left is found by running every line.
# Versions: msgspec 0.22.0, mypy 2.4.1.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check msgspec==0.22.0 mypy==2.4.1
cat > versions.py <<'EOF'
from __future__ import annotations

import dataclasses
from functools import total_ordering

from msgspec import Struct


@total_ordering
class Version(Struct, frozen=True):
    major: int
    minor: int

    def __lt__(self, other: Version) -> bool:
        return (self.major, self.minor) < (other.major, other.minor)


old, new = Version(1, 36), Version(1, 37)
print("old < new", old < new)
print("max", max(old, new))
for name, check in (
    ("old <= new", lambda: old <= new),
    ("dataclasses.replace", lambda: dataclasses.replace(old, minor=37)),
):
    try:
        print(name, check())
    except TypeError as error:
        print(name, "TypeError:", error)
EOF
seen=$({ venv/bin/mypy --strict versions.py && venv/bin/python versions.py; } 2>run.log) || { cat run.log; echo "$seen"; exit 1; }
recorded="Success: no issues found in 1 source file
old < new True
max Version(major=1, minor=37)
old <= new TypeError: '<=' not supported between instances of 'Version' and 'Version'
dataclasses.replace TypeError: replace() should be called on dataclass instances"
echo "software: msgspec 0.22.0"
echo "expected: mypy reports both calls, or both work"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
