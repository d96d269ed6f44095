#!/bin/sh
# Only sigs.k8s.io/yaml reads `periodSeconds: 08` and `periodSeconds: 010` as the same number.
#
# What: six parsers give four different results. sigs.k8s.io/yaml, which kubectl uses, reads both as 8: `010`
#   is octal, and `08`, which is not, falls back to decimal. PyYAML reads 8 and the text "08";
#   ruamel.yaml, py-yaml12 and yaml-rs read 10 and 8; ryaml reads text for both.
# Why it matters: a Python tool that checks a manifest before kubectl applies it checks another
#   period than the cluster gets, or rejects a value that the cluster accepts.
# Versions: sigs.k8s.io/yaml 1.6.0, PyYAML 6.0.4, ruamel.yaml 0.19.1, py-yaml12 0.2.0, yaml-rs
#   0.1.6, ryaml 0.5.1.
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
cat > read.py <<'EOF'
import ruamel.yaml, ryaml, yaml, yaml12, yaml_rs

readers = {
    "PyYAML": yaml.safe_load,
    "ruamel.yaml": ruamel.yaml.YAML(typ="safe", pure=True).load,
    "py-yaml12": yaml12.parse_yaml,
    "yaml-rs": yaml_rs.loads,
    "ryaml": ryaml.loads,
}
for name, read in readers.items():
    print(name, *(repr(read(f"periodSeconds: {text}")["periodSeconds"]) for text in ("010", "08")))
EOF
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
printf 'module finding\n\nrequire sigs.k8s.io/yaml v1.6.0\n' > go.mod
cat > main.go <<'EOF'
package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

type probe struct {
	Period int32 `json:"periodSeconds"`
}

func main() {
	var octal, eight probe
	if err := yaml.UnmarshalStrict([]byte("periodSeconds: 010"), &octal); err != nil {
		panic(err)
	}
	if err := yaml.UnmarshalStrict([]byte("periodSeconds: 08"), &eight); err != nil {
		panic(err)
	}
	fmt.Println("sigs.k8s.io/yaml", octal.Period, eight.Period)
}
EOF
recorded="sigs.k8s.io/yaml 8 8
PyYAML 8 '08'
ruamel.yaml 10 8
py-yaml12 10 8
yaml-rs 10 8
ryaml '010' '08'"
seen=$({ go run . && venv/bin/python read.py; } 2>run.log) || { cat run.log; exit 1; }
echo "software: sigs.k8s.io/yaml 1.6.0, PyYAML 6.0.4, ruamel.yaml 0.19.1, py-yaml12 0.2.0, yaml-rs 0.1.6, ryaml 0.5.1"
echo "expected: YAML 1.1 readers give 8 and an error or a text, YAML 1.2 readers give 10 and 8"
echo "seen (010, then 08):"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
