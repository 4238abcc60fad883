"""eval fim: holes of two made-up packages, filled by the embedded model."""

import json
import signal
import subprocess
import time
import unittest

import harness
from harness import BAD_INPUT, INTERRUPTED, USAGE

WORDS = ("amber", "basalt", "cobalt", "dolomite", "emerald", "feldspar", "garnet", "hematite")


def python_files(n_helpers):
    stores = "".join(f"    def compact_{word}(self, limit, note):\n        self.{word} = (limit, note)\n\n" for word in WORDS)
    files = {"stores.py": f'"""Where things are kept."""\n\n\nclass Store:\n{stores}'}
    for i, word in enumerate(WORDS):
        head = "".join(f"def helper_{n}(value):\n    return value + {n}\n\n\n" for n in range(n_helpers))
        files[f"user_{word}.py"] = (
            f'"""Uses {i}."""\n\n\n{head}def run(store):\n    steps = {i}\n    for step in range(steps):\n        first_{i} = step * 3\n'
            f'        store.compact_{word}(steps, "own marker {i}")\n        last_{i} = first_{i}\n    return steps\n\n\n{head.replace("helper", "other")}')
    return files


def go_files():
    tables = "".join(f"func Merge{word.title()}(left int, right int) int {{\n\treturn left * right\n}}\n\n" for word in WORDS)
    files = {"table/table.go": f"package table\n\n{tables}"}
    for i, word in enumerate(WORDS):
        files[f"use_{word}.go"] = (f'package use\n\nimport "beta/table"\n\nfunc use{i}(n int) int {{\n\tif n > {i} {{\n\t\tstart := n + {i}\n'
                                   f"\t\tfound := table.Merge{word.title()}(start, 40{i})\n\t\treturn found\n\t}}\n\treturn n\n}}\n")
    return files


class FimCase(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packages = []
        for name, files in (("alpha", python_files(6)), ("beta", go_files()), ("long", python_files(80))):
            folder = cls.folder / "packages" / name
            cls.packages.append(folder)
            for path, text in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        cls.long = cls.packages.pop()
        cls.temporary = cls.folder / "temporary"
        cls.temporary.mkdir()

    def fim(self, *arguments, **more):
        return self.sw("eval", "fim", *arguments, env=harness.clean_environment(TMPDIR=str(self.temporary)), **more)

    def run_fim(self, *arguments, budgets="256", packages=()):
        return self.fim(*(packages or self.packages), "--languages", "python,go", "--budgets", budgets, *arguments)

    def list(self, *arguments):
        return [json.loads(line) for line in self.run_fim("--list", *arguments).out.splitlines()]

    def records(self, path):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(list(lines[0]), ["settings"])
        return lines[1:]

    def tearDown(self):
        self.assertEqual(list(self.temporary.iterdir()), [], "copies of packages were left behind")


class Holes(FimCase):
    def test_what_they_are(self):
        holes = self.list("--holes", 16)
        self.assertEqual(len(holes), 16)
        for language, package in (("python", "alpha"), ("go", "beta")):
            for kind in ("line", "block"):
                self.assertEqual(sum((h["language"], h["package"], h["kind"]) == (language, package, kind) for h in holes), 4, holes)
        for hole in holes:
            text = (self.folder / "packages" / hole["package"] / hole["path"]).read_text()
            self.assertEqual(text[hole["begin"]:hole["end"]], hole["text"])
            self.assertEqual(text.count("\n", 0, hole["begin"]) + 1, hole["line"])
            self.assertEqual(text.count(hole["name"]), 1)
            if hole["kind"] == "line":
                self.assertTrue(hole["text"].startswith(hole["name"]))
                self.assertNotIn("\n", hole["text"])
            else:
                self.assertIn(hole["name"], hole["text"])
                self.assertEqual(len(hole["text"].splitlines()), 3)

    def test_seeds(self):
        some = self.list("--holes", 8)
        self.assertEqual(some, self.list("--holes", 8))
        self.assertNotEqual(some, self.list("--holes", 8, "--seed", 2))
        more = self.list("--holes", 12)
        for hole in some:
            self.assertIn(hole, more)

    def test_shards(self):
        parts = [self.list("--holes", 10, "--shard", f"{i}/3") for i in (1, 2, 3)]
        self.assertEqual(sum(parts, []), self.list("--holes", 10))
        self.assertLessEqual(max(map(len, parts)) - min(map(len, parts)), 1)

    def test_kinds_and_skipped_files(self):
        self.assertEqual({h["kind"] for h in self.list("--kind", "line")}, {"line"})
        self.assertEqual({h["kind"] for h in self.list("--kind", "block")}, {"block"})
        seen = self.file("seen.txt", "alpha/user_amber.py\nbeta/use_basalt.go\n")
        paths = {h["path"] for h in self.list("--skip", seen)}
        self.assertEqual(len(paths), 14)
        self.assertFalse(paths & {"user_amber.py", "use_basalt.go"})


class Runs(FimCase):
    def test_report(self):
        out = self.folder / "report.jsonl"
        told = self.run_fim("--holes", 8, "--out", out, "--json").json
        self.assertEqual(told["settings"]["budgets"], [0, 256])
        groups = {(g["kind"], g["language"]): g for g in told["groups"]}
        self.assertEqual(set(groups), {(k, l) for k in ("line", "block") for l in ("python", "go", "all")} | {("all", "all")})
        records = self.records(out)
        for (kind, language), group in groups.items():
            mine = [r for r in records if kind in ("all", r["hole"]["kind"]) and language in ("all", r["hole"]["language"])]
            self.assertEqual(group["holes"], len(mine))
            for i, row in enumerate(group["budgets"]):
                for field in ("exact", "similarity"):
                    values = [float(r["results"][i][field]) for r in mine]
                    self.assertAlmostEqual(row[field]["mean"], sum(values) / len(values))
                    self.assertLessEqual(row[field]["low"], row[field]["mean"])
                    self.assertGreaterEqual(row[field]["high"], row[field]["mean"])
                    gains = [float(r["results"][i][field]) - float(r["results"][0][field]) for r in mine]
                    self.assertAlmostEqual(row[field + "_gain"]["mean"], sum(gains) / len(gains))
            self.assertEqual([row["context_tokens"] > 0 for row in group["budgets"]], [False, True])
            self.assertLessEqual(group["budgets"][1]["context_tokens"], 256)
        table = self.run_fim("--holes", 8, "--out", out).out
        self.assertRegex(table, r"line, python: 2 holes of 1 packages\n +budget")
        self.assertRegex(table, r"(?m)^ +256 +\d+ +\d+\.\d \[ *\d+\.\d, +\d+\.\d\]")

    def test_it_goes_on_where_it_was(self):
        out = self.folder / "resume.jsonl"
        told = self.run_fim("--holes", 4, "--out", out, "--json").json
        whole = out.read_bytes()
        self.assertEqual(self.run_fim("--holes", 4, "--out", out, "--json").json, told)
        self.assertEqual(out.read_bytes(), whole)
        lines = whole.splitlines(keepends=True)
        out.write_bytes(b"".join(lines[:3]) + lines[3][:40])  # killed while it wrote
        self.assertEqual(self.run_fim("--holes", 4, "--out", out, "--json").json, told)
        self.assertTrue(out.read_bytes().startswith(b"".join(lines[:3])))
        self.assertEqual(len(self.records(out)), 4)
        self.fails_fim(*self.packages, "--budgets", "512", "--out", out, code=USAGE, says=["other settings", "name another file"])

    def test_join(self):
        parts = []
        for i in (1, 2):
            parts.append(self.folder / f"part{i}.jsonl")
            self.run_fim("--holes", 6, "--shard", f"{i}/2", "--out", parts[-1])
        told = self.run_fim("--holes", 6, "--json").json
        self.assertEqual(self.fim("--join", *parts, "--json").json, told)
        self.assertEqual(self.fim("--join", *reversed(parts), parts[0], "--json").json, told)

    def test_ctrl_c(self):
        out = self.folder / "stopped.jsonl"
        arguments = ["eval", "fim", *self.packages, "--languages", "python,go", "--budgets", "256", "--holes", "32", "--out", out]
        run = subprocess.Popen([harness.EXE, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=harness.clean_environment(TMPDIR=str(self.temporary)))
        deadline = time.monotonic() + harness.TIMEOUT_S
        while run.poll() is None and time.monotonic() < deadline and not (out.exists() and out.read_bytes().count(b"\n") > 2):
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        shown, err = run.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual((run.returncode, shown), (INTERRUPTED, b""), err)
        self.assertIn(b"the same command goes on", err)
        n_before = len(self.records(out))
        self.assertGreaterEqual(n_before, 2)
        self.run_fim("--holes", 4, "--out", out)

    def fails_fim(self, *arguments, **more):
        self.fails("eval", "fim", *arguments, **more)

    def test_what_cannot_be(self):
        self.fails_fim(code=USAGE, says=["folders"])
        self.fails_fim(self.packages[0], "--shard", "3/2", code=USAGE, says=["--shard", "3/2"])
        self.fails_fim(self.packages[0], self.packages[0], code=USAGE, says=["alpha"])
        self.fails_fim(self.packages[0], "--budgets", "1k,x", code=USAGE, says=["--budgets"])
        self.fails_fim("--join", self.file("bad.jsonl", "{}\n"), code=BAD_INPUT, says=["bad.jsonl, line 1"])
        self.fails_fim("--join", self.file("empty.jsonl", ""), code=BAD_INPUT, says=["empty.jsonl"])
        self.fails_fim(self.packages[1], "--languages", "python", code=BAD_INPUT, says=["no holes"])


class Leaks(FimCase):
    """What is in a hole stands in no prompt, whatever the index knew before."""

    def check(self, *arguments, **more):
        out = self.folder / f"leak{len(list(self.folder.glob('leak*')))}.jsonl"
        before = {path: path.read_bytes() for path in (self.folder / "packages").rglob("*") if path.is_file()}
        self.run_fim("--out", out, "--prompts", *arguments, **more)
        records = self.records(out)
        self.assertGreater(len(records), 7)
        for record in records:
            hole = record["hole"]
            for result in record["results"]:
                lines = hole["text"].splitlines() if hole["kind"] == "block" else [hole["text"]]
                for line in lines:
                    if len(line.strip()) > 12:
                        self.assertNotIn(line.strip(), result["prompt"], record)
            self.assertIn("+++++ ", record["results"][1]["prompt"])
            self.assertNotIn("+++++ ", record["results"][0]["prompt"])
        self.assertEqual(before, {path: path.read_bytes() for path in before})
        return records

    def test_usual_windows(self):
        self.check("--holes", 16)

    def test_the_rest_of_the_file_may_be_shown_but_not_the_hole(self):
        """Windows so small that the index must give other parts of the same file."""
        records = self.check("--holes", 16, "--prefix-window", 64, "--suffix-window", 32, budgets="4k", packages=[self.long])
        own = [r for r in records if "+++++ " + r["hole"]["path"] in r["results"][1]["prompt"]]
        self.assertGreater(len(own), 0, "no prompt shows other parts of its own file: this test shows nothing")


if __name__ == "__main__":
    unittest.main()
