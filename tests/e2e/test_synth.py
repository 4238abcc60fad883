"""synth: checkpoints of random weights that are the same whoever reads them and however they are laid out."""

import hashlib
import json
import os
import unittest

import harness
from harness import BAD_INPUT, FAILED, USAGE, relative_l2

LAYOUTS = ("hf", "mistral", "mamba_ssm")


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


class Layouts(harness.Case):
    def test_same_seed_same_numbers_in_every_layout(self):
        for shape, layouts in (("tiny", LAYOUTS), ("tiny-untied", LAYOUTS), ("tiny-g8", LAYOUTS),
                               ("tiny-odd", ("hf", "mamba_ssm"))):
            for dtype in ("bf16", "f16", "f32"):
                with self.subTest(shape=shape, dtype=dtype):
                    results, hashes = [], []
                    for layout in layouts:
                        model = self.synth(f"{shape}-{layout}-{dtype}", shape, "--layout", layout, "--dtype", dtype,
                                           "--seed", 7)
                        info = self.sw("info", model, "--json").json
                        self.assertEqual(info["layout"], layout)
                        hashes.append(info["hash"])
                        ids = harness.some_ids(40, info["config"]["vocab_size"])
                        results.append(self.logits(model, ids))
                    for other in results[1:]:
                        self.assertEqual(results[0], other)
                    self.assertEqual(len(set(hashes)), 1, hashes)

    def test_types_agree_as_far_as_they_can(self):
        ids = harness.some_ids(40, 512)
        values = {dtype: self.logits(self.synth(dtype, "tiny-g8", "--dtype", dtype), ids)[1]
                  for dtype in ("bf16", "f16", "f32")}
        # bf16 keeps 8 bits and f16 11: errors of 2^-9 and 2^-12 per weight, which a few layers make a few times larger.
        self.assertLess(relative_l2(values["f16"], values["f32"]), 4e-3)
        self.assertLess(relative_l2(values["bf16"], values["f32"]), 4e-2)
        self.assertGreater(relative_l2(values["bf16"], values["f32"]), 1e-6)

    def test_numbers_are_tame(self):
        for shape in ("tiny", "tiny-g8", "tiny-odd"):
            model = self.synth("tame-" + shape, shape, "--layers", 8)
            _, values = self.logits(model, harness.some_ids(300, 400))
            self.assertLess(max(map(abs, values)), 50)
            self.assertGreater(max(map(abs, values)), 0.5)


class Determinism(harness.Case):
    def test_threads_make_the_same_files(self):
        expected = digests(self.synth("one", "tiny-g8", "--threads", 1, "--seed", 3, "--vocab", 20000))
        for threads in (2, 3, 7):
            made = digests(self.synth(f"t{threads}", "tiny-g8", "--threads", threads, "--seed", 3, "--vocab", 20000))
            self.assertEqual(made, expected)

    def test_seeds_differ(self):
        one, two = (digests(self.synth(f"s{seed}", "tiny", "--seed", seed)) for seed in (1, 2))
        self.assertNotEqual(one["model.safetensors"], two["model.safetensors"])
        self.assertEqual(one["config.json"], two["config.json"])

    def test_shards_hold_the_same_model(self):
        whole = self.synth("whole", "tiny-g8")
        ids = harness.some_ids(33, 512)
        expected = self.logits(whole, ids)
        identity = self.sw("info", whole, "--json").json["hash"]
        for limit in (1, 300_000, 1_000_000, 1 << 40):
            with self.subTest(limit=limit):
                model = self.synth(f"shards-{limit}", "tiny-g8", "--shard-bytes", limit)
                self.assertEqual(self.logits(model, ids), expected)
                self.assertEqual(self.sw("info", model, "--json").json["hash"], identity)
                index = model / "model.safetensors.index.json"
                self.assertEqual(index.exists(), limit < 1 << 40)
                if index.exists():
                    content = json.loads(index.read_text())
                    sizes = sum((model / name).stat().st_size for name in set(content["weight_map"].values()))
                    self.assertGreater(sizes, content["metadata"]["total_size"])

    def test_tokenizer_is_copied(self):
        source = harness.embedded_folder() / "tokenizer.model"
        vocab = self.sw("info", "--no-hash", "--json").json["config"]["vocab_size"]
        model = self.synth("with-tokenizer", "tiny", "--vocab", vocab, "--tokenizer", source)
        self.assertEqual((model / "tokenizer.model").read_bytes(), source.read_bytes())
        done = self.sw("generate", "--model", model, "--prompt", "def", "--max-tokens", 3, "--json").json
        self.assertIsInstance(done["text"], str)


class Shapes(harness.Case):
    # (d_model, n_layers, vocab, d_state, n_groups, tied, parameters) of published checkpoints and of the embedded one.
    PUBLISHED = {
        "mamba2-130m": (768, 24, 50288, 128, 1, True),
        "codestral": (4096, 64, 32768, 128, 8, False),
    }

    def test_published_shapes_with_one_layer(self):
        for shape, (d_model, _, vocab, d_state, n_groups, tied) in self.PUBLISHED.items():
            with self.subTest(shape):
                model = self.synth(shape, shape, "--layers", 1, "--vocab", 64)
                config = self.sw("info", model, "--no-hash", "--json").json["config"]
                self.assertEqual((config["d_model"], config["d_state"], config["n_groups"], config["tied"]),
                                 (d_model, d_state, n_groups, tied))

    def test_parameters_of_codestral(self):
        # One layer, two layers and a small vocabulary tell the whole without 14.6 GB on the disk.
        counts = []
        for layers in (1, 2):
            model = self.synth(f"codestral-{layers}", "codestral", "--layers", layers, "--vocab", 64)
            counts.append(self.sw("info", model, "--no-hash", "--json").json["parameters"])
            for path in model.iterdir():
                path.unlink()
        per_layer = counts[1] - counts[0]
        self.assertEqual(per_layer, 109_640_064)
        self.assertEqual(counts[0] + 63 * per_layer + 2 * (32768 - 64) * 4096, 7_285_403_648)


class Refusals(harness.Case):
    def test_bad_requests(self):
        out = self.folder / "out"
        self.fails("synth", "--shape", "huge", "--out", out, code=USAGE, says=["huge", "codestral"])
        self.fails("synth", "--shape", "tiny", code=USAGE, says=["--out"])
        self.fails("synth", "--shape", "tiny-odd", "--layout", "mistral", "--out", out, code=USAGE,
                   says=["tiny-odd", "mistral"])
        self.fails("synth", "--shape", "tiny", "--layout", "mistral", "--shard-bytes", 1000, "--out", out, code=USAGE,
                   says=["--shard-bytes"])
        self.fails("synth", "--shape", "tiny", "--layers", 0, "--out", out, code=USAGE, says=["--layers"])
        self.assertFalse(out.exists())

    def test_a_checkpoint_is_not_written_over(self):
        model = self.synth("kept", "tiny", "--seed", 1)
        before = digests(model)
        self.fails("synth", "--shape", "tiny", "--seed", 2, "--out", model, code=USAGE, says=["--force", model])
        self.assertEqual(digests(model), before)
        self.sw("synth", "--shape", "tiny", "--seed", 2, "--out", model, "--force")
        self.assertNotEqual(digests(model), before)

    def test_no_room(self):
        out = self.folder / "room"
        space = os.statvfs(self.folder)
        if space.f_bavail * space.f_frsize > 1.8e12:  # 4,096 layers in float32 are 1.87 TB
            self.skipTest("NOT TESTED: this disk has room for 1.8 TB")
        self.fails("synth", "--shape", "codestral", "--layers", 4096, "--vocab", 1 << 24, "--dtype", "f32", "--out",
                   out, code=FAILED, says=[out, "free"])
        self.assertEqual(list(out.iterdir()), [])

    def test_no_folder(self):
        blocked = self.file("file", "")
        self.fails("synth", "--shape", "tiny", "--out", blocked / "below", code=FAILED, says=[blocked])
        missing = self.folder / "nowhere.model"
        self.fails("synth", "--shape", "tiny", "--out", self.folder / "t", "--tokenizer", missing, code=BAD_INPUT,
                   says=[missing])
        self.assertFalse((self.folder / "t" / "config.json").exists())
        self.assertFalse((self.folder / "t" / "model.safetensors").exists())


if __name__ == "__main__":
    unittest.main()
