"""What the end-to-end tests share: running the program, reading .npy and safetensors, making bad files. Standard
library only."""

import array
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

EXE = os.environ["SW_EXE"]
SHARED = pathlib.Path(os.environ["SW_SHARED_DIR"])
SOURCE = pathlib.Path(os.environ["SW_SOURCE_DIR"])
TIMEOUT_S = 600  # only so that a hang is a failure

OK, FAILED, USAGE, NO_MODEL, BAD_INPUT, INTERRUPTED = 0, 1, 2, 3, 4, 130


def clean_environment(**extra):
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM", "COLUMNS")}
    environment.update(TERM="xterm", LC_ALL="C.UTF-8")
    environment.update(extra)
    return environment


class Run:
    """What a run of the program gave."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out_bytes, self.err = arguments, code, out, err.decode("utf-8", "replace")

    @property
    def out(self):
        return self.out_bytes.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.out_bytes)

    def __str__(self):
        command = " ".join(map(str, self.arguments))
        return f"sidewinder {command}\n  exit {self.code}\n  out {self.out_bytes[:600]}\n  err {self.err[:2000]}"


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sidewinder-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def sw(self, *arguments, stdin=b"", code=OK, env=None, preexec=None, stdout=subprocess.PIPE):
        """Runs the program and checks its exit code; an expected failure must say something on stderr."""
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run(
            [EXE, *map(str, arguments)], input=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=TIMEOUT_S,
            env=env or clean_environment(), preexec_fn=preexec)
        result = Run(arguments, done.returncode, done.stdout or b"", done.stderr)
        self.assertEqual(result.code, code, str(result))
        if code != OK:
            self.assertIn("sidewinder: ", result.err, str(result))
        return result

    def fails(self, *arguments, code, says=(), stdin=b"", **more):
        """Runs the program, which must fail with `code` and name every string of `says`; with --json, too, in JSON."""
        plain = self.sw(*arguments, stdin=stdin, code=code, **more)
        for words in says:
            self.assertIn(str(words), plain.err, str(plain))
        as_json = self.sw(*arguments, "--json", stdin=stdin, code=code, **more)
        error = as_json.json["error"]
        self.assertRegex(error["status"], r"^SW_E_[A-Z_]+$")
        self.assertEqual(error["exit_code"], code)
        for words in says:
            self.assertIn(str(words), error["message"], str(as_json))
        return plain

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def synth(self, name, shape, *options):
        """A random checkpoint of its own folder."""
        out = self.folder / name
        self.sw("synth", "--shape", shape, "--out", out, *options)
        return out

    def logits(self, model, ids, *options, name="logits"):
        ids_file = self.file(f"{name}.json", json.dumps(ids))
        out = self.folder / f"{name}.npy"
        self.sw("logits", "--model", model, "--ids", ids_file, "--out", out, *options)
        return read_npy(out)

    def state(self, model, ids, *options, name="state"):
        ids_file = self.file(f"{name}.json", json.dumps(ids))
        out = self.folder / f"{name}.npy"
        self.sw("state", "--model", model, "--ids", ids_file, "--out", out, *options)
        return read_npy(out)

    def need_shared(self, *parts):
        path = SHARED.joinpath(*parts)
        if not path.exists():
            self.skipTest(f"NOT TESTED: {path} is not there")
        return path


_embedded = []


def embedded_folder():
    """The folder of the embedded model."""
    if not _embedded:
        done = subprocess.run([EXE, "info", "--no-hash", "--json"], capture_output=True, timeout=TIMEOUT_S)
        if done.returncode != 0:
            raise AssertionError(f"no embedded model: {done.stderr.decode()}")
        _embedded.append(pathlib.Path(json.loads(done.stdout)["path"]))
    return _embedded[0]


def read_npy(path):
    """Shape and values of a float32 .npy file, version 1, whose every rule is checked."""
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b"\x93NUMPY\x01\x00", f"{path}: magic {data[:8]!r}"
    (length,) = struct.unpack_from("<H", data, 8)
    header = data[10:10 + length].decode("ascii")
    assert (10 + length) % 64 == 0 and header.endswith("\n"), f"{path}: header {header!r}"
    description = eval(header, {"__builtins__": {}})  # a Python literal, as the format says
    assert description["descr"] == "<f4" and description["fortran_order"] is False, header
    values = array.array("f")
    values.frombytes(data[10 + length:])
    if sys.byteorder == "big":
        values.byteswap()
    assert len(values) == math.prod(description["shape"]), f"{path}: {len(values)} values for {description['shape']}"
    return description["shape"], values


class Safetensors:
    """A safetensors file; F32 and I32 tensors can be read."""

    def __init__(self, path):
        self.data = pathlib.Path(path).read_bytes()
        (length,) = struct.unpack_from("<Q", self.data)
        self.header = json.loads(self.data[8:8 + length])
        self.begin = 8 + length

    def __contains__(self, name):
        return name in self.header

    def read(self, name):
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        values = array.array({"F32": "f", "I32": "i"}[entry["dtype"]])
        values.frombytes(self.data[self.begin + begin:self.begin + end])
        return tuple(entry["shape"]), values


def relative_l2(found, expected):
    """|found - expected| / |expected|."""
    difference = math.fsum((a - b) * (a - b) for a, b in zip(found, expected, strict=True))
    norm = math.fsum(b * b for b in expected)
    return math.sqrt(difference / norm)


def rows(shape, values):
    width = shape[-1]
    return [values[i:i + width] for i in range(0, len(values), width)]


def argmax(row):
    return max(range(len(row)), key=row.__getitem__)


def some_ids(n, vocab, seed=1):
    ids, x = [], seed
    for _ in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        ids.append((x >> 33) % vocab)
    return ids


def rewrite_header(path, change):
    """Rewrites the JSON header of a safetensors file; `change` gets the dictionary. The data stays."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])


PYTHON_TEXT = '''"""Numbers that are read from a file."""
import os


def read_numbers(path):
    numbers = []
    with open(path) as file:
        for line in file:
            numbers.append(int(line))
    return numbers


def mean(numbers):
    total = sum(numbers)
    return total / 


def main():
    print(mean(read_numbers("numbers.txt")))


if __name__ == "__main__":
    main()
'''
PYTHON_LINE = 15
PYTHON_COLUMN = 20  # behind "return total / "
