"""The annotations of this project and of Pulumi's Kubernetes provider that rules read."""

from __future__ import annotations

from typing import Final

IGNORE: Final = "pulumi-probes/ignore"
"""Waivers, see `pulumi_probes.codec.waivers`; on an object or on its pod template."""

STARTS_WITHIN: Final = "pulumi-probes/starts-within"
"""The slowest start of the pod's default container that must survive, in whole seconds."""

DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"
"""On a pod template: the name of the pod's main container; the first container if absent."""

SKIP_AWAIT: Final = "pulumi.com/skipAwait"
"""With the value `true`, Pulumi does not wait until an object is ready."""

WAIT_FOR: Final = "pulumi.com/waitFor"
"""Conditions or JSONPath expressions that Pulumi waits for in place of what it knows about the kind."""

TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
"""The time that Pulumi waits for an object, in seconds; overridden by the resource option `customTimeouts`."""
