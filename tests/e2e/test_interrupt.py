"""Ctrl-C and SIGTERM in the middle of long work."""

import json
import os
import signal
import subprocess
import time
import unittest

import harness
from harness import INTERRUPTED


class Interrupt(harness.Case):
    def start(self, *arguments):
        return subprocess.Popen([harness.EXE, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=harness.clean_environment())

    def feed_and_signal(self, process, text, number, after_s):
        """More than a pipe holds: when it is all written, the program is past its start and its handlers are set."""
        self.assertGreater(len(text), 1 << 17)
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        time.sleep(after_s)
        process.send_signal(number)
        out, err = process.communicate(timeout=harness.TIMEOUT_S)
        return process.returncode, out, err.decode()

    def long_ids(self):
        vocab = self.sw("info", "--no-hash", "--json").json["config"]["vocab_size"]
        return json.dumps(harness.some_ids(400_000, vocab)).encode()

    def test_in_a_long_prefill(self):
        ids = self.long_ids()
        for command in ("logits", "state"):
            for after_s in (0.0, 0.3, 1.5):
                with self.subTest(command, after_s=after_s):
                    out = self.folder / "out.npy"
                    process = self.start(command, "--model", harness.embedded_folder(), "--ids", "-", "--out", out)
                    code, _, err = self.feed_and_signal(process, ids, signal.SIGINT, after_s)
                    self.assertEqual(code, INTERRUPTED, err)
                    self.assertIn("interrupted", err)
                    self.assertEqual([path.name for path in self.folder.iterdir()], [])

    def test_json_says_so(self):
        process = self.start("generate", "--ids", "-", "--json")
        code, out, _ = self.feed_and_signal(process, self.long_ids(), signal.SIGINT, 1.0)
        self.assertEqual(code, INTERRUPTED)
        self.assertEqual(json.loads(out)["error"]["status"], "SW_E_CANCELLED")

    def test_sigterm(self):
        process = self.start("generate", "--ids", "-")
        code, _, err = self.feed_and_signal(process, self.long_ids(), signal.SIGTERM, 1.0)
        self.assertEqual(code, 128 + signal.SIGTERM)
        self.assertIn("terminated", err)

    def test_in_a_completion(self):
        # A window of megabytes makes the prompt long; nothing of it may be printed as a result.
        text = (harness.PYTHON_TEXT * 20_000).encode()
        last = text.count(b"\n")
        process = self.start("complete", "--line", last, "--col", 1, "--prefix-window", len(text), "--max-tokens", 9999)
        code, out, err = self.feed_and_signal(process, text, signal.SIGINT, 1.5)
        self.assertEqual((code, out), (INTERRUPTED, b""), err)
        self.assertIn("interrupted", err)

    def test_while_it_waits_for_input(self):
        process = self.start("tokenize")
        process.stdin.write(b"x" * (1 << 18))
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=harness.TIMEOUT_S), INTERRUPTED)
        process.communicate()

    def test_synth_leaves_nothing(self):
        out = self.folder / "synth"
        process = self.start("synth", "--shape", "mamba2-1.3b", "--out", out)
        while process.poll() is None and not (out.exists() and any(".part" in path.name for path in out.iterdir())):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual(process.returncode, INTERRUPTED, err)
        self.assertEqual(list(out.iterdir()), [])

    def test_bench(self):
        process = self.start("bench", "decode", "--repeat", 100000)
        while True:  # its threads are there when the engine is
            tasks = f"/proc/{process.pid}/task"
            if process.poll() is not None or len(os.listdir(tasks)) > 1:
                break
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual(process.returncode, INTERRUPTED, err)


if __name__ == "__main__":
    unittest.main()
