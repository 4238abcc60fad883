"""chunks and skeleton: what they print holds for the file that they were given."""

import unittest

import harness
from harness import BAD_INPUT, SOURCE, USAGE

SAMPLES = SOURCE / "tests" / "unit" / "context" / "samples"


class Chunks(harness.Case):
    def test_cover_the_file(self):
        for path in sorted(SAMPLES.iterdir()) + [SOURCE / "tools" / "main.cc", SOURCE / "docs" / "abi.md"]:
            for limit in (1, 50, 1500):
                with self.subTest(path=path.name, limit=limit):
                    text = path.read_bytes()
                    found = self.sw("chunks", path, "--max", limit, "--json").json["chunks"]
                    self.assertEqual(b"".join(text[c["begin"]:c["end"]] for c in found), text)
                    for chunk in found:
                        part = text[chunk["begin"]:chunk["end"]]
                        self.assertEqual(chunk["first_line"], text.count(b"\n", 0, chunk["begin"]) + 1)
                        self.assertEqual(chunk["last_line"], text.count(b"\n", 0, chunk["end"] - 1) + 1)
                        self.assertTrue(chunk["non_blank"] <= limit or b"\n" not in part.rstrip())

    def test_rows(self):
        out = self.sw("chunks", SAMPLES / "sample.go", "--max", 100).out.splitlines()
        self.assertEqual(len(out), len(self.sw("chunks", SAMPLES / "sample.go", "--max", 100, "--json").json["chunks"]))
        self.assertIn("// Package store keeps things.", out[0])

    def test_an_empty_file_has_none(self):
        self.assertEqual(self.sw("chunks", "-", "--json").json["chunks"], [])

    def test_any_bytes(self):
        text = b"int x;\0\xff\xfe\r\n\r" + b"(" * 1000
        done = self.sw("chunks", "-", "--json", "--language", "c", stdin=text)
        self.assertEqual(done.json["chunks"][-1]["end"], len(text))

    def test_wrong_arguments(self):
        self.sw("chunks", code=USAGE)
        self.sw("chunks", "-", "--max", "0", code=USAGE)
        self.sw("chunks", self.folder / "absent.py", code=BAD_INPUT)
        done = self.sw("chunks", "-", "--language", "klingon", code=BAD_INPUT)
        self.assertIn("klingon", done.err)


class Skeleton(harness.Case):
    def test_lines_are_of_the_file(self):
        for path in sorted(SAMPLES.iterdir()):
            with self.subTest(path=path.name):
                lines = path.read_text().splitlines()
                at = 0
                for line in self.sw("skeleton", path).out.splitlines():
                    while lines[at].rstrip() != line:
                        at += 1
                    at += 1

    def test_json(self):
        path = SAMPLES / "sample.py"
        text = path.read_text()
        found = self.sw("skeleton", path, "--json").json
        self.assertEqual(found["language"], "python")
        self.assertIn("os.path", found["imports"])
        self.assertEqual(found["references"], sorted(found["references"]))
        for d in found["declarations"]:
            self.assertIn(d["name"], text[d["begin"]:d["end"]])
            self.assertEqual(text.splitlines()[d["line"] - 1].strip(), d["signature"].splitlines()[0].strip())
        self.assertEqual(found["skeleton"], self.sw("skeleton", path).out)

    def test_standard_input_needs_a_language_or_a_first_line(self):
        self.assertEqual(self.sw("skeleton", "-", stdin="#!/usr/bin/env python3\ndef f(): pass\n").out, "def f(): pass\n")
        self.assertEqual(self.sw("skeleton", "-", "--language", "python", stdin="x = 1\n").out, "x = 1\n")

    def test_without_a_grammar_by_lines(self):
        found = self.sw("skeleton", "-", "--language", "perl", "--json", stdin="sub f {\n  my $x = 1;\n}\n").json
        self.assertEqual(found["by"], "lines")
        self.assertEqual([d["name"] for d in found["declarations"]], ["f"])


if __name__ == "__main__":
    unittest.main()
