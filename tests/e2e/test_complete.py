"""complete: code at a cursor, with the embedded model."""

import json
import subprocess
import unittest

import harness
from harness import BAD_INPUT, NO_MODEL, PYTHON_COLUMN, PYTHON_LINE, PYTHON_TEXT, USAGE

KEYS = {"file", "line", "column", "column_unit", "offset", "model", "mode", "candidates", "prompt", "generated_tokens",
        "tokens_per_second", "timing_ms"}
CANDIDATE_KEYS = {"text", "raw", "finish", "cut", "logprob", "suffix_logprob", "tokens", "ids"}
PROMPT_KEYS = {"prefix_begin", "prefix_end", "suffix_begin", "suffix_end", "tokens", "reused", "resumed_from", "layout"}
FINISHES = {"eos", "stop", "suffix", "line", "max_tokens", "time", "repeat", "block"}


HOLES = (
    ("def add(a, b):\n    return |\n\n\nprint(add(1, 2))\n", "a + b"),
    ("import os\n\n\ndef main():\n    pass\n\n\nif __name__ == |:\n    main()\n", ('"__main__"', "'__main__'")),
    ("class Point:\n    def __init__(self, x, y):\n        self.x = x\n        |\n\n    def norm(self):\n"
     "        return (self.x ** 2 + self.y ** 2) ** 0.5\n", "self.y = y"),
    ("def read(path):\n    numbers = []\n    with open(path) as file:\n        for line in file:\n"
     "            numbers.append(|)\n    return numbers\n", ("int(line", "float(line", "line")),
    ("const std::vector<int> values = {1, 2, 3};\nfor (const int value |) {\n  total += value;\n}\n",
     (" of values", ": values", " : values")),
    ("function sum(values) {\n  let total = 0;\n  for (const value of |) {\n    total += value;\n  }\n  return total;\n"
     "}\n", "values"),
    ("package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.|(\"hello\")\n}\n", "Print"),
)


def offset_of(text, line, column):
    """Byte offset of a place whose column counts characters, both from 1."""
    lines = text.split("\n")
    return len("\n".join(lines[:line - 1] + [lines[line - 1][:column - 1]]).encode())


class CompleteCase(harness.Case):
    def setUp(self):
        self.path = self.file("numbers.py", PYTHON_TEXT)
        self.place = f"{self.path}:{PYTHON_LINE}:{PYTHON_COLUMN}"

    def complete(self, *arguments, **more):
        return self.sw("complete", *arguments, "--json", **more).json


class Results(CompleteCase):
    def test_json(self):
        result = self.complete(self.place)
        self.assertEqual(set(result), KEYS)
        self.assertEqual(result["file"], str(self.path))
        self.assertEqual((result["line"], result["column"]), (PYTHON_LINE, PYTHON_COLUMN))
        self.assertEqual(result["offset"], offset_of(PYTHON_TEXT, PYTHON_LINE, PYTHON_COLUMN))
        self.assertEqual(set(result["prompt"]), PROMPT_KEYS)
        self.assertEqual(len(result["candidates"]), 1)
        candidate = result["candidates"][0]
        self.assertEqual(set(candidate), CANDIDATE_KEYS)
        self.assertIn(candidate["finish"], FINISHES)
        self.assertEqual(candidate["tokens"], len(candidate["ids"]))
        self.assertLessEqual(candidate["logprob"], 0)
        self.assertEqual(result["prompt"]["prefix_end"], result["offset"])
        self.assertEqual(result["prompt"]["suffix_begin"], result["offset"])
        self.assertTrue(all(value >= 0 for value in result["timing_ms"].values()))

    def test_the_plan(self):
        whole = self.complete(self.place, "--explain")["prompt"]
        self.assertEqual(whole["layout"], "whole")
        self.assertEqual(sum(part["tokens"] for part in whole["plan"]["parts"]), whole["tokens"])
        self.assertEqual([option["chosen"] for option in whole["plan"]["options"]], [True])
        long = self.file("long.py", PYTHON_TEXT * 12)
        line = PYTHON_TEXT.count("\n") * 6 + PYTHON_LINE
        windows = ["--prefix-window", 3000, "--suffix-window", 1500]
        kinds = {"whole": set(), "split": {"head", "tail"}, "near": set()}
        for layout, far in kinds.items():
            prompt = self.complete(f"{long}:{line}:{PYTHON_COLUMN}", "--layout", layout, "--explain", *windows)["prompt"]
            self.assertEqual(prompt["layout"], layout)
            found = {part["kind"] for part in prompt["plan"]["parts"]}
            self.assertEqual(found, {"control", "suffix", "prefix"} | far, layout)
        said = self.sw("complete", f"{long}:{line}:{PYTHON_COLUMN}", "--layout", "auto", "--explain", *windows).err
        self.assertIn("<- chosen", said)
        self.assertIn("state: resumed from nothing", said)

    def test_the_repository(self):
        repo = self.folder / "repo"
        (repo / "lib").mkdir(parents=True, exist_ok=True)
        (repo / "lib" / "shapes.py").write_text("def area_of_circle(radius):\n    return 3.14 * radius ** 2\n")
        use = repo / "use.py"
        use.write_text("from lib.shapes import area_of_circle\n\n\ndef total(radii):\n    return sum(area_of_circle(")
        prompt = self.complete(f"{use}:5:31", "--repo", repo, "--explain")["prompt"]
        context = [part for part in prompt["plan"]["parts"] if part["kind"] == "context"]
        self.assertIn("lib/shapes.py", {part["name"] for part in context})
        self.assertTrue(all(part["why"] for part in context), context)
        none = self.complete(f"{use}:5:31", "--repo", repo, "--context-tokens", 1, "--explain")["prompt"]
        self.assertEqual([part for part in none["plan"]["parts"] if part["kind"] == "context"], [])
        self.sw("complete", self.place, "--repo", repo, code=BAD_INPUT)  # a file that is not in it

    def test_it_makes_sense(self):
        # The embedded model is small: it need not know all of these, but noise would know none.
        known = 0
        for text, expected in HOLES:
            prefix, suffix = text.split("|")
            line, column = prefix.count("\n") + 1, len(prefix.split("\n")[-1]) + 1
            found = self.complete("--line", line, "--col", column, stdin=prefix + suffix)["candidates"][0]["text"]
            known += found.startswith(expected)
        self.assertGreaterEqual(known, 3)

    def test_every_way_of_output_is_the_same_completion(self):
        best = self.complete(self.place)["candidates"][0]["text"]
        self.assertEqual(self.sw("complete", self.place).out, best + "\n")
        self.assertEqual(self.sw("complete", self.place, "--plain").out, best + "\n")
        offset = offset_of(PYTHON_TEXT, PYTHON_LINE, PYTHON_COLUMN)
        whole = PYTHON_TEXT.encode()
        inserted = self.sw("complete", self.place, "--insert").out_bytes
        self.assertEqual(inserted, whole[:offset] + best.encode() + whole[offset:])
        view = self.sw("complete", self.place, "--view").out
        self.assertIn("    return total / {+" + best.split("\n")[0] + "+}", view)
        self.assertIn(f"{PYTHON_LINE:6} | ", view)

    def test_stats_go_to_stderr(self):
        done = self.sw("complete", self.place, "--stats")
        self.assertRegex(done.err, r"\d+ tokens in \d+ ms, [\d.]+ tokens/s; prompt \d+ tokens")
        self.assertEqual(len(self.complete(self.place, "--stats")["prompt"]["ids"]),
                         self.complete(self.place)["prompt"]["tokens"])

    def test_same_every_time_and_with_any_threads(self):
        texts = {json.dumps(self.complete(self.place, *options)["candidates"]) for options in
                 ([], ["--cold"], ["--threads", "1"], ["--threads", "2"])}
        self.assertEqual(len(texts), 1)

    def test_candidates(self):
        result = self.complete(self.place, "--n", 4, "--seed", 3, "--temperature", 2)
        texts = [candidate["text"] for candidate in result["candidates"]]
        self.assertTrue(1 < len(texts) <= 4, texts)
        self.assertEqual(len(set(texts)), len(texts))
        again = self.complete(self.place, "--n", 4, "--seed", 3, "--temperature", 2)
        self.assertEqual(result["candidates"], again["candidates"])

    def test_modes(self):
        modes = self.sw("info", "--no-hash", "--json").json["fill_modes"]
        self.assertIn("spm", modes)
        self.assertIn("psm", modes)
        for mode in modes:
            with self.subTest(mode):
                self.assertEqual(self.complete(self.place, "--mode", mode, "--max-tokens", 8)["mode"], mode)

    def test_limits(self):
        for n in (1, 2, 5):
            result = self.complete(self.place, "--max-tokens", n, "--multiline", "many")
            self.assertLessEqual(result["generated_tokens"], n)
        one = self.complete(f"{self.path}:6:1", "--multiline", "one")["candidates"][0]["text"]
        self.assertNotIn("\n", one)

    def test_stop_strings(self):
        options = [f"{self.path}:16:1", "--multiline", "many", "--max-tokens", 24]
        text = self.complete(*options)["candidates"][0]["text"]
        stop = next(c for c in text if c not in " \n" and text.index(c) > 2)
        for stops in (["--stop", stop], ["--stop", "[x]", "--stop", stop], ["--stop", stop, "--stop", text]):
            stopped = self.complete(*options, *stops)["candidates"][0]
            self.assertEqual((stopped["text"], stopped["finish"]), (text[:text.index(stop)], "stop"))
            self.assertNotEqual(stopped["cut"], "")

    def test_windows(self):
        result = self.complete(self.place, "--prefix-window", 60, "--suffix-window", 40)
        window = result["prompt"]
        self.assertLessEqual(window["prefix_end"] - window["prefix_begin"], 2 * 60)
        self.assertLess(window["suffix_end"], len(PYTHON_TEXT))
        self.assertGreater(window["prefix_begin"], 0)

    def test_time_budget(self):
        result = self.complete(self.place, "--time-budget-ms", 100000)
        self.assertEqual(result["candidates"], self.complete(self.place)["candidates"])


class Places(CompleteCase):
    def test_a_path_with_colons(self):
        path = self.file("a:1:2:b.py", PYTHON_TEXT)
        expected = self.complete(self.place)
        result = self.complete(f"{path}:{PYTHON_LINE}:{PYTHON_COLUMN}")
        self.assertEqual(result["offset"], expected["offset"])
        path = self.file("x:15:20", PYTHON_TEXT)
        self.assertEqual(self.complete(f"{path}:{PYTHON_LINE}:{PYTHON_COLUMN}")["offset"], expected["offset"])
        by_option = self.complete(path, "--line", PYTHON_LINE, "--col", PYTHON_COLUMN)
        self.assertEqual((by_option["file"], by_option["offset"]), (str(path), expected["offset"]))

    def test_standard_input(self):
        expected = self.complete(self.place)
        where = ["--line", PYTHON_LINE, "--col", PYTHON_COLUMN]
        for arguments in ([], ["-"]):
            result = self.complete(*arguments, *where, "--path", self.path, stdin=PYTHON_TEXT)
            self.assertEqual(result["candidates"], expected["candidates"])
            self.assertEqual(result["file"], str(self.path))
        self.assertIsNone(self.complete(*where, stdin=PYTHON_TEXT)["file"])

    def test_column_units(self):
        text = "# é😀x = \n"
        path = self.file("units.py", text)
        for unit, column in (("chars", 9), ("bytes", 13), ("utf16", 10)):
            result = self.complete(path, "--line", 1, "--col", column, "--column-unit", unit)
            self.assertEqual(result["offset"], len(text.encode()) - 1, unit)

    def test_line_ends(self):
        for end in ("\n", "\r\n", "\r"):
            text = "a = 1" + end + "b = " + end + "c = 3" + end
            path = self.file("ends.py", text)
            with self.subTest(end=end):
                at_end = self.complete(f"{path}:2:5", "--max-tokens", 4)
                self.assertEqual(at_end["offset"], len("a = 1" + end + "b = "))
                self.assertEqual(self.complete(f"{path}:4:1", "--max-tokens", 4)["offset"], len(text))

    def test_empty_text(self):
        path = self.file("empty.py", "")
        for result in (self.complete(f"{path}:1:1"), self.complete("--line", 1, "--col", 1, stdin=b"")):
            self.assertEqual(result["offset"], 0)
            self.assertEqual(len(result["candidates"]), 1)
        self.sw("complete", f"{path}:1:1", "--view")

    def test_first_and_last_place(self):
        self.assertEqual(self.complete(f"{self.path}:1:1", "--max-tokens", 4)["offset"], 0)
        last = PYTHON_TEXT.count("\n") + 1
        self.assertEqual(self.complete(f"{self.path}:{last}:1", "--max-tokens", 4)["offset"], len(PYTHON_TEXT))

    def test_nul_is_a_character(self):
        path = self.file("nul.py", b"a = 1\0\nb = ")
        self.assertEqual(self.complete(f"{path}:2:5", "--max-tokens", 4)["offset"], 11)

    def test_fifty_megabytes(self):
        line = "value = compute(value, 12345)  # é\n"
        n_lines = 50 * 1024 * 1024 // len(line.encode()) + 1
        path = self.file("large.py", line * n_lines)
        self.assertGreater(path.stat().st_size, 50 * 1024 * 1024)
        for at in (1, n_lines // 2, n_lines):
            result = self.complete(f"{path}:{at}:9", "--max-tokens", 4)
            self.assertEqual(result["offset"], (at - 1) * len(line.encode()) + 8)
            self.assertLess(result["prompt"]["suffix_end"] - result["prompt"]["prefix_begin"], 1 << 20)
        self.sw("complete", f"{path}:{n_lines // 2}:9", "--max-tokens", 4, "--view")
        path.unlink()

    def test_one_very_long_line(self):
        path = self.file("minified.js", "let a = 1;" * 200_000)
        view = self.sw("complete", f"{path}:1:1000001", "--max-tokens", 4, "--view").out
        self.assertLess(len(view), 5000)


class BadPlaces(CompleteCase):
    def test_off_the_text(self):
        n_lines = PYTHON_TEXT.count("\n") + 1
        for where in (f"{n_lines + 1}:1", "1:1000", "99999999999:1", f"{n_lines}:2", "0:1", "1:0"):
            with self.subTest(where):
                self.fails("complete", f"{self.path}:{where}", code=BAD_INPUT, says=[f"{self.path}:{where}"])

    def test_inside_a_character(self):
        path = self.file("wide.py", "é = 😀\n")
        for column, unit in ((2, "bytes"), (7, "bytes"), (8, "bytes"), (9, "bytes"), (6, "utf16")):
            with self.subTest(column=column, unit=unit):
                self.fails("complete", f"{path}:1:{column}", "--column-unit", unit, code=BAD_INPUT,
                           says=[f"{path}:1:{column}"])

    def test_not_utf8(self):
        path = self.file("latin.py", b"# caf\xe9\nx = \n")
        done = self.fails("complete", f"{path}:2:5", code=BAD_INPUT, says=[path, "5"])
        self.assertIn("UTF-8", done.err)

    def test_no_such_file(self):
        self.fails("complete", "/nowhere.py:1:1", code=BAD_INPUT, says=["/nowhere.py"])
        self.fails("complete", f"{self.folder}:1:1", code=BAD_INPUT, says=[self.folder])

    def test_no_place(self):
        self.fails("complete", code=USAGE, says=["FILE:LINE:COL"])
        self.fails("complete", self.path, code=USAGE, says=[self.path, "FILE:LINE:COL"])
        self.fails("complete", f"{self.path}:3", code=USAGE, says=["FILE:LINE:COL"])
        self.fails("complete", "--line", 3, code=USAGE, says=["--col"])
        self.fails("complete", "--line", 0, "--col", 1, code=USAGE, says=["--line"])

    def test_bad_options(self):
        for options, says in ((["--n", 17], "--n"), (["--n", 0], "--n"), (["--mode", "magic"], "--mode"),
                              (["--temperature", -1], "--temperature"), (["--top-p", 1.5], "--top-p"),
                              (["--top-k", -1], "--top-k"), (["--threads", -1], "--threads"),
                              (["--cpu", "z80"], "--cpu"), (["--max-tokens", "many"], "--max-tokens"),
                              (["--such"], "--such"), (["--column-unit", "lines"], "--column-unit"),
                              (["--time-budget-ms", -5], "--time-budget-ms"), (["--plain", "--insert"], "excludes")):
            with self.subTest(options):
                self.fails("complete", self.place, *options, code=USAGE, says=[says])

    def test_no_model(self):
        self.fails("complete", self.place, "--model", "/nowhere", code=NO_MODEL, says=["/nowhere"])
        self.fails("complete", self.place, "--model", self.folder, code=NO_MODEL, says=[self.folder])
        bare = self.synth("bare", "tiny", "--force")
        self.fails("complete", self.place, "--model", bare, code=NO_MODEL, says=["tokenizer"])

    def test_an_endless_stream_is_refused(self):
        # /dev/zero is valid UTF-8 for ever: reading must end by itself, at the documented 512 MiB.
        with open("/dev/zero", "rb") as zero:
            done = subprocess.run([harness.EXE, "complete", "--line", "1", "--col", "1"], stdin=zero,
                                  capture_output=True, timeout=harness.TIMEOUT_S)
        self.assertEqual(done.returncode, BAD_INPUT, done.stderr)
        self.assertIn(b"512.0 MiB", done.stderr)


if __name__ == "__main__":
    unittest.main()
