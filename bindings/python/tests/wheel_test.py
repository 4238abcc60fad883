"""Builds the wheel and the source distribution, installs them where no compiler is found, and completes with what was installed.

Usage: wheel_test.py BUILD
"""
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
HERE = pathlib.Path(__file__).resolve().parent.parent
HAS_MODEL = (BUILD / "models" / "nano" / "model.safetensors").is_file()

PROGRAM = """
import sidewinder, sys
with sidewinder.Engine() as engine:
    if sys.argv[1] == "with-model":
        with engine.open_model() as model, model.buffer("def double(x):\\n    return ", path="a.py") as buffer:
            print(buffer.complete(26, max_tokens=4)[0].finish.name)
print(sidewinder.__file__)
"""


def run(*command, **environment):
    plain = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SIDEWINDER_LIBRARY", "LD_LIBRARY_PATH")}
    done = subprocess.run([str(word) for word in command], env=dict(plain, **environment), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="sidewinder-wheel-")
        cls.dist = pathlib.Path(cls.folder.name) / "dist"
        run(HERE / "build_wheel", BUILD, cls.dist)
        cls.wheel = next(cls.dist.glob("*.whl"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def install(self, what, **environment):
        target = pathlib.Path(self.folder.name) / what.name.replace(".", "-")
        run(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", target, what,
            CC="/bin/false", CXX="/bin/false", **environment)
        return target

    def test_the_wheel_has_what_it_needs(self):
        self.assertRegex(self.wheel.name, r"^sidewinder-[\d.]+-py3-none-linux_\w+\.whl$")
        names = zipfile.ZipFile(self.wheel).namelist()
        for name in ("sidewinder/py.typed", "sidewinder/values.py", "sidewinder/_lib/libsidewinder.so.1"):
            self.assertIn(name, names)

    def test_the_wheel_completes_without_anything_else_of_ours(self):
        target = self.install(self.wheel)
        out = run(sys.executable, "-c", PROGRAM, "with-model" if HAS_MODEL else "without-model", PYTHONPATH=str(target))
        self.assertTrue(out.splitlines()[-1].startswith(str(target)), out)
        self.assertEqual(len(out.splitlines()), 2 if HAS_MODEL else 1, out)

    def test_the_source_distribution_takes_the_library_that_it_is_told(self):
        archive = next(self.dist.glob("*.tar.gz"))
        self.assertFalse([name for name in tarfile.open(archive).getnames() if "_lib/" in name])
        target = self.install(archive)
        out = run(sys.executable, "-c", PROGRAM, "without-model", PYTHONPATH=str(target), SIDEWINDER_LIBRARY=str(BUILD / "lib/api/libsidewinder.so.1"))
        self.assertTrue(out.strip().startswith(str(target)), out)

    def test_a_missing_library_is_named(self):
        with self.assertRaisesRegex(AssertionError, "SIDEWINDER_LIBRARY"):
            run(sys.executable, "-c", "import sidewinder", PYTHONPATH=str(HERE), SIDEWINDER_LIBRARY="/nowhere/libsidewinder.so.1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
