#!/bin/sh
# bashlex and tree-sitter-bash each reject shell syntax that is common in exec probes, in different cases.
#
# What: bash accepts all of these. bashlex 0.18 rejects `[[ ... ]]`, `$(( ... ))` and `case`, with two
#   different exceptions; tree-sitter-bash 0.25.1 accepts those and reports a syntax error in
#   `exec 3<>/dev/tcp/...`, the usual TCP probe for an image without nc.
# Why it matters: a linter on either of them reports a valid probe as broken, or skips it, and the
#   error does not say that the parser, not the command, is incomplete.
# Versions: bashlex 0.18, tree-sitter-bash 0.25.1 with tree-sitter 0.26.1.
# Recorded: 2026-11-27.
set -eu
for tool in bash python3; do
    command -v "$tool" >/dev/null || { echo "skip: needs $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check bashlex==0.18 tree-sitter==0.26.1 tree-sitter-bash==0.25.1
cat > parse.py <<'EOF'
import subprocess

import bashlex, tree_sitter, tree_sitter_bash

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
for command in (
    "pg_isready -q || exit 1",
    "[[ -f /tmp/ready ]]",
    "test $(( $(date +%s) - $(cat /tmp/beat) )) -lt 30",
    'case "$(cat /tmp/state)" in ready) exit 0;; *) exit 1;; esac',
    "exec 3<>/dev/tcp/127.0.0.1/8080",
):
    shell = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False).returncode
    try:
        bashlex.parse(command)
        lexed = "ok"
    except Exception as error:
        lexed = type(error).__name__
    tree = "error" if parser.parse(command.encode()).root_node.has_error else "ok"
    print(f"{command!r}: bash {shell}, bashlex {lexed}, tree-sitter-bash {tree}")
EOF
seen=$(venv/bin/python parse.py 2>run.log) || { cat run.log; exit 1; }
recorded=$(cat <<'EOF'
'pg_isready -q || exit 1': bash 0, bashlex ok, tree-sitter-bash ok
'[[ -f /tmp/ready ]]': bash 0, bashlex ParsingError, tree-sitter-bash ok
'test $(( $(date +%s) - $(cat /tmp/beat) )) -lt 30': bash 0, bashlex NotImplementedError, tree-sitter-bash ok
'case "$(cat /tmp/state)" in ready) exit 0;; *) exit 1;; esac': bash 0, bashlex NotImplementedError, tree-sitter-bash ok
'exec 3<>/dev/tcp/127.0.0.1/8080': bash 0, bashlex ok, tree-sitter-bash error
EOF
)
echo "software: bashlex 0.18, tree-sitter-bash 0.25.1"
echo "expected: both parse what bash parses"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
