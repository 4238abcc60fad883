"""States on disk: the next run goes on where this one was, and says the same."""

import os
import signal
import subprocess
import time
import unittest

import harness
from harness import BAD_INPUT, FAILED, PYTHON_COLUMN, PYTHON_LINE, PYTHON_TEXT, USAGE


class StoreCase(harness.Case):
    def setUp(self):
        self.source = self.file("numbers.py", PYTHON_TEXT)
        self.store = self.folder / self.id().rsplit(".", 1)[1]
        self.place = f"{self.source}:{PYTHON_LINE}:{PYTHON_COLUMN}"

    def complete(self, *arguments, **more):
        return self.sw("complete", self.place, "--json", *arguments, **more).json

    def states(self):
        return sorted(self.store.rglob("*.state"))

    def listed(self):
        return self.sw("store", "ls", "--dir", self.store, "--json").json

    @staticmethod
    def shown(completion):
        return [(c["text"], c["ids"], c["logprob"]) for c in completion["candidates"]]


class WarmStart(StoreCase):
    def test_the_next_run_resumes_and_says_the_same(self):
        alone = self.complete()
        self.assertEqual(alone["prompt"]["resumed_from"], "nothing")
        first = self.complete("--store", self.store)
        self.assertEqual((first["prompt"]["reused"], first["prompt"]["resumed_from"]), (0, "nothing"))
        second = self.complete("--store", self.store)
        self.assertEqual(second["prompt"]["resumed_from"], "disk")
        self.assertGreater(second["prompt"]["reused"], second["prompt"]["tokens"] // 2)
        for other in (first, second):
            self.assertEqual(self.shown(other), self.shown(alone))
        cold = self.complete("--store", self.store, "--cold")
        self.assertEqual((cold["prompt"]["reused"], self.shown(cold)), (0, self.shown(alone)))

    def test_an_edit_resumes_from_before_it(self):
        self.complete("--store", self.store)
        self.source.write_text(PYTHON_TEXT.replace("\n", " # edited\n", 1) if PYTHON_LINE == 1 else PYTHON_TEXT + "\n\nlast = 1\n")
        with_store = self.complete("--store", self.store)
        self.assertEqual(self.shown(with_store), self.shown(self.complete()))

    def test_other_kernels_start_from_nothing(self):
        self.complete("--store", self.store)
        other = self.complete("--store", self.store, "--cpu", "ref")
        self.assertEqual(other["prompt"]["resumed_from"], "nothing")

    def test_damaged_states_are_not_used(self):
        good = self.complete("--store", self.store)
        for path in self.states():
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        again = self.complete("--store", self.store)
        self.assertEqual((again["prompt"]["reused"], self.shown(again)), (0, self.shown(good)))

    def test_a_folder_that_cannot_be_made(self):
        blocked = self.file("a file", "not a folder")
        self.fails("complete", self.place, "--store", blocked / "states", code=FAILED, says=[blocked])

    def test_killed_at_any_moment(self):
        good = self.shown(self.complete())
        for i in range(8):
            command = [harness.EXE, "complete", self.place, "--store", str(self.store)]
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=harness.clean_environment())
            time.sleep(0.04 + 0.06 * i)
            run.send_signal(signal.SIGKILL)
            run.wait()
            self.assertEqual(self.shown(self.complete("--store", self.store)), good)
        self.assertEqual(self.sw("store", "verify", "--dir", self.store, "--json").json["bad"], [])


class Folder(StoreCase):
    def test_list_verify_gc_clear(self):
        self.complete("--store", self.store)
        listed = self.listed()
        self.assertEqual(listed["files"], len(self.states()))
        self.assertGreater(listed["files"], 0)
        for state in listed["states"]:
            self.assertTrue(state["good"])
            self.assertEqual(state["codec"], "f32+zstd")
            self.assertGreater(state["tokens"], 0)
        self.assertEqual(self.store.stat().st_mode & 0o077, 0)
        self.assertIn(f"{listed['files']} states", self.sw("store", "ls", "--dir", self.store).out)
        report = self.sw("store", "verify", "--dir", self.store, "--json").json
        self.assertEqual((report["checked"], report["bad"]), (listed["files"], []))
        kept = max(state["bytes"] for state in listed["states"])
        self.sw("store", "gc", "--dir", self.store, "--max-bytes", kept)
        self.assertEqual(len(self.states()), 1)
        self.assertEqual(self.sw("store", "clear", "--dir", self.store, "--json").json["removed"], 1)
        self.assertEqual(self.listed()["files"], 0)

    def test_verify_finds_and_removes_what_is_damaged(self):
        self.complete("--store", self.store)
        path = self.states()[0]
        os.truncate(path, path.stat().st_size - 1)
        found = self.sw("store", "verify", "--dir", self.store, "--json", code=FAILED)
        self.assertIn(path.name, found.out)
        self.sw("store", "verify", "--dir", self.store, "--remove")
        self.assertFalse(path.exists())

    def test_usage(self):
        self.fails("store", "burn", code=USAGE, says=["burn"])
        self.fails("store", "ls", "--dir", self.source, code=BAD_INPUT, says=[self.source])


if __name__ == "__main__":
    unittest.main()
