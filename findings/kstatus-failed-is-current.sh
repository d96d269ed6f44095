#!/bin/sh
# kstatus calls a failed Pod, a Job whose attempts all fail and an unhealthy budget "Current".
#
# What: kstatus (used by Flux, Helm 4 --wait and Pulumi for DaemonSets) has Current, InProgress and
#   Failed. A Pod in CrashLoopBackOff is Failed; a Pod in phase Failed is Current ("completed, but
#   not successfully"); a Pod whose init container is in CrashLoopBackOff is InProgress. A Job is
#   Current as soon as it has started, with 5 failed attempts too. A LoadBalancer Service without
#   an address, a disruption budget with 0 of 3 healthy and a custom resource that is
#   Available=False are Current. An Argo Rollout is an error, because its observedGeneration is a string.
# Why it matters: a successful wait does not mean that the objects are healthy.
# Versions: sigs.k8s.io/cli-utils 0.37.2.
# Recorded: 2026-11-27.
set -eu
command -v go >/dev/null || { echo "skip: needs go"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
printf 'module finding\n\nrequire sigs.k8s.io/cli-utils v0.37.2\n' > go.mod
cat > main.go <<'EOF'
package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type m = map[string]any

func show(label, version, kind string, spec, state m) {
	object := m{"apiVersion": version, "kind": kind, "metadata": m{"name": "a", "generation": int64(1)}, "spec": spec, "status": state}
	result, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		fmt.Println(label+":", "error")
		return
	}
	fmt.Println(label+":", result.Status)
}

func main() {
	condition := func(kind, value string) []any { return []any{m{"type": kind, "status": value}} }
	looping := []any{m{"name": "a", "state": m{"waiting": m{"reason": "CrashLoopBackOff"}}}}
	show("Pod, container in CrashLoopBackOff", "v1", "Pod", m{},
		m{"phase": "Running", "conditions": condition("Ready", "False"), "containerStatuses": looping})
	show("Pod, phase Failed", "v1", "Pod", m{}, m{"phase": "Failed"})
	show("Pod, init container in CrashLoopBackOff", "v1", "Pod", m{},
		m{"phase": "Pending", "conditions": condition("PodScheduled", "True"), "initContainerStatuses": looping})
	show("Job, 5 failed attempts", "batch/v1", "Job", m{},
		m{"startTime": "2026-01-01T00:00:00Z", "active": int64(1), "failed": int64(5)})
	show("LoadBalancer without an address", "v1", "Service", m{"type": "LoadBalancer", "clusterIP": "10.0.0.1"},
		m{"loadBalancer": m{}})
	show("PodDisruptionBudget, 0 of 3 healthy", "policy/v1", "PodDisruptionBudget", m{},
		m{"observedGeneration": int64(1), "currentHealthy": int64(0), "desiredHealthy": int64(3)})
	show("custom resource, Available=False", "example.com/v1", "Web", m{}, m{"conditions": condition("Available", "False")})
	show("custom resource, Ready=False", "example.com/v1", "Web", m{}, m{"conditions": condition("Ready", "False")})
	show("Argo Rollout", "argoproj.io/v1alpha1", "Rollout", m{}, m{"observedGeneration": "1"})
}
EOF
recorded='Pod, container in CrashLoopBackOff: Failed
Pod, phase Failed: Current
Pod, init container in CrashLoopBackOff: InProgress
Job, 5 failed attempts: Current
LoadBalancer without an address: Current
PodDisruptionBudget, 0 of 3 healthy: Current
custom resource, Available=False: Current
custom resource, Ready=False: InProgress
Argo Rollout: error'
seen=$(go run . 2>run.log) || { cat run.log; exit 1; }
echo "software: sigs.k8s.io/cli-utils 0.37.2 (kstatus)"
echo "expected: Failed or InProgress for each"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
