#!/usr/bin/env python3
"""The examples of docs/bindings-*.md run as they stand there. bindings/test sets the environment.

Usage: docs_test.py WORK_FOLDER
"""
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path(sys.argv.pop(1)) / 'docs'

CARGO = """[package]
name = "example"
version = "0.1.0"
edition = "2021"

[dependencies]
sidewinder = {{ path = "{}" }}

[workspace]
"""


def example(language):
    page = HERE.parent / 'docs' / f'bindings-{language}.md'
    blocks = re.findall(rf'```{language}\n(.*?)```', page.read_text(encoding='utf-8'), re.DOTALL)
    if len(blocks) != 1:
        raise AssertionError(f'{page.name} has {len(blocks)} examples')
    return blocks[0]


def run(command, folder):
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f'{command} exited {done.returncode}:\n{done.stdout}\n{done.stderr}')
    return done.stdout


def folder_of(language, files):
    folder = WORK / language
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')
    return folder


class Examples(unittest.TestCase):
    def test_python(self):
        out = run([sys.executable, 'example.py'], folder_of('python', {'example.py': example('python')}))
        self.assertRegex(out, r'3 \w+\n\d+ \[\d+(, \d+){3}\]\n$')

    def test_rust(self):
        manifest = CARGO.format(HERE / 'rust' / 'sidewinder')
        out = run(['cargo', 'run', '--quiet', '--offline'], folder_of('rust', {'src/main.rs': example('rust'), 'Cargo.toml': manifest}))
        self.assertRegex(out, r'Finish::\w+\n\[\d+(, \d+){3}\] \d+\n$')

    def test_go(self):
        module = f'module example\n\ngo 1.19\n\nrequire sidewinder v0.0.0\n\nreplace sidewinder => {HERE / "go"}\n'
        out = run(['go', 'run', '.'], folder_of('go', {'main.go': example('go'), 'go.mod': module}))
        self.assertRegex(out, r'\w+\n$')

    def test_references_are_generated(self):
        run([HERE / 'reference', WORK / 'reference', WORK.parent.parent], HERE)
        for name in ('python/sidewinder.html', 'python/sidewinder.buffer.html', 'rust/sidewinder/struct.Buffer.html', 'go.txt'):
            self.assertGreater((WORK / 'reference' / name).stat().st_size, 500, name)
        self.assertIn('func (b *Buffer) Complete(', (WORK / 'reference' / 'go.txt').read_text(encoding='utf-8'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
