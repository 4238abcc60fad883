#!/usr/bin/env python3
"""Checks and packages the extension and its suite, and runs them in code-server under a headless Chromium.      run.py BUILD ARTIFACTS"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
EXTENSION = HERE.parent
CODE_SERVER = EXTENSION.parent / '.tools/code-server'


def missing():
    if not (CODE_SERVER / '.installed').is_file():
        return 'code-server is not installed'
    if not (EXTENSION / 'node_modules/.bin/vsce').exists():
        return 'the npm packages of the extension are not installed'
    for program in ('chromium', 'node', 'patchelf', 'strip'):
        if not shutil.which(program):
            return f'{program} is not installed'
    return None


def run(*command, folder=EXTENSION):
    print('+', *command, flush=True)
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)


def main():
    build, artifacts = map(os.path.abspath, sys.argv[1:3])
    why = missing()
    if why:
        print(f'SKIPPED: {why}; run editor-plugins/setup', file=sys.stderr)
        return 77
    node_modules = EXTENSION / 'node_modules/.bin'
    with tempfile.TemporaryDirectory(prefix='sw-vsix-') as folder:
        extension, suite = os.path.join(folder, 'sidewinder.vsix'), os.path.join(folder, 'suite.vsix')
        try:
            run(node_modules / 'tsc', '-p', '.')
            run(EXTENSION / 'package', build, extension)
            run(node_modules / 'vsce', 'package', '--no-dependencies', '--skip-license', '--allow-missing-repository', '--out', suite,
                folder=HERE / 'inhost')
            run('node', '--test', HERE / 'unit_test.mjs')
            run('node', HERE / 'screen_test.mjs', extension, suite, artifacts)
        except subprocess.CalledProcessError as error:
            print(f'{error}; screenshots are in {artifacts}', file=sys.stderr)
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
