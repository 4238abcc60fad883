#!/usr/bin/env python3
"""Writes the table of grammars as C++: names, strong references to the grammars' functions, and the queries as text.

Usage: make_grammar_table.py OUT [NAME:SYMBOL:QUERY.scm ...]     QUERY may be empty: a grammar that has no outline
"""
import pathlib
import sys

HEAD = '''// Made by make_grammar_table.py from lib/context/meson.build and lib/context/queries.
#include "context/grammar_table.h"

'''


def raw_string(text):
    assert ')scm"' not in text
    return f'R"scm({text})scm"'


def main():
    out, entries = sys.argv[1], [entry.split(':', 2) for entry in sys.argv[2:]]
    lines = [HEAD, 'extern "C" {\n']
    lines += [f'const TSLanguage* {symbol}(void);\n' for _, symbol, _ in entries]
    lines += ['}\n\nnamespace sw {\n\nnamespace {\n\n']
    lines += ['constexpr GrammarEntry kGrammars[] = {\n'] if entries else []
    for name, symbol, query in entries:
        text = pathlib.Path(query).read_text(encoding='utf-8') if query else ''
        lines += [f'    {{"{name}", {symbol}, {raw_string(text)}}},\n']
    lines += ['};\n'] if entries else []
    span = 'kGrammars' if entries else '{}'
    lines += [f'\n}}  // namespace\n\nstd::span<const GrammarEntry> grammar_table() {{ return {span}; }}\n\n}}  // namespace sw\n']
    pathlib.Path(out).write_text(''.join(lines), encoding='utf-8')


if __name__ == '__main__':
    main()
