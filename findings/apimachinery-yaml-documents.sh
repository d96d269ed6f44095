#!/bin/sh
# Kubernetes' YAML decoder splits documents by lines: `...` loses an object, `--- {...}` is an error.
#
# What: YAML ends a document with `...` and lets content follow `---` on its line. NewYAMLOrJSONDecoder
#   cuts at lines that start with `---` before it parses. After `...` alone the second object is
#   dropped with no error; `--- {a: 1}` and a `%YAML` directive are errors; a comment after a JSON
#   document yields a null between two objects. ruamel.yaml reads every one as YAML means it.
# Why it matters: a generator that ends documents with `...` deploys only the first object, and a
#   checker in Python sees objects that client-go never does.
# Versions: k8s.io/apimachinery 0.37.2, ruamel.yaml 0.19.1.
# Recorded: 2026-11-27.
set -eu
for tool in go python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check ruamel.yaml==0.19.1
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
printf 'module finding\n\nrequire k8s.io/apimachinery v0.37.2\n' > go.mod
cat > cases.json <<'EOF'
["a: 1\n---\nb: 2\n", "a: 1\n...\nb: 2\n", "--- {a: 1}\n--- {b: 2}\n", "%YAML 1.1\n---\na: 1\n", "{\"a\": 1} # one\n---\nb: 2\n"]
EOF
cat > main.go <<'EOF'
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	raw, err := os.ReadFile("cases.json")
	if err != nil {
		panic(err)
	}
	var cases []string
	if err := json.Unmarshal(raw, &cases); err != nil {
		panic(err)
	}
	for _, text := range cases {
		decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
		fmt.Printf("apimachinery %q:", text)
		for {
			var document any
			err := decoder.Decode(&document)
			if err == io.EOF {
				break
			}
			if err != nil {
				fmt.Print(" error")
				break
			}
			printed, _ := json.Marshal(document)
			fmt.Printf(" %s", printed)
		}
		fmt.Println()
	}
}
EOF
cat > read.py <<'EOF'
import json

import ruamel.yaml

with open("cases.json") as file:
    for text in json.load(file):
        documents = ruamel.yaml.YAML(typ="safe", pure=True).load_all(text)
        print("ruamel.yaml", json.dumps(text) + ":", *(json.dumps(one, separators=(",", ":")) for one in documents))
EOF
seen=$({ go run . && venv/bin/python read.py; } 2>run.log) || { cat run.log; exit 1; }
recorded=$(cat <<'EOF'
apimachinery "a: 1\n---\nb: 2\n": {"a":1} {"b":2}
apimachinery "a: 1\n...\nb: 2\n": {"a":1}
apimachinery "--- {a: 1}\n--- {b: 2}\n": error
apimachinery "%YAML 1.1\n---\na: 1\n": error
apimachinery "{\"a\": 1} # one\n---\nb: 2\n": {"a":1} null {"b":2}
ruamel.yaml "a: 1\n---\nb: 2\n": {"a":1} {"b":2}
ruamel.yaml "a: 1\n...\nb: 2\n": {"a":1} {"b":2}
ruamel.yaml "--- {a: 1}\n--- {b: 2}\n": {"a":1} {"b":2}
ruamel.yaml "%YAML 1.1\n---\na: 1\n": {"a":1}
ruamel.yaml "{\"a\": 1} # one\n---\nb: 2\n": {"a":1} {"b":2}
EOF
)
echo "software: k8s.io/apimachinery 0.37.2, ruamel.yaml 0.19.1"
echo "expected: both give the same objects"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
