"""The recommended labels of Kubernetes, by which tools recognize the objects of one component."""

from __future__ import annotations

from typing import Final

NAME_LABEL: Final = "app.kubernetes.io/name"
INSTANCE_LABEL: Final = "app.kubernetes.io/instance"
