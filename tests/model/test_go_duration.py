"""Custom timeouts are read with the same results as Go, in which Pulumi's engine is written.

A table of known results is checked on every machine. If Go is installed, its `time.ParseDuration` is compared for
thousands of generated texts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pytest

from pulumi_probes.codec.pulumi_resource import read_custom_timeout
from pulumi_probes.model.go_duration import NANOSECONDS, parse_go_duration
from pulumi_probes.timeline.model.duration import parse_duration

SECOND = NANOSECONDS["s"]
LARGEST = 2**63 - 1

KNOWN: list[tuple[str, int | None]] = [
    ("0", 0),
    ("-0", 0),
    ("+0", 0),
    ("0s", 0),
    ("5s", 5 * SECOND),
    ("+5s", 5 * SECOND),
    ("-5s", -5 * SECOND),
    ("90s", 90 * SECOND),
    ("5m", 300 * SECOND),
    ("1h30m", 5400 * SECOND),
    ("30m1h", 5400 * SECOND),
    ("1h1h", 7200 * SECOND),
    (".5h", 1800 * SECOND),
    ("1.h", 3600 * SECOND),
    ("1.5h.5m", 5430 * SECOND),
    ("-.5ms", -500_000),
    ("1us", 1000),
    ("1µs", 1000),
    ("1μs", 1000),
    ("1ns", 1),
    ("0.9ns", 0),
    ("0.3333333333333333333h", 1_200_000_000_000),
    ("0.9223372036854775807h", 3_320_413_933_267),
    ("0.100000000000000000000h", 360 * SECOND),
    ("9223372036854775807ns", LARGEST),
    ("9223372036854775.807us", LARGEST),
    ("-9223372036854775808ns", -LARGEST - 1),
    ("2562047h47m16.854775807s", LARGEST),
    ("00000000000000000000000000000000000001s", SECOND),
    ("", None),
    ("-", None),
    ("s", None),
    (".", None),
    (".s", None),
    ("+.s", None),
    ("90", None),
    ("00", None),
    ("1.5", None),
    ("2d", None),
    ("1min", None),
    ("1S", None),
    ("1h 30m", None),
    (" 1h", None),
    ("1h\n", None),
    ("1h-5m", None),
    ("--5s", None),
    ("1..5s", None),
    ("1e3s", None),
    ("1_000s", None),
    ("٣s", None),
    ("9223372036854775808ns", None),
    ("-9223372036854775809ns", None),
    ("2562047h47m16.854775808s", None),
    ("3000000h", None),
    ("9" * 30 + "s", None),
    ("9" * 5000 + "s", None),
    ("0" * 5000 + "1s", SECOND),
]
"""Go's results: nanoseconds, or None for an error."""

GO_PROGRAM = """
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		if duration, err := time.ParseDuration(text); err == nil {
			fmt.Println(duration.Nanoseconds())
		} else {
			fmt.Println("refused")
		}
	}
}
"""

Answers = Callable[[Sequence[str]], list[int | None]]


@pytest.fixture(scope="module")
def ask_go(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Go's own results: nanoseconds, or None for an error."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not on the PATH: only the table of known answers is checked")
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(GO_PROGRAM, encoding="utf-8")
    environment = {**os.environ, "GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    subprocess.run([go, "build", "-o", "durations", "main.go"], cwd=folder, env=environment, check=True)

    def ask(texts: Sequence[str]) -> list[int | None]:
        questions = "".join(json.dumps(text) + "\n" for text in texts)
        done = subprocess.run([folder / "durations"], input=questions, capture_output=True, text=True, check=True)
        return [None if answer == "refused" else int(answer) for answer in done.stdout.splitlines()]

    return ask


def ours(text: str) -> int | None:
    """The results of this project in the same form."""
    try:
        return parse_go_duration(text)
    except ValueError:
        return None


def digits(random: Random) -> str:
    """None, a few, or about as many as 64 bits hold."""
    return "".join(random.choices("0123456789", k=random.choice([0, 1, 1, 2, 3, 17, 19, 22])))


def generated(number: int, seed: int) -> Iterator[str]:
    """Durations, similar texts and noise."""
    random = Random(seed)  # noqa: S311 - the same texts every time
    units = [*NANOSECONDS, *NANOSECONDS, *NANOSECONDS, "d", "min", "", "M", "sm", "e3"]
    for _ in range(number):
        if random.random() < 0.1:
            yield "".join(random.choices("0123456789.+- nuµμmshd", k=random.randrange(12)))
            continue
        parts = (
            f"{digits(random)}{random.choice(['', '.', '.'])}{digits(random)}{random.choice(units)}"
            for _ in range(random.choice([0, 1, 1, 1, 2, 3]))
        )
        yield random.choice(["", "", "", "-", "+", " "]) + "".join(parts)


@pytest.mark.parametrize(("text", "expected"), KNOWN, ids=[text[:40] or "nothing" for text, _ in KNOWN])
def test_known_answers(text: str, expected: int | None) -> None:
    """The table has Go's results, for machines without Go."""
    assert expected == ours(text)


def test_the_table_is_right(ask_go: Answers) -> None:
    """Go gives the results in the table."""
    texts = [text for text, _ in KNOWN]
    assert dict(KNOWN) == dict(zip(texts, ask_go(texts), strict=True))


def test_go_agrees(ask_go: Answers) -> None:
    """For 20,000 generated texts, both accept the same ones and read the same number of nanoseconds."""
    texts = list(generated(20_000, seed=1))
    answers = ask_go(texts)
    assert [] == [(text, go, ours(text)) for text, go in zip(texts, answers, strict=True) if go != ours(text)]
    assert 4_000 < sum(answer is None for answer in answers) < 16_000, "both kinds are common"


def test_durations_of_scenarios_are_wider() -> None:
    """Durations of whole milliseconds have the same value in a scenario, unless they are negative."""
    read = 0
    for text in generated(20_000, seed=2):
        nanoseconds = ours(text)
        if nanoseconds is None or text.startswith("-"):
            continue
        try:
            milliseconds = parse_duration(text)
        except ValueError as error:
            if not re.search("finer than a millisecond|longer than a century", str(error)):
                raise
        else:
            read += 1
            # Scenarios are read exactly; Go rounds each part that has a fraction.
            assert abs(milliseconds * NANOSECONDS["ms"] - nanoseconds) <= text.count(".")
    assert read > 500


@pytest.mark.parametrize(
    ("text", "expected"), [("", None), ("0s", None), ("90s", 90.0), ("1500ms", 1.5), (".5h", 1800.0)]
)
def test_custom_timeouts_are_seconds(text: str, expected: float | None) -> None:
    """The engine sends seconds, and 0 for unset."""
    assert expected == read_custom_timeout(text)


@pytest.mark.parametrize("text", ["90", "2d", "1h 30m"])
def test_a_custom_timeout_that_go_refuses_is_named(text: str) -> None:
    """The message contains the text and the correct form."""
    with pytest.raises(ValueError, match=f"'{text}' is not a duration in Go's form; write it as 90s"):
        read_custom_timeout(text)
