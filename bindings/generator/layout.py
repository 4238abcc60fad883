"""Writes a C program that says what the compiler makes of the header: sizes, offsets, constants. Bindings print the same lines."""
import textwrap

from .names import NOTICE


def program(header):
    out = [f'/* {NOTICE} */', '#include <stddef.h>', '#include <stdio.h>', '', '#include "sidewinder/sidewinder.h"', '',
           '#define STRUCT(s) printf(#s " %zu\\n", sizeof(s))',
           '#define FIELD(s, f) printf(#s "." #f " %zu %zu\\n", offsetof(s, f), sizeof(((s*)0)->f))',
           '#define CONSTANT(c) printf(#c " %d\\n", (int)c)', '']
    for s in header.structs:
        out += [f'static void {s.name[3:]}(void) {{', f'  STRUCT({s.name});']
        out += [f'  FIELD({s.name}, {f.name});' for f in s.fields]
        out += ['}', '']
    enums = [[name for name, _, _ in e.members] for e in header.enums]
    for names in enums:
        constants = ' '.join(f'CONSTANT({name});' for name in names)
        out += [f'static void from_{names[0].lower()}(void) {{'] + textwrap.wrap(constants, 138, initial_indent='  ', subsequent_indent='  ') + ['}', '']
    out += ['int main(void) {'] + [f'  {s.name[3:]}();' for s in header.structs]
    out += [f'  from_{names[0].lower()}();' for names in enums] + ['  return 0;', '}']
    return '\n'.join(out) + '\n'


def files(header):
    return {'bindings/conformance/layout.c': program(header)}
