"""What a person at a terminal sees: ghost text, progress, and text that cannot take the terminal over."""

import json
import os
import pty
import select
import signal
import time
import unittest

import harness
from harness import INTERRUPTED, OK, PYTHON_COLUMN, PYTHON_LINE, PYTHON_TEXT, USAGE

GHOST = "\x1b[3;90m"


class Terminal:
    """The program in a terminal of its own."""

    def __init__(self, *arguments, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(harness.EXE, [harness.EXE, *map(str, arguments)], harness.clean_environment(**environment))
        self.text = b""

    def read(self, until=None):
        """Reads to the end, or until some bytes came; says whether they did."""
        deadline = time.monotonic() + harness.TIMEOUT_S
        while until is None or until not in self.text:
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing more came after {self.text[-500:]!r}")
            ready, _, _ = select.select([self.fd], [], [], 1.0)
            if not ready:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the other side is closed
                data = b""
            if not data:
                return until is not None and until in self.text
            self.text += data
        return True

    def type(self, data):
        os.write(self.fd, data)

    def end(self):
        self.read()
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status), self.text.decode("utf-8", "replace").replace("\r\n", "\n")


class GhostText(harness.Case):
    def setUp(self):
        self.place = f"{self.file('numbers.py', PYTHON_TEXT)}:{PYTHON_LINE}:{PYTHON_COLUMN}"
        self.best = self.sw("complete", self.place, "--plain").out[:-1]

    def test_it_is_grey_and_in_place(self):
        code, text = Terminal("complete", self.place).end()
        self.assertEqual(code, OK)
        self.assertIn("    return total / " + GHOST + self.best.split("\n")[0] + "\x1b[0m", text)
        self.assertIn("def mean(numbers):", text)
        self.assertIn(self.place, text)

    def test_without_colour_it_is_marked(self):
        for environment, options in (({"NO_COLOR": "1"}, []), ({"TERM": "dumb"}, []), ({}, ["--color", "never"])):
            code, text = Terminal("complete", self.place, *options, **environment).end()
            self.assertEqual(code, OK)
            self.assertNotIn("\x1b[3", text)
            self.assertIn("    return total / {+" + self.best.split("\n")[0] + "+}", text)

    def test_colours_can_be_forced(self):
        _, text = Terminal("complete", self.place, "--color", "always", NO_COLOR="1").end()
        self.assertIn(GHOST, text)

    def test_alternatives_stand_below(self):
        options = ("--n", "8", "--temperature", "1.5")  # equal texts are shown once: enough draws for two that differ
        _, text = Terminal("complete", self.place, *options, "--color", "never").end()
        self.assertRegex(text, r"\n {5}2 \| +-?[\d.]+  ")
        self.assertRegex(text, r"\n {5}3 \| +-?[\d.]+  ")

    def test_the_text_cannot_steer_the_terminal(self):
        path = self.file("evil.py", "# \x1b]0;owned\x07 \u009b31m \x7f\nx = \n# \x1b[2J\n")
        code, text = Terminal("complete", f"{path}:2:5", "--color", "never").end()
        self.assertEqual(code, OK)
        self.assertIn("\\x1b]0;owned\\x07", text)
        for evil in ("\x1b]0", "\x07", "\u009b", "\x7f", "\x1b[2J"):
            self.assertNotIn(evil, text)

    def test_no_place_gives_a_hint(self):
        code, text = Terminal("complete").end()
        self.assertEqual(code, USAGE)
        self.assertIn("FILE:LINE:COL", text)

    def test_standard_input_is_a_terminal(self):
        code, text = Terminal("complete", "--line", "1", "--col", "1").end()
        self.assertEqual(code, USAGE)
        self.assertIn("terminal", text)
        code, text = Terminal("generate").end()
        self.assertEqual(code, USAGE)
        self.assertIn("--prompt", text)


class ProgressLine(harness.Case):
    def test_a_long_prefill_shows_progress_and_stops(self):
        vocab = self.sw("info", "--no-hash", "--json").json["config"]["vocab_size"]
        ids = self.file("ids.json", json.dumps(harness.some_ids(400_000, vocab)))
        out = self.folder / "o.npy"
        terminal = Terminal("logits", "--model", harness.embedded_folder(), "--ids", ids, "--out", out)
        self.assertTrue(terminal.read(until=b" %  "))
        terminal.type(b"\x03")
        code, text = terminal.end()
        self.assertEqual(code, INTERRUPTED)
        self.assertIn("logits [", text)
        self.assertIn("of 400,000", text)
        self.assertIn("sidewinder: interrupted", text)
        self.assertFalse(out.exists())

    def test_no_progress_in_a_pipe(self):
        model = self.synth("m", "tiny-g8", "--vocab", 100_000)
        ids = self.file("ids.json", json.dumps(harness.some_ids(1000, 500)))
        done = self.sw("state", "--model", model, "--ids", ids, "--out", self.folder / "s.npy")
        self.assertEqual(done.err, "")

    def test_a_completion_says_that_it_works(self):
        path = self.file("long.py", PYTHON_TEXT * 4000)
        last = (PYTHON_TEXT * 4000).count("\n")
        terminal = Terminal("complete", f"{path}:{last}:1", "--prefix-window", "100000000")
        self.assertTrue(terminal.read(until=b"completing "))
        os.kill(terminal.pid, signal.SIGINT)
        code, _ = terminal.end()
        self.assertEqual(code, INTERRUPTED)


if __name__ == "__main__":
    unittest.main()
