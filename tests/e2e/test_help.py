"""Help, man page and shell completions: made from one description, and whole."""

import pathlib
import re
import shutil
import subprocess
import unittest

import harness

COMMANDS = ("complete", "generate", "logits", "state", "tokenize", "detokenize", "info", "bench", "synth", "replay", "store", "index", "context", "eval")


class Help(harness.Case):
    def test_every_command_has_help(self):
        top = self.sw("--help").out
        for command in COMMANDS:
            self.assertIn("\n  " + command + " ", top)
            text = self.sw(command, "--help").out
            self.assertIn("--json", text)
            self.assertIn("Usage: sidewinder " + command, text)

    def test_exit_codes_are_documented(self):
        for text in (self.sw("--help").out, self.sw("manpage").out):
            for code in ("0", "1", "2", "3", "4", "130"):
                self.assertRegex(text, rf"(?m)(^  {code} |^\\fB{code}\\fR)")

    def test_version(self):
        self.assertRegex(self.sw("--version").out, r"^sidewinder \d+\.\d+\.\d+ \(API 1\.\d+\)\n$")

    def test_hidden_commands_are_hidden(self):
        for text in (self.sw("--help").out, self.sw("manpage").out, self.sw("completions", "bash").out):
            self.assertNotIn("Print the man page", text)
            self.assertNotIn("Print the completion script", text)


class ManPage(harness.Case):
    def options(self, command):
        """The long options as the help shows them."""
        return set(re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", self.sw(command, "--help").out))

    def test_it_has_every_option(self):
        page = self.sw("manpage").out.replace("\\-", "-")
        for command in COMMANDS:
            section = page.split(f".SS {command}\n")[1].split("\n.SS ")[0].split("\n.SH ")[0]
            options = self.options(command)
            self.assertGreater(len(options), 2)
            for option in options:
                self.assertIn(f"\\fB{option}\\fR", section)

    def test_sections(self):
        page = self.sw("manpage").out
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"):
            self.assertIn(f"\n.SH {section}\n", page)

    def test_groff_has_no_complaint(self):
        if shutil.which("groff") is None:
            self.skipTest("NOT TESTED: groff is not there")
        page = self.sw("manpage").out_bytes
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-rLL=100n"], input=page, capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"sidewinder", done.stdout)

    def test_man_shows_it(self):
        if shutil.which("man") is None:
            self.skipTest("NOT TESTED: man is not there")
        path = self.file("sidewinder.1", self.sw("manpage").out)
        done = subprocess.run(["man", "--warnings", "-l", str(path)], capture_output=True,
                              env=harness.clean_environment(MANWIDTH="100", PAGER="cat"))
        if done.returncode != 0 and b"minimized" in done.stdout + done.stderr:
            self.skipTest("NOT TESTED: man is a stub on this system")
        self.assertEqual(done.returncode, 0, done.stderr)


class Completions(harness.Case):
    def complete_in_bash(self, script, *words):
        """What bash would offer for a line that ends in the last word."""
        line = " ".join(words)
        program = (f"source {script}\nCOMP_WORDS=({' '.join(map(repr, words))})\nCOMP_CWORD={len(words) - 1}\n"
                   f"COMP_LINE={line!r}\n_sidewinder\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n")
        done = subprocess.run(["bash", "-c", program], capture_output=True, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().split()

    def test_bash(self):
        script = self.file("sidewinder.bash", self.sw("completions", "bash").out)
        checked = subprocess.run(["bash", "-n", str(script)], capture_output=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, b""))
        self.assertEqual(set(self.complete_in_bash(script, "sidewinder", "")) & set(COMMANDS), set(COMMANDS))
        self.assertEqual(self.complete_in_bash(script, "sidewinder", "comp"), ["complete"])
        self.assertEqual(self.complete_in_bash(script, "sidewinder", "complete", "--max"), ["--max-tokens"])
        self.assertEqual(self.complete_in_bash(script, "sidewinder", "complete", "--mode", "ps"), ["psm"])
        self.assertEqual(self.complete_in_bash(script, "sidewinder", "bench", "de"), ["decode"])
        self.file("some.py", "")
        (self.folder / "models").mkdir()
        self.assertEqual(self.complete_in_bash(script, "sidewinder", "complete", "so"), ["some.py"])
        self.assertEqual(self.complete_in_bash(script, "sidewinder", "info", "mo"), ["models"])

    def test_zsh_and_fish(self):
        for shell in ("zsh", "fish"):
            text = self.sw("completions", shell).out
            for command in COMMANDS:
                self.assertIn(command, text)
            if shutil.which(shell) is None:
                continue
            path = self.file(shell, text)
            checked = subprocess.run([shell, "-n", str(path)], capture_output=True)
            self.assertEqual((checked.returncode, checked.stderr), (0, b""), shell)

    def test_quotes_balance(self):
        """Without the shells at hand: every line's quotes are closed."""
        for shell in ("zsh", "fish"):
            for line in self.sw("completions", shell).out.splitlines():
                if line.startswith("#"):
                    continue
                stripped = line.replace("'\\''", "").replace("\\'", "")
                self.assertEqual(stripped.count("'") % 2, 0, line)

    def test_no_such_shell(self):
        done = self.sw("completions", "tcsh", code=harness.USAGE)
        self.assertIn("tcsh", done.err)


if __name__ == "__main__":
    unittest.main()
