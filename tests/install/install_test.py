"""Installs into a folder, moves the folder, and uses it as a stranger would: the program by its path, the library by pkg-config."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
HAS_MODEL = sys.argv.pop(1) == "with-model"

CLIENT = r"""
#include <sidewinder/sidewinder.h>
#include <stdio.h>
int main(void) {
  sw_engine* engine = NULL;
  sw_model* model = NULL;
  sw_model_info info = SW_MODEL_INFO_INIT;
  if (sw_engine_create(NULL, &engine) != SW_OK) return 1;
  if (sw_model_open(engine, NULL, NULL, &model) != SW_OK) { puts(sw_last_error()); return 2; }
  if (sw_model_get_info(model, &info) != SW_OK) return 3;
  printf("%s\n", info.name);
  sw_model_free(model);
  sw_engine_free(engine);
  return 0;
}
"""


def run(*command, **kwargs):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **kwargs)
    if done.returncode != 0:
        raise AssertionError(f"{command} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sidewinder-install-"))
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.folder / "first")
        options = json.loads(run("meson", "introspect", "--buildoptions", BUILD))
        prefix = next(o["value"] for o in options if o["name"] == "prefix")
        cls.prefix = cls.folder / "moved elsewhere"
        shutil.move(cls.folder / "first" / prefix.lstrip("/"), cls.prefix)
        cls.libraries = next(cls.prefix.rglob("libsidewinder.so")).parent

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def environment(self):
        return dict(os.environ, PKG_CONFIG_PATH=str(self.libraries / "pkgconfig"), LD_LIBRARY_PATH=str(self.libraries))

    @unittest.skipUnless(HAS_MODEL, "NOT TESTED: the embedded model's weights are not there")
    def test_the_program_finds_library_and_model(self):
        source = self.folder / "hole.py"
        source.write_text("def add(a, b):\n    return \n")
        out = run(self.prefix / "bin" / "sidewinder", "complete", f"{source}:2:12", "--json", cwd="/")
        self.assertGreaterEqual(len(json.loads(out)["candidates"]), 1)

    @unittest.skipUnless(HAS_MODEL, "NOT TESTED: the embedded model's weights are not there")
    def test_a_c_program_builds_by_pkg_config_and_runs(self):
        (self.folder / "client.c").write_text(CLIENT)
        flags = run("pkg-config", "--cflags", "--libs", "sidewinder", env=self.environment())
        self.assertNotIn("/usr/local", flags)
        command = f"cc -std=c11 -Wall -Werror client.c -o client {flags}"
        run("sh", "-c", command, cwd=self.folder, env=self.environment())
        self.assertEqual(run(self.folder / "client", env=self.environment()).strip(), "sidewinder-nano")

    def test_what_belongs_is_installed(self):
        for name in ["bin/sidewinder", "include/sidewinder/sidewinder.h", "share/man/man1/sidewinder.1",
                     "share/bash-completion/completions/sidewinder.bash", "share/zsh/site-functions/_sidewinder",
                     "share/fish/vendor_completions.d/sidewinder.fish", "share/sidewinder/models/nano/sidewinder.json"]:
            self.assertTrue((self.prefix / name).is_file(), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
