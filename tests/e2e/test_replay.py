"""replay: an editing trace, counted by policy and compared with cold runs."""

import gzip
import json
import random
import unittest
import xml.etree.ElementTree

import harness
from harness import BAD_INPUT, USAGE

PIECES = ["x", "é", "日本", "😀", "\n", "    ", "return ", "\u2581", "def f(a, b):\n    return a + b\n", "\t", "# naïve\n"]
SVG = "{http://www.w3.org/2000/svg}"


def make_trace(n_edits, seed=1, start=harness.PYTHON_TEXT * 3):
    """Edits mostly where the last one was, some with several patches. Positions count characters, as Python's do."""
    rng = random.Random(seed)
    text, at, transactions = start, len(start) // 2, []
    for i in range(n_edits):
        patches = []
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            if rng.random() < 0.15:
                at = rng.randrange(len(text) + 1)
            n_deleted = min(len(text) - at, rng.choice([0, 0, 1, 3, 40]))
            insert = rng.choice(PIECES) if n_deleted == 0 or rng.random() < 0.5 else ""
            text = text[:at] + insert + text[at + n_deleted:]
            patches.append([at, n_deleted, insert])
            at += len(insert)
        transactions.append({"time": f"2020-09-10T04:{i // 60:02}:{i % 60:02}.500Z", "patches": patches})
    return {"startContent": start, "endContent": text, "txns": transactions}


class Replay(harness.Case):
    def trace(self, trace, name="trace.json"):
        content = trace if isinstance(trace, (bytes, str)) else json.dumps(trace, ensure_ascii=False)
        content = content.encode() if isinstance(content, str) else content
        return self.file(name, gzip.compress(content) if name.endswith(".gz") else content)

    def replay(self, path, *arguments):
        return self.sw("replay", path, *arguments, "--json").json

    def test_what_json_says(self):
        path = self.trace(make_trace(60))
        result = self.replay(path)
        self.assertEqual(result["trace"], str(path))
        self.assertEqual((result["buffers"], result["exact"], result["suffix_window"], result["idle_tok_s"]), (1, False, 0, 0))
        self.assertEqual(len(result["policies"]), 1)
        one = result["policies"][0]
        self.assertEqual((one["policy"], one["edits"]), ("default", 60))
        rerun = one["rerun"]
        self.assertLessEqual(rerun["p50"], rerun["p90"])
        self.assertLessEqual(rerun["p90"], rerun["p99"])
        self.assertLessEqual(rerun["p99"], rerun["max"])
        self.assertLessEqual(rerun["mean"], rerun["max"])
        self.assertEqual(sum(one["resumed_from"].values()), 61, "one for each edit, and one for the text that was opened")
        self.assertEqual(set(one["resumed_from"]), {"nothing", "running", "log", "kept", "disk"})
        self.assertEqual(set(one["missed"]), {"unknown", "evicted", "policy"})
        self.assertLessEqual(one["peak_bytes"]["host"], one["bytes_max"])
        self.assertEqual(one["bytes_max"], int(result["budget_states"] * one["kept_state_bytes"]))
        self.assertNotIn("compared", one)

    def test_counts_do_not_depend_on_the_container_or_the_run(self):
        trace = make_trace(40)
        plain = self.replay(self.trace(trace))["policies"]
        packed = self.replay(self.trace(trace, "trace.json.gz"))["policies"]
        for one in plain + packed:
            one.pop("seconds")
        self.assertEqual(plain, packed)

    def test_the_table(self):
        path = self.trace(make_trace(30))
        lines = self.sw("replay", path, "--policy", "none,default").out.splitlines()
        self.assertEqual(lines[0].split(), ["policy", "edits", "mean", "p50", "p90", "p99", "max", "peak", "states", "seconds"])
        self.assertEqual([line.split()[:2] for line in lines[1:3]], [["none", "30"], ["default", "30"]])
        self.assertTrue(any(line.startswith("none: resumed from nothing 31") for line in lines), lines)

    def test_policies_side_by_side(self):
        path = self.trace(make_trace(80))
        names = ["none", "running", "grid:64", "geometric:4", "default"]
        plot = self.folder / "plot.svg"
        result = self.replay(path, "--policy", ",".join(names), "--plot", plot)["policies"]
        self.assertEqual([one["policy"] for one in result], names)
        mean = {one["policy"]: one["rerun"]["mean"] for one in result}
        alone = self.replay(path, "--policy", "default")["policies"][0]
        self.assertEqual(alone["rerun"], result[-1]["rerun"], "policies do not see each other")
        for name in names:
            self.assertLessEqual(mean[name], mean["none"], mean)
            self.assertLessEqual(mean["default"], mean["none"])
        self.assertLessEqual(mean["default"], mean["running"], mean)
        self.assertEqual(result[0]["resumed_from"]["nothing"], 81)
        self.assertEqual(result[1]["states_evicted"], 0)
        root = xml.etree.ElementTree.fromstring(plot.read_bytes())
        self.assertEqual(root.tag, SVG + "svg")
        self.assertEqual(len(root.findall(SVG + "polyline")), len(names))
        words = " ".join(text.text for text in root.iter(SVG + "text"))
        for name in names:
            self.assertIn(name, words)
        for line in root.findall(SVG + "polyline"):
            for point in line.get("points").split():
                x, y = map(float, point.split(","))
                self.assertTrue(0 <= x <= 720 and 0 <= y <= 440, point)

    def test_the_plot_of_a_strange_name(self):
        path = self.trace(make_trace(3), "a <b> & \"c\" é.json")
        plot = self.folder / "strange.svg"
        self.replay(path, "--plot", plot)
        root = xml.etree.ElementTree.fromstring(plot.read_bytes())
        self.assertTrue(any(path.name in (text.text or "") for text in root.iter(SVG + "text")))
        self.sw("replay", path, "--plot", self.folder / "no" / "such" / "folder.svg", code=harness.FAILED)

    def test_every_state_is_exact(self):
        path = self.trace(make_trace(24, seed=3, start=harness.PYTHON_TEXT))
        for options in ([], ["--suffix-window", 200], ["--idle-tok-s", 100, "--budget", 6], ["--policy", "grid:64,geometric:4,running"]):
            with self.subTest(options):
                result = self.replay(path, "--exact", *options)
                counted = self.replay(path, *options)
                for one, other in zip(result["policies"], counted["policies"], strict=True):
                    self.assertEqual((one["differing_states"], one["differing_logits"]), (0, 0))
                    self.assertEqual(one["compared"], 24)
                    self.assertGreater(one["compared_from_start"], 0)
                    if "--idle-tok-s" not in options:
                        self.assertEqual(one["rerun"], other["rerun"], "what is counted is what is run")

    def test_layouts(self):
        path = self.trace(make_trace(40, seed=5, start=harness.PYTHON_TEXT * 8))
        mean = {}
        for layout in ("rsp", "rps", "split", "auto"):
            with self.subTest(layout):
                options = ["--layout", layout, "--prefix-window", 2000, "--suffix-window", 600, "--context-tokens", 500]
                result = self.replay(path, *options)
                one = result["policies"][0]
                self.assertEqual((result["layout"], result["prefix_window"], result["context_tokens"]), (layout, 2000, 500))
                self.assertEqual(one["edits"], one["resumed_from"]["nothing"] + sum(list(one["resumed_from"].values())[1:]) - 1)
                self.assertGreater(one["edits"], 40, "each patch is a request")
                self.assertEqual(one["split"] > 0, layout in ("split", "auto"))
                mean[layout] = one["rerun"]["mean"]
        self.assertLess(mean["split"], mean["rsp"], mean)
        exact = self.replay(path, "--exact", "--max-edits", 8, *options)["policies"][0]  # auto
        self.assertEqual((exact["differing_states"], exact["differing_logits"]), (0, 0))
        self.sw("replay", path, "--layout", "psr", code=USAGE)
        self.sw("replay", path, "--exact", "--tokenizer", harness.SOURCE / "models/nano/tokenizer.model", code=USAGE)

    def test_several_buffers(self):
        trace = make_trace(61)
        path = self.trace(trace)
        for options in ([], ["--policy", "running"], ["--exact", "--max-edits", 12]):
            with self.subTest(options):
                one = self.replay(path, "--buffers", 3, *options)["policies"][0]
                n = 12 if "--exact" in options else 61
                self.assertEqual(one["edits"], n)
                self.assertEqual(sum(one["resumed_from"].values()), n + 3)
                self.assertLessEqual(one["peak_bytes"]["host"], one["bytes_max"])
                self.assertEqual(one.get("differing_states", 0) + one.get("differing_logits", 0), 0)

    def test_max_edits(self):
        path = self.trace(make_trace(20))
        for n, edits in ((1, 1), (7, 7), (1000, 20), (0, 20)):
            self.assertEqual(self.replay(path, "--max-edits", n)["policies"][0]["edits"], edits)

    def test_idle_work_is_counted(self):
        path = self.trace(make_trace(40))
        without, idle = (self.replay(path, "--idle-tok-s", rate)["policies"][0] for rate in (0, 1000))
        self.assertEqual(without["tokens_idle"], 0)
        self.assertLessEqual(idle["tokens_idle"], 40 * 1000)

    def test_an_empty_start_and_empty_transactions(self):
        first = {"patches": [[0, 0, "ab\ncd\n"]]}
        trace = {"startContent": "", "txns": [first, {"patches": []}, {"patches": [[2, 1, "日"]], "time": 12}]}
        one = self.replay(self.trace(trace))["policies"][0]
        self.assertEqual(one["edits"], 1, "the first is the text that was opened, the second changes nothing")

    def damaged(self, content, *says, name="bad.json"):
        path = self.trace(content, name)
        if isinstance(content, bytes) and name.endswith(".gz"):
            path.write_bytes(content)
        self.fails("replay", path, code=BAD_INPUT, says=[path.name, *says])

    def test_damaged_files(self):
        whole = gzip.compress(json.dumps(make_trace(30)).encode())
        for n in (len(whole) // 2, len(whole) - 1, len(whole) - 9, 30):
            self.damaged(whole[:n], name="cut.json.gz")
        flipped = bytearray(whole)
        flipped[len(flipped) // 2] ^= 0x55
        self.damaged(bytes(flipped), name="flipped.json.gz")
        for text in ("", "not JSON", "{", '{"txns": [', "\x00\x01"):
            self.damaged(text)
        self.damaged(b'{"txns": [{"patches": [[0, 0, "\xff"]]}]}')

    def test_wrong_types(self):
        for value in (None, 1, "txns", [], {}, {"txns": None}, {"txns": {}}, {"txns": "x"}):
            self.damaged(json.dumps(value), "txns")
        self.damaged(json.dumps({"txns": []}), "no transactions")
        good = {"patches": [[0, 0, "a"]]}
        for transaction in (None, 1, [], {}, {"patches": None}, {"patches": {}}, {"patches": [None]}, {"patches": [[]]},
                            {"patches": [[0, 0]]}, {"patches": [[0, 0, "a", 1]]}, {"patches": [["0", 0, "a"]]},
                            {"patches": [[0, -1, "a"]]}, {"patches": [[-1, 0, "a"]]}, {"patches": [[0.5, 0, "a"]]},
                            {"patches": [[0, 0, 7]]}, {"patches": [[0, 0, None]]}, {"patches": [{"0": 0}]}):
            self.damaged(json.dumps({"txns": [good, transaction]}), "transaction 1")

    def test_patches_off_the_text(self):
        start = "日本\n"
        path = self.file("off.json", "")
        for patch in ([5, 0, "x"], [0, 5, ""], [3, 2, ""], [2**63, 0, "x"], [1, 2**64 - 1, ""], [2**64 - 1, 2**64 - 1, ""]):
            with self.subTest(patch):
                trace = {"startContent": start, "txns": [{"patches": [[3, 0, "a"]]}, {"patches": [patch]}]}
                path.write_text(json.dumps(trace))
                self.fails("replay", path, code=BAD_INPUT, says=["off the text", patch[0]])

    def test_an_end_that_is_not_reached(self):
        trace = make_trace(10)
        trace["endContent"] += "x"
        self.fails("replay", self.trace(trace), code=BAD_INPUT, says=["its own end"])

    def test_bad_options(self):
        path = self.trace(make_trace(3))
        for options in (["--policy", "sometimes"], ["--policy", "grid:0"], ["--policy", "none,grid"]):
            self.fails("replay", path, *options, code=USAGE, says=[options[1].split(",")[-1]])
        for options in (["--budget", 0], ["--buffers", 0], ["--buffers", 65], ["--idle-tok-s", -1]):
            self.fails("replay", path, *options, code=USAGE, says=[options[0]])
        self.fails("replay", self.folder / "nowhere.json", code=BAD_INPUT, says=["nowhere.json"])
        self.fails("replay", self.folder, code=BAD_INPUT, says=[self.folder.name])
        self.fails("replay", code=USAGE)

    def test_a_real_session(self):
        path = self.need_shared("data", "traces", "rustcode.json.gz")
        one = self.replay(path)["policies"][0]
        print(f"rustcode: {one['rerun']}")
        self.assertLessEqual(one["rerun"]["mean"], 55)
        self.assertLessEqual(one["rerun"]["p99"], 900)
        self.assertLessEqual(one["peak_bytes"]["host"], one["bytes_max"])


if __name__ == "__main__":
    unittest.main()
