"""Between timeline and rules: what probes cost in processor time, by figures that were measured on a real kubelet."""
