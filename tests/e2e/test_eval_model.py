"""eval model: made-up holes and documents, filled by the embedded model; eval copies: texts with planted runs."""

import json
import math
import random
import signal
import subprocess
import time
import unittest

import harness
from harness import BAD_INPUT, INTERRUPTED, USAGE

NAMES = ("width", "height", "offset", "colour")


def hole(kind, language, number, middle, context=""):
    name = NAMES[number % len(NAMES)]
    if language == "python":
        prefix = f"class Box{number}:\n    def __init__(self, {name}):\n        self.{name} = {name}\n\n    def get_{name}(self):\n        return self."
        suffix = f"\n\n    def set_{name}(self, value):\n        self.{name} = value\n"
        path = f"box{number}.py"
    else:
        prefix = f"package box\n\ntype Box{number} struct {{\n\t{name} int\n}}\n\nfunc (b *Box{number}) Get() int {{\n\treturn b."
        suffix = f"\n}}\n\nfunc (b *Box{number}) Set(value int) {{\n\tb.{name} = value\n}}\n"
        path = f"box{number}.go"
    return {"kind": kind, "language": language, "package": "boxes", "path": path, "prefix": prefix, "middle": middle, "suffix": suffix,
            "context": context}


def made_up():
    context = "+++++ other/table.py\ndef table(rows):\n    return [len(row) for row in rows]\n+++++ other/row.py\nROW = 3\n"
    records = []
    for i in range(4):
        for language in ("python", "go"):
            records.append(hole("line", language, i, NAMES[i], context if i % 2 == 0 else ""))
    records.append(hole("cross", "python", 7, "get_table()", context))
    records.append(hole("block", "go", 8, "width\n}\n\nfunc other() int {\n\treturn 1"))
    for i, language in enumerate(("python", "go", "python")):
        text = hole("line", language, i, NAMES[i])
        records.append({"kind": "document", "language": language, "package": "boxes", "path": "a", "text": text["prefix"] + NAMES[i] + text["suffix"]})
    return records


def lines_of(records):
    return "".join(json.dumps(record) + "\n" for record in records)


class ModelCase(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.records = made_up()
        cls.holes = cls.folder / "holes.jsonl"
        cls.holes.write_text(lines_of(cls.records))

    def run_model(self, *arguments, holes=None, **more):
        return self.sw("eval", "model", *([holes] if holes else [self.holes]), "--threads", "1", *arguments, **more)

    def results(self, name, *arguments, holes=None):
        out = self.folder / f"{name}.jsonl"
        told = self.run_model("--out", out, "--json", *arguments, holes=holes).json
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        self.assertEqual(list(lines[0]), ["settings"])
        return told, lines[1:]


class Runs(ModelCase):
    def test_counts_add_up(self):
        told, records = self.results("whole")
        self.assertEqual([r["line"] for r in records], list(range(1, len(self.records) + 1)))
        for record, hole in zip(records, self.records):
            self.assertEqual((record["kind"], record["language"], record["path"]), (hole["kind"], hole["language"], hole["path"]))
            if hole["kind"] != "document":
                ways = [(fill["order"], fill["context"]) for fill in record["fills"]]
                self.assertEqual(ways, [(order, r) for r in ([False, True] if hole["context"] else [False]) for order in ("spm", "psm")])
        for row in told["fills"]:
            mine = [fill for record in records if record["kind"] == row["kind"] and row["language"] in ("all", record["language"])
                    for fill in record["fills"] if (fill["order"], fill["context"]) == (row["order"], row["context"])]
            self.assertEqual(row["holes"], len(mine))
            for measure in ("exact", "first_line", "ended", "ran_past", "shown_exact", "similarity", "names", "fits", "syntax"):
                values = [float(fill[measure]) for fill in mine if fill[measure] is not None]
                self.assert_mean(row[measure], values)
            self.assert_mean(row["ended_right"], [float(fill["exact"]) for fill in mine if fill["first_line"]])
        self.assertEqual({(row["kind"], row["order"]) for row in told["gains"]}, {(k, o) for k in ("line", "cross") for o in ("spm", "psm")})
        for row in told["gains"]:
            pairs = [[fill["similarity"] for fill in record["fills"] if fill["order"] == row["order"]] for record in records
                     if record["kind"] == row["kind"] and len(record["fills"]) == 4]
            self.assert_mean(row["similarity"], [after - before for before, after in pairs])
        table = self.run_model("--join", self.folder / "whole.jsonl", holes=None).out
        self.assertRegex(table, r"line spm with R")

    def assert_mean(self, told, values):
        if not values:
            self.assertIsNone(told)
            return
        self.assertEqual(told["n"], len(values))
        self.assertAlmostEqual(told["mean"], sum(values) / len(values))
        self.assertLessEqual(told["low"], told["mean"] + 1e-12)
        self.assertGreaterEqual(told["high"], told["mean"] - 1e-12)

    def test_its_own_text_is_exact_and_a_prefix_of_it_is_not(self):
        _, records = self.results("asked")
        own, part, wanted = [], [], []
        for record in records:
            for fill in record.get("fills", ()):
                if fill["ended"] and fill["shown"].strip() and len(fill["raw"].strip()) > 1 and not fill["context"]:
                    wanted.append(fill)
                    asked = self.records[record["line"] - 1]
                    own.append({**asked, "middle": fill["raw"], "context": ""})
                    part.append({**asked, "middle": fill["raw"].strip()[:-1], "context": ""})
        self.assertGreater(len(own), 3, "the embedded model ends none of these by itself")
        _, right = self.results("own", holes=self.file("own_holes.jsonl", lines_of(own)))
        _, wrong = self.results("part", holes=self.file("part_holes.jsonl", lines_of(part)))
        for want, r, w in zip(wanted, right, wrong):
            for fill in r["fills"]:
                if fill["order"] == want["order"]:
                    self.assertEqual(fill["raw"], want["raw"])
                    self.assertTrue(fill["exact"] and fill["first_line"] and fill["ended"], fill)
                    if fill["shown"].strip() == want["raw"].strip():
                        self.assertTrue(fill["shown_exact"] and fill["similarity"] == 1 and fill["syntax"] in (True, None), fill)
            for fill in w["fills"]:
                if fill["order"] == want["order"]:
                    self.assertFalse(fill["exact"] or (fill["shown_exact"] and fill["shown"].strip() == want["raw"].strip()), fill)

    def test_shards_joined_are_the_whole(self):
        told, _ = self.results("one")
        parts = []
        for i in (1, 2, 3):
            parts.append(self.folder / f"shard{i}.jsonl")
            self.run_model("--shard", f"{i}/3", "--out", parts[-1])
        self.assertEqual(self.sw("eval", "model", "--join", *parts, "--json").json, told)
        self.assertEqual(self.sw("eval", "model", "--join", *reversed(parts), parts[0], "--json").json, told)

    def test_it_goes_on_where_it_was(self):
        out = self.folder / "resume.jsonl"
        arguments = ("--mode", "psm", "--limit", "2", "--out", out, "--json")
        told = self.run_model(*arguments).json
        whole = out.read_bytes()
        lines = whole.splitlines(keepends=True)
        out.write_bytes(b"".join(lines[:4]) + lines[4][:30])  # killed while it wrote
        self.assertEqual(self.run_model(*arguments).json["fills"], told["fills"])
        self.assertTrue(out.read_bytes().startswith(b"".join(lines[:4])))
        self.fails("eval", "model", self.holes, "--mode", "spm", "--out", out, code=USAGE, says=["other settings", "name another file"])

    def test_a_limit_is_a_part_of_a_larger_one(self):
        some = {r["line"] for r in self.results("limit1", "--limit", "1", "--mode", "psm")[1]}
        more = {r["line"] for r in self.results("limit2", "--limit", "2", "--mode", "psm")[1]}
        self.assertEqual((len(some), len(more)), (2 + 1 + 1 + 2, 4 + 1 + 1 + 3))
        self.assertLessEqual(some, more)

    def test_bits_are_those_of_the_logits(self):
        told, records = self.results("bits", "--mode", "psm", "--limit", "1")
        for record in records:
            if record["kind"] != "document":
                continue
            text = self.records[record["line"] - 1]["text"]
            ids = self.sw("tokenize", "--bos", stdin=text).json
            ids = ids["ids"] if isinstance(ids, dict) else ids
            shape, rows = self.logits(harness.embedded_folder(), ids, name="bits")
            width = shape[1]
            bits = 0.0
            for i, wanted in enumerate(ids[1:]):
                row = rows[i * width:(i + 1) * width]
                top = max(row)
                bits += (math.log(sum(math.exp(x - top) for x in row)) + top - row[wanted]) / math.log(2)
            self.assertEqual(record["tokens"], len(ids) - 1)
            self.assertEqual(record["bytes"], len(text.encode()))
            self.assertAlmostEqual(record["bits"], bits, delta=1e-4 * bits)
        documents = [r for r in records if r["kind"] == "document"]
        self.assertAlmostEqual(told["bits_per_byte"]["all"]["mean"], sum(r["bits"] for r in documents) / sum(r["bytes"] for r in documents))

    def test_ctrl_c(self):
        out = self.folder / "stopped.jsonl"
        run = subprocess.Popen([harness.EXE, "eval", "model", str(self.holes), "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=harness.clean_environment())
        deadline = time.monotonic() + harness.TIMEOUT_S
        while run.poll() is None and time.monotonic() < deadline and not (out.exists() and out.read_bytes().count(b"\n") > 1):
            time.sleep(0.005)
        run.send_signal(signal.SIGINT)
        shown, err = run.communicate(timeout=harness.TIMEOUT_S)
        self.assertEqual((run.returncode, shown), (INTERRUPTED, b""), err)
        self.assertIn(b"the same command goes on", err)
        self.assertGreater(len(out.read_text().splitlines()), 1)

    def test_bad_records(self):
        good = self.records[0]
        bad = {
            "not json": "{", "no kind": json.dumps({k: v for k, v in good.items() if k != "kind"}), "kind": json.dumps({**good, "kind": "word"}),
            "nothing in it": json.dumps({**good, "middle": " \n"}), "number": json.dumps({**good, "prefix": 3}), "list": "[]",
            "no context": json.dumps({k: v for k, v in good.items() if k != "context"}), "empty": "",
            "no text": json.dumps({**good, "kind": "document"}),
        }
        for name, line in bad.items():
            with self.subTest(name):
                path = self.file("bad.jsonl", lines_of([good, good]) + line + "\n" + lines_of([good]))
                self.fails("eval", "model", path, code=BAD_INPUT, says=["bad.jsonl, line 3"])
        self.fails("eval", "model", self.file("nothing.jsonl", ""), code=BAD_INPUT, says=["nothing.jsonl"])
        self.fails("eval", "model", code=USAGE, says=["file of holes"])
        self.fails("eval", "model", self.holes, "--mode", "instruct", code=USAGE, says=["instruct"])
        self.fails("eval", "model", self.holes, "--shard", "0/2", code=USAGE, says=["--shard"])
        self.fails("eval", "model", "--join", self.file("join.jsonl", "{}\n"), code=BAD_INPUT, says=["join.jsonl, line 1"])


class Copies(harness.Case):
    def setUp(self):
        rng = random.Random(4)
        self.words = [" ".join("".join(rng.choice("abcdefghij") for _ in range(6)) for _ in range(40)) for _ in range(6)]
        for i, text in enumerate(self.words):
            self.file(f"corpus/part{i % 2}/file{i}.py", text.replace(" ", "\n    ") + "\n")

    def copies(self, texts, *arguments, **more):
        return self.sw("eval", "copies", self.file("texts.jsonl", lines_of(texts)), "--json", *arguments, **more).json

    def test_planted_runs_are_found(self):
        run = self.words[3][70:200]
        texts = [{"text": "xx" + run.replace(" ", " \n\t") + "yy"}, {"text": "nothing of it", "prompt": ""}, {"text": run, "prompt": "a " + run + " b"}]
        told = self.copies(texts, "--corpus", self.folder / "corpus")
        self.assertEqual((told["texts"], told["copied"]["longest"], told["not_in_prompt"]["longest"]), (3, len(run), len(run)))
        self.assertAlmostEqual(told["copied"]["share_of_100"], 2 / 3)
        self.assertAlmostEqual(told["not_in_prompt"]["share_of_100"], 1 / 3)
        self.assertEqual(told["copied"]["share_of_200"], 0)
        self.assertEqual((told["worst"][0]["run"], told["worst"][0]["not_in_prompt"]), (run.strip(), len(run.strip())))
        self.assertTrue(told["worst"][0]["place"].endswith("part1/file3.py"))

    def test_a_corpus_is_the_same_in_files_and_in_lines(self):
        texts = [{"text": text[i * 7:60 + i * 25]} for i, text in enumerate(self.words)]
        folders = self.copies(texts, "--corpus", self.folder / "corpus")
        lines = lines_of([{"p": "corpus", "f": str(path.relative_to(self.folder / "corpus")), "l": "python", "t": path.read_text()}
                          for path in sorted((self.folder / "corpus").rglob("*.py"))])
        for corpus, stdin in ((self.file("corpus.jsonl", lines), b""), ("-", lines), ("-", lines.rstrip("\n"))):
            told = self.copies(texts, "--corpus", corpus, stdin=stdin)
            self.assertEqual([told[k] for k in ("texts", "corpus_bytes", "copied", "not_in_prompt")],
                             [folders[k] for k in ("texts", "corpus_bytes", "copied", "not_in_prompt")])
        out = self.sw("eval", "copies", self.folder / "texts.jsonl", "--corpus", self.folder / "corpus").out
        self.assertRegex(out, r"6 texts, .* of corpus")

    def test_records_of_eval_model_are_texts(self):
        asked = made_up()[:2]
        holes = self.file("holes.jsonl", lines_of(asked))
        written = self.folder / "written.jsonl"
        self.sw("eval", "model", holes, "--mode", "psm", "--prompts", "--out", written)
        records = [json.loads(line) for line in written.read_text().splitlines()[1:]]
        fills = [fill for record in records for fill in record["fills"]]
        told = self.sw("eval", "copies", written, "--corpus", self.folder / "corpus", "--json").json
        self.assertEqual(told["texts"], sum(1 for fill in fills if fill["raw"].strip()))
        for record, hole in zip(records, asked):
            for fill in record["fills"]:
                self.assertIn(hole["prefix"], fill["prompt"])
                self.assertIn(hole["suffix"], fill["prompt"])
                self.assertEqual("ROW = 3" in fill["prompt"], fill["context"])

    def test_what_cannot_be(self):
        good = self.file("good.jsonl", lines_of([{"text": "a"}]))
        self.fails("eval", "copies", good, code=USAGE, says=["--corpus"])
        self.fails("eval", "copies", "--corpus", self.folder, code=USAGE, says=["files of texts"])
        self.fails("eval", "copies", self.file("bad.jsonl", "{}\n"), "--corpus", self.folder, code=BAD_INPUT, says=["bad.jsonl, line 1"])
        self.fails("eval", "copies", good, "--corpus", self.file("lines.jsonl", '{"p": "a", "f": "b", "t": "c"}\n{}\n'), code=BAD_INPUT,
                   says=["lines.jsonl, line 2"])
        self.fails("eval", "copies", good, "--corpus", self.folder / "none", code=BAD_INPUT, says=["none"])
        (self.folder / "hollow").mkdir()
        self.fails("eval", "copies", good, "--corpus", self.folder / "hollow", code=BAD_INPUT, says=["empty"])


if __name__ == "__main__":
    unittest.main()
