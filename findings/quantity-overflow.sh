#!/bin/sh
# A Kubernetes quantity of 100E has the value 0, and 1Ei is a negative number of thousandths.
#
# What: ParseQuantity takes all of these with no error. "8Ei" is cut to the largest int64 and printed
#   as 9223372036854775807; "100E", a decimal one, is not cut: it prints as 100E and Value() is 0.
#   "100000000000000000000" has a Value() of 7.7e18. "1Ei" fits, and its MilliValue() is negative.
#   A small one: "0.1Gi" is not a whole number of bytes and prints as 107374182400m.
# Why it matters: code that compares Value() or MilliValue() with a limit takes an absurd request for
#   none at all; a request of 0.1Gi does not come back as it was written.
# Versions: k8s.io/apimachinery 0.37.2.
# Recorded: 2026-11-27.
set -eu
command -v go >/dev/null || { echo "skip: needs go"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
printf 'module finding\n\nrequire k8s.io/apimachinery v0.37.2\n' > go.mod
cat > main.go <<'EOF'
package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
)

func main() {
	for _, written := range []string{"1Gi", "0.1Gi", "1Ei", "8Ei", "100E", "100000000000000000000"} {
		quantity, err := resource.ParseQuantity(written)
		fmt.Printf("%s: error %v, prints %s, Value %d, MilliValue %d\n",
			written, err, quantity.String(), quantity.Value(), quantity.MilliValue())
	}
}
EOF
seen=$(go run . 2>run.log) || { cat run.log; exit 1; }
recorded='1Gi: error <nil>, prints 1Gi, Value 1073741824, MilliValue 1073741824000
0.1Gi: error <nil>, prints 107374182400m, Value 107374183, MilliValue 107374182400
1Ei: error <nil>, prints 1Ei, Value 1152921504606846976, MilliValue -9223372036854775808
8Ei: error <nil>, prints 9223372036854775807, Value 9223372036854775807, MilliValue -1000
100E: error <nil>, prints 100E, Value 0, MilliValue 0
100000000000000000000: error <nil>, prints 100E, Value 7766279631452241920, MilliValue 200376420520689664'
echo "software: k8s.io/apimachinery 0.37.2"
echo "expected: an error, or the largest int64, where the number does not fit"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
