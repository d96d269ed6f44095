"""Layer 1: Kubernetes dictionaries in, the model out, and the way back."""
