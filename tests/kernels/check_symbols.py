#!/usr/bin/env python3
"""Checks that an instruction set's library shows nothing but its bind_* functions.

Any other symbol with external or weak linkage (an inline function, say) could be merged by the linker with the same
function of another library, and machine code for a larger instruction set would then run where it must not.

Usage: check_symbols.py NM LIBRARY ISA
"""

import re
import subprocess
import sys


def main() -> int:
    nm, library, isa = sys.argv[1:]
    listing = subprocess.run([nm, "-C", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    allowed = re.compile(rf"sw::ops::bind_{isa}(_\w+)?\(sw::ops::OpTable&\)")
    n_bound = 0
    wrong = []
    for line in listing.splitlines():
        match = re.match(r"[0-9a-f]+ (\w) (.*)", line)
        if match is None or match[1].islower() and match[1] not in "uvw":
            continue  # a heading, or a symbol private to its file
        if allowed.fullmatch(match[2]):
            n_bound += 1
        else:
            wrong.append(line)
    for line in wrong:
        print(f"{library}: visible outside its file: {line}")
    if n_bound == 0:
        print(f"{library}: no bind_{isa} found: the check looks at the wrong file")
    return 1 if wrong or n_bound == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
