#!/bin/sh
# The nodes of PyYAML's two loaders differ although the documentation calls them interchangeable.
#
# What: for a plain scalar, `node.style` is None with SafeLoader and an empty string with CSafeLoader. In a text with a
#   byte order mark, `mark.index` counts the mark with SafeLoader and leaves it out with CSafeLoader.
# Why it matters: a program that edits YAML by the positions of nodes, or asks `style is None` to tell `"8080"` from
#   8080, is right in tests without libyaml and wrong in production with it, or the other way round.
# Versions: PyYAML 6.0.4 with libyaml.
# Recorded: 2026-11-27.
set -eu
command -v python3 >/dev/null || { echo "skip: needs python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check PyYAML==6.0.4
cat > "$work/run.py" <<'END'
import yaml

if not yaml.__with_libyaml__:
    print("skip: PyYAML was built without libyaml")
    raise SystemExit(77)
for loader in (yaml.SafeLoader, yaml.CSafeLoader):
    key, value = yaml.compose("port: 8080\n", Loader=loader).value[0]
    marked, _ = yaml.compose("\ufeffport: 8080\n", Loader=loader).value[0]
    print(f"{loader.__name__}: style {value.style!r}, index behind the mark {marked.start_mark.index}")
END
actual=$("$work/venv/bin/python" "$work/run.py") || { status=$?; echo "$actual"; exit "$status"; }
expected="SafeLoader: style None, index behind the mark 1
CSafeLoader: style '', index behind the mark 0"
echo "expected: the same line for both loaders"
echo "actual:"
echo "$actual"
[ "$actual" = "$expected" ] || { echo "changed"; exit 1; }
