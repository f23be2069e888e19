#!/usr/bin/env bash
# Installs what we are compared with, outside of the project and its dependencies: into HANDGRAD_PEERS, else a
# folder of the user's cache, for all clones. The C++ programs are made of a clone's own sources, and stay in it.
# Prints where it is. What is there already is left alone.
#
#   setup.sh python   a Python with PyTorch 2.13; where that cannot be had, Debian's python3-torch takes its place
#   setup.sh node     a folder whose node_modules hold onnxruntime-node, TensorFlow.js and numpy-ts
#   setup.sh native   build-peers/, with the C++ programs, which need Debian's libopenblas-dev and libdnnl-dev
set -euo pipefail
cd "$(dirname "$0")/../.."
peers=${HANDGRAD_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/handgrad/peers}
mkdir -p "$peers"

python() {
  local venv=$peers/venv
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
}

node() {
  local packages=(onnxruntime-node@1.30.0 @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 numpy-ts@1.4.0)
  if [ ! -e "$peers/node/installed" ]; then
    mkdir -p "$peers/node"
    echo '{ "private": true }' >"$peers/node/package.json"
    npm install --prefix "$peers/node" --ignore-scripts --no-audit --no-fund --silent "${packages[@]}" >&2
    touch "$peers/node/installed"
  fi
  echo "$peers/node"
}

native() {
  local build=$PWD/build-peers log=$PWD/build-peers.log
  cmake -S . -B "$build" -DHANDGRAD_PEERS=ON >"$log" || { cat "$log" >&2; exit 1; }
  cmake --build "$build" --target openblas_matmul onednn_matmul cubes accuracy ladder_bench -j2 >"$log" 2>&1 ||
    { tail -20 "$log" >&2; echo "needs cmake, libopenblas-dev and libdnnl-dev" >&2; exit 1; }
  echo "$build/bench/peers"
}

case ${1:-} in
  python | node | native) "$1" ;;
  *) echo "usage: setup.sh python|node|native" >&2; exit 2 ;;
esac
