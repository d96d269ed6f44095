#!/bin/sh
# go.yaml.in/yaml/v4 drops a mapping entry whose value is the plain text `<<`.
#
# What: `<<` is the merge key, but only in the position of a key. In 4.0.0 a plain `<<` in a value or
#   list position also resolves to the merge marker. Decoding into `any` then loses the entry (or
#   the list item) with no error; decoding into a struct keeps it. 3.0.6 keeps it both ways.
#   sigs.k8s.io/yaml, which Kubernetes tools print with, writes the text without quotes, so a
#   manifest written by one and read by the other is shorter than it was.
# Why it matters: a probe command or an argument list that holds `<<` loses an entry.
# Versions: go.yaml.in/yaml/v4 4.0.0, go.yaml.in/yaml/v3 3.0.6, sigs.k8s.io/yaml 1.6.0.
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
	"fmt"

	v3 "go.yaml.in/yaml/v3"
	v4 "go.yaml.in/yaml/v4"
	sigs "sigs.k8s.io/yaml"
)

func main() {
	text, err := sigs.Marshal(map[string]any{"command": []string{"cat", "<<", "END"}, "separator": "<<"})
	if err != nil {
		panic(err)
	}
	var three, four any
	var typed struct{ Separator string }
	fmt.Println("v3 error:", v3.Unmarshal(text, &three), "value:", three)
	fmt.Println("v4 error:", v4.Unmarshal(text, &four), "value:", four)
	fmt.Println("v4 error:", v4.Unmarshal(text, &typed), "struct:", typed.Separator)
}
EOF
recorded='v3 error: <nil> value: map[command:[cat << END] separator:<<]
v4 error: <nil> value: map[command:[cat END]]
v4 error: <nil> struct: <<'
seen=$(go run . 2>run.log) || { cat run.log; exit 1; }
echo "software: go.yaml.in/yaml/v4 4.0.0, go.yaml.in/yaml/v3 3.0.6, sigs.k8s.io/yaml 1.6.0"
echo "expected: both versions read back the three words and the separator"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
