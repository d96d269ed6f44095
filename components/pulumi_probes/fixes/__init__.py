"""Layer 3: fixing findings in files, byte by byte outside the changed fields, each fix proved by another audit."""

from pulumi_probes.fixes.result import FileChange, Fixes, UnfixedFinding
from pulumi_probes.fixes.session import fix_files

__all__ = ["FileChange", "Fixes", "UnfixedFinding", "fix_files"]
