"""The policy pack: every rule at the level of its severity."""

from pulumi_probes_policies import probe_policies, run_policy_pack

run_policy_pack("pulumi-probes", probe_policies(), display_name="Health probes")
