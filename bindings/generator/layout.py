"""Writes a C program that says what the compiler makes of the header: sizes, offsets, constants. Bindings print the same lines."""
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
    enums = list(enumerate(header.enums))
    for i, e in enums:
        out += [f'static void constants_{i}(void) {{'] + [f'  CONSTANT({n});' for n, _, _ in e.members] + ['}', '']
    out += ['int main(void) {'] + [f'  {s.name[3:]}();' for s in header.structs] + [f'  constants_{i}();' for i, _ in enums]
    return '\n'.join(out + ['  return 0;', '}']) + '\n'


def files(header):
    return {'bindings/conformance/layout.c': program(header)}
