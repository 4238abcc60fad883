"""Checkpoints that are not what they claim to be: each is refused, naming file, tensor or byte."""

import json
import shutil
import struct
import unittest

import harness
from harness import NO_MODEL, rewrite_header

FIRST = "backbone.embeddings.weight"
IN_PROJ = "backbone.layers.0.mixer.in_proj.weight"


class BadCheckpoint(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.good = case.synth("good", "tiny", "--dtype", "f32")
        cls.sharded = case.synth("sharded", "tiny", "--dtype", "f32", "--shard-bytes", 200_000)

    def copy(self, source=None):
        model = self.folder / "bad"
        shutil.rmtree(model, ignore_errors=True)
        shutil.copytree(source or self.good, model)
        return model

    def refused(self, model, *says, options=()):
        ids = self.file("ids.json", "[1, 2, 3]")
        out = self.folder / "out.npy"
        out.unlink(missing_ok=True)
        done = self.fails("logits", "--model", model, "--ids", ids, "--out", out, *options, code=NO_MODEL, says=says)
        self.assertFalse(out.exists())
        self.fails("info", model, *options, code=NO_MODEL, says=says)
        return done

    # ----------------------------------------------------------------------------------------------- safetensors files

    def bad_bytes(self, change, *says):
        model = self.copy()
        path = model / "model.safetensors"
        path.write_bytes(change(path.read_bytes()))
        return self.refused(model, "model.safetensors", *says)

    def bad_header(self, change, *says):
        model = self.copy()
        rewrite_header(model / "model.safetensors", change)
        return self.refused(model, "model.safetensors", *says)

    def test_truncated(self):
        size = (self.good / "model.safetensors").stat().st_size
        for keep in (0, 1, 7, 8, 9, 100, 2000, size // 2, size - 1):
            with self.subTest(keep=keep):
                self.bad_bytes(lambda data: data[:keep])

    def test_trailing_bytes(self):
        self.bad_bytes(lambda data: data + b"\0")

    def test_header_length(self):
        for length in (0, 1, 2**32, 2**63, 2**64 - 1, 2**64 - 8, 100_000_001):
            with self.subTest(length=length):
                self.bad_bytes(lambda data: struct.pack("<Q", length) + data[8:])

    def test_header_is_no_json(self):
        self.bad_bytes(lambda data: data[:8] + b"[" + data[9:])
        self.bad_bytes(lambda data: data[:8] + b"\xff" + data[9:])
        self.bad_bytes(lambda data: data[:40] + b"\0" + data[41:])

    def test_offsets(self):
        def shifted(by_begin, by_end):
            def change(header):
                header[IN_PROJ]["data_offsets"] = [header[IN_PROJ]["data_offsets"][0] + by_begin,
                                                   header[IN_PROJ]["data_offsets"][1] + by_end]
            return change
        for by_begin, by_end in ((4, 4), (-4, -4), (4, 0), (0, -4), (2**40, 2**40), (-2**50, 0)):
            with self.subTest(by_begin=by_begin, by_end=by_end):
                self.bad_header(shifted(by_begin, by_end))

    def test_swapped_offsets(self):
        def change(header):
            header[IN_PROJ]["data_offsets"].reverse()
        self.bad_header(change, IN_PROJ)

    def test_shapes(self):
        for shape in ([780, 129], [128, 780], [99840], [780, 128, 1], [2**33, 2**33], [-780, -128], [780.5, 128],
                      [0, 128], []):
            with self.subTest(shape=shape):
                def change(header):
                    header[IN_PROJ]["shape"] = shape
                self.bad_header(change, IN_PROJ)

    def test_types(self):
        for dtype in ("F64", "I32", "F8_E4M3", "BF16", "X", 7, None):
            with self.subTest(dtype=dtype):
                def change(header):
                    header[IN_PROJ]["dtype"] = dtype
                self.bad_header(change, IN_PROJ)

    def test_missing_tensor(self):
        def change(header):
            header["backbone.unknown"] = header.pop(IN_PROJ)
        self.bad_header(change, "in_proj")

    def test_duplicate_key(self):
        model = self.copy()
        path = model / "model.safetensors"
        data = path.read_bytes()
        (length,) = struct.unpack_from("<Q", data)
        header = data[8:8 + length].rstrip()
        entry = json.dumps(json.loads(header)[IN_PROJ])
        header = header[:-1] + f', "{IN_PROJ}": {entry}}}'.encode()
        path.write_bytes(struct.pack("<Q", len(header)) + header + data[8 + length:])
        self.refused(model, "model.safetensors")

    def test_metadata_that_is_no_text(self):
        def change(header):
            header["__metadata__"] = {"format": 7}
        self.bad_header(change)

    # ------------------------------------------------------------------------------------------------ not a number

    def test_nan_and_infinity_are_found_on_request(self):
        for bits in (b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\x00\x00\x80\xff"):
            with self.subTest(bits=bits):
                model = self.copy()
                path = model / "model.safetensors"
                data = bytearray(path.read_bytes())
                (length,) = struct.unpack_from("<Q", data)
                begin = json.loads(data[8:8 + length])[IN_PROJ]["data_offsets"][0]
                at = 8 + length + begin + 4 * 1000
                data[at:at + 4] = bits
                path.write_bytes(data)
                self.refused(model, "model.safetensors", IN_PROJ, str(at), options=["--check"])
                self.sw("info", model)  # unasked, nobody looks

    def test_good_weights_pass_the_check(self):
        self.sw("info", self.good, "--check")

    # ------------------------------------------------------------------------------------------------------ shards

    def bad_index(self, change, *says):
        model = self.copy(self.sharded)
        path = model / "model.safetensors.index.json"
        index = json.loads(path.read_text())
        change(index)
        path.write_text(json.dumps(index))
        return self.refused(model, *says)

    def test_the_index_points_outside(self):
        secret = self.file("secret.safetensors", (self.good / "model.safetensors").read_bytes())
        for name in ("../secret.safetensors", str(secret), "a/../../secret.safetensors", "..", "", "sub/x.safetensors"):
            with self.subTest(name=name):
                def change(index):
                    index["weight_map"][FIRST] = name
                self.bad_index(change, "model.safetensors.index.json")

    def test_the_index_lies(self):
        def wrong_shard(index):
            others = sorted(set(index["weight_map"].values()) - {index["weight_map"][FIRST]})
            index["weight_map"][FIRST] = others[0]
        self.bad_index(wrong_shard, FIRST)

        def no_shard(index):
            index["weight_map"][FIRST] = "model-00099-of-00099.safetensors"
        self.bad_index(no_shard, "model-00099-of-00099.safetensors")

        def not_mapped(index):
            del index["weight_map"][IN_PROJ]
        self.bad_index(not_mapped, "in_proj")

        def no_map(index):
            del index["weight_map"]
        self.bad_index(no_map, "weight_map")

    def test_a_shard_is_missing(self):
        model = self.copy(self.sharded)
        shard = sorted(model.glob("model-*.safetensors"))[1]
        shard.unlink()
        self.refused(model, shard.name)

    def test_index_is_no_json(self):
        model = self.copy(self.sharded)
        (model / "model.safetensors.index.json").write_text("{")
        self.refused(model, "model.safetensors.index.json")

    # ------------------------------------------------------------------------------------------------------- config

    def bad_config(self, change, *says):
        model = self.copy()
        path = model / "config.json"
        config = json.loads(path.read_text())
        change(config)
        path.write_text(json.dumps(config))
        return self.refused(model, *says)

    def test_config_is_missing_or_no_json(self):
        model = self.copy()
        (model / "config.json").unlink()
        self.refused(model, model)
        for text in ("", "{", "[]", "null", "\xff", "{" * 100_000):
            with self.subTest(text=text[:10]):
                (model / "config.json").write_text(text, encoding="latin-1")
                self.refused(model, "config.json")

    def test_numbers_that_cannot_be(self):
        for key in ("hidden_size", "num_hidden_layers", "state_size", "head_dim", "num_heads", "n_groups", "vocab_size",
                    "conv_kernel"):
            for value in (0, -1, 2**31, 2**63, 1.5, "many", 3):
                with self.subTest(key=key, value=value):
                    def change(config):
                        config[key] = value
                    self.bad_config(change)

    def test_other_families_are_named(self):
        def llama(config):
            config["model_type"] = "llama"
            config["architectures"] = ["LlamaForCausalLM"]
        self.bad_config(llama, "llama")

        def no_gated_norm(config):
            config["rms_norm"] = False
        self.bad_config(no_gated_norm, "rms_norm")

    def test_mamba_ssm_families_are_named(self):
        changes = {
            "Mamba-1": lambda config: config["ssm_cfg"].update(layer="Mamba1"),
            "attn_layer_idx": lambda config: config.update(attn_layer_idx=[1]),
            "d_intermediate": lambda config: config.update(d_intermediate=256),
            "D_has_hdim": lambda config: config["ssm_cfg"].update(D_has_hdim=True),
            "d_ssm": lambda config: config["ssm_cfg"].update(d_ssm=128),
            "rmsnorm": lambda config: config["ssm_cfg"].update(rmsnorm=False),
        }
        model = self.synth("ssm", "tiny", "--layout", "mamba_ssm")
        path = model / "config.json"
        original = path.read_text()
        for name, change in changes.items():
            with self.subTest(name):
                config = json.loads(original)
                change(config)
                path.write_text(json.dumps(config))
                self.refused(model, name)

    # ---------------------------------------------------------------------------------------------------- tokenizer

    def test_a_tokenizer_of_another_vocabulary(self):
        model = self.synth("mismatch", "tiny", "--tokenizer", harness.embedded_folder() / "tokenizer.model")
        place = self.file("x.py", "x = ")
        self.fails("complete", f"{place}:1:5", "--model", model, code=NO_MODEL, says=["tokenizer", "16384", "512"])
        ids = self.file("ids.json", "[1, 2, 3]")  # the weights alone are fine
        self.sw("logits", "--model", model, "--ids", ids, "--out", self.folder / "ok.npy")

    def test_a_tokenizer_that_is_none(self):
        vocab = 16384
        garbage = self.file("garbage.model", b"not a model" * 50)
        model = self.synth("garbage", "tiny", "--vocab", vocab, "--tokenizer", garbage)
        place = self.file("x.py", "x = ")
        self.fails("complete", f"{place}:1:5", "--model", model, code=NO_MODEL, says=["tokenizer.model"])

    # --------------------------------------------------------------------------------------------------------- fuzz

    def test_flipped_bits_never_crash(self):
        path = self.good / "model.safetensors"
        data = path.read_bytes()
        (length,) = struct.unpack_from("<Q", data)
        model = self.copy()
        ids = self.file("ids.json", "[1, 2, 3]")
        for position in harness.some_ids(60, 8 * (8 + length), seed=99):
            broken = bytearray(data)
            broken[position // 8] ^= 1 << position % 8
            (model / "model.safetensors").write_bytes(broken)
            done = harness.subprocess.run(
                [harness.EXE, "logits", "--model", str(model), "--ids", str(ids), "--out", str(self.folder / "f.npy")],
                capture_output=True, timeout=harness.TIMEOUT_S)
            with self.subTest(position=position):
                self.assertIn(done.returncode, (0, NO_MODEL), done.stderr)
                if done.returncode != 0:
                    self.assertIn(b"model.safetensors", done.stderr)


if __name__ == "__main__":
    unittest.main()
