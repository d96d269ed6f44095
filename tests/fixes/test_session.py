"""Fixing files: what changes, what stays, and what is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_probes.codec.files import read_paths
from pulumi_probes.fixes import Fixes, fix_files
from pulumi_probes.report import Policy, audit
from pulumi_probes.rules import select_rules

TWO = """\
# the shop
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec:
  containers:
    - name: cart
      image: cart:1
      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}  # slow
---

apiVersion: v1
kind: Pod
metadata: {name: stock}
spec:
  containers:
    - name: stock
      image: stock:1
      readinessProbe:
        tcpSocket: {port: 80}
        terminationGracePeriodSeconds: 5
        periodSeconds: 5
"""


def fixes_of(file: Path, *codes: str) -> Fixes:
    """Fix the findings of these rules in a file."""
    policy = Policy(rules=select_rules(codes or None))
    return fix_files(read_paths([str(file)]).manifests, lambda manifests: audit(manifests, policy).findings)


def test_only_the_changed_lines_differ(tmp_path: Path) -> None:
    """Two documents, two fixes, two hunks."""
    file = tmp_path / "shop.yaml"
    file.write_text(TWO)
    (change,) = fixes_of(file, "PRB211", "PRB315").changes
    assert TWO.encode() == change.before
    assert [
        f"--- a/{str(file)[1:]}\n",
        f"+++ b/{str(file)[1:]}\n",
        "-      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}  # slow\n",
        "+      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 30, timeoutSeconds: 30}  # slow\n",
        "-        terminationGracePeriodSeconds: 5\n",
    ] == [line for line in change.diff() if line[0] in "+-"]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_every_other_byte_stays(tmp_path: Path, end: str, mark: str) -> None:
    """Line breaks, a byte order mark, the missing break at the end, and characters outside of ASCII."""
    file = tmp_path / "shop.yaml"
    text = mark + TWO.replace("# slow", "# träge 🐢\u2028").rstrip("\n").replace("\n", end)
    file.write_bytes(text.encode())
    (change,) = fixes_of(file, "PRB211", "PRB315").changes
    expected = text.replace("periodSeconds: 5, ", "periodSeconds: 30, ").replace(
        f"        terminationGracePeriodSeconds: 5{end}", ""
    )
    assert expected.encode() == change.after


def test_items_of_a_list(tmp_path: Path) -> None:
    """The second of two items changes."""
    file = tmp_path / "list.yaml"
    pods = "".join(
        f"""\
  - apiVersion: v1
    kind: Pod
    metadata: {{name: {name}}}
    spec:
      containers:
        - name: {name}
          image: {name}:1
          livenessProbe: {{tcpSocket: {{port: 80}}, periodSeconds: 5, timeoutSeconds: {timeout}}}
"""
        for name, timeout in (("cart", 4), ("stock", 30))
    )
    file.write_text(f"apiVersion: v1\nkind: List\nitems:\n{pods}")
    (change,) = fixes_of(file, "PRB211").changes
    assert file.read_text().replace("5, timeoutSeconds: 30", "30, timeoutSeconds: 30").encode() == change.after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n"
                "    - name: a\n      image: a\n"
                "      livenessProbe: &p {tcpSocket: {port: 1}, periodSeconds: 5, timeoutSeconds: 30}\n"
                "    - {name: b, image: b, livenessProbe: *p}\n"
            ),
            "an anchor makes its text count in several places",
        ),
        (
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nx: &x {periodSeconds: 5, timeoutSeconds: 30}\n"
                "spec:\n  containers:\n    - {name: a, image: a, livenessProbe: {<<: *x, tcpSocket: {port: 1}}}\n"
            ),
            "the object has a merge key",
        ),
    ],
    ids=["anchor", "merge key"],
)
def test_what_is_shared_is_left_alone(tmp_path: Path, text: str, reason: str) -> None:
    """A change would alter what another place reads."""
    file = tmp_path / "cart.yaml"
    file.write_text(text)
    fixes = fixes_of(file, "PRB211")
    assert () == fixes.changes
    assert {reason} == {entry.reason for entry in fixes.refused}


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    """Is audited, but not changed."""
    file = tmp_path / "cart.yaml"
    file.write_bytes(TWO.encode("utf-16"))
    fixes = fixes_of(file, "PRB211")
    assert () == fixes.changes
    assert [f"{file} is not UTF-8"] == [entry.reason for entry in fixes.refused]


def test_a_waived_finding_stays(tmp_path: Path) -> None:
    """Its author has decided to keep it."""
    file = tmp_path / "cart.yaml"
    waived = TWO.replace("{name: cart}", '{name: cart, annotations: {pulumi-probes/ignore: "PRB211=measured"}}')
    file.write_text(waived)
    fixes = fixes_of(file, "PRB211")
    assert ((), (), 0) == (fixes.changes, fixes.refused, fixes.remaining)


def test_a_fix_that_brings_about_something_worse_is_undone(tmp_path: Path) -> None:
    """And the other fixes of the same document are made all the same.

    With its port declared, the container serves requests, so it is found to have no readiness probe.
    """
    file = tmp_path / "cart.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n    - name: cart\n"
        "      image: cart:1\n"
        "      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, timeoutSeconds: 30}\n"
    )
    fixes = fixes_of(file, "PRB211", "PRB304", "PRB101")
    assert ["PRB211"] == [finding.code for finding in fixes.fixed]
    assert [("PRB304", "PRB101 would take its place")] == [
        (entry.finding.code, entry.reason) for entry in fixes.refused
    ]


def test_a_fix_may_need_another_one(tmp_path: Path) -> None:
    """A longer liveness probe makes the startup probe too short, which is fixed in turn."""
    file = tmp_path / "cart.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n    - name: cart\n"
        "      image: cart:1\n"
        "      startupProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, failureThreshold: 3}\n"
        "      livenessProbe: {httpGet: {path: /livez, port: 80}, periodSeconds: 5, failureThreshold: 3}\n"
        "      readinessProbe: {httpGet: {path: /readyz, port: 80}, periodSeconds: 30, failureThreshold: 3}\n"
    )
    fixes = fixes_of(file, "PRB2")
    assert ["PRB204", "PRB205"] == sorted(finding.code for finding in fixes.fixed)
    assert ((), 0) == (fixes.refused, fixes.remaining)


def test_a_misspelt_field_counts_before_others_are_computed(tmp_path: Path) -> None:
    """Its value is kept, instead of a second one being set beside it."""
    file = tmp_path / "cart.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n    - name: cart\n"
        "      image: cart:1\n"
        "      livenessProbe:\n        tcpSocket: {port: 80}\n        periodSeconds: 2\n        failureTreshold: 9\n"
    )
    (change,) = fixes_of(file, "PRB202", "PRB321").changes
    assert file.read_text().replace("Treshold", "Threshold").encode() == change.after


def test_a_misplaced_probe_is_moved_with_its_comments(tmp_path: Path) -> None:
    """From a port to its container, from the container to its probe, and the hook into a lifecycle of its own."""
    file = tmp_path / "cart.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n    - name: cart\n"
        "      image: cart:1\n      ports:\n        - containerPort: 80\n"
        "          livenessProbe:  # every 5 s\n            tcpSocket: {port: 80}\n            # 25 s\n"
        "            failureThreshold: 5\n"
        "      periodSeconds: 5  # often\n      preStop:\n        sleep: {seconds: 5}  # endpoints\n"
    )
    (change,) = fixes_of(file, "PRB321").changes
    assert (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  containers:\n    - name: cart\n"
        "      image: cart:1\n      ports:\n        - containerPort: 80\n"
        "      lifecycle:\n        preStop:\n          sleep: {seconds: 5}  # endpoints\n"
        "      livenessProbe:  # every 5 s\n        tcpSocket: {port: 80}\n        # 25 s\n"
        "        failureThreshold: 5\n        periodSeconds: 5  # often\n"
    ) == change.after.decode()


def test_a_probe_is_not_moved_where_several_containers_could_be_meant(tmp_path: Path) -> None:
    """Or where there is one already."""
    file = tmp_path / "cart.yaml"
    file.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cart}\nspec:\n  livenessProbe: {tcpSocket: {port: 80}}\n"
        "  containers:\n    - {name: a, image: a:1, ports: [{containerPort: 80, readinessProbe: {}}],"
        " readinessProbe: {tcpSocket: {port: 80}}}\n    - {name: b, image: b:1}\n"
    )
    fixes = fixes_of(file, "PRB321")
    assert ((), 2) == (fixes.changes, fixes.remaining)
