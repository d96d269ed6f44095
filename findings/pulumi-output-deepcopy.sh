#!/bin/sh
# copy.deepcopy and dataclasses.asdict fail for arguments that contain a Pulumi Output.
#
# What: `Output` guards its state against pickling, and Python's copy module uses the same protocol. So
#   copy.copy and copy.deepcopy of anything that holds an Output, dataclasses.asdict and pydantic's
#   model_copy(deep=True) raise a bare Exception about serialization, which no `except TypeError`
#   catches. dataclasses.replace, model_copy() and model_dump() work.
# Why it matters: a transform that copies its arguments before it adds a probe, or a component whose
#   arguments are a dataclass, works in every test with plain values and fails with the first image
#   that comes from another resource.
# Versions: pulumi 3.272.0, pydantic 2.14.4.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pulumi==3.272.0 pydantic==2.14.4
cat > copies.py <<'EOF'
import copy, dataclasses
from typing import Any

import pulumi, pydantic


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {}


@dataclasses.dataclass
class Args:
    image: Any


class Model(pydantic.BaseModel):
    image: Any


@pulumi.runtime.test
def main():
    image = pulumi.Output.from_input("web:1")
    attempts = {
        "copy.copy": lambda: copy.copy(image),
        "copy.deepcopy of a dict": lambda: copy.deepcopy({"image": image}),
        "dataclasses.asdict": lambda: dataclasses.asdict(Args(image)),
        "dataclasses.replace": lambda: dataclasses.replace(Args(image)),
        "model_copy": lambda: Model(image=image).model_copy(),
        "model_copy(deep=True)": lambda: Model(image=image).model_copy(deep=True),
        "model_dump": lambda: Model(image=image).model_dump(),
    }
    for name, attempt in attempts.items():
        try:
            attempt()
            print(f"{name}: works")
        except Exception as error:
            print(f"{name}: {type(error).__name__}")


pulumi.runtime.set_mocks(Mocks())
main()
EOF
seen=$(venv/bin/python copies.py 2>run.log) || { cat run.log; exit 1; }
recorded='copy.copy: Exception
copy.deepcopy of a dict: Exception
dataclasses.asdict: Exception
dataclasses.replace: works
model_copy: works
model_copy(deep=True): Exception
model_dump: works'
echo "software: pulumi 3.272.0, pydantic 2.14.4"
echo "expected: a copy holds the same Output, or one that resolves to the same value"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
