#!/usr/bin/env python3
"""The C program of the scenarios under valgrind: no leak, no byte read that was not written, and the same results as without.

Usage: leaks_test.py C_PROGRAM MODEL_FOLDER
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SCENARIOS = pathlib.Path(__file__).resolve().parent / 'scenarios.json'
# Those that say the most in the least time: valgrind is 50 times slower, and a decode step is mostly arithmetic.
NAMES = {'open', 'use after close'}
SKIP = 77


def main():
    program, model = sys.argv[1:]
    if shutil.which('valgrind') is None:
        print('NOT TESTED: valgrind is not there. bindings/setup installs it')
        return SKIP
    suite = json.loads(SCENARIOS.read_text(encoding='utf-8'))
    suite['scenarios'] = [s for s in suite['scenarios'] if s['name'] in NAMES]
    with tempfile.TemporaryDirectory(prefix='sidewinder-leaks-') as folder:
        scenarios = pathlib.Path(folder) / 'scenarios.json'
        scenarios.write_text(json.dumps(suite), encoding='utf-8')
        (pathlib.Path(folder) / 'empty').mkdir()
        command = ['valgrind', '--quiet', '--leak-check=full', '--errors-for-leak-kinds=definite,indirect', '--error-exitcode=9',
                   program, str(scenarios), model, str(pathlib.Path(folder) / 'empty')]
        done = subprocess.run(command, capture_output=True, text=True, timeout=550, check=False)
    print(done.stderr[-6000:])
    print(f'{len(done.stdout.splitlines())} steps, exit {done.returncode}')
    return 1 if done.returncode != 0 or not done.stdout else 0


if __name__ == '__main__':
    sys.exit(main())
