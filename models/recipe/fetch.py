#!/usr/bin/env python3
"""Stage 1a: download the archives named in packages.tsv and write their hashes.

    fetch.py LIST OUTDIR

LIST has one package a line: `deb NAME VERSION` (a Debian source package), `bin NAME
VERSION` (a Debian binary package that holds sources) or `npm NAME VERSION`. Debian needs a deb-src line for bookworm; set APT_CONFIG to
use a private one. OUTDIR/archives.tsv then holds kind, name, version, the
archives' file names and their sha256.
"""
import hashlib
import json
import pathlib
import subprocess
import sys


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def read_list(path):
    rows = []
    for line in open(path):
        if line.strip() and not line.startswith("#"):
            rows.append(line.split()[:3])
    return rows


def fetch_debian(rows, out):
    """apt-get goes on after an archive that the mirror lacks; write_hashes leaves such packages out."""
    out.mkdir(parents=True, exist_ok=True)
    rows = [r for r in rows if debian_files(out, r[1], r[2]) is None]
    for i in range(0, len(rows), 25):
        specs = [f"{name}={version}" for _, name, version in rows[i:i + 25]]
        subprocess.run(["apt-get", "source", "-qq", "--download-only", *specs], cwd=out,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fetch_binary(rows, out):
    """Debian binary packages that hold sources: librust-*-dev, golang-*-dev, python3-*."""
    out.mkdir(parents=True, exist_ok=True)
    rows = [r for r in rows if not list(out.glob(deb_glob(r[1], r[2])))]
    for i in range(0, len(rows), 50):
        specs = [f"{name}={version}" for _, name, version in rows[i:i + 50]]
        subprocess.run(["apt-get", "download", "-qq", *specs], cwd=out, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def deb_glob(name, version):
    return f"{name}_{version.replace(':', '%3a')}_*.deb"


def debian_files(out, name, version):
    """[(file, sha256)] of a source package, or None unless all its archives are here."""
    dsc = out / dsc_name(name, version)
    if not dsc.exists():
        return None
    files = []
    section = ""
    for line in open(dsc, errors="replace"):
        if not line.startswith(" "):
            section = line.split(":")[0]
        elif section == "Checksums-Sha256":
            digest, _, file = line.split()
            if not file.endswith(".asc"):
                files.append((file, digest))
    return files if files and all((out / f).exists() for f, _ in files) else None


def dsc_name(name, version):
    return f"{name}_{version.split(':')[-1]}.dsc"


def fetch_npm(rows, out):
    out.mkdir(parents=True, exist_ok=True)
    index_path = out / "index.json"
    index = json.loads(index_path.read_text()) if index_path.exists() else {}
    for _, name, version in rows:
        if f"{name}@{version}" in index:
            continue
        done = subprocess.run(["npm", "pack", "--json", "--ignore-scripts", f"{name}@{version}"], cwd=out,
                              capture_output=True, text=True)
        if done.returncode:
            print("npm pack failed:", name, version, flush=True)
            continue
        info = json.loads(done.stdout)
        info = info[0] if isinstance(info, list) else next(iter(info.values()))
        index[f"{name}@{version}"] = {"version": info["version"], "file": info["filename"].replace("@", "").replace("/", "-")}
        index_path.write_text(json.dumps(index, indent=0))


def write_hashes(rows, out):
    index_path = out / "npm/index.json"
    npm = json.loads(index_path.read_text()) if index_path.exists() else {}
    with open(out / "archives.tsv", "w") as f:
        for kind, name, version in rows:
            if kind == "deb":
                files = debian_files(out / "deb", name, version)
                if files is None:
                    continue
            elif kind == "bin":
                files = [(p.name, sha256(p)) for p in (out / "bin").glob(deb_glob(name, version))]
                if not files:
                    continue
            else:
                entry = npm.get(f"{name}@{version}")
                if entry is None:
                    continue
                version = entry["version"]
                path = out / "npm" / entry["file"]
                files = [(entry["file"], sha256(path))]
            f.write("\t".join([kind, name, version, " ".join(a for a, _ in files), " ".join(b for _, b in files)]) + "\n")


def main():
    rows = read_list(sys.argv[1])
    out = pathlib.Path(sys.argv[2])
    fetch_debian([r for r in rows if r[0] == "deb"], out / "deb")
    fetch_binary([r for r in rows if r[0] == "bin"], out / "bin")
    fetch_npm([r for r in rows if r[0] == "npm"], out / "npm")
    write_hashes(rows, out)


main()
