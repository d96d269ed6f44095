"""Renders checked arguments and a health contract to plain Kubernetes dictionaries, whose leaves may be Outputs."""
