#!/usr/bin/env python3
"""A change of the public header that a binding does not follow fails here, by the name of the binding and of the symbol.

- What is generated is what the header says now: bindings/generate --check.
- Sizes, offsets and constants of ctypes and of Rust are those of the C compiler.
- Each function and each option is reached by each binding, or bindings/uncovered.txt says why not.

Usage: header_test.py LAYOUT_PROGRAM CC          the C program of conformance/layout.c, a C compiler
"""
import ctypes
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE.parent / 'include' / 'sidewinder' / 'sidewinder.h'
LAYOUT, CC = (sys.argv.pop(1), sys.argv.pop(1)) if len(sys.argv) > 2 else (None, 'cc')
sys.path.insert(0, str(HERE))

from generator import header as reader  # noqa: E402
from generator.names import BY_HAND  # noqa: E402

SOURCES = {'python': ('python/sidewinder', '*.py', r'(?:library|loaded)\.(sw_\w+)', ('_declarations.py',)),
           'rust': ('rust/sidewinder/src', '*.rs', r'sys::(sw_\w+)', ()),
           'go': ('go', '*.go', r'C\.(sw_\w+)', ('_test.go',))}
# Go's callbacks are set, and their functions called, in C.
EXTRA = {'go': ('go/callback.c', r'\b(sw_\w+)\(')}


def used(language):
    folder, pattern, call, left_out = SOURCES[language]
    names = set()
    for path in sorted((HERE / folder).glob(pattern)):
        if not path.name.endswith(left_out or ('.none',)):
            names |= set(re.findall(call, path.read_text(encoding='utf-8')))
    if language == 'python':  # a handle names its free function
        text = ''.join(p.read_text(encoding='utf-8') for p in (HERE / folder).glob(pattern) if p.name not in left_out)
        names |= set(re.findall(r'_free_name = "(sw_\w+)"', text))
    if language in EXTRA:
        path, call = EXTRA[language]
        names |= set(re.findall(call, (HERE / path).read_text(encoding='utf-8')))
    return names


def uncovered():
    """(language, name) -> why."""
    out = {}
    for line in (HERE / 'uncovered.txt').read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            language, name, why = line.split(None, 2)
            out[(language, name)] = why
    return out


def generate_check(header):
    done = subprocess.run([sys.executable, HERE / 'generate', '--check', '--header', header], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


class Header(unittest.TestCase):
    def setUp(self):
        self.header = reader.parse(HEADER)

    def test_what_is_generated_is_what_the_header_says(self):
        status, said = generate_check(HEADER)
        self.assertEqual(status, 0, '\n' + said)

    def test_every_function_is_reached_by_every_binding(self):
        allowed, problems = uncovered(), []
        declared = {f.name for f in self.header.functions}
        for language in SOURCES:
            names = used(language)
            problems += [f'{language}: {name} is not reached by the package: call it, or say why not in bindings/uncovered.txt'
                         for name in sorted(declared - names) if (language, name) not in allowed]
            problems += [f'{language}: {name} is reached, and bindings/uncovered.txt says that it is not'
                         for name in sorted(declared & names) if (language, name) in allowed]
            types = ({s.name for s in self.header.structs} | set(self.header.handles) | self.header.enum_names()
                     | {c.name for c in self.header.callbacks})
            problems += [f'{language}: {name} is used, and the header has no such thing' for name in sorted(names - declared - types)
                         if not name.startswith('sw_go_')]
        problems += [f'bindings/uncovered.txt: the header has no {name}' for _, name in allowed if name.split('.')[0] not in declared
                     and not self.header.struct(name.split('.')[0])]
        self.assertFalse(problems, '\n' + '\n'.join(problems))

    def test_fields_that_are_set_by_hand_are_known(self):
        """Handles and callbacks in options are no values, so each binding has its own form of them: a new one must not be forgotten."""
        plain = set(reader_scalars()) | self.header.enum_names()
        problems = [f'all bindings: {s.name}.{f.name} ({f.type.c}) is no plain value: add it by hand and to BY_HAND in generator/names.py'
                    for s in self.header.options() for f in s.fields
                    if f.type.base not in plain and f.name not in BY_HAND and s.name != 'sw_allocator']
        self.assertFalse(problems, '\n' + '\n'.join(problems))


def reader_scalars():
    from generator.python import CTYPES
    return [*CTYPES, 'char']


def python_layout():
    """What ctypes makes of the declarations, in the words of the C program. Needs no library."""
    spec = importlib.util.spec_from_file_location('declarations', HERE / 'python' / 'sidewinder' / '_declarations.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = []
    for name, struct in vars(module).items():
        if isinstance(struct, type) and issubclass(struct, ctypes.Structure) and struct is not ctypes.Structure:
            lines.append(f'{name} {ctypes.sizeof(struct)}')
            lines += [f'{name}.{field[0]} {getattr(struct, field[0]).offset} {getattr(struct, field[0]).size}' for field in struct._fields_]
    return lines + [f'{name} {value}' for name, value in module.CONSTANTS.items()]


def rust_layout():
    cargo = ['cargo', 'run', '--quiet', '--offline', '--manifest-path', str(HERE / 'rust' / 'Cargo.toml'), '-p', 'sidewinder-sys',
             '--example', 'layout']
    return subprocess.run(cargo, check=True, capture_output=True, text=True).stdout.splitlines()


@unittest.skipIf(LAYOUT is None, 'NOT TESTED: no layout program was named')
class Layout(unittest.TestCase):
    def compare(self, language, lines):
        c = subprocess.run([LAYOUT], check=True, capture_output=True, text=True).stdout.splitlines()
        wrong = [f'{language}: {line}, as the C compiler has it, is not there' for line in c if line not in set(lines)]
        wrong += [f'{language}: {line} is not what the C compiler has' for line in lines if line not in set(c)]
        self.assertGreater(len(c), 300)
        self.assertFalse(wrong, '\n' + '\n'.join(wrong))

    def test_python(self):
        self.compare('python', python_layout())

    @unittest.skipIf(shutil.which('cargo') is None, 'NOT TESTED: cargo is not there; bindings/setup installs it')
    def test_rust(self):
        self.compare('rust', rust_layout())


class Changes(unittest.TestCase):
    """The checks themselves: what they say of headers that changed."""

    def changed(self, old, new):
        text = HEADER.read_text(encoding='utf-8')
        self.assertIn(old, text)
        with tempfile.NamedTemporaryFile('w', suffix='.h', encoding='utf-8') as file:
            file.write(text.replace(old, new, 1))
            file.flush()
            status, said = generate_check(file.name)
        self.assertEqual(status, 1, said)
        return said

    def test_a_function_that_is_gone(self):
        said = self.changed('SW_API void sw_sequence_free(', 'SW_API void sw_sequence_drop(')
        for language in ('python', 'rust'):
            self.assertRegex(said, rf'(?m)^{language}: .*\bsw_sequence_free\b')

    def test_another_type_of_a_parameter(self):
        said = self.changed('sw_engine_trim(sw_engine* engine, uint64_t n_bytes)', 'sw_engine_trim(sw_engine* engine, int32_t n_bytes)')
        for language in ('python', 'rust'):
            self.assertRegex(said, rf'(?m)^{language}: .*\bsw_engine_trim\b')

    def test_a_new_field(self):
        said = self.changed('  int32_t type_through;', '  int32_t more;\n  int32_t type_through;')
        for language in ('python', 'rust', 'go'):
            self.assertRegex(said, rf'(?m)^{language}: .*\bmore\b')

    def test_another_value(self):
        said = self.changed('SW_FINISH_TIME = 6', 'SW_FINISH_TIME = 16')
        for language in ('python', 'rust', 'go'):
            self.assertRegex(said, rf'(?m)^{language}: ')
        self.assertIn('SW_FINISH_TIME', said)

    @unittest.skipIf(shutil.which('go') is None, 'NOT TESTED: go is not there; bindings/setup installs it')
    def test_go_is_compiled_against_the_header(self):
        """cgo takes its declarations from the header: what changes there is an error of the compiler's, which names it."""
        with tempfile.TemporaryDirectory() as folder:
            include = pathlib.Path(folder) / 'sidewinder'
            include.mkdir()
            text = HEADER.read_text(encoding='utf-8')
            (include / 'sidewinder.h').write_text(text.replace('sw_engine_trim(', 'sw_engine_shrink('), encoding='utf-8')
            environment = dict(os.environ, CGO_CFLAGS=f'-I{folder}', PKG_CONFIG='true', CC=CC)
            done = subprocess.run(['go', 'vet', '.'], cwd=HERE / 'go', env=environment, capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('sw_engine_trim', done.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
