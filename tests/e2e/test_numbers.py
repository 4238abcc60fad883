"""logits and state: against recorded references, and laws that hold for every model."""

import json
import resource
import unittest

import harness
from harness import BAD_INPUT, USAGE, relative_l2

TOLERANCE = 1e-4  # float32 against a float32 reference that sums in another order


class Golden(harness.Case):
    """Every folder under shared/golden: ids to logits, states and the tokens that greedy decoding takes."""

    def folders(self):
        base = self.need_shared("golden")
        found = sorted(path.parent for path in base.glob("*/golden.safetensors"))
        if not found:
            self.skipTest(f"NOT TESTED: no golden vectors under {base}")
        return found

    def test_logits(self):
        for folder in self.folders():
            golden = harness.Safetensors(folder / "golden.safetensors")
            _, ids = golden.read("ids")
            expected_shape, expected = golden.read("logits")
            with self.subTest(folder.name):
                shape, found = self.logits(folder, list(ids), name=folder.name)
                self.assertEqual(shape, (len(ids), expected_shape[-1]))
                self.assertLess(relative_l2(found, expected), TOLERANCE)

    def test_each_kernel_row(self):
        for folder in self.folders():
            golden = harness.Safetensors(folder / "golden.safetensors")
            _, ids = golden.read("ids")
            _, expected = golden.read("logits")
            for cpu in ("ref", "avx2", "avx512"):
                with self.subTest(folder.name, cpu=cpu):
                    _, found = self.logits(folder, list(ids), "--cpu", cpu, name=folder.name)
                    self.assertLess(relative_l2(found, expected), TOLERANCE)

    def test_state(self):
        tested = 0
        for folder in self.folders():
            golden = harness.Safetensors(folder / "golden.safetensors")
            if "ssm_state" not in golden:
                continue
            _, ids = golden.read("ids")
            expected_shape, expected = golden.read("ssm_state")
            with self.subTest(folder.name):
                shape, found = self.state(folder, list(ids), name=folder.name)
                self.assertEqual(shape, tuple(size for i, size in enumerate(expected_shape) if i != 1))  # one sequence
                self.assertLess(relative_l2(found, expected), TOLERANCE)
                tested += 1
        self.assertGreater(tested, 0)

    def test_greedy_tokens(self):
        for folder in self.folders():
            golden = harness.Safetensors(folder / "golden.safetensors")
            if "greedy" not in golden:
                continue
            _, ids = golden.read("ids")
            _, greedy = golden.read("greedy")
            ids_file = self.file(f"{folder.name}.json", json.dumps(list(ids)))
            with self.subTest(folder.name):
                done = self.sw("generate", "--model", folder, "--ids", ids_file, "--max-tokens", len(greedy), "--json")
                self.assertEqual(done.json["ids"], list(greedy))


class Laws(harness.Case):
    """Over random checkpoints of odd shapes."""

    SHAPES = ("tiny", "tiny-untied", "tiny-g8", "tiny-odd")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.models = {}
        for shape in cls.SHAPES:
            cls.models[shape] = case.synth(shape, shape, "--seed", 11)

    def vocab(self, model):
        return self.sw("info", model, "--no-hash", "--json").json["config"]["vocab_size"]

    def test_threads_do_not_change_a_byte(self):
        for shape, model in self.models.items():
            ids = harness.some_ids(157, self.vocab(model))
            with self.subTest(shape):
                one = self.logits(model, ids, "--threads", 1, name="one")
                for threads in (2, 3):
                    self.assertEqual(one, self.logits(model, ids, "--threads", threads, name="more"))
                self.assertEqual(self.state(model, ids, "--threads", 1), self.state(model, ids, "--threads", 2))

    def test_rows_do_not_depend_on_what_follows(self):
        for shape, model in self.models.items():
            ids = harness.some_ids(140, self.vocab(model), seed=5)
            with self.subTest(shape):
                shape_all, everything = self.logits(model, ids, name="all")
                width = shape_all[1]
                for n in (1, 2, 63, 64, 65, 128, 139):
                    _, part = self.logits(model, ids[:n], name="part")
                    self.assertEqual(part, everything[:n * width], f"first {n} tokens")

    def test_kernel_rows_agree(self):
        for shape, model in self.models.items():
            ids = harness.some_ids(70, self.vocab(model), seed=9)
            with self.subTest(shape):
                _, reference = self.logits(model, ids, "--cpu", "ref", name="ref")
                for cpu in ("avx2", "avx512"):
                    _, found = self.logits(model, ids, "--cpu", cpu, name=cpu)
                    self.assertLess(relative_l2(found, reference), TOLERANCE)

    def test_greedy_is_the_argmax(self):
        model = self.models["tiny-g8"]
        ids = harness.some_ids(30, self.vocab(model))
        ids_file = self.file("greedy.json", json.dumps(ids))
        done = self.sw("generate", "--model", model, "--ids", ids_file, "--max-tokens", 12, "--json").json["ids"]
        shape, values = self.logits(model, ids + done, name="with-greedy")
        table = harness.rows(shape, values)
        self.assertEqual(done, [harness.argmax(table[len(ids) - 1 + i]) for i in range(len(done))])

    def test_no_ids(self):
        model = self.models["tiny"]
        shape, values = self.logits(model, [], name="none")
        self.assertEqual((shape, len(values)), ((0, self.vocab(model)), 0))
        _, state = self.state(model, [], name="none-state")
        self.assertEqual(set(state), {0.0})

    def test_shapes_and_json(self):
        model = self.models["tiny-odd"]
        info = self.sw("info", model, "--no-hash", "--json").json["config"]
        ids = self.file("ids.json", json.dumps({"ids": harness.some_ids(9, info["vocab_size"])}))
        out, conv = self.folder / "state.npy", self.folder / "conv.npy"
        done = self.sw("state", "--model", model, "--ids", ids, "--out", out, "--conv-out", conv, "--json").json
        expected = [info[key] for key in ("n_layers", "n_heads", "head_dim", "d_state")]
        self.assertEqual(done["shape"], expected)
        self.assertEqual(list(harness.read_npy(out)[0]), expected)
        d_conv_in = info["d_inner"] + 2 * info["n_groups"] * info["d_state"]
        self.assertEqual(harness.read_npy(conv)[0], (info["n_layers"], info["d_conv"] - 1, d_conv_in))
        done = self.sw("logits", "--model", model, "--ids", ids, "--out", out, "--json").json
        self.assertEqual(done["shape"], [9, info["vocab_size"]])

    def test_ids_from_standard_input(self):
        model = self.models["tiny"]
        ids = harness.some_ids(20, self.vocab(model))
        out = self.folder / "stdin.npy"
        self.sw("logits", "--model", model, "--ids", "-", "--out", out, stdin=json.dumps(ids))
        self.assertEqual(harness.read_npy(out), self.logits(model, ids, name="file"))

    def test_memory_does_not_grow_with_the_prompt(self):
        # 3,000 rows of 16,384 floats are 197 MB. The address space has room for the program but not for all rows twice.
        model = self.synth("wide", "tiny", "--vocab", 16384)
        ids = harness.some_ids(3000, 16384)
        ids_file = self.file("many.json", json.dumps(ids))
        out = self.folder / "many.npy"
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.sw("logits", "--model", model, "--ids", ids_file, "--out", out)
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertEqual(out.stat().st_size, 3000 * 16384 * 4 + 128)
        if after > before:  # it was the largest child so far
            self.assertLess(after, 180 * 1024 * sanitizer_factor())


def sanitizer_factor():
    """Sanitizers keep freed memory and shadow it."""
    with open(harness.EXE, "rb") as file:
        return 8 if b"__asan_init" in file.read() else 1


class BadRequests(harness.Case):
    def setUp(self):
        self.model = self.synth("model", "tiny", "--force")
        self.out = self.folder / "out.npy"

    def bad(self, ids, *says, code=BAD_INPUT):
        path = self.file("bad.json", ids)
        for command in ("logits", "state"):
            self.fails(command, "--model", self.model, "--ids", path, "--out", self.out, code=code, says=says)
            self.assertFalse(self.out.exists())
        self.assertEqual([p.name for p in self.folder.iterdir() if ".part" in p.name], [])

    def test_bad_ids(self):
        self.bad("[1, 512]", "bad.json", "ids[1]", "512")
        self.bad("[1, -2]", "bad.json", "ids[1]", "-2")
        self.bad("[1, 2.0]", "bad.json", "ids[1]", "2.0")
        self.bad("[1, null]", "bad.json", "ids[1]")
        self.bad('{"tokens": [1]}', "bad.json", '"ids"')
        self.bad("[1, 2,", "bad.json", "byte")
        self.bad("", "bad.json", "byte 0")
        self.bad(b"\xff\xfe", "bad.json", "byte")

    def test_no_ids_file(self):
        self.fails("logits", "--model", self.model, "--ids", "/nowhere.json", "--out", self.out, code=BAD_INPUT,
                   says=["/nowhere.json"])
        self.fails("logits", "--model", self.model, "--ids", self.folder, "--out", self.out, code=BAD_INPUT,
                   says=[self.folder])

    def test_no_out(self):
        ids = self.file("good.json", "[1]")
        self.fails("logits", "--model", self.model, "--ids", ids, code=USAGE, says=["--out"])
        nowhere = self.folder / "no" / "such" / "folder.npy"
        self.fails("logits", "--model", self.model, "--ids", ids, "--out", nowhere, code=harness.FAILED, says=[nowhere])
        self.fails("logits", "--model", self.model, "--ids", ids, "--out", self.folder, code=harness.FAILED,
                   says=[self.folder])


if __name__ == "__main__":
    unittest.main()
