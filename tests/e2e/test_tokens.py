"""tokenize and detokenize: the golden vectors of the real tokenizer, and laws over the embedded one."""

import json
import unittest

import harness
from harness import BAD_INPUT, NO_MODEL, USAGE

SPACES = {13: [2185], 14: [2185, 29473], 15: [1127], 16: [1127, 29473], 29: [1127, 2185], 30: [1127, 2185, 29473],
          31: [1127, 1127]}
GOLDEN = [
    ("", []),
    ("a", [1032]),
    (" a", [29473, 1032]),
    ("def f(", [1569, 1053, 29500]),
    ("return a + b", [1372, 1032, 1416, 1055]),
    ("\n", [29473, 781]),
    ("a\r\nb", [1032, 29569, 781, 29494]),
    ("    ", [1123]),
    ("    def f():", [1028, 1569, 1053, 6656]),
    ("def foo(x):\n    return x", [1569, 19990, 29500, 29512, 2097, 781, 3055, 1372, 2086]),
    ("class A:\n    def f(self):\n        return 1\n",
     [1643, 1098, 29515, 781, 3055, 1569, 1053, 29500, 1712, 2097, 781, 6158, 1372, 29473, 29508, 781]),
    ("\tfor i in range(10):\n\t\tprint(i)",
     [29473, 780, 2160, 1381, 1065, 3587, 29500, 29508, 29502, 2097, 781, 780, 780, 2799, 29500, 29478, 29499]),
    ("if (x) {\r\n\treturn;\r\n}", [1281, 1093, 29512, 29499, 2737, 781, 780, 1575, 2039, 781, 29520]),
    ("x = 12345", [2086, 1095, 29473, 29508, 29518, 29538, 29549, 29550]),
    ("café 你好 😀", [29113, 29473, 30151, 30298, 29473, 31343]),
    ("a\0b", [1032, 771, 29494]),
    ("[INST]", [1501, 17057, 29561]),
    ("☺", [29473, 31369]),
    ("a" * 20, [1032, 26100, 26100, 5242, 29476]),
] + [(" " * n, ids) for n, ids in SPACES.items()]

FIM = [
    ("def f(", "return a + b", [1, 13, 1575, 1032, 1416, 1055, 11, 1569, 1053, 29500]),
    ("def add(", "    return sum", [1, 13, 3055, 1372, 3416, 11, 1569, 1735, 29500]),
    ("def f(", "", [1, 13, 11, 1569, 1053, 29500]),
]

TEXTS = ["x", " x", "\n", "\r\n", "\ta\n\n", "def f(a):\n    return a\n", "café 你好 😀 ☺\n", "a\0b", " " * 40,
         "  leading"]


class RealTokenizer(harness.Case):
    def setUp(self):
        self.tokenizer = self.need_shared("data", "tokenizer.model.v3")

    def encode(self, text, *options):
        return self.sw("tokenize", "--tokenizer", self.tokenizer, *options, stdin=text).json

    def test_golden_vectors(self):
        for text, ids in GOLDEN:
            with self.subTest(text=text):
                self.assertEqual(self.encode(text), ids)

    def test_golden_vectors_decode(self):
        for text, ids in GOLDEN:
            with self.subTest(text=text):
                done = self.sw("detokenize", "--tokenizer", self.tokenizer, stdin=json.dumps(ids))
                self.assertEqual(done.out, text)

    def test_fill_in_the_middle(self):
        for prefix, suffix, ids in FIM:
            with self.subTest(prefix=prefix, suffix=suffix):
                hole = json.dumps({"prefix": prefix, "suffix": suffix})
                self.assertEqual(self.encode(hole, "--fim"), ids)
                self.assertEqual(self.encode(prefix + suffix, "--fim-at", len(prefix.encode())), ids)

    def test_control_tokens_vanish(self):
        done = self.sw("detokenize", "--tokenizer", self.tokenizer, stdin="[1, 3, 1032, 4, 1055]")
        self.assertEqual(done.out, "a b")

    def test_bos_comes_first(self):
        self.assertEqual(self.encode("a", "--bos"), [1, 1032])

    def test_continuation_has_no_dummy_prefix(self):
        self.assertEqual(self.encode("    return x", "--no-dummy-prefix"), [3055, 1372, 2086])


class EmbeddedTokenizer(harness.Case):
    def encode(self, text, *options):
        return self.sw("tokenize", *options, stdin=text).json

    def test_there_and_back(self):
        for text in TEXTS:
            for options in ([], ["--no-dummy-prefix"]):
                with self.subTest(text=text, options=options):
                    ids = self.encode(text, *options)
                    self.assertEqual(self.sw("detokenize", *options, stdin=json.dumps(ids)).out, text)

    def test_a_line_end_is_an_exact_cut(self):
        for text in TEXTS:
            with self.subTest(text=text):
                whole = self.encode("first\n" + text)
                self.assertEqual(whole, self.encode("first\n") + self.encode(text, "--no-dummy-prefix"))

    def test_same_as_from_its_file_and_folder(self):
        folder = harness.embedded_folder()
        text = harness.PYTHON_TEXT
        self.assertEqual(self.encode(text), self.encode(text, "--model", folder))
        self.assertEqual(self.encode(text), self.encode(text, "--tokenizer", folder / "tokenizer.model"))

    def test_detokenize_takes_an_object_and_gives_one(self):
        ids = self.encode("def f(x)")
        self.assertEqual(self.sw("detokenize", "--json", stdin=json.dumps({"ids": ids})).json, {"text": "def f(x)"})

    def test_half_a_character_becomes_a_replacement(self):
        half = self.encode("😀")[:-1] if len(self.encode("😀")) > 2 else None
        if half is None:
            self.skipTest("NOT TESTED: the embedded vocabulary has a piece for this character")
        self.assertIn("\ufffd", self.sw("detokenize", stdin=json.dumps(half)).out)


class BadText(harness.Case):
    def test_not_utf8(self):
        for text, offset in ((b"abc\xff", 3), (b"\xc3", 0), (b"ok\n\xed\xa0\x80", 3), (b"\xf8aaaa", 0)):
            with self.subTest(text=text):
                self.fails("tokenize", stdin=text, code=BAD_INPUT, says=["standard input", str(offset)])

    def test_bad_ids(self):
        for text, says in (("[1, 2", "byte"), ("[1.5]", "ids[0]"), ("[1, -1]", "ids[1]"), ("[99999999999]", "ids[0]"),
                           ("[18446744073709551615]", "ids[0]"), ('["a"]', "ids[0]"), ("{}", '"ids"'), ("7", "list"),
                           ("", "byte 0"), ("[1, 2, 1000000]", "ids[2]"), ("[" * 100000, "JSON")):
            with self.subTest(text=text[:40]):
                self.fails("detokenize", stdin=text, code=BAD_INPUT, says=["standard input", says])

    def test_bad_holes(self):
        self.fails("tokenize", "--fim", stdin="prefix", code=BAD_INPUT, says=["JSON", "byte 0"])
        self.fails("tokenize", "--fim", stdin='{"prefix": "a"}', code=BAD_INPUT, says=['"suffix"'])
        self.fails("tokenize", "--fim", stdin='{"prefix": 1, "suffix": ""}', code=BAD_INPUT, says=['"prefix"'])
        self.fails("tokenize", "--fim", stdin="[]", code=BAD_INPUT, says=['"prefix"'])
        self.fails("tokenize", "--fim-at", "3", stdin="ab", code=BAD_INPUT, says=["3", "2 bytes"])
        self.fails("tokenize", "--fim-at", "1", stdin="é", code=BAD_INPUT, says=["inside a character"])
        self.fails("tokenize", "--fim", "--bos", code=USAGE, says=["--bos"])

    def test_no_tokenizer(self):
        self.fails("tokenize", "--tokenizer", "/nowhere/tokenizer.model", code=NO_MODEL,
                   says=["/nowhere/tokenizer.model"])
        garbage = self.file("garbage.model", b"\x00\x01garbage" * 100)
        self.fails("tokenize", "--tokenizer", garbage, code=NO_MODEL, says=[garbage])
        empty = self.file("empty.model", b"")
        self.fails("tokenize", "--tokenizer", empty, code=NO_MODEL, says=[empty])
        model = self.synth("bare", "tiny")
        self.fails("tokenize", "--model", model, code=NO_MODEL, says=[model, "tokenizer"])


if __name__ == "__main__":
    unittest.main()
