"""Closed-form bounds in whole seconds: of one probe, of a rollout, of a contract and of a workload."""
