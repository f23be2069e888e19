#!/usr/bin/env bash
# Installs PyTorch for the comparisons into .cache/peers, outside of the project's own dependencies, and prints
# the Python that has it. Where PyTorch 2.13 cannot be had, Debian's python3-torch takes its place.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=.cache/peers/venv
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check 'torch==2.13.0+cpu' numpy >&2 || true
fi
if "$venv/bin/python" -c 'import torch, numpy' 2>/dev/null; then
  echo "$venv/bin/python"
elif /usr/bin/python3 -c 'import torch, numpy' 2>/dev/null; then
  echo /usr/bin/python3
else
  echo "no PyTorch: pip has no torch 2.13.0+cpu here; try 'apt-get install python3-torch'" >&2
  exit 1
fi
