#!/usr/bin/env bash
# Resolves pyproject.toml into the locks beside this file: exact versions with the hashes of every file, for every platform.
# Run by `make bump`; needs the network. A lock names no index: pip's own settings decide where files come from.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}

# lock NAME PYTHON CONSTRAINT ARG…: requirements/NAME.lock for Python PYTHON and later, with ansible-core held by CONSTRAINT.
lock() {
  local name=$1 python=$2 core=$3
  shift 3
  echo "locking requirements/$name.lock"
  printf '%s\n' "$core" | "$uv" pip compile pyproject.toml --quiet --universal --python-version "$python" \
    --generate-hashes --no-emit-index-url --no-header --constraint - --output-file "requirements/$name.lock" "$@"
}

upgrade=()
[ "${1:-}" != "--upgrade" ] || upgrade=(--upgrade)
lock main 3.11 'ansible-core==2.19.*' --group dev "${upgrade[@]}"
lock oldest 3.10 'ansible-core==2.17.*' --group test "${upgrade[@]}"
lock newest 3.12 'ansible-core==2.21.*' --group test "${upgrade[@]}"
lock runtime 3.11 'ansible-core==2.19.*' "${upgrade[@]}"
