#!/bin/sh
# sigs.k8s.io/yaml turns unquoted numbers and booleans into text when the Go field is a string.
#
# What: an environment variable's `value: 8080` without quotes is accepted by UnmarshalStrict when it
#   decodes into a Go struct, and the text is the number formatted again: `0o10` becomes "8", `1e3`
#   becomes "1000", `8.0` becomes "8", `y` becomes "true". Decoded into `any`, as kubectl does, the
#   values stay numbers and booleans, which the Kubernetes API does not accept for a string.
# Why it matters: a linter or generator that reads typed objects passes a manifest that cannot be
#   applied, and one that writes them back changes the values silently.
# Versions: sigs.k8s.io/yaml 1.6.0.
# Recorded: 2026-11-27.
set -eu
command -v go >/dev/null || { echo "skip: needs go"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
cat > go.mod <<'EOF'
module finding

require sigs.k8s.io/yaml v1.6.0
EOF
cat > main.go <<'EOF'
package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

type variable struct {
	Value string `json:"value"`
}

func main() {
	for _, written := range []string{"8080", "0o10", "1e3", "8.0", "y", "1_000"} {
		var typed variable
		var plain map[string]any
		text := []byte("value: " + written)
		err := yaml.UnmarshalStrict(text, &typed)
		if err2 := yaml.UnmarshalStrict(text, &plain); err2 != nil {
			panic(err2)
		}
		fmt.Printf("%s: error %v, string field %q, any %T\n", written, err, typed.Value, plain["value"])
	}
}
EOF
recorded='8080: error <nil>, string field "8080", any float64
0o10: error <nil>, string field "8", any float64
1e3: error <nil>, string field "1000", any float64
8.0: error <nil>, string field "8", any float64
y: error <nil>, string field "true", any bool
1_000: error <nil>, string field "1000", any float64'
seen=$(go run . 2>run.log) || { cat run.log; exit 1; }
echo "software: sigs.k8s.io/yaml 1.6.0"
echo "expected: UnmarshalStrict rejects a number or a boolean for a string field"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
