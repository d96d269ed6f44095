"""Between timeline and rules: the CPU time that probes take, computed from measurements on a real kubelet."""
