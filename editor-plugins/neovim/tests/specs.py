#!/usr/bin/env python3
"""Runs the specs inside a Neovim.      specs.py NVIM LIBRARY"""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main():
    nvim, library = map(os.path.abspath, sys.argv[1:3])
    if not os.access(nvim, os.X_OK):
        print(f'SKIPPED: {nvim} is not there; run editor-plugins/setup', file=sys.stderr)
        return 77
    if not pathlib.Path('/usr/share/lua/5.1/busted').is_dir():
        print('SKIPPED: busted is not there; run editor-plugins/setup, which installs lua-busted', file=sys.stderr)
        return 77
    specs = sorted(str(path) for path in HERE.glob('*_spec.lua'))
    out = subprocess.run([nvim, '--clean', '-l', str(HERE / 'run_specs.lua'), *specs], env=dict(os.environ, SIDEWINDER_LIBRARY=library),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=170)
    print(out.stdout)
    # Neovim says 0 whatever a script made of it: the line of busted is what counts.
    return 0 if out.returncode == 0 and ' / 0 failures / 0 errors / 0 pending' in out.stdout else 1


if __name__ == '__main__':
    sys.exit(main())
