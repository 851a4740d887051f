#!/bin/sh
# Make the project's virtual environment complete, or say in one sentence what is missing.
#
#   tools/setup.sh [VENV]        PYTHON=/path/to/python picks the interpreter for a new one
#
# Quick when there is nothing to do. The stamp holds what the environment was made from (lock,
# metadata, place, Python), so a changed lock, a moved checkout or another Python is noticed.
set -eu

cd "$(dirname "$0")/.."
venv=${1:-.venv}
lock=requirements/dev.lock
stamp=$venv/hypernodes.stamp

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
version='import sys; print("%d.%d.%d" % sys.version_info[:3])'

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

runs() { # runs PYTHON CODE: does it? (A version manager's shim can exist and yet not run.)
    "$1" -c "$2" </dev/null >/dev/null 2>&1
}

fingerprint() {
    cksum pyproject.toml "$lock" tools/setup.sh
    pwd -P
    "$venv/bin/python" -c "$version"
}

choose_python() { # sets $python, or fails with the nearest miss
    miss=''
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python python3.11 python3.12 python3.13
    fi
    for candidate; do
        if ! runs "$candidate" ''; then
            [ -z "${PYTHON:-}" ] || miss="PYTHON=$PYTHON does not run; give the path of a Python 3.11, 3.12 or 3.13."
        elif ! runs "$candidate" "$supported"; then
            found=$("$candidate" -c "$version" 2>/dev/null || echo unknown)
            [ -n "$miss" ] || miss="Python 3.11, 3.12 or 3.13 is needed and $candidate is $found; install one (apt-get install python3 python3-venv), or name it: make test PYTHON=/path/to/python3.11"
        elif ! runs "$candidate" 'import venv, ensurepip'; then
            found=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            miss="$candidate (Python $found) has no venv module to make an environment with; install it (apt-get install python3-venv, or python$found-venv), or name another Python: make test PYTHON=/path/to/python3.11"
        else
            python=$candidate
            return
        fi
    done
    fail "${miss:-no Python was found; install Python 3.11, 3.12 or 3.13 (apt-get install python3 python3-venv).}"
}

if runs "$venv/bin/python" "$supported" && [ -f "$stamp" ] && [ "$(fingerprint)" = "$(cat "$stamp")" ]; then
    exit 0
fi

usable() { # a supported Python with pip, made at this place (its scripts name where they were made)
    runs "$venv/bin/python" "$supported" && runs "$venv/bin/python" 'import pip' || return 1
    [ ! -f "$stamp" ] || grep -qxF "$(pwd -P)" "$stamp"
}

if ! usable; then
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ]; then
        fail "$venv exists and is no virtual environment; move it away, or choose another place: make test VENV=other"
    fi
    choose_python
    echo "setup: making $venv with Python $("$python" -c "$version")"
    "$python" -m venv --clear "$venv"
fi

rm -f "$stamp"
export PIP_DISABLE_PIP_VERSION_CHECK=1
echo "setup: installing the packages of $lock into $venv"
"$venv/bin/python" -m pip install -qq --require-hashes -r "$lock"
echo "setup: installing hypernodes itself, editable"
"$venv/bin/python" -m pip install -qq --no-index --no-deps --no-build-isolation --editable .
fingerprint >"$stamp.new"
mv "$stamp.new" "$stamp"
