"""The CPU time that programs need to start, for those for which it matters in a probe.

The figures are the lowest of three starts on an idle x86_64 machine, rounded: OpenJDK 17.0.15 (`jps`, `jcmd -l`,
`keytool`), CPython 3.11 with nothing but urllib, with requests or Django, and with Celery (`inspect ping`), Node.js and
kubectl. A cold cache, an agent or a larger class path only add to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from pulumi_probes.rules._commands import name_of, simple_commands, unwrapped

_JVM: Final = (
    r"j(?:ava|avac|cmd|ps|stat|stack|map|info|shell|hsdb)|keytool|nodetool|zkcli\.sh|hbase|hdfs|hadoop|solr|mvn|gradle"
    r"|kafka-[a-z-]+(?:\.sh)?|elasticsearch-[a-z-]+|opensearch-[a-z-]+|neo4j-admin|spark-submit"
)
_PYTHON: Final = r"python[\d.]*|pypy[\d.]*"
_STANDARD: Final = frozenset(
    {
        "os",
        "sys",
        "socket",
        "urllib",
        "http",
        "json",
        "time",
        "re",
        "pathlib",
        "datetime",
        "subprocess",
        "ssl",
        "signal",
    }
)
_IMPORT: Final = r"(?:^|[;\n])\s{0,20}(?:import|from)\s{1,20}([\w.]{1,100}(?:\s{0,5},\s{0,5}[\w.]{1,100}){0,20})"


class Startup(Struct, frozen=True):
    """A runtime that a command starts.

    Attributes:
        runtime: its name, with an article.
        milliseconds: the CPU time for starting it, at least.
    """

    runtime: str
    milliseconds: int


_JAVA: Final = Startup("a Java virtual machine", 200)
_WORKER: Final = Startup("a Python interpreter with a whole application", 800)
_IMPORTS: Final = Startup("a Python interpreter with imports", 200)
_INTERPRETER: Final = Startup("a Python interpreter", 60)
_NODE: Final = Startup("Node.js", 70)
_KUBECTL: Final = Startup("kubectl", 50)


def startups(command: Sequence[str]) -> list[Startup]:
    """The runtimes that an attempt starts, each as often as it is written in the command."""
    found: list[Startup] = []
    for simple in simple_commands(command):
        words = unwrapped(simple.words)
        startup = _startup(name_of(words), [word.text for word in words[1:]])
        if startup is not None:
            found.append(startup)
    return found


def _startup(name: str, arguments: list[str]) -> Startup | None:
    found: Startup | None = None
    if re.fullmatch(_JVM, name):
        found = _JAVA
    elif name in ("celery", "airflow"):
        found = _WORKER
    elif name in ("django-admin", "manage.py"):
        found = _IMPORTS
    elif re.fullmatch(_PYTHON, name):
        found = _python(arguments)
    elif name in ("node", "nodejs"):
        found = _NODE
    elif name == "kubectl":
        found = _KUBECTL
    return found


def _python(arguments: list[str]) -> Startup | None:
    for position, word in enumerate(arguments):
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        if word == "-m":
            return _WORKER if following in ("celery", "airflow") else _INTERPRETER
        if word == "-c":
            modules = {
                name.strip().partition(".")[0] for names in re.findall(_IMPORT, following) for name in names.split(",")
            }
            return _IMPORTS if modules - _STANDARD else _INTERPRETER
        if not word.startswith("-"):
            return _IMPORTS if word.rpartition("/")[2] == "manage.py" else _INTERPRETER
    return None
