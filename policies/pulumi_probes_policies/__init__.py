"""Health-probe rules as CrossGuard policies.

from pulumi_probes_policies import probe_policies, run_policy_pack

run_policy_pack("probes", probe_policies())
"""

from pulumi_policy import EnforcementLevel

from pulumi_probes_policies.pack import make_analyzer, probe_policies, run_policy_pack

__all__ = ["EnforcementLevel", "make_analyzer", "probe_policies", "run_policy_pack"]
