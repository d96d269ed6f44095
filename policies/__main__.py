"""The policy pack with every rule; the severity of a rule determines its enforcement level."""

from pulumi_probes_policies import probe_policies, run_policy_pack

run_policy_pack("pulumi-probes", probe_policies(), display_name="Health probes")
