"""Layer 1: converts Kubernetes dictionaries to the model and back."""
