# SPDX-License-Identifier: MIT
# Shared by examples/run, tests/run and .ci/run: read with `source`, not run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

# install_packages NAME...: installs those Debian packages that are missing. Where there is no apt-get it names them all,
# and stops if there is nothing to build with.
install_packages() {
  local package missing=() sudo=()
  if ! command -v apt-get >/dev/null; then
    echo "No apt-get here. These are needed, by their Debian names: $*"
    command -v cmake >/dev/null || die "cmake is missing: install the packages above and run this again"
    command -v "${CXX:-c++}" >/dev/null || die "a C++20 compiler is missing: install the packages above and run this again"
    return
  fi
  for package; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then return; fi
  echo "Installing: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "needs root to run: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update || die "apt-get update failed"
  "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null || die "could not install: ${missing[*]}"
}

# Builds use every core, and Ninja and ccache where they are, unless the caller has said otherwise.
use_this_machine() {
  export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)}
  export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$CMAKE_BUILD_PARALLEL_LEVEL}
  if command -v ninja >/dev/null; then export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}; fi
  if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}; fi
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}  # precompiled headers ask for it
}

example_packages=(cmake ninja-build g++ libeigen3-dev libcli11-dev nlohmann-json3-dev libstb-dev libssl-dev zlib1g-dev)
command -v gnuplot >/dev/null || example_packages+=(gnuplot-nox)
test_packages=("${example_packages[@]}" doctest-dev libonnx-dev libprotobuf-dev)
