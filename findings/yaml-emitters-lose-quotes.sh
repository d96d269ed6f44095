#!/bin/sh
# Text that Python's YAML emitters write without quotes is a number or a boolean to kubectl's parser.
#
# What: each emitter quotes what its own reader would take for something else. PyYAML therefore leaves
#   the strings "08", "1e3" (a short commit hash), "0o10", "1E6" and "y" bare; ruamel.yaml "on",
#   "no", "off" and "y"; py-yaml12 and ryaml "1_000" too. sigs.k8s.io/yaml reads them as 8, 1000,
#   true and so on. None of the five is safe.
# Why it matters: a label, an argument or an environment variable that was a string in Python arrives
#   as a number, so the object is refused or, with typed Go code, carries other text.
# Versions: PyYAML 6.0.4, ruamel.yaml 0.19.1, py-yaml12 0.2.0, ryaml 0.5.1, yaml-rs 0.1.6,
#   sigs.k8s.io/yaml 1.6.0.
# Recorded: 2026-11-27.
set -eu
for tool in go python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check PyYAML==6.0.4 ruamel.yaml==0.19.1 \
    py-yaml12==0.2.0 yaml-rs==0.1.6 ryaml==0.5.1
cat > write.py <<'EOF'
import io, json

import ruamel.yaml, ryaml, yaml, yaml12, yaml_rs


def ruamel_dump(value):
    stream = io.StringIO()
    ruamel.yaml.YAML(typ="safe", pure=True).dump(value, stream)
    return stream.getvalue()


emitters = {
    "PyYAML": yaml.safe_dump,
    "ruamel.yaml": ruamel_dump,
    "py-yaml12": yaml12.format_yaml,
    "ryaml": ryaml.dumps,
    "yaml-rs": yaml_rs.dumps,
}
texts = ["010", "08", "0o10", "1e3", "1E6", "1_000", "12:30", "y", "on", "no", "off", "null", "1.5"]
rows = [[name, text, emit({"a": text})] for name, emit in emitters.items() for text in texts]
with open("rows.json", "w") as file:
    json.dump(rows, file)
EOF
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
printf 'module finding\n\nrequire sigs.k8s.io/yaml v1.6.0\n' > go.mod
cat > main.go <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	raw, err := os.ReadFile("rows.json")
	if err != nil {
		panic(err)
	}
	var rows [][3]string
	if err := json.Unmarshal(raw, &rows); err != nil {
		panic(err)
	}
	last := ""
	for _, row := range rows {
		var read map[string]any
		if err := yaml.UnmarshalStrict([]byte(row[2]), &read); err != nil {
			panic(err)
		}
		if row[0] != last {
			fmt.Printf("%s:", row[0])
			last = row[0]
		}
		if read["a"] != any(row[1]) {
			fmt.Printf(" %s is %v,", row[1], read["a"])
		}
		if row[1] == "1.5" {
			fmt.Println()
		}
	}
}
EOF
seen=$({ venv/bin/python write.py && go run .; } 2>run.log) || { cat run.log; exit 1; }
recorded='PyYAML: 08 is 8, 0o10 is 8, 1e3 is 1000, 1E6 is 1e+06, y is true,
ruamel.yaml: y is true, on is true, no is false, off is false,
py-yaml12: 1_000 is 1000, y is true, on is true, no is false, off is false,
ryaml: 1_000 is 1000, y is true, on is true, no is false, off is false,
yaml-rs: 0o10 is 8, 1_000 is 1000, y is true,'
echo "software: PyYAML 6.0.4, ruamel.yaml 0.19.1, py-yaml12 0.2.0, ryaml 0.5.1, yaml-rs 0.1.6, sigs.k8s.io/yaml 1.6.0"
echo "expected: a string stays a string (or only the YAML 1.2 emitters lose y, on, no and off)"
echo "seen (strings that are no strings any more):"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
