"""Reads the packed data (data.N.jsonl.zst or .jsonl) and draws files from it."""
import bisect
import io
import itertools
import json
import pathlib
import shutil
import subprocess

from format import Package

# Share of the training documents for each language. Little data, small share: no file is read too often.
SHARES = {"c": 0.13, "cpp": 0.13, "go": 0.11, "rust": 0.11, "python": 0.15, "javascript": 0.10, "typescript": 0.12, "java": 0.08,
          "lua": 0.04, "shell": 0.03}


def read_records(folder, split):
    for path in sorted(pathlib.Path(folder).glob(f"{split}.*.jsonl*")):
        if path.suffix == ".zst" and not shutil.which("zstd"):
            import pyarrow
            with pyarrow.CompressedInputStream(str(path), "zstd") as stream, io.BufferedReader(stream, 1 << 22) as lines:
                for line in lines:
                    yield json.loads(line)
        elif path.suffix == ".zst":
            with subprocess.Popen(["zstd", "-dcq", "--long=27", str(path)], stdout=subprocess.PIPE) as unpack:
                for line in unpack.stdout:
                    yield json.loads(line)
        else:
            with open(path) as f:
                for line in f:
                    yield json.loads(line)


class Corpus:
    def __init__(self, folder, split="train"):
        files = {}
        for r in read_records(folder, split):
            files.setdefault((r["l"], r["p"]), []).append((r["f"], r["t"]))
        self.packages = {key: Package(key[1], sorted(v)) for key, v in sorted(files.items())}
        self.languages = {}
        self.shares = []
        for language, share in SHARES.items():
            rows, sums = [], []
            total = 0.0
            for (lang, _), package in self.packages.items():
                if lang == language:
                    for i, (_, text) in enumerate(package.files):
                        total += len(text) ** 0.8
                        rows.append((package, i))
                        sums.append(total)
            if rows:
                self.languages[language] = (rows, sums)
                self.shares.append((language, share))
        self.cumulative = list(itertools.accumulate(s for _, s in self.shares))

    def bytes_by_language(self):
        return {k: sum(len(p.files[i][1]) for p, i in rows) for k, (rows, _) in self.languages.items()}

    def pick(self, rng):
        language = self.shares[bisect.bisect(self.cumulative, rng.random() * self.cumulative[-1] * 0.999999)][0]
        rows, sums = self.languages[language]
        return rows[min(bisect.bisect(sums, rng.random() * sums[-1]), len(rows) - 1)]
