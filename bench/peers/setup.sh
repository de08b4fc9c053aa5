#!/usr/bin/env bash
# Makes the Python environment of the peers: setup.sh [VENV_DIR], by default .venv beside this file.
# Set PYTHON to choose the interpreter. About 7 GB: PyPI's torch brings its CUDA packages and does not import without them.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="${1:-$here/.venv}"

"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
"$venv/bin/python" "$here/versions.py"
