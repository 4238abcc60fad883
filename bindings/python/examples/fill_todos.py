#!/usr/bin/env python3
"""Fills every TODO hole of a file: each line that is a comment saying TODO, and nothing else, is replaced by what the model writes there.

Usage: fill_todos.py FILE [--model FOLDER] [--max-tokens N] [--in-place]      prints the filled text, or writes it into the file
"""
import argparse
import os
import pathlib
import re
import sys
import tempfile

import sidewinder

HOLE = re.compile(r"^([ \t]*)(?:#|//|--|;)[ \t]*TODO\b[^\n]*$", re.MULTILINE)


def fill(buffer: sidewinder.Buffer, max_tokens: int) -> int:
    """Fills the holes from the first to the last, each in view of those before it. The number of holes that got a text."""
    filled, at = 0, 0
    while True:
        text = buffer.text
        hole = HOLE.search(text, at)
        if hole is None:
            return filled
        begin = len(text[:hole.end(1)].encode())
        end = len(text[:hole.end()].encode())
        comment = text[hole.end(1):hole.end()]
        buffer.edit(begin, end, "")
        best = buffer.complete(begin, max_tokens=max_tokens, multiline=2, cut_at_syntax=True)[0].text.rstrip()
        # Where the model has nothing to say the comment stays, and the search goes on behind it.
        buffer.edit(begin, begin, best or comment)
        filled += bool(best)
        at = hole.end(1) + len(best or comment)


def write(path: pathlib.Path, text: str) -> None:
    """Written aside and renamed: the file is never half a file."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", newline="") as file:
        file.write(text)
    os.chmod(file.name, path.stat().st_mode)
    os.replace(file.name, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--model", help="a checkpoint's folder; the embedded model by default")
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--in-place", action="store_true")
    arguments = parser.parse_args()
    try:
        source = arguments.file.read_bytes().decode("utf-8")
        with sidewinder.Engine() as engine, engine.open_model(arguments.model) as model:
            with model.buffer(source, path=arguments.file.name) as buffer:
                filled = fill(buffer, arguments.max_tokens)
                text = buffer.text
    except (OSError, UnicodeDecodeError, sidewinder.SidewinderError) as error:
        print(f"fill_todos: {error}", file=sys.stderr)
        return 1
    if arguments.in_place:
        write(arguments.file, text)
    else:
        sys.stdout.write(text)
    print(f"{filled} holes filled", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
