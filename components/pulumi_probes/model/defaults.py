"""Values of Kubernetes that apply where a manifest says nothing, and one of Pulumi."""

from __future__ import annotations

DEFAULT_NAMESPACE = "default"  # for an object without one, as far as it can be known before deployment

DEFAULT_TIMEOUT_SECONDS = 1
DEFAULT_PERIOD_SECONDS = 10
DEFAULT_SUCCESS_THRESHOLD = 1
DEFAULT_FAILURE_THRESHOLD = 3
DEFAULT_TERMINATION_GRACE_PERIOD_SECONDS = 30
DEFAULT_PROGRESS_DEADLINE_SECONDS = 600
DEFAULT_AWAIT_TIMEOUT_SECONDS = 600  # of Pulumi, not of the API server

MINIMUM_GRACE_SECONDS = 2
"""The minimum time between SIGTERM and SIGKILL, even if preStop has used up the grace period.

`minimumGracePeriodInSeconds` of the kubelet; see docs/explanation/kubelet/termination.md#steps-of-a-kill.
"""
