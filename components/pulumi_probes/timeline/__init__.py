"""Layer 1: what the kubelet does with probes, and when."""
