#!/bin/sh
# go.yaml.in/yaml/v3 cuts a fraction off without an error when the field is an integer.
#
# What: `timeoutSeconds: 0.5` decoded into an int32 field is 0 and `periodSeconds: 2.9` is 2, also
#   with KnownFields(true). Version 4 and sigs.k8s.io/yaml reject both.
# Why it matters: a Go tool that reads manifests or values into its own structs with version 3 sees
#   a probe that differs from the file; a timeout of 0 then means "the default" to Kubernetes.
# Versions: go.yaml.in/yaml/v3 3.0.6, go.yaml.in/yaml/v4 4.0.0, sigs.k8s.io/yaml 1.6.0.
# Recorded: 2026-11-27.
set -eu
command -v go >/dev/null || { echo "skip: needs go"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
cat > go.mod <<'EOF'
module finding

require (
	go.yaml.in/yaml/v3 v3.0.6
	go.yaml.in/yaml/v4 v4.0.0
	sigs.k8s.io/yaml v1.6.0
)
EOF
cat > main.go <<'EOF'
package main

import (
	"bytes"
	"fmt"

	v3 "go.yaml.in/yaml/v3"
	v4 "go.yaml.in/yaml/v4"
	sigs "sigs.k8s.io/yaml"
)

type probe struct {
	Timeout int32 `yaml:"timeoutSeconds" json:"timeoutSeconds"`
	Period  int32 `yaml:"periodSeconds" json:"periodSeconds"`
}

func main() {
	text := []byte("timeoutSeconds: 0.5\nperiodSeconds: 2.9\n")
	var three, four, kube probe
	decoder := v3.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	fmt.Println("v3 error:", decoder.Decode(&three), "value:", three)
	fmt.Println("v4 refuses:", v4.Unmarshal(text, &four) != nil)
	fmt.Println("sigs refuses:", sigs.Unmarshal(text, &kube) != nil)
}
EOF
recorded='v3 error: <nil> value: {0 2}
v4 refuses: true
sigs refuses: true'
seen=$(go run . 2>run.log) || { cat run.log; exit 1; }
echo "software: go.yaml.in/yaml/v3 3.0.6, go.yaml.in/yaml/v4 4.0.0, sigs.k8s.io/yaml 1.6.0"
echo "expected: all three reject a fraction for an integer field"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
