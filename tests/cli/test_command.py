"""The command: exit statuses, output, error messages, and protection of secrets."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_probes.cli import COMMANDS
from pulumi_probes.report import FORMATS

BAD = """\
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop}
spec:
  containers:
    - name: cart
      image: cart:1
      env: [{name: PASSWORD, value: CANARY-1234}]
      livenessProbe: {exec: {command: [check, CANARY-1234]}, periodSeconds: 5, timeoutSeconds: 1}
      readinessProbe: {httpGet: {path: /readyz, port: 8080, httpHeaders: [{name: X, value: CANARY-1234}]}}
"""
WARNING = ["--select", "PRB204"]


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A manifest with a warning, in the current directory."""
    (tmp_path / "cart.yaml").write_text(BAD)
    monkeypatch.chdir(tmp_path)
    return "cart.yaml"


Run = Callable[..., tuple[int, str, str]]


class TestExitStatus:
    """0 for no findings, 1 for findings, 2 for wrong usage or unreadable input."""

    @pytest.mark.parametrize(
        ("fail_on", "status"), [("error", 0), ("warning", 1), ("advice", 1), ("never", 0), (None, 0)]
    )
    def test_fail_on(self, probes: Run, bad: str, fail_on: str | None, status: int) -> None:
        """A warning counts with `--fail-on warning`; by default only errors count."""
        options = ["--fail-on", fail_on] if fail_on is not None else []
        assert status == probes("audit", bad, *WARNING, *options)[0]

    def test_unreadable_input(self, probes: Run, bad: str) -> None:
        """Unreadable input gives status 2, and everything else is still reported."""
        status, out, err = probes("audit", bad, "missing.yaml", *WARNING)
        assert (2, "") == (status, err)
        assert "PRB204" in out
        assert "missing.yaml: no such file or directory" in out

    def test_standard_input(self, probes: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dash reads from a pipe."""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
        status, out, _ = probes("audit", "-", *WARNING, "--fail-on", "warning")
        assert 1 == status
        assert "<stdin>:9" in out

    def test_standard_input_that_is_closed(self, probes: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """A dash without a pipe is unreadable input; the report does not claim that there are no findings."""
        monkeypatch.setattr(sys, "stdin", None)
        expected = "Input errors:\n  <stdin>: standard input is closed\n\nAudited 0 workloads in 0 objects.\n"
        assert (2, expected, "") == probes("audit", "-")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["audti"], "No such command 'audti'. Did you mean 'audit'?"),
            (["xyzzy"], "No such command 'xyzzy'. Available commands: preview, audit, "),
            (["audit"], "Missing argument 'PATH...'"),
            (["audit", "x", "--fromat", "json"], "Did you mean '--format'?"),
            (["audit", "x", "--format", "xml"], "'xml' is not one of"),
            (["audit", "x", "--fail-on", "panic"], "'panic' is not one of"),
            (["audit", "x", "--select", "PRB999"], "--select: 'PRB999' is not a rule."),
            (["audit", "x", "--select", ""], "--select: must name at least one rule"),
            (["audit", "x", "--ignore", "readines-missing"], "Did you mean 'readiness-missing'?"),
            (["audit", "x", "--policy-config", "no.json"], "no.json: no such file or directory"),
            (["audit", "x", "--baseline", "cart.yaml"], "cart.yaml:1: not valid JSON"),
            (["audit", "x", "--baseline", "other.json"], "not a JSON report of version 1"),
            (["audit", "x", "--policy-config", "."], "--policy-config: .: is a directory"),
            (["audit", "x", "--baseline", "pipe"], "--baseline: pipe: a pipe, not a file"),
            (["audit", "x", "--policy-config", "pipe"], "--policy-config: pipe: a pipe, not a file"),
            (["audit", "x", "--policy-config", "a\0b"], "embedded null byte"),
            (["audit", "x", "--waivers", "cart.yaml"], "--waivers: cart.yaml: "),
            (
                ["audit", "x", "--policy-config", "typo.json"],
                "'readines-missing' is not a policy. Did you mean 'readiness-missing'?",
            ),
            (
                ["audit", "x", "--policy-config", "code.json"],
                "'PRB101' is not a policy. Use its name, 'readiness-missing'.",
            ),
            (["audit", "x", "--output", "."], "is a directory"),
            (["audit", "x", "--output", "no/such/folder"], "does not exist"),
            (["explain", "PRB9999"], "'PRB9999' is neither a rule nor a file."),
            (["AUDIT"], "No such command 'AUDIT'. Did you mean 'audit'?"),
            (["audit", "x", "--select", "PRB1O3"], "'PRB1O3' is not a rule. Did you mean 'PRB103'?"),
            (["audit", "x", "--select", "READINES-MISSING"], "Did you mean 'readiness-missing'?"),
            (["explain", "PRB1O3"], "'PRB1O3' is neither a rule nor a file. Did you mean 'PRB103'?"),
            (["explain", "readiness-mising"], "Did you mean 'readiness-missing'?"),
            (["timeline", "slow-start"], "'slow-start' is neither a file nor a preset. Did you mean 'slow_start'?"),
            (
                ["timeline", "no.yaml"],
                "'no.yaml' is neither a file nor a preset. Available presets: grpc, slow_start, telco, web.",
            ),
            (["rules", "--format", "xml"], "'xml' is not one of"),
            (["preview", "no-such-folder"], "no such directory"),
            (["preview", "."], "it contains no Pulumi.yaml"),
            (["preview", ".", "--config", "novalue"], "'novalue' is not of the form KEY=VALUE"),
            (["preview", ".", "--time-limit", "0"], "--time-limit"),
            (["--nonsense"], "--nonsense"),
        ],
    )
    def test_mistakes(self, probes: Run, bad: str, arguments: list[str], words: str) -> None:
        """A mistake gives status 2 and a message on standard error, with a suggestion if there is a close match."""
        Path("typo.json").write_text('{"readines-missing": "advisory"}')
        Path("code.json").write_text('{"PRB101": "advisory"}')
        os.mkfifo("pipe")
        Path("other.json").write_text('{"version": 7}')
        if arguments[:2] == ["preview", "."] and "--config" in arguments:
            Path("Pulumi.yaml").write_text("name: a\nruntime: python\n")
        status, out, err = probes(*arguments)
        assert (2, "") == (status, out)
        assert words in " ".join(err.split())
        assert "Traceback" not in err
        assert bad

    def test_no_subcommand(self, probes: Run) -> None:
        """Without a subcommand, the help is shown with the status for wrong usage."""
        status, _, err = probes()
        assert 2 == status
        assert all(command in err for command in COMMANDS)

    def test_an_internal_error_is_not_reported_as_a_mistake(
        self, probes: Run, bad: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An internal error is reported as such, without a traceback and without the value that caused it."""

        def broken(*_: object, **__: object) -> None:
            raise KeyError("CANARY-1234")

        monkeypatch.setattr("pulumi_probes.cli._policy_options.audit_files", broken)
        status, out, err = probes("audit", bad)
        assert (2, "") == (status, out)
        assert "Internal error: KeyError in test_command.py:" in err
        assert "CANARY" not in err
        monkeypatch.setenv("PROBES_DEBUG", "1")
        assert "Traceback" in probes("audit", bad)[2]

    def test_interrupted(self, probes: Run, bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl-C gives the exit status that shells use."""

        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("pulumi_probes.cli._policy_options.audit_files", interrupted)
        assert (130, "", "\nInterrupted.\n") == probes("audit", bad)


class TestOutput:
    """Standard output contains only the report."""

    def test_nothing_else(self, probes: Run, bad: str) -> None:
        """With a pipe, standard output gets the report, and standard error is empty."""
        _, out, err = probes("audit", bad, "--format", "json")
        assert {"version", "findings", "not_evaluated", "errors", "summary"} == set(json.loads(out))
        assert "" == err

    def test_to_a_file(self, probes: Run, bad: str, tmp_path: Path) -> None:
        """A file is written atomically, keeps its permissions, and links are followed; no temporary file is left."""
        target = tmp_path / "report.json"
        target.write_text("old")
        target.chmod(0o640)
        (tmp_path / "link.json").symlink_to(target)
        status, out, err = probes("audit", bad, *WARNING, "--format", "json", "--output", "link.json")
        assert (0, "", "") == (status, out, err)
        assert 1 == json.loads(target.read_text())["version"]
        assert 0o640 == target.stat().st_mode & 0o777
        assert ["cart.yaml", "link.json", "report.json"] == sorted(path.name for path in tmp_path.iterdir())

    def test_a_device(self, probes: Run, bad: str) -> None:
        """Devices and pipes are written to directly."""
        assert (0, "", "") == probes("audit", bad, *WARNING, "--output", "/dev/null")
        assert Path("/dev/null").is_char_device()

    @pytest.mark.parametrize("failure", [OSError(28, "No space left on device")])
    def test_a_full_disk(self, probes: Run, bad: str, monkeypatch: pytest.MonkeyPatch, failure: OSError) -> None:
        """If a report cannot be written, the old one is kept, and the reason is shown."""
        Path("report.txt").write_text("old")

        def full(*_: object, **__: object) -> None:
            raise failure

        monkeypatch.setattr("tempfile.mkstemp", full)
        status, _, err = probes("audit", bad, "--output", "report.txt")
        assert 2 == status
        assert "No space left on device" in err
        assert "old" == Path("report.txt").read_text()

    @pytest.mark.parametrize(
        ("redirection", "words"),
        [
            ("rules >/dev/full", "Cannot write to standard output: No space left on device."),
            ("presets >/dev/full", "Cannot write to standard output: No space left on device."),
            ("--help >/dev/full", "Cannot write to standard output: No space left on device."),
            ("--version >/dev/full", "Cannot write to standard output: No space left on device."),
            ("audit --help >/dev/full", "Cannot write to standard output: No space left on device."),
            ("rules >&-", "Standard output is closed."),
        ],
    )
    def test_standard_output_that_cannot_be_written(self, redirection: str, words: str) -> None:
        """A full disk or a closed standard output is neither an internal error nor a success."""
        script = f"{sys.executable} -c 'from pulumi_probes.cli import main; main()' {redirection}"
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
        assert (2, f"Error: {words}\n") == (done.returncode, done.stderr)

    def test_a_reader_that_exits_early(self, bad: str) -> None:
        """`probes rules | head -1` exits silently."""
        script = f"{sys.executable} -c 'from pulumi_probes.cli import main; main()' rules | head -1"
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
        assert (1, "") == (done.stdout.count("\n"), done.stderr)
        assert bad

    @pytest.mark.parametrize(
        ("variables", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
    )
    def test_colour_on_a_terminal(self, bad: str, variables: dict[str, str], *, colored: bool) -> None:
        """A terminal gets colors, unless NO_COLOR is set or the terminal is dumb."""
        assert colored == (b"\x1b[" in on_a_terminal("audit", bad, *WARNING, **variables))

    @pytest.mark.parametrize(("columns", "longest"), [(20, 60), (70, 70), (100, 100), (300, 100)])
    def test_the_width_of_a_terminal(self, bad: str, columns: int, longest: int) -> None:
        """Lines are as wide as the terminal, from 60 to 100 columns; files get 100."""
        for verb in ("audit", "timeline"):
            shown = on_a_terminal(verb, bad, COLUMNS=str(columns), NO_COLOR="1").decode()
            assert longest - 12 <= max(len(line) for line in shown.splitlines()) <= longest


def on_a_terminal(*arguments: str, **variables: str) -> bytes:
    """The output of the command on a terminal."""
    environment = {"TERM": "xterm", "PATH": os.environ["PATH"], **variables}
    reader, writer = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", "from pulumi_probes.cli import main; main()", *arguments],
            stdout=writer,
            env=environment,
        )
        os.close(writer)
        shown = b""
        # Linux answers with an error, not with nothing, when the last writer has gone.
        with contextlib.suppress(OSError):
            while block := os.read(reader, 10_000):
                shown += block
        process.wait()
    finally:
        os.close(reader)
    return shown


class TestSecrets:
    """Values of a manifest or a program that may be secret are never shown."""

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_an_audit(self, probes: Run, bad: str, format_name: str) -> None:
        """Values of environment, commands and headers never appear in any format, whatever the rules report."""
        _, out, err = probes("audit", bad, "--format", format_name, "--fail-on", "never")
        assert "PRB" in out
        assert "CANARY" not in out + err

    def test_explaining(self, probes: Run, bad: str) -> None:
        """The same for `probes explain PATH`."""
        _, out, err = probes("explain", bad)
        assert "Pod shop/cart" in out
        assert "CANARY" not in out + err

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_a_preview(self, probes: Run, tmp_path: Path, format_name: str) -> None:
        """A secret of a program appears in neither a report nor the manifests, unless --show-secrets is set."""
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(
            f"""
import pulumi, yaml
import pulumi_kubernetes as k8s
config = pulumi.Config()
content = yaml.safe_load('''{BAD}''')
content["spec"]["containers"][0]["env"][0]["value"] = pulumi.Output.secret("CANARY-1234")
content["spec"]["containers"][0]["env"].append({{"name": "B", "value": config.require_secret("token")}})
del content["spec"]["containers"][0]["livenessProbe"], content["spec"]["containers"][0]["readinessProbe"]
k8s.core.v1.Pod("cart", metadata=content["metadata"], spec=content["spec"])
k8s.core.v1.Secret("s", metadata={{"name": "s"}}, string_data={{"a": "CANARY-1234"}})
"""
        )
        out_folder = tmp_path / "out"
        arguments = ["preview", str(tmp_path), "--config", "token=CANARY-1234", "--out", str(out_folder)]
        _, out, err = probes(*arguments, "--format", format_name, "--fail-on", "never")
        files = "".join(path.read_text() for path in sorted(out_folder.rglob("*.yaml")))
        assert "[secret]" in files
        assert "CANARY" not in out + err + files
        if format_name == "text":
            probes(*arguments, "--show-secrets")
            assert "CANARY-1234" in (out_folder / "1-manifest" / "v1-pod-shop-cart.yaml").read_text()


class TestCommands:
    """The output of the subcommands."""

    def test_rules(self, probes: Run) -> None:
        """All rules, as text and as JSON."""
        listed = json.loads(probes("rules", "--format", "json")[1])["rules"]
        _, text, _ = probes("rules")
        assert [rule["code"] for rule in listed] == [line[:6] for line in text.splitlines() if line.startswith("PRB")]
        assert {"code", "name", "severity", "since", "scope", "summary", "parameters"} == set(listed[0])

    def test_explain_a_rule(self, probes: Run) -> None:
        """The documentation of a rule, by code or name, regardless of case."""
        pages = {probes("explain", name)[1] for name in ("PRB204", "prb204", "liveness-outruns-readiness")}
        (page,) = pages
        assert page.startswith("PRB204 liveness-outruns-readiness\nwarning, since 0.1\n")
        assert all(
            heading in page for heading in ("Bad:\n    apiVersion", "Good:\n    apiVersion", "Fix: ", "https://")
        )

    def test_explain_a_manifest(self, probes: Run, bad: str) -> None:
        """The timings of a manifest's probes."""
        status, out, _ = probes("explain", bad)
        assert 0 == status
        assert "A hung pod stops receiving traffic after 21-31 s" in out

    def test_presets(self, probes: Run) -> None:
        """All presets with their numbers."""
        listed: list[dict[str, Any]] = json.loads(probes("presets", "--format", "json")[1])["presets"]
        _, text, _ = probes("presets")
        assert ["grpc", "slow_start", "telco", "web"] == [preset["name"] for preset in listed]
        for preset in listed:
            startup = preset["contract"]["startup"]
            assert f"every {startup['periodSeconds']} s" in text
        assert max(len(line) for line in text.splitlines()) <= 100

    def test_version_and_help(self, probes: Run) -> None:
        """The version, and one line of help for each subcommand."""
        assert probes("--version")[1].startswith("pulumi-probes 0.")
        for arguments in ([], *([command] for command in COMMANDS)):
            status, out, _ = probes(*arguments, "--help")
            assert 0 == status
            assert "Usage: probes" in out

    def test_options_reach_the_audit(self, probes: Run, bad: str) -> None:
        """Configuration, waivers, baseline and selection determine which findings count."""
        audit = ["audit", bad, "--fail-on", "warning"]
        assert 1 == probes(*audit, *WARNING)[0]
        assert 0 == probes(*audit, *WARNING, "--ignore", "PRB2")[0]
        Path("config.json").write_text('{"liveness-outruns-readiness": "disabled"}')
        assert 0 == probes(*audit, *WARNING, "--policy-config", "config.json")[0]
        Path("waivers.yaml").write_text("waivers: [{code: PRB204, reason: known}]\n")
        status, out, _ = probes(*audit, *WARNING, "--waivers", "waivers.yaml")
        assert 0 == status
        assert "Waived: known." in out
        probes(*audit, *WARNING, "--format", "json", "--output", "baseline.json")
        assert 0 == probes(*audit, *WARNING, "--baseline", "baseline.json")[0]

    def test_a_failing_program(self, probes: Run, tmp_path: Path) -> None:
        """The registered resources are audited, the error is in the report, and the user's frames on standard error."""
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(
            "import pulumi_kubernetes as k8s\nk8s.core.v1.Pod('cart', metadata={'name': 'cart'})\n"
            "def deeper():\n    raise ValueError('two\\nlines')\ndeeper()\n"
        )
        status, out, err = probes("preview", str(tmp_path))
        assert 2 == status
        assert "kubernetes:core/v1:Pod cart" in out
        assert "The program failed:" in out
        assert "__main__.py:4: ValueError: two\n" in out
        assert "in deeper" in err
        assert "pulumi_probes" not in err
        assert "Traceback" not in err

    def test_a_program_that_takes_too_long(self, probes: Run, tmp_path: Path) -> None:
        """The message names the option for a longer time limit."""
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text("while True: pass\n")
        status, out, _ = probes("preview", str(tmp_path), "--time-limit", "0.5")
        assert 2 == status
        expected = "The program did not finish within 0.5 s. Use --time-limit to allow more."
        assert expected in " ".join(out.split())

    def test_a_duplicate_key(self, probes: Run, tmp_path: Path) -> None:
        """The object is audited, so the report does not say that it could not be read."""
        file = tmp_path / "twice.yaml"
        file.write_text(BAD.replace("kind: Pod", "kind: Pod\nkind: Pod"))
        status, out, _ = probes("audit", str(file))
        assert 2 == status
        assert "Input errors:" in out
        assert "duplicate key" in " ".join(out.split())
        assert "Audited 1 workload in 1 object" in out

    def test_threads_that_a_program_leaves(self, tmp_path: Path) -> None:
        """A thread that never ends does not keep the command from exiting."""
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(
            "import threading\nthreading.Thread(target=threading.Event().wait).start()\n"
        )
        command = [sys.executable, "-c", "from pulumi_probes.cli import main; main()", "preview", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert (0, "") == (done.returncode, done.stderr)
        assert "Audited 0 workloads in 0 objects" in done.stdout
