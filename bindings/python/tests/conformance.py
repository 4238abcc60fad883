"""Runs bindings/conformance/scenarios.json by the Python package and prints one line a step, as the C program does.

Usage: conformance.py SCENARIOS MODEL_FOLDER EMPTY_FOLDER
"""
import json
import pathlib
import struct
import sys
import threading
import zlib

import sidewinder as sw


def quoted(name, text):
    data = text.encode("utf-8", "surrogateescape")
    shown = "".join(chr(c) if 0x20 <= c < 0x7F and c not in b'"\\' else f"\\x{c:02x}" for c in data)
    return f' {name}="{shown}"'


def listed(name, ids):
    return f" {name}=[{','.join(map(str, ids))}]"


def crc(name, data):
    return f" {name}={zlib.crc32(data):08x}"


def bits(name, value):
    return f" {name}={struct.pack('>d', value).hex()}"


class Raised(Exception):
    """What a callback of the scenarios raises."""


class Run:
    def __init__(self, model, folder):
        self.model, self.folder, self.objects, self.step = model, folder, [], {}

    def path(self, key="path"):
        return self.step[key].replace("$MODEL", self.model).replace("$TMP", self.folder)

    def get(self, key="on"):
        return next(o for name, o in reversed(self.objects) if name == self.step[key])

    def keep(self, thing):
        self.objects.append((self.step["as"], thing))

    def options(self):
        return dict(self.step.get("options", {}))

    def error(self, status, text):
        if self.step.get("no_text"):
            return f"SW_E_{sw.Status(status).name}"
        return f"SW_E_{sw.Status(status).name} " + text.replace(self.model, "$MODEL").replace(self.folder, "$TMP")

    # Tokens, logits and states.

    def engine(self):
        options = {to: self.step[key] for key, to in (("threads", "n_threads"), ("policy", "policy")) if key in self.step}
        if "store" in self.step:
            options["store_folder"] = self.path("store")
        self.keep(sw.Engine(**options))

    def model_(self):
        model = self.get().open_model(self.path())
        self.keep(model)
        info = model.info
        return quoted("name", info.name) + (f" vocab_size={info.vocab_size} state_bytes={info.state_bytes} tied={int(info.tied)}"
                                            f" fill_mode={info.fill_mode.value}")

    def encode(self):
        return listed("ids", self.get().tokenizer.encode(self.step["text"], continuation=self.step.get("continuation", False)))

    def decode(self):
        return quoted("text", self.get().tokenizer.decode(self.step["ids"]))

    def detokenize(self):
        return "".join(quoted("piece", piece) for piece in self.get().tokenizer.stream(self.step["ids"]))

    def control(self):
        return f" id={self.get().tokenizer.control_id(self.step['name'])}"

    def sequence(self):
        self.keep(self.get().sequence())

    def append(self):
        sequence, run = self.get(), {}
        if "text" in self.step:
            model = next(o for _, o in reversed(self.objects) if isinstance(o, sw.Model))
            ids = model.tokenizer.encode(self.step["text"])
        else:
            ids = self.step["ids"] * self.step.get("repeat", 1)
        cancel = sw.Cancel()
        if self.step.get("cancelled"):
            cancel.set()
        if self.step.get("progress") == "stop":
            run["progress"] = lambda done, total: True
        if self.step.get("progress") == "raise":
            run["progress"] = self.raise_
        try:
            logits = sequence.append(ids, logits=self.step.get("logits", False), cancel=cancel, deadline_ms=self.step.get("deadline_ms", 0), **run)
        except Raised:
            # The exception came through; what the library said of it is what a C caller sees.
            return sw.errors.error_of(sw.Status.CANCELLED, sw.engine.library.sw_last_error().decode())
        return f" length={len(sequence)}" + (crc("logits", logits) if logits is not None else "")

    def raise_(self, *_):
        raise Raised

    def logits(self):
        return crc("crc", self.get().logits())

    def state(self):
        state = self.get().state()
        return crc("ssm", state.ssm) + crc("conv", state.conv)

    def sample(self):
        return f" id={self.get().sample(**self.options())}"

    def generate(self):
        return listed("ids", self.get().generate(self.step["n"], **self.options()))

    def tokens(self):
        sequence = self.get()
        return listed("ids", sequence.tokens) + f" rewinds={sequence.stats.rewinds}"

    def fork(self):
        self.keep(self.get().fork())

    def rewind(self):
        self.get().rewind(self.step["length"])
        return f" length={len(self.get())}"

    def snapshot(self):
        snapshot = self.get().snapshot()
        self.keep(snapshot)
        return f" length={len(snapshot)} bytes={snapshot.n_bytes}"

    def restore(self):
        self.get().restore(self.get("from"))
        return f" length={len(self.get())}"

    def save(self):
        self.get().save(self.path())

    def load(self):
        snapshot = self.get().load_snapshot(self.path())
        self.keep(snapshot)
        return f" length={len(snapshot)}"

    # Buffers and completions.

    def buffer(self):
        options = {key: self.step[key] for key in ("path", "language") if key in self.step}
        self.keep(self.get().buffer(self.step["text"], **options))

    def edit(self):
        self.get().edit(self.step["begin"], self.step["end"], self.step["text"])

    def text(self):
        return quoted("text", self.get().text)

    def offset(self):
        return f" offset={self.get().offset(self.step['line'], self.step['column'], sw.ColumnUnit(self.step['unit']))}"

    def position(self):
        line, column = self.get().position(self.step["offset"], sw.ColumnUnit(self.step["unit"]))
        return f" line={line} column={column}"

    def context(self):
        self.get().set_context(self.step["documents"])

    def complete(self):
        with self.get().start(self.step["offset"], **self.options()) as request:
            request.wait()
            return f" SW_{request.status.name}" + self.candidates(request) + self.prompt(request)

    def stream(self):
        pieces = []

        def on_text(index, text):
            if index != 0:
                return False
            pieces.append(text)
            if len(pieces) == self.step.get("raise_after"):
                raise Raised
            return len(pieces) == self.step.get("stop_after")
        with self.get().start(self.step["offset"], on_text=on_text, **self.options()) as request:
            joined = "".join(request)
            assert joined == "".join(pieces), "the iterator gave other pieces than the callback"
            try:
                request.result()
                assert "raise_after" not in self.step, "the callback's exception was lost"
            except Raised:
                pass
            return (f" SW_{request.status.name} pieces={len(pieces)}" + quoted("stream", joined) + self.candidates(request)
                    + self.prompt(request))

    @staticmethod
    def candidates(request):
        return "".join(quoted("text", c.text) + quoted("raw", c.raw) + listed("ids", c.ids) + bits("logprob", c.logprob)
                       + bits("suffix_logprob", c.suffix_logprob) + f" finish={c.finish.value}" + quoted("cut", c.cut)
                       for c in request.candidates)

    @staticmethod
    def prompt(request):
        stats, parts = request.stats, request.parts
        return (crc("prompt", struct.pack(f"<{len(stats.prompt)}i", *stats.prompt))
                + f" tokens={stats.prompt_tokens} parts={len(parts)} part_tokens={sum(p.n_tokens for p in parts)} plans={len(request.plans)}"
                + f" mode={stats.mode.value} layout={stats.layout.value}")

    def start(self):
        self.keep(self.get().start(self.step["offset"], **self.options()))

    def cancel(self):
        self.get().cancel()

    def wait(self):
        self.get().result()
        return self.candidates(self.get())

    def buffer_fork(self):
        self.keep(self.get().fork())
        return listed("ids", self.objects[-1][1].tokens)

    def refill(self):
        return f" run={self.get().refill(self.step['max_tokens'])}"

    def close(self):
        self.get().close()

    def use_closed(self):
        thing = self.get()
        use = {sw.Engine: lambda: thing.info, sw.Model: lambda: thing.info, sw.Sequence: lambda: thing.logits(),
               sw.Snapshot: lambda: thing.save("nowhere"), sw.Buffer: lambda: thing.edit(0, 0, ""), sw.Request: lambda: thing.wait(0)}
        try:
            use[type(thing)]()
        except sw.SidewinderError as error:
            return sw.errors.error_of(error.status, "")

    # Texts, workspaces, the store on disk.

    def write(self):
        path = pathlib.Path(self.path())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.step["text"].encode())

    def language(self):
        return quoted("language", sw.texts.language(self.step["path"], self.step["first_line"]) or "")

    def chunks(self):
        found = sw.texts.chunks(self.step["text"], language=self.step["language"], chunk_size_max=self.step["size"])
        return "".join(f" {c.begin}-{c.end}@{c.first_line}" for c in found)

    def outline(self):
        found = sw.texts.outline(self.step["text"], language=self.step["language"])
        return ("".join(f" {d.kind}:{d.name}@{d.begin}-{d.end}<{d.parent}" for d in found.declarations)
                + "".join(f" import:{i.name}@{i.begin}-{i.end}" for i in found.imports)
                + "".join(f" {name}" for name in found.references) + quoted("skeleton", found.info.skeleton))

    def workspace(self):
        workspace = sw.Workspace(self.path(), self.get().tokenizer)
        workspace.update()
        self.keep(workspace)
        line = f" files={workspace.stats.files} definitions={workspace.stats.definitions}"
        for f in workspace.files + workspace.find(self.step["find"]):
            line += f" {f.path}:{f.language}:{f.bytes}:{f.line}"
        query = self.step["query"]
        window_end = len(query["before"].encode()) + len(query["after"].encode())
        with workspace.context(sw.ContextQuery(window_end=window_end, **query)) as context:
            line += f" tokens={context.info.n_tokens} stable={context.info.n_stable}"
            for part in context.parts:
                line += f" {part.kind}:{part.path}@{part.first_line}" + quoted("text", part.text) + listed("ids", part.ids)
        return line

    def update_context(self):
        return f" changed={int(self.get().update_context(self.get('from'), self.step['offset']))}"

    def save_states(self):
        self.get().save()

    def store(self):
        with sw.Store(self.path()) as store:
            line = "".join(f" reason={e.reason} tokens={e.n_tokens} codec={e.codec}" for e in store.entries)
            report, _ = store.verify()
            files, _ = store.gc()
            return line + f" checked={report.checked} bad={report.bad} removed={files}"

    def run_step(self, step):
        self.step = step
        op = {"model": "model_"}.get(step["op"], step["op"])
        try:
            out = getattr(self, op)()
        except sw.SidewinderError as error:
            return self.error(error.status, str(error))
        if isinstance(out, sw.SidewinderError):
            return self.error(out.status, str(out)).rstrip()
        return "ok" + (out or "")

    def run(self, steps, prefix, out):
        for i, step in enumerate(steps):
            if step["op"] == "together":
                out += together(self, step["branches"], f"{prefix}{i}.")
            else:
                out.append(f"{prefix}{i} {step['op']}: {self.run_step(step)}")
        for _, thing in reversed(self.objects):
            thing.close()


def together(run, branches, prefix):
    lines = [[] for _ in branches]
    threads = [threading.Thread(target=Run(run.model, run.folder).run, args=(steps, f"{prefix}{i}.", lines[i]))
               for i, steps in enumerate(branches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(lines, [])


def main():
    scenarios, model, folder = sys.argv[1:]
    for scenario in json.loads(pathlib.Path(scenarios).read_text(encoding="utf-8"))["scenarios"]:
        out = []
        Run(model, folder).run(scenario["steps"], f"{scenario['name']}/", out)
        print("\n".join(out))


if __name__ == "__main__":
    main()
