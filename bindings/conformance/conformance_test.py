#!/usr/bin/env python3
"""Runs the scenarios by the C program, checks what they say of it, and compares the other languages' lines with it, byte by byte.

Usage: conformance_test.py MODEL_FOLDER C_PROGRAM [LANGUAGE COMMAND...] [-- LANGUAGE COMMAND...]...
"""
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SCENARIOS = pathlib.Path(__file__).resolve().parent / 'scenarios.json'
TIMEOUT_S = 300
SKIP = 77


def run(language, command, model):
    with tempfile.TemporaryDirectory(prefix='sidewinder-conformance-') as folder:
        done = subprocess.run([*command, str(SCENARIOS), model, folder], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise SystemExit(f'{language}: the runner exited {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}')
    return done.stdout.splitlines()


def steps_of(steps, prefix):
    """(where, step) of each line that a runner prints."""
    for i, step in enumerate(steps):
        if step['op'] == 'together':
            for b, branch in enumerate(step['branches']):
                yield from steps_of(branch, f'{prefix}{i}.{b}.')
        else:
            yield f'{prefix}{i}', step


def check_facts(lines):
    """What the scenarios themselves say of the result."""
    problems = []
    found = iter(lines)
    for scenario in json.loads(SCENARIOS.read_text(encoding='utf-8'))['scenarios']:
        results = {}
        for where, step in steps_of(scenario['steps'], ''):
            name = f"{scenario['name']}/{where} {step['op']}: "
            line = next(found, '')
            if not line.startswith(name):
                return problems + [f'{name} was expected, not {line!r}']
            result = line[len(name):]
            results[where] = results[step.get('label', where)] = result
            expected = step.get('expect', 'ok')
            if not re.match(re.escape(expected) + r'( |$)', result):
                problems.append(f'{name}{result[:200]}: not {expected}')
            if 'same_as' in step and without_counters(results[step['same_as']]) != without_counters(result):
                problems.append(f"{name}{result[:200]}: not the same as {step['same_as']}: {results[step['same_as']][:200]}")
    return problems + [f'a line too many: {line}' for line in found]


def without_counters(result):
    return re.sub(r' rewinds=\d+', '', result)


def differences(language, lines, wanted):
    problems = []
    for ours, theirs in itertools.zip_longest(wanted, lines, fillvalue='(nothing)'):
        if ours != theirs:
            problems.append(f'{language}: {theirs}\n      c: {ours}')
    return problems


def main():
    model, c_program, *rest = sys.argv[1:]
    if not (pathlib.Path(model) / 'model.safetensors').is_file():
        print(f"SKIPPED: the embedded model's weights are not in {model}: nothing can be run")
        return SKIP
    wanted = run('c', [c_program], model)
    problems = check_facts(wanted)
    languages = [list(group) for is_end, group in itertools.groupby(rest, lambda word: word == '--') if not is_end]
    for language, *command in languages:
        problems += differences(language, run(language, command, model), wanted)
    print('\n'.join(problems) or f'{len(wanted)} results, the same in c{"".join(", " + language for language, *_ in languages)}')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
