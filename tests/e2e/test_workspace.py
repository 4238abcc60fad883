"""index, context and eval recall: a small repository through the program."""

import os
import re
import signal
import subprocess
import time
import unittest

import harness
from harness import BAD_INPUT, USAGE

UTIL = '''"""Numbers."""


class Counter:
    """Counts."""

    def increase(self, step):
        self.total += step

    def largest_so_far(self):
        return self.top
'''
MAIN = '''from pkg.util import Counter

counter = Counter()
counter.increase(1)
print(counter)
'''


class WorkspaceCase(harness.Case):
    def setUp(self):
        self.repo = self.folder / self.id().split(".")[-1]
        for name, text in (("pkg/util.py", UTIL), ("pkg/main.py", MAIN), (".gitignore", "out/\n"), ("out/made.py", "made = 1\n"), (".env", "KEY=1\n")):
            path = self.repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


class Index(WorkspaceCase):
    def test_counts_what_it_indexed_and_passed_over(self):
        told = self.sw("index", self.repo, "--json").json
        self.assertEqual((told["files"], told["made"]), (3, 3))
        self.assertEqual((told["skipped"]["ignored"], told["skipped"]["secret"]), (1, 1))
        self.assertIn("1 secret", self.sw("index", self.repo, "--stats").out)

    def test_a_store_spares_the_parsing(self):
        store = self.folder / "records"
        past = time.time() - 60
        for path in self.repo.rglob("*"):
            os.utime(path, (past, past))
        self.assertEqual(self.sw("index", self.repo, "--store", store, "--json").json["made"], 3)
        again = self.sw("index", self.repo, "--store", store, "--json").json
        self.assertEqual((again["made"], again["unchanged"]), (0, 3))
        self.assertEqual(store.stat().st_mode & 0o077, 0)

    def test_ctrl_c(self):
        run = subprocess.Popen([harness.EXE, "index", "/usr"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=harness.clean_environment())
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual(run.returncode, harness.INTERRUPTED, err)

    def test_no_folder(self):
        self.fails("index", self.repo / "gone", code=BAD_INPUT, says=["gone"])


class Context(WorkspaceCase):
    def test_shows_the_declarations_of_what_is_used(self):
        place = f"{self.repo}/pkg/main.py:4:9"
        text = self.sw("context", place, "--repo", self.repo).out
        self.assertTrue(text.startswith("+++++ "), text)
        self.assertIn("largest_so_far", text)
        self.assertNotIn("KEY=1", text)
        told = self.sw("context", place, "--repo", self.repo, "--json").json
        self.assertEqual("".join(part["text"] for part in told["parts"]), text)
        self.assertEqual(sum(part["tokens"] for part in told["parts"]), told["tokens"])
        explained = self.sw("context", place, "--repo", self.repo, "--explain").out
        self.assertRegex(explained, r"declarations .* pkg/util\.py:4 +declares Counter")

    def test_budget(self):
        for options in (("--budget", 40), ("--budget-ms", 20, "--speed", 2000)):
            told = self.sw("context", f"{self.repo}/pkg/main.py:4:9", "--repo", self.repo, "--json", *options).json
            self.assertLessEqual(told["tokens"], 40)

    def test_usage(self):
        self.fails("context", self.repo / "pkg/main.py", code=USAGE, says=["FILE:LINE:COL"])
        self.fails("context", f"{self.repo}/pkg/main.py:99:1", code=BAD_INPUT, says=["the file has", "lines"])
        self.fails("context", f"{self.repo}/pkg/main.py:1:99", code=BAD_INPUT, says=["the line has", "characters"])
        self.fails("context", f"{self.repo}/pkg/main.py:1:1", "--repo", self.folder / "elsewhere", code=BAD_INPUT, says=["is not in"])


class Recall(WorkspaceCase):
    def test_the_same_by_seed(self):
        arguments = ("eval", "recall", self.repo, "--budgets", "64,2k", "--lines", 5)
        told = self.sw(*arguments, "--json").json
        self.assertEqual(told, self.sw(*arguments, "--json").json)
        percent = told["languages"]["python"]["percent"]
        self.assertEqual(percent["ours"]["2048"], 100)
        self.assertTrue(re.search(r"python +\d+ lines", self.sw(*arguments).out))

    def test_bad_budgets(self):
        for budgets in ("0", "x", "2k,", "300k", "-1"):
            self.fails("eval", "recall", self.repo, "--budgets=" + budgets, code=USAGE, says=["--budgets"])


class PinnedPackages(harness.Case):
    """A small set of Debian's packages: scripts/eval-packages --ci."""

    def test_recall(self):
        where = harness.SOURCE / ".cache" / "eval-packages"
        folders = [where / "python" / name for name in ("python3-jinja2", "python3-werkzeug")]
        if not all(folder.is_dir() for folder in folders):
            self.skipTest(f"NOT TESTED: {where} has no packages; scripts/eval-packages --ci fetches them")
        told = self.sw("eval", "recall", *folders, "--lines", 20, "--budgets", "2k,8k", "--method", "ours", "--method", "bm25", "--json").json
        percent = told["languages"]["python"]["percent"]
        for budget in ("2048", "8192"):
            self.assertGreaterEqual(percent["ours"][budget], percent["bm25"][budget] - 2)


if __name__ == "__main__":
    unittest.main()
