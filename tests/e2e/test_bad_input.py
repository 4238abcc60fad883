"""What the machine refuses: full disks, closed pipes, no memory, no permission."""

import json
import os
import pathlib
import resource
import subprocess
import unittest

import harness
from harness import FAILED, OK, USAGE


def limit_file_size(n_bytes):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


class FullDisk(harness.Case):
    def setUp(self):
        self.model = self.synth("model", "tiny", "--force")
        self.ids = self.file("ids.json", json.dumps(harness.some_ids(2000, 512)))

    def leftovers(self, folder):
        return sorted(path.name for path in folder.iterdir())

    def test_a_file_over_the_limit(self):
        target = self.folder / "target"
        target.mkdir(exist_ok=True)
        for command in ("logits", "state"):
            with self.subTest(command):
                self.fails(command, "--model", self.model, "--ids", self.ids, "--out", target / "out.npy", code=FAILED,
                           says=[target / "out.npy"], preexec=limit_file_size(50_000))
                self.assertEqual(self.leftovers(target), [])
        self.fails("synth", "--shape", "tiny", "--out", target, code=FAILED, says=[target],
                   preexec=limit_file_size(100_000))
        self.assertEqual(self.leftovers(target), [])

    def test_what_was_there_stays(self):
        out = self.file("kept.npy", "before")
        self.fails("logits", "--model", self.model, "--ids", self.ids, "--out", out, code=FAILED, says=[out],
                   preexec=limit_file_size(50_000))
        self.assertEqual(out.read_text(), "before")

    def test_a_full_file_system(self):
        disk = self.folder / "disk"
        disk.mkdir(exist_ok=True)
        mounted = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True).returncode == 0
        if not mounted:
            self.skipTest("NOT TESTED: a small file system cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        self.fails("logits", "--model", self.model, "--ids", self.ids, "--out", disk / "out.npy", code=FAILED,
                   says=[disk / "out.npy", "No space left"])
        self.assertEqual(self.leftovers(disk), [])
        self.fails("synth", "--shape", "tiny-g8", "--out", disk / "model", code=FAILED, says=["needs", "free"])
        self.sw("logits", "--model", self.model, "--ids", "-", "--out", disk / "out.npy", stdin="[1, 2]")
        self.assertEqual(self.leftovers(disk), ["model", "out.npy"])

    def test_standard_output_is_full(self):
        place = self.file("x.py", "x = ")
        commands = [["complete", f"{place}:1:5"], ["complete", f"{place}:1:5", "--json"], ["info", "--no-hash"],
                    ["generate", "--prompt", "x", "--max-tokens", "3"], ["tokenize"], ["manpage"], ["--version"],
                    ["--help"], ["completions", "bash"]]
        for command in commands:
            with self.subTest(command), open("/dev/full", "wb") as full:
                done = subprocess.run([harness.EXE, *command], stdin=subprocess.DEVNULL, stdout=full,
                                      stderr=subprocess.PIPE, timeout=harness.TIMEOUT_S)
                if command == ["tokenize"] and done.returncode == OK:
                    self.fail("an empty list, too, is output")
                self.assertEqual(done.returncode, FAILED, done.stderr)
                self.assertIn(b"No space left", done.stderr)

    def test_in_place_outputs(self):
        done = self.sw("logits", "--model", self.model, "--ids", self.ids, "--out", "/dev/stdout")
        self.assertTrue(done.out_bytes.startswith(b"\x93NUMPY"))
        self.sw("logits", "--model", self.model, "--ids", self.ids, "--out", "/dev/null")
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())

    def test_a_link_is_followed(self):
        real = self.folder / "real.npy"
        link = self.folder / "link.npy"
        real.write_text("old")
        link.symlink_to(real)
        self.sw("logits", "--model", self.model, "--ids", self.ids, "--out", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(harness.read_npy(real)[0], (2000, 512))


class NoMemory(harness.Case):
    """Under every limit of the address space the program works or says so; it never crashes."""

    def test_address_space(self):
        with open(harness.EXE, "rb") as file:
            if b"__asan_init" in file.read():
                self.skipTest("NOT TESTED: a sanitizer needs the whole address space")
        model = self.synth("model", "tiny-g8")
        ids = self.file("ids.json", json.dumps(harness.some_ids(600, 512)))
        ended = set()
        for megabytes in (100, 120, 160, 200, 300, 500, 1000, 4000):
            limit = megabytes << 20
            done = subprocess.run(
                [harness.EXE, "logits", "--model", str(model), "--ids", str(ids), "--out", str(self.folder / "o.npy")],
                capture_output=True, timeout=harness.TIMEOUT_S,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            with self.subTest(megabytes=megabytes):
                # 127: the loader itself found no room for the libraries. With the grammars they take 80 MB before main().
                self.assertIn(done.returncode, (OK, FAILED, harness.NO_MODEL, 127), done.stderr)
                if done.returncode != OK:
                    self.assertNotEqual(done.stderr, b"")
            ended.add(done.returncode)
        self.assertIn(OK, ended)


class CommandLine(harness.Case):
    def test_wrong_usage(self):
        for arguments in ([], ["conquer"], ["--such"], ["complete", "--such"], ["info", "a", "b"]):
            with self.subTest(arguments):
                done = self.sw(*arguments, code=USAGE)
                self.assertIn("--help", done.err)

    def test_json_may_stand_anywhere(self):
        done = self.sw("info", "--json", "--such", code=USAGE)
        self.assertEqual(done.json["error"]["status"], "SW_E_ARGUMENT")


if __name__ == "__main__":
    unittest.main()
