"""generate: text and ids from a prompt."""

import json
import unittest

import harness
from harness import BAD_INPUT, NO_MODEL, USAGE

PROMPT = "def fibonacci(n):\n    "


class Generate(harness.Case):
    def generate(self, *arguments, **more):
        return self.sw("generate", *arguments, "--json", **more).json

    def test_every_source_of_a_prompt_is_the_same(self):
        path = self.file("prompt.txt", PROMPT)
        ids = self.sw("tokenize", "--bos", stdin=PROMPT).json
        ids_file = self.file("prompt.json", json.dumps(ids))
        expected = self.generate("--prompt", PROMPT, "--max-tokens", 12)
        for arguments, stdin in ((["--prompt-file", path], b""), (["--prompt-file", "-"], PROMPT), ([], PROMPT),
                                 (["--ids", ids_file], b""), (["--ids", "-"], json.dumps(ids))):
            with self.subTest(arguments):
                found = self.generate(*arguments, "--max-tokens", 12, stdin=stdin)
                self.assertEqual((found["ids"], found["text"]), (expected["ids"], expected["text"]))
                self.assertEqual(found["prompt_tokens"], len(ids))

    def test_the_stream_is_the_text(self):
        for prompt in (PROMPT, "# 你好 😀\nprint('你好 ", "int main() {\n\t"):
            for temperature in (0, 1.5):
                options = ["--prompt", prompt, "--max-tokens", 40, "--temperature", temperature, "--seed", 5]
                with self.subTest(options):
                    text = self.generate(*options)["text"]
                    self.assertEqual(self.sw("generate", *options).out, text + "\n")

    def test_text_is_the_decoded_ids(self):
        result = self.generate("--prompt", PROMPT, "--max-tokens", 30)
        ids = [i for i in result["ids"]]
        text = self.sw("detokenize", "--no-dummy-prefix", stdin=json.dumps(ids)).out
        self.assertEqual(text, result["text"])

    def test_it_goes_on_where_it_stopped(self):
        whole = self.generate("--prompt", PROMPT, "--max-tokens", 16)
        half = self.generate("--prompt", PROMPT, "--max-tokens", 8)
        self.assertEqual(half["ids"], whole["ids"][:8])
        start = self.sw("tokenize", "--bos", stdin=PROMPT).json
        rest = self.generate("--ids", "-", "--max-tokens", 8, stdin=json.dumps(start + half["ids"]))
        self.assertEqual(half["ids"] + rest["ids"], whole["ids"])

    def test_sampling(self):
        options = ["--prompt", PROMPT, "--max-tokens", 24, "--temperature", 1.2]
        one = self.generate(*options, "--seed", 1)["ids"]
        self.assertEqual(one, self.generate(*options, "--seed", 1, "--threads", 1)["ids"])
        others = {tuple(self.generate(*options, "--seed", seed)["ids"]) for seed in range(2, 6)}
        self.assertGreater(len(others), 1)
        greedy = self.generate("--prompt", PROMPT, "--max-tokens", 24)["ids"]
        self.assertEqual(self.generate(*options, "--top-k", 1, "--seed", 9)["ids"], greedy)
        self.assertEqual(self.generate(*options, "--min-p", 1, "--seed", 9)["ids"], greedy)
        self.assertEqual(self.generate(*options, "--top-p", 1e-6, "--seed", 9)["ids"], greedy)

    def test_bos(self):
        with_bos = self.generate("--prompt", "x", "--max-tokens", 1)
        without = self.generate("--prompt", "x", "--max-tokens", 1, "--no-bos")
        self.assertEqual(with_bos["prompt_tokens"], without["prompt_tokens"] + 1)

    def test_finish(self):
        result = self.generate("--prompt", PROMPT, "--max-tokens", 3)
        self.assertEqual((result["finish"], len(result["ids"])), ("max_tokens", 3))
        eos = self.sw("info", "--no-hash", "--json").json["config"]["eos_id"]
        for seed in range(200):  # a model that was trained on whole documents ends one at some time
            result = self.generate("--prompt", "x = 1\n", "--max-tokens", 200, "--temperature", 1, "--seed", seed)
            if result["finish"] == "eos":
                break
        self.assertEqual(result["finish"], "eos")
        self.assertEqual(result["ids"].index(eos), len(result["ids"]) - 1)

    def test_without_a_tokenizer(self):
        model = self.synth("bare", "tiny")
        result = self.generate("--model", model, "--ids", "-", "--max-tokens", 5, stdin="[3, 1, 4]")
        self.assertIsNone(result["text"])
        listed = self.sw("generate", "--model", model, "--ids", "-", "--max-tokens", 5, stdin="[3, 1, 4]")
        self.assertEqual(listed.json, result["ids"])
        self.fails("generate", "--model", model, "--prompt", "x", code=NO_MODEL, says=[model, "--ids"])

    def test_bad_prompts(self):
        self.fails("generate", "--prompt", "x", "--ids", "-", code=USAGE, says=["--ids"])
        self.fails("generate", "--ids", "-", stdin="[]", code=BAD_INPUT, says=["empty"])
        self.fails("generate", "--ids", "-", stdin="[99999999]", code=BAD_INPUT, says=["ids[0]"])
        self.fails("generate", "--no-bos", stdin="", code=BAD_INPUT, says=["empty"])
        self.fails("generate", stdin=b"ab\xff", code=BAD_INPUT, says=["standard input", "2"])
        self.fails("generate", "--prompt-file", "/nowhere", code=BAD_INPUT, says=["/nowhere"])
        self.fails("generate", "--prompt", "x", "--max-tokens", 0, code=USAGE, says=["--max-tokens"])


if __name__ == "__main__":
    unittest.main()
