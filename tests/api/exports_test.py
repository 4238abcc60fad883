#!/usr/bin/env python3
"""What the library exports is what the header declares, what exports.map names and what exports.txt remembers.

Usage: exports_test.py LIBRARY HEADER MAP GOLDEN NM
"""
import re
import subprocess
import sys


def without_comments(path):
    return re.sub(r'/\*.*?\*/|//[^\n]*', ' ', open(path, encoding='utf-8').read(), flags=re.DOTALL)


def dynamic_symbols(nm, library):
    """name -> (kind, version) of each defined dynamic symbol."""
    out = subprocess.run([nm, '-D', '--defined-only', library], check=True, capture_output=True, text=True).stdout
    symbols = {}
    for line in out.splitlines():
        kind, name = line.split()[-2:]
        name, _, version = name.partition('@@')
        symbols[name] = (kind, version)
    return symbols


def main():
    library, header, exports_map, golden, nm = sys.argv[1:]
    symbols = dynamic_symbols(nm, library)
    # The version itself is an absolute symbol of that name.
    exported = {name for name, (kind, _) in symbols.items() if kind != 'A'}
    declared = set(re.findall(r'\bSW_API\b[^;(]*?\b(sw_\w+)\s*\(', without_comments(header)))
    named = set(re.findall(r'\b(sw_\w+)\s*;', without_comments(exports_map)))
    remembered = set(open(golden, encoding='utf-8').read().split())
    problems = []
    for what, names in (('exported', exported), ('named in exports.map', named), ('in exports.txt', remembered)):
        problems += [f'{name} is declared and not {what}' for name in sorted(declared - names)]
        problems += [f'{name} is {what} and not declared' for name in sorted(names - declared)]
    problems += [f'{name} has version {version!r}, not SW_1' for name, (kind, version) in sorted(symbols.items())
                 if kind != 'A' and version != 'SW_1']
    problems += [f'{name} is not a function (nm says {kind})' for name, (kind, _) in sorted(symbols.items()) if kind not in 'AT']
    if not declared:
        problems.append('no function found in the header')
    print('\n'.join(problems) or f'{len(declared)} exports')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
