"""quantize and quality: packed weights as a user makes and uses them."""

import pathlib
import unittest

import harness
from harness import BAD_INPUT, FAILED, NO_MODEL, USAGE, relative_l2

NANO = harness.SOURCE / "models" / "nano" / "model.safetensors"


class Quantize(harness.Case):
    def setUp(self):
        self.model = self.folder / "model"
        if not self.model.exists():
            self.sw("synth", "--shape", "mamba2-130m", "--layers", "2", "--out", self.model)

    def make(self, to):
        out = self.folder / to
        if not out.exists():
            self.sw("quantize", self.model, "--to", to, "--out", out)
        return out

    def test_the_file_is_the_model_that_the_option_makes(self):
        ids = list(range(1, 40))
        _, stored = self.logits(self.model, ids, name="stored")
        for to, limit in (("q8", 0.05), ("q4", 0.5)):
            with self.subTest(to):
                out = self.make(to)
                _, written = self.logits(out, ids, name=to)
                _, opened = self.logits(self.model, ids, "--weights", to, name=to + "-opened")
                self.assertEqual(written, opened)
                self.assertLess(relative_l2(written, stored), limit)
                self.assertGreater(relative_l2(written, stored), 0)
                smaller = (out / "model.safetensors").stat().st_size / (self.model / "model.safetensors").stat().st_size
                self.assertLess(smaller, 0.56 if to == "q8" else 0.31)

    def test_refusals_say_what_to_do(self):
        out = self.make("q8")
        again = self.sw("quantize", self.model, "--to", "q8", "--out", out, code=FAILED)
        self.assertIn("there is a checkpoint already", again.err)
        other = self.sw("quantize", out, "--to", "q4", "--out", self.folder / "x", code=FAILED)
        self.assertIn("stored as Q8, which cannot become Q4", other.err)
        self.assertIn("no such file", self.sw("quantize", self.folder / "none", "--to", "q4", "--out", out, code=NO_MODEL).err)
        self.sw("quantize", self.model, "--to", "q5", "--out", out, code=USAGE)
        self.sw("quantize", self.model, "--to", "q8", "--out", self.model, code=USAGE)


class Calibrated(harness.Case):
    def setUp(self):
        if not NANO.exists():
            self.skipTest(f"NOT TESTED: {NANO} is not there")

    def test_scales_that_know_a_text_diverge_less_on_another_of_its_kind(self):
        here = pathlib.Path(__file__).parent
        known, text = self.folder / "known.py", self.folder / "text.py"
        known.write_text((here / "test_gguf.py").read_text())
        text.write_text((here / "harness.py").read_text()[:1500])
        plain, calibrated = self.folder / "plain", self.folder / "calibrated"
        self.sw("quantize", NANO.parent, "--to", "q4", "--out", plain)
        self.sw("quantize", NANO.parent, "--to", "q4", "--out", calibrated, "--calibrate", known, "--calibration-tokens", "512")
        run = self.sw("quality", text, "--model", NANO.parent, "--tokens", "300", "--holes", "0", "--other", plain, "--other", calibrated,
                      "--json").json
        self.assertLess(run[2]["kl_bits"], run[1]["kl_bits"])

    def test_refusals_say_what_to_do(self):
        text, empty, binary = self.folder / "a.py", self.folder / "empty", self.folder / "binary"
        text.write_text("x = 1\n")
        empty.write_text("")
        binary.write_bytes(b"a\0b")
        out = self.folder / "out"
        for to, file, code, words in (("q8", text, USAGE, "int8 loses next to nothing"), ("q4", empty, USAGE, "have no token"),
                                      ("q4", binary, BAD_INPUT, "a NUL at byte 1"), ("q4", self.folder / "none", BAD_INPUT, "none")):
            with self.subTest(words):
                run = self.sw("quantize", NANO.parent, "--to", to, "--out", out, "--calibrate", file, code=code)
                self.assertIn(words, run.err)


class Quality(harness.Case):
    def test_the_stored_weights_lose_nothing_and_int4_more_than_int8(self):
        if not NANO.exists():
            self.skipTest(f"NOT TESTED: {NANO} is not there")
        text = self.folder / "text.py"
        text.write_text(pathlib.Path(__file__).read_text()[:1200])
        run = self.sw("quality", text, "--tokens", "120", "--holes", "1", "--json").json
        stored, q8, q4 = run
        self.assertEqual([r["weights"] for r in run], ["stored, BF16", "q8", "q4"])
        self.assertEqual((stored["kl_bits"], stored["same_argmax"]), (0, 1))
        self.assertLess(0, q8["kl_bits"])
        self.assertLess(q8["kl_bits"], q4["kl_bits"])
        self.assertLess(q8["kl_bits"], 0.02)
        self.assertLess(abs(q8["bits_per_byte"] / stored["bits_per_byte"] - 1), 0.02)


if __name__ == "__main__":
    unittest.main()
