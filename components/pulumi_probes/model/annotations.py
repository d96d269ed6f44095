"""The annotations of this project and of Pulumi's Kubernetes provider that decide what rules say."""

from __future__ import annotations

from typing import Final

IGNORE: Final = "pulumi-probes/ignore"
"""Waivers, see `pulumi_probes.codec.waivers`; on an object or on its pod template."""

STARTS_WITHIN: Final = "pulumi-probes/starts-within"
"""The slowest start that must survive, in whole seconds: that of the pod's default container."""

DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"
"""On a pod template: the name of the container that the pod is about; the first one when absent."""

SKIP_AWAIT: Final = "pulumi.com/skipAwait"
"""`true` makes Pulumi call an object done as soon as the API server has it."""

TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
"""How long Pulumi waits for an object; the resource option customTimeouts wins over it."""
