#!/bin/sh
# Installs Seawall from this checkout into a virtual environment, and what it needs by hash: ci/install.sh FOLDER [PYTHON]
set -eu
folder=$1 python=${2:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
"$python" -m venv "$folder"
pip() { "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
pip --require-hashes --requirement "$here/ci/requirements.txt"
# Built by the hatchling that was just installed: nothing else is fetched.
pip --no-deps --no-build-isolation "$here"
