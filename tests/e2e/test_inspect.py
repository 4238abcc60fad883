"""info and bench."""

import json
import os
import pathlib
import subprocess
import sys
import unittest
import xml.etree.ElementTree

import harness
from harness import NO_MODEL, USAGE


class Info(harness.Case):
    def test_the_embedded_model(self):
        info = self.sw("info", "--json").json
        config = info["config"]
        self.assertEqual((config["d_model"], config["n_layers"], config["vocab_size"]), (512, 16, 16384))
        self.assertEqual(config["n_heads"] * config["head_dim"], config["d_inner"])
        self.assertEqual(info["tokenizer_size"], 16384)
        self.assertRegex(info["hash"], r"^[0-9a-f]{32}$")
        self.assertIn(info["fill_mode"], info["fill_modes"])
        self.assertTrue({"spm", "psm"} <= set(info["fill_modes"]))
        ssm = config["n_heads"] * config["head_dim"] * config["d_state"]
        conv = (config["d_conv"] - 1) * (config["d_inner"] + 2 * config["n_groups"] * config["d_state"])
        self.assertEqual(info["state_bytes"], 4 * config["n_layers"] * (ssm + conv))
        self.assertEqual(info, self.sw("info", harness.embedded_folder(), "--json").json)

    def test_the_table_says_the_same(self):
        info = self.sw("info", "--json").json
        table = self.sw("info").out
        for value in (info["name"], info["path"], info["layout"], info["hash"], f"{info['parameters']:,}",
                      f"{info['weight_bytes']:,}", f"{info['state_bytes']:,}", ", ".join(info["fill_modes"])):
            self.assertIn(value, table)

    def test_a_name_with_and_without_a_tokenizer(self):
        model = self.synth("its-name", "tiny")
        self.assertEqual(self.sw("info", model, "--no-hash", "--json").json["name"], "its-name")
        bench = self.sw("bench", "decode", "--model", model, "--tokens", 1, "--repeat", 1).json
        self.assertEqual(bench["model"], "its-name")

    def test_no_hash(self):
        self.assertIsNone(self.sw("info", "--no-hash", "--json").json["hash"])
        self.assertNotIn("hash", self.sw("info", "--no-hash").out)

    def test_the_hash_is_of_the_weights(self):
        model = self.synth("a", "tiny", "--seed", 1)
        before = self.sw("info", model, "--json").json["hash"]
        weights = model / "model.safetensors"
        data = bytearray(weights.read_bytes())
        data[-1] ^= 1
        weights.write_bytes(data)
        self.assertNotEqual(self.sw("info", model, "--json").json["hash"], before)

    def test_the_device_is_the_cpu_unless_asked(self):
        info = self.sw("info", "--no-hash", "--json").json
        self.assertEqual((info["device"], info["device_name"], info["device_note"]), ("cpu", "", ""))

    def test_a_device_that_is_not_there(self):
        missing = str(self.folder / "none.so")
        info = self.sw("info", "--no-hash", "--json", "--device", "auto", "--device-plugin", missing).json
        self.assertEqual(info["device"], "cpu")
        self.assertIn(missing, info["device_note"])
        self.assertIn(missing, self.sw("info", "--no-hash", "--device", "auto", "--device-plugin", missing).out)
        failed = self.sw("info", "--device", "cuda", "--device-plugin", missing, code=harness.FAILED)
        self.assertIn(missing, failed.err)
        self.sw("info", "--device", "tpu", code=USAGE)

    def test_what_sequences_may_take_on_a_device(self):
        model = self.synth("bounded", "tiny", "--seed", 1)
        ids = self.file("ids.json", "[1, 2, 3]")
        run = ["generate", "--model", model, "--ids", ids, "--max-tokens", 2, "--json",
               "--device", "cuda", "--device-plugin", os.environ["SW_FAKE_PLUGIN"]]
        expected = self.sw(*run).json["ids"]
        self.assertEqual(self.sw(*run, "--device-bytes", "1kB").json["ids"], expected)
        self.assertIn("device_bytes_max", self.sw(*run, "--device-bytes", "10", code=harness.FAILED).err)
        self.sw(*run, "--device-bytes", "much", code=USAGE)

    def test_forced_kernels(self):
        for cpu, forbidden in (("ref", "avx"), ("avx2", "avx512"), ("avx512", "amx")):
            kernels = self.sw("info", "--no-hash", "--cpu", cpu, "--json").json["kernels"]
            self.assertIn("=", kernels)
            self.assertNotIn(forbidden, kernels)
        self.assertEqual(self.sw("info", "--no-hash", "--threads", 3, "--json").json["threads"], 3)

    def test_published_models_without_a_note_of_their_training(self):
        # Mistral's layout with the Codestral vocabulary's tokenizer: FIM tokens are there, training for them is not.
        tokenizer = self.need_shared("data", "tokenizer.model.v3")
        model = self.synth("mistral", "tiny-g8", "--vocab", 32768, "--layout", "mistral", "--tokenizer", tokenizer)
        info = self.sw("info", model, "--no-hash", "--json").json
        self.assertIn(info["fill_mode"], ("instruct", "prefix"))
        self.assertTrue({"instruct", "prefix", "spm", "psm"} <= set(info["fill_modes"]))
        self.assertNotEqual(info["fill_note"], "")

    def test_no_model(self):
        self.fails("info", "/nowhere", code=NO_MODEL, says=["/nowhere"])
        file = self.file("file", "x")
        self.fails("info", file, code=NO_MODEL, says=[file])


class Bench(harness.Case):
    """That the numbers hang together; how large they are depends on the machine."""

    def test_decode(self):
        model = self.synth("m", "tiny-g8")
        result = self.sw("bench", "decode", "--model", model, "--tokens", 4, "--repeat", 3, "--threads", 2).json
        self.assertEqual((result["bench"], result["tokens"], result["repeat"], result["threads"]), ("decode", 4, 3, 2))
        info = self.sw("info", model, "--no-hash", "--json").json
        self.assertEqual(result["weight_bytes"], info["weight_bytes"])
        table = 512 * 256 * 2  # of this untied head's embedding a step reads one row
        self.assertAlmostEqual(result["bytes_per_token"], info["weight_bytes"] - table, delta=1)
        self.assertAlmostEqual(result["bytes_per_s"] / result["tok_s_median"] / result["bytes_per_token"], 1, places=6)
        self.assertGreater(result["read_bandwidth"], 1e8)
        self.assertLessEqual(result["tok_s_min"], result["tok_s_median"])
        self.assertLessEqual(result["tok_s_median"], result["tok_s_max"])
        self.assertGreater(result["share_of_read_bandwidth"], 0)
        self.assertGreater(result["share_with_state"], result["share_of_read_bandwidth"])

    def test_prefill(self):
        model = self.synth("m", "tiny", "--force")
        done = self.sw("bench", "prefill", "--model", model, "--tokens", 64, "--repeat", 3, "--json")
        self.assertEqual(done.out.count("\n"), 1)
        result = done.json
        self.assertEqual((result["bench"], result["tokens"]), ("prefill", 64))
        self.assertAlmostEqual(result["flop_per_s"] / (result["flop_per_token"] * result["tok_s_median"]), 1, places=6)
        projections = 2 * 2 * (128 * (2 * 256 + 2 * 128 + 4) + 256 * 128)  # 2 layers, 2 operations a weight
        self.assertGreater(result["flop_per_token"], projections)
        self.assertLess(result["flop_per_token"], 2 * projections)
        self.assertGreater(result["ratio_to_decode"], 0)
        self.assertGreaterEqual(result["first_token_ms"], 1e3 * 64 / result["tok_s_max"])  # the prompt, then the token
        self.assertLessEqual(result["first_token_ms_p10"], result["first_token_ms"])

    def test_all_formats(self):
        model = self.synth("f", "tiny-g8")
        done = self.sw("bench", "all", "--model", model, "--tokens", 8, "--repeat", 3, "--threads", 2)
        lines = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([(line["weights"], line["bench"]) for line in lines],
                         [(weights, what) for weights in ("BF16", "Q8", "Q4") for what in ("decode", "prefill")])
        for line in lines:
            self.assertGreater(line["read_bandwidth_4"], 1e8)
            self.assertLessEqual(line["tok_s_median"], line["tok_s_p90"])
            self.assertLessEqual(line["tok_s_p90"], line["tok_s_max"])
            if "share_of_bound" in line:
                self.assertGreater(line["share_of_bound"], 0)
                self.assertGreater(line["products_peak_per_s"], 1e9)
        self.assertLess(lines[4]["bytes_per_token"], lines[2]["bytes_per_token"])
        self.assertLess(lines[2]["bytes_per_token"], lines[0]["bytes_per_token"])
        only = self.sw("bench", "all", "--model", model, "--weights", "q8", "--tokens", 2, "--repeat", 1).out
        self.assertEqual([json.loads(line)["weights"] for line in only.splitlines()], ["Q8", "Q8"])
        plot = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "plot-bench"
        drawn = subprocess.run([sys.executable, plot], input=done.out, capture_output=True, text=True, check=True).stdout
        self.assertEqual(drawn.count("<rect"), 1 + sum(line["bench"] == "decode" or "share_of_bound" in line for line in lines))
        xml.etree.ElementTree.fromstring(drawn)

    def test_step(self):
        model = self.synth("s", "tiny", "--force")
        done = self.sw("bench", "step", "--model", model, "--tokens", 2, "--repeat", 3, "--threads", 1).out
        lines = [json.loads(line) for line in done.splitlines()]
        self.assertEqual([line["sequences"] for line in lines], [2, 4, 8, 16])
        for line in lines:
            self.assertEqual((line["bench"], line["tokens"], line["repeat"]), ("step", 2, 3))
            self.assertGreater(min(line["price"], line["tok_s_median"], line["tok_s_one_median"]), 0)

    def test_roofline(self):
        result = self.sw("bench", "roofline", "--repeat", 2, "--threads", 1).json
        for streams in (1, 4, 8):
            self.assertGreater(result[f"read_{streams}"]["median"], 1e8)
        for name, peak in result.items():
            if isinstance(peak, dict):
                self.assertLessEqual(peak["median"], peak["p90"], name)

    def test_bad_requests(self):
        self.fails("bench", code=USAGE, says=["WHAT"])
        self.fails("bench", "everything", code=USAGE, says=["everything"])
        self.fails("bench", "decode", "--tokens", 0, code=USAGE, says=["--tokens"])
        self.fails("bench", "decode", "--model", "/nowhere", code=NO_MODEL, says=["/nowhere"])


if __name__ == "__main__":
    unittest.main()
