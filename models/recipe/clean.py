#!/usr/bin/env python3
"""Stage 1b: unpack the archives, keep permissively licensed source files that a person wrote, one file a package.

    clean.py DLDIR OUTDIR [DLDIR OUTDIR ...] [--jobs N] [--reserved]

OUTDIR gets one pickle a package: a list of (path, language, text). OUTDIR/packages.tsv says what was kept.
"""
import collections
import concurrent.futures
import hashlib
import pathlib
import pickle
import re
import subprocess
import sys
import tarfile

from licences import COPYLEFT_TEXT, DebianCopyright, NpmLicence

LANGUAGES = {
    ".c": "c", ".h": "h", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hpp": "cpp", ".hh": "cpp", ".hxx": "cpp", ".inl": "cpp",
    ".go": "go", ".rs": "rust", ".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript", ".jsx": "javascript",
    ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".java": "java", ".lua": "lua",
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".bats": "shell",
}
BAD_DIR = re.compile(
    r"(^|/)(vendor|vendored|_?vendors?|_vendor|third[_-]?party|3rd-?party|3rd_party|thirdparty|node_modules|externals?|extern|"
    r"deps|bundled|Godeps|dist|build-output|generated|_generated|gen|autogen|testdata|test-data|test_data|fixtures?|goldens?|golden|corpus|fuzz|"
    r"locales?|i18n|translations|__snapshots__|snapshots|bower_components|debian|\.pc|umd|amd|es5|min|po|intl|gnulib|"
    r"nls|zoneinfo|unicode-data|tzdata|ui-fulldeps|run-make|codegen-units|cjs|fesm\d*|esm\d*|commonjs|coverage)(/|$)", re.I)
# copies of the packages that are reserved for judging
RESERVED_DIR = re.compile(
    r"(^|/)(nlohmann|doctest|CLI11|spdlog|httpx|click|rich|attrs?|pydantic_core|itsdangerous|tomlkit|networkx|cobra|viper|bbolt|chi|gjson|"
    r"itertools|hashbrown|indexmap|smallvec|nom|zod|luxon|chart\.js|chartjs|mitt|immer|commander|lpeg|penlight|pl)(/|$)", re.I)
BAD_NAME = re.compile(
    r"(\.min\.|\.pb\.|_pb2|_pb\.|\.gen\.|_gen\.|\.generated|_generated|zz_generated|\.d\.ts$|\.d\.mts$|bundle|\.umd|\.esm\.|\.prod\.|"
    r"-min\.|sqlite3\.c|amalgam|unicode.*(table|data)|tables?\.(c|h|go|rs|py)$|_?doctest\.h|doctest\.h|CLI11|spdlog|nlohmann|json\.hpp|"
    r"configure$|config\.(guess|sub)|ltmain\.sh|libtool|install-sh|\.tab\.[ch]|lex\.yy|parsetab|_string\.go$|"
    r"(^|/)(attr|click|mitt|zod|immer|luxon|commander)\.(py|js|mjs|ts)$)", re.I)
GENERATED = re.compile(
    r"(generated (by|from|automatically|code|file|with|using)|do not (edit|modify)|auto-?generated|automatically generated|@generated|"
    r"machine generated|GENERATED FILE|this file was generated|produced by .*bison|made by swig|Code generated)", re.I)
TRANSPILED = re.compile(
    r"__esModule|_interopRequire|__awaiter|__importDefault|__webpack_require__|__commonJS|sourceMappingURL=data|_classCallCheck|"
    r"regeneratorRuntime|__decorate\(|_jsxs?\(|_createClass\(|tslib_\d")
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30}|xox[bapr]-[0-9A-Za-z-]{10}|AIza[0-9A-Za-z_-]{35}|"
    r"sk_live_[0-9a-zA-Z]{20}|eyJhbGciOi[A-Za-z0-9_-]{20}")
TEST = re.compile(r"(^|/)(tests?|testing|spec|specs|__tests__|bench(marks?)?|examples?|demos?)(/|$)|[_.-](test|spec)s?\.|(^|/)test_|Tests?\.java$")
SHEBANG = re.compile(r"#!\s*/\S*(/|env )(ba|z|da|k)?sh\b")
KEEP_RESERVED = "--reserved" in sys.argv  # for cleaning the reserved packages themselves, whose code pack.py looks for
MAX_PACKAGE_LANGUAGE = 14_000_000


def unit(key):
    """A number in [0, 1) that depends on key alone."""
    return int.from_bytes(hashlib.sha1(key.encode(errors="replace")).digest()[:4], "big") / 2**32


def language_of(path, text):
    dot = path.rfind(".")
    slash = path.rfind("/")
    if dot > slash + 1:
        return LANGUAGES.get(path[dot:].lower() if path[dot:] not in (".C", ".H") else ".cc")
    if SHEBANG.match(text):
        return "shell"
    return None


def drop_licence_header(text, language):
    """Without the leading comment when it is a licence notice."""
    if language in ("python", "shell"):
        match = re.match(r"(#!.*\n)?((?:[ \t]*#.*\n|\s*\n)+)", text)
        keep = match.group(1) or "" if match else ""
    elif language == "lua":
        match = re.match(r"()((?:[ \t]*--.*\n|\s*\n)+|--\[\[.*?\]\]\s*)", text, re.S if text.startswith("--[[") else 0)
        keep = ""
    else:
        match = re.match(r"()(\s*(?:/\*.*?\*/\s*|(?://.*\n\s*)+))", text, re.S)
        keep = ""
        if match and match.group(2).lstrip().startswith("//"):
            match = re.match(r"()((?:[ \t]*//.*\n|[ \t]*\n)+)", text)
    if match and re.search(r"copyright|licen[sc]e|SPDX", match.group(2), re.I):
        return keep + text[match.end():].lstrip("\n")
    return text


def readable(text, language):
    """False for minified, data-like and machine-made text."""
    n = len(text)
    if n < 150 or n > 220_000:
        return False
    lines = text.split("\n")
    longest = max(map(len, lines))
    if longest > 600 or n / len(lines) > 90:
        return False
    sample = text if n < 20_000 else text[:10_000] + text[n // 2:n // 2 + 10_000]
    letters = sum(map(str.isalpha, sample))
    digits = sum(map(str.isdigit, sample))
    if letters < 0.35 * len(sample) or digits > 0.18 * len(sample):
        return False
    if not sample.isascii() and sum(ord(c) > 127 for c in sample) > 0.05 * len(sample):
        return False
    head = text[:2500]
    if GENERATED.search(head) or COPYLEFT_TEXT.search(text[:4000]) or SECRET.search(text):
        return False
    if language in ("javascript", "typescript") and TRANSPILED.search(text[:6000]):
        return False
    if len(set(lines)) < 0.4 * len(lines):
        return False
    return True


def read_members(path, wanted):
    if path.suffix == ".deb":
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(path)], stdout=subprocess.PIPE) as unpack:
            yield from read_tar(unpack.stdout, "r|", wanted)
            unpack.stdout.read()
    else:
        with open(path, "rb") as f:
            yield from read_tar(f, "r|*", wanted)


def read_tar(stream, mode, wanted):
    with tarfile.open(fileobj=stream, mode=mode) as tar:
        for member in tar:
            if member.isfile() and member.size < 400_000:
                name = member.name[2:] if member.name.startswith("./") else member.name
                if wanted(name):
                    yield name, tar.extractfile(member).read()


def might_be_source(name):
    base = name.rsplit("/", 1)[-1]
    if "." in base.lstrip("."):
        ok = ("." + base.rsplit(".", 1)[1]).lower() in LANGUAGES
    else:
        ok = len(base) < 40
    return ok


def strip_root(name):
    return name.split("/", 1)[1] if "/" in name else name


def installed_root(name):
    """The path inside the package's own sources, as its copyright file names it."""
    name = re.sub(r"^usr/share/gocode/src/[^/]+/[^/]+/[^/]+/", "", name)
    name = re.sub(r"^usr/share/cargo/registry/[^/]+/", "", name)
    name = re.sub(r"^usr/lib/python3(\.\d+)?/dist-packages/", "", name)
    name = re.sub(r"^usr/share/lua/[\d.]+/", "", name)
    return re.sub(r"^usr/(include|share|lib|bin)/", "", name)


def clean_package(job):
    kind, name, version, files, folder, target = job
    try:
        return _clean_package(kind, name, version, files, folder, target)
    except Exception as error:  # a broken archive must not stop the rest
        print("failed:", kind, name, repr(error)[:200], flush=True)
        return None


def _clean_package(kind, name, version, files, folder, target):
    folder = pathlib.Path(folder)
    archives = [folder / f for f in files if re.search(r"\.(tar\.\w+|tgz|deb)$", f)]
    if kind == "deb":
        text = ""
        packaging = [a for a in archives if ".debian.tar." in a.name] or archives
        for path, data in read_members(packaging[0], lambda n: n.endswith("debian/copyright")):
            text = data.decode("utf-8", "replace")
            break
        licence = DebianCopyright(text)
        archives = [a for a in archives if ".debian.tar." not in a.name]
    elif kind == "bin":
        text = ""
        for path, data in read_members(archives[0], lambda n: re.match(r"usr/share/doc/[^/]+/copyright$", n)):
            text = data.decode("utf-8", "replace")
        licence = DebianCopyright(text)
    else:
        package_json, licence_text = "{}", ""
        for path, data in read_members(archives[0], lambda n: n.count("/") == 1):
            base = path.split("/")[1].lower()
            if base == "package.json":
                package_json = data.decode("utf-8", "replace")
            elif base.startswith(("license", "licence", "copying")):
                licence_text = data.decode("utf-8", "replace")
        licence = NpmLicence(package_json, licence_text)
        if not licence.good:
            return kind, name, version, licence.licence, {}
    kept = []
    refused = 0
    for archive in archives:
        component = re.search(r"\.orig-([\w.-]+)\.tar", archive.name)
        for full, data in read_members(archive, might_be_source):
            path = installed_root(full) if kind == "bin" else strip_root(full)
            if component:
                path = component.group(1) + "/" + path
            if BAD_DIR.search(path.rsplit("/", 1)[0] if "/" in path else "") or BAD_NAME.search(path):
                continue
            if not KEEP_RESERVED and RESERVED_DIR.search(path.rsplit("/", 1)[0] if "/" in path else ""):
                continue
            if b"\0" in data:
                continue
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                continue
            text = text.replace("\r\n", "\n").lstrip("\ufeff")
            language = language_of(path, text)
            if language is None or not readable(text, language):
                continue
            if not licence.ok(path):
                refused += 1
                continue
            if not KEEP_RESERVED and TEST.search(path) and unit(name + path) > 0.35:
                continue
            if unit(path + name) < 0.6:
                text = drop_licence_header(text, language)
            if len(text) >= 150:
                kept.append([path, language, text])
    counts = collections.Counter()
    for path, language, text in kept:
        counts[language] += len(text)
    for row in kept:  # .h belongs to the language of the package's sources
        if row[1] == "h":
            row[1] = "cpp" if counts["cpp"] > counts["c"] or re.search(r"^\s*(namespace|class|template)\b", row[2], re.M) else "c"
    if kind == "npm" and counts["typescript"] > 20_000:
        # compiled copies of the TypeScript sources are not wanted
        kept = [r for r in kept if r[1] == "typescript" or not re.match(r"(lib|build|es|out|types|_\w+)/", r[0])]
    # Whole directories, in an order that depends on their names alone, up to a cap.
    order = sorted(kept, key=lambda r: (unit(name + r[0].rsplit("/", 1)[0]), r[0]))
    used = collections.Counter()
    final = []
    for path, language, text in order:
        if used[language] + len(text) <= MAX_PACKAGE_LANGUAGE:
            used[language] += len(text)
            final.append((path, language, text))
    if final:
        final.sort()
        out = pathlib.Path(target) / f"{kind}.{name.replace('/', '+')}.pickle"
        out.write_bytes(pickle.dumps((kind, name, version, licence.licence, final)))
    return kind, name, version, licence.licence + (f" ({refused} files refused)" if refused else ""), dict(used)


def main():
    args = [a for a in sys.argv[1:] if a != "--reserved"]
    jobs_at_once = 2
    if "--jobs" in args:
        i = args.index("--jobs")
        jobs_at_once = int(args[i + 1])
        del args[i:i + 2]
    for source, target in zip(args[::2], args[1::2]):
        pathlib.Path(target).mkdir(parents=True, exist_ok=True)
        jobs = []
        for line in open(pathlib.Path(source) / "archives.tsv"):
            kind, name, version, files, _ = line.rstrip("\n").split("\t")
            jobs.append((kind, name, version, files.split(), str(pathlib.Path(source) / kind), target))
        size = lambda j: sum((pathlib.Path(j[4]) / f).stat().st_size for f in j[3])
        jobs.sort(key=size, reverse=True)
        total = collections.Counter()
        with concurrent.futures.ProcessPoolExecutor(jobs_at_once) as pool, open(pathlib.Path(target) / "packages.tsv", "w") as f:
            for row in pool.map(clean_package, jobs):
                if row is None:
                    continue
                kind, name, version, licence, used = row
                total.update(used)
                f.write("\t".join([kind, name, version, licence, " ".join(f"{k}={v}" for k, v in sorted(used.items()))]) + "\n")
        print(source, {k: round(v / 1e6, 1) for k, v in total.items()}, "MB")


if __name__ == "__main__":
    main()
