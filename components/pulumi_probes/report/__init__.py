"""Layer 3: auditing manifests, and rendering the results as text, JSON, SARIF, JUnit XML or GitHub annotations."""

from pulumi_probes.report._formats import FORMATS, Style, render
from pulumi_probes.report.evaluation import audit
from pulumi_probes.report.files import audit_files
from pulumi_probes.report.policy import Policy, read_policy_config
from pulumi_probes.report.report import InputError, Report

__all__ = ["FORMATS", "InputError", "Policy", "Report", "Style", "audit", "audit_files", "read_policy_config", "render"]
