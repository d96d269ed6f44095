"""Closed-form bounds in whole seconds for a probe, a rollout, a contract and a workload."""
