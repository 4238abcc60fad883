"""GGUF files as a user has them: opened by name, described, converted, completed with. The writer here shares nothing with the library's
tests in C++."""

import array
import json
import math
import struct
import unittest

import harness
from harness import NO_MODEL, relative_l2

U32, F32, BOOL, TEXT, ARRAY, I32 = 4, 6, 7, 8, 9, 5
NANO = harness.SOURCE / "models" / "nano" / "tokenizer.model"


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def array_of(element, items):
    return struct.pack("<IQ", element, len(items)) + b"".join(items)


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(number, value) of a protobuf message of varints, bytes and floats."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            n, at = varint(data, at) if key & 7 == 2 else (4, at)
            value, at = data[at:at + n], at + n
        yield key >> 3, value


def pieces(path):
    """(text, score, type) of the pieces of a SentencePiece model."""
    for number, message in fields(path.read_bytes()):
        if number == 1:
            piece = dict(fields(message))
            yield piece[1], piece.get(2, b"\0\0\0\0"), piece.get(3, 1)


def vocabulary(path):
    found = list(pieces(path))
    ids = {name: i for i, (name, _, _) in enumerate(found)}
    return [
        ("tokenizer.ggml.model", TEXT, text("llama")),
        ("tokenizer.ggml.tokens", ARRAY, array_of(TEXT, [text(name) for name, _, _ in found])),
        ("tokenizer.ggml.scores", ARRAY, array_of(F32, [score for _, score, _ in found])),
        ("tokenizer.ggml.token_type", ARRAY, array_of(I32, [struct.pack("<i", kind) for _, _, kind in found])),
        ("tokenizer.ggml.bos_token_id", U32, struct.pack("<I", ids[b"<s>"])),
        ("tokenizer.ggml.eos_token_id", U32, struct.pack("<I", ids[b"</s>"])),
        ("tokenizer.ggml.add_bos_token", BOOL, b"\1"),
    ]


def metadata(config):
    numbers = {"block_count": "num_hidden_layers", "embedding_length": "hidden_size", "ssm.conv_kernel": "conv_kernel",
               "ssm.inner_size": "intermediate_size", "ssm.state_size": "state_size", "ssm.time_step_rank": "num_heads",
               "ssm.group_count": "n_groups"}
    return ([("general.architecture", TEXT, text("mamba2")),
             ("mamba2.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", config["layer_norm_epsilon"]))] +
            [("mamba2." + key, U32, struct.pack("<I", config[name])) for key, name in numbers.items()])


def q8_0(values):
    """Blocks of 32: a float16 scale and 32 integers."""
    out = bytearray()
    for at in range(0, len(values), 32):
        block = values[at:at + 32]
        scale = struct.unpack("<e", struct.pack("<e", max(map(abs, block)) / 127))[0]
        out += struct.pack("<e", scale)
        out += struct.pack("<32b", *[max(-127, min(127, round(v / scale))) if scale else 0 for v in block])
    return bytes(out)


NAMES = {"norm.weight": "attn_norm.weight", "mixer.in_proj.weight": "ssm_in.weight", "mixer.conv1d.weight": "ssm_conv1d.weight",
         "mixer.conv1d.bias": "ssm_conv1d.bias", "mixer.dt_bias": "ssm_dt.bias", "mixer.A_log": "ssm_a", "mixer.D": "ssm_d",
         "mixer.norm.weight": "ssm_norm.weight", "mixer.out_proj.weight": "ssm_out.weight"}
ENDS = {"backbone.embeddings.weight": "token_embd.weight", "backbone.norm_f.weight": "output_norm.weight", "lm_head.weight": "output.weight"}


def gguf_name(name):
    if name in ENDS:
        return ENDS[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{NAMES[rest]}"


def tensors_of(folder, quantised):
    """(name, dims, type, bytes) of each, as llama.cpp's converter writes them."""
    file = harness.Safetensors(folder / "model.safetensors")
    for name in file.header:
        if name == "__metadata__":
            continue
        shape, values = file.read(name)
        if name.endswith("A_log"):
            values = array.array("f", [-math.exp(v) for v in values])
        matrix = len(shape) == 2
        dims = [n for n in reversed(shape) if len(shape) < 3 or n > 1]
        if matrix and quantised:
            yield gguf_name(name), dims, 8, q8_0(values)
        else:
            yield gguf_name(name), dims, 0, values.tobytes()


def write_gguf(path, values, tensors):
    head, data = bytearray(), bytearray()
    for key, kind, value in values:
        head += text(key) + struct.pack("<I", kind) + value
    tensors = list(tensors)
    for name, dims, kind, bytes_ in tensors:
        data += bytes(-len(data) % 32)
        head += text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, len(data))
        data += bytes_
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values)) + head
    path.write_bytes(head + bytes(-len(head) % 32) + data)


class Gguf(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        n = len(list(pieces(NANO)))
        cls.hf = cls().synth("hf", "tiny", "--vocab", str(n), "--dtype", "f32", "--tokenizer", NANO)
        config = json.loads((cls.hf / "config.json").read_text().replace("Infinity", "0"))
        config["intermediate_size"] = config["expand"] * config["hidden_size"]
        values = metadata(config) + vocabulary(NANO)
        (cls.folder / "files").mkdir()
        cls.f32, cls.q8 = cls.folder / "files" / "tiny-f32.gguf", cls.folder / "files" / "tiny-q8_0.gguf"
        write_gguf(cls.f32, values, tensors_of(cls.hf, False))
        write_gguf(cls.q8, values, tensors_of(cls.hf, True))

    def test_the_file_is_the_model(self):
        ids = list(range(1, 40))
        _, expected = self.logits(self.hf, ids, name="hf")
        _, f32 = self.logits(self.f32, ids, name="f32")
        self.assertLess(relative_l2(f32, expected), 1e-5)
        _, q8 = self.logits(self.q8, ids, name="q8")
        self.assertLess(relative_l2(q8, expected), 0.05)
        _, exact = self.logits(self.q8, ids, "--weights", "f32", name="exact")
        self.assertLess(relative_l2(exact, expected), 0.05)
        self.assertGreater(relative_l2(exact, expected), 1e-5)

    def test_info_tells_what_became_of_the_weights(self):
        info = self.sw("info", self.q8, "--json").json
        self.assertEqual((info["layout"], info["weights"], info["name"]), ("gguf", "Q8", "tiny-q8_0"))
        self.assertRegex(info["weights_note"], r"^Q8_0 \(\d+ matrices\) held as Q8, exactly$")
        self.assertEqual(info["weights_note"], self.sw("info", self.q8, "--json", "--no-hash").json["weights_note"])
        self.assertIn("Q8_0", self.sw("info", self.q8).out)
        plain = self.sw("info", self.f32, "--json").json
        self.assertEqual((plain["weights"], plain["weights_note"]), ("F32", ""))
        self.assertEqual(plain["tokenizer_size"], self.sw("info", self.hf, "--json").json["tokenizer_size"])

    def test_it_completes_and_tokenises_with_its_own_vocabulary(self):
        source = self.file("source.py", "def f(x):\n    return \n")
        run = ("complete", f"{source}:2:12", "--json", "--max-tokens", "8")
        ours, theirs = (self.sw(*run, "--model", model).json for model in (self.f32, self.hf))
        self.assertEqual(ours["candidates"], theirs["candidates"])
        words = "int main() {\n\treturn 0;  // \u00e9\u65e5\n}\n"
        ours, theirs = (self.sw("tokenize", "--model", model, stdin=words).out for model in (self.q8, self.hf))
        self.assertEqual(ours, theirs)

    def test_int4_is_calibrated_by_blocks_as_they_are_held(self):
        text = self.folder / "text.py"
        text.write_text("def add(first, second):\n    return first + second\n" * 20)
        plain, known = self.folder / "plain", self.folder / "known"
        self.sw("quantize", self.q8, "--to", "q4", "--out", plain)
        self.sw("quantize", self.q8, "--to", "q4", "--out", known, "--calibrate", text)
        run = self.sw("quality", text, "--model", self.q8, "--holes", "0", "--other", plain, "--other", known, "--json").json
        self.assertLess(run[2]["kl_bits"], run[1]["kl_bits"])

    def test_quantize_writes_a_folder_with_the_vocabulary(self):
        out = self.folder / "packed"
        self.sw("quantize", self.q8, "--to", "q8", "--out", out)
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["config.json", "model.safetensors", "tokenizer.model"])
        packed, opened = (self.sw("info", model, "--json").json for model in (out, self.q8))
        self.assertEqual(packed["hash"], opened["hash"])
        _, written = self.logits(out, [1, 2, 3], name="written")
        _, direct = self.logits(self.q8, [1, 2, 3], name="direct")
        self.assertEqual(written, direct)

    def test_refusals_say_what_to_do(self):
        several = self.sw("info", self.f32.parent, code=NO_MODEL)
        self.assertIn("name one of them", several.err)
        cut = self.folder / "cut.gguf"
        cut.write_bytes(self.q8.read_bytes()[:-1])
        self.assertIn("Fetch it again", self.sw("info", cut, code=NO_MODEL).err)


if __name__ == "__main__":
    unittest.main()
