"""Checked arguments and a health contract -> plain Kubernetes dictionaries, whose leaves may be Outputs."""
