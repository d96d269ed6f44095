"""Health probes as typed contracts for Pulumi Kubernetes programs."""

__all__: list[str] = []
