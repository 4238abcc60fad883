"""Stage 3: from files to training documents, as the runtime will write its prompts.

    plain   [BOS] text [EOS]
    R S P   [BOS] R [SUFFIX] suffix [PREFIX] prefix middle [EOS]
    R P S   [BOS] R [PREFIX] prefix [SUFFIX] suffix [MIDDLE] middle [EOS]

R is text: `+++++ path`, a newline, a piece of another file of the same package, a newline, and so on, the most useful
piece last; it is often absent. Prefix and R are encoded as the tokenizer encodes a text from its start (with the dummy
prefix), suffix and middle without; each part is encoded on its own, so that a cut inside a word looks in training as it
does when one types. Every hole ends with EOS.

Nothing marks in R S P where the prefix ends and the middle begins, and EOS comes in middles alone. The loss of the prefix's
tokens is therefore that of a vocabulary without EOS (NO_EOS): a model that learned from hundreds of tokens of prefix that
EOS never comes would not end its middles.
"""
import bisect
import collections
import re

BOS, EOS, PREFIX, MIDDLE, SUFFIX = 1, 2, 5, 6, 7
NO_EOS = 128  # added to the weight of a token that is predicted from a vocabulary without EOS
DEFINES = re.compile(
    r"^[ \t]*(?:(?:export|default|pub(?:\([a-z]+\))?|public|private|protected|static|final|abstract|async|inline|extern|local|unsafe|const)\s+)*"
    r"(?:def|class|func|fn|struct|enum|trait|interface|type|function|impl|namespace|#define|record)\s+(?:\([^)]*\)\s*)?([A-Za-z_]\w{3,})", re.M)
C_DEFINES = re.compile(r"^[A-Za-z_][\w\s\*&:<>,]{2,80}?\b([A-Za-z_]\w{3,})\([^;{}]{0,200}\)\s*(?:const\s*)?\{?$", re.M)
JAVA_DEFINES = re.compile(r"^[ \t]+(?:public|protected|private|static)[\w\s<>\[\],.]{2,80}?\b([A-Za-z_]\w{3,})\(", re.M)
NAME = re.compile(r"[A-Za-z_]\w{3,}")
OPEN, CLOSE = "([{", ")]}"


class Encoder:
    def __init__(self, path):
        import sentencepiece
        self.sp = sentencepiece.SentencePieceProcessor(model_file=str(path))
        self.skip = len(self.sp.encode("\n"))  # the dummy space mark and the newline

    def start(self, text):
        """With the dummy prefix."""
        return self.sp.encode(text) if text else []

    def inside(self, text):
        """Without it: encode after a newline, across which nothing merges, and drop what the newline gave."""
        return self.sp.encode("\n" + text)[self.skip:] if text else []


class Package:
    """The files of one package: [(path, text)]."""

    def __init__(self, name, files):
        self.name = name
        self.files = files
        self._index = None

    def index(self):
        """name -> up to 3 places (file, offset) that define it."""
        if self._index is None:
            self._index = {}
            for i, (path, text) in enumerate(self.files):
                patterns = [DEFINES]
                if path.endswith((".c", ".h", ".cc", ".cpp", ".hpp", ".cxx", ".hh")):
                    patterns.append(C_DEFINES)
                elif path.endswith(".java"):
                    patterns.append(JAVA_DEFINES)
                for pattern in patterns:
                    for match in pattern.finditer(text):
                        places = self._index.setdefault(match.group(1), [])
                        if len(places) < 3:
                            places.append((i, match.start()))
        return self._index


def line_starts(text):
    starts = [0]
    starts.extend(m.end() for m in re.finditer("\n", text))
    return starts


def line_at(starts, offset):
    return bisect.bisect_right(starts, offset) - 1


def line_end(text, offset):
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def indent_of(line):
    return len(line) - len(line.lstrip(" \t"))


# ---- holes: each returns (start, end) or None

def hole_rest_of_line(rng, text, starts):
    for _ in range(8):
        i = rng.randrange(len(starts))
        begin = starts[i]
        end = line_end(text, begin)
        line = text[begin:end]
        body = line.strip()
        if len(body) < 3:
            continue
        first = indent_of(line)
        stops = [m.end() for m in re.finditer(r"[\s.(\[{,=:<>\"'/|&!-]+|\w(?=\w)", line) if first <= m.end() < len(line.rstrip())]
        cut = first if rng.random() < 0.25 or not stops else rng.choice(stops)
        return begin + cut, end
    return None


def hole_before_closers(rng, text, starts):
    """The rest of a line but for the closing brackets that an editor put there by itself."""
    hole = hole_rest_of_line(rng, text, starts)
    if hole is None:
        return None
    start, end = hole
    closers = re.search(r"[)\]}\"'>;,:{\s]+$", text[start:end])
    if closers and closers.start() > 0:
        return start, start + closers.start()
    return hole


def hole_lines(rng, text, starts):
    i = rng.randrange(len(starts))
    n = min(1 + int(rng.expovariate(0.35)), 12)
    last = min(i + n - 1, len(starts) - 1)
    start = starts[i]
    if rng.random() < 0.6:
        start += indent_of(text[start:line_end(text, start)])
    return start, line_end(text, max(start, starts[last]))


def hole_block(rng, text, starts):
    for _ in range(10):
        i = rng.randrange(len(starts))
        head = text[starts[i]:line_end(text, starts[i])]
        if not head.strip():
            continue
        depth = indent_of(head)
        j, last = i + 1, None
        while j < len(starts) and j - i <= 40:
            line = text[starts[j]:line_end(text, starts[j])]
            if line.strip():
                if indent_of(line) <= depth:
                    break
                last = j
            j += 1
        if last is None or j - i > 40:
            continue
        end = line_end(text, starts[last])
        way = rng.random()
        if way < 0.3:
            start = line_end(text, starts[i])
        elif way < 0.7 or last == i + 1:
            start = starts[i + 1] + indent_of(text[starts[i + 1]:line_end(text, starts[i + 1])])
        else:
            k = rng.randrange(i + 1, last + 1)
            start = starts[k] + indent_of(text[starts[k]:line_end(text, starts[k])])
        if end - start <= 1800:
            return start, end
    return None


def hole_bracket(rng, text, starts):
    """What stands between matching brackets: a cheap syntax node."""
    for _ in range(10):
        at = rng.randrange(len(text))
        found = re.compile(r"[(\[{]").search(text, at)
        if not found:
            continue
        depth = 0
        begin = found.start()
        for k in range(begin, min(begin + 900, len(text))):
            ch = text[k]
            if ch in OPEN:
                depth += 1
            elif ch in CLOSE:
                depth -= 1
                if depth == 0:
                    if k - begin > 3:
                        return begin + 1, k
                    break
    return None


def hole_characters(rng, text, starts):
    a = rng.randrange(len(text))
    return a, min(len(text), a + 1 + int(rng.expovariate(1 / 90)))


def hole_nothing(rng, text, starts):
    i = rng.randrange(len(starts))
    end = line_end(text, starts[i])
    return end, end


def hole_foreign_name(rng, text, package, file_number):
    """From a name that this file holds once and another file of the package defines, to the end of the line or a little less."""
    index = package.index()
    if len(package.files) < 2:
        return None
    counts = collections.Counter(NAME.findall(text))
    found = [m.start() for m in NAME.finditer(text)
             if counts[m.group()] == 1 and any(number != file_number for number, _ in index.get(m.group(), ()))]
    if not found:
        return None
    start = rng.choice(found)
    end = line_end(text, start)
    if rng.random() < 0.25:
        body = text[start:end].rstrip(")]}\"'>;,:{ \t")
        end = start + len(body) if body else end
    return (start, end) if end - start < 160 else None


HOLES = [(0.34, hole_rest_of_line), (0.13, hole_before_closers), (0.14, hole_lines), (0.16, hole_block), (0.10, hole_bracket),
         (0.10, hole_characters), (0.03, hole_nothing)]
FOREIGN_SHARE = 0.18  # of the documents, for holes that begin with a name from another file


def choose_hole(rng, text, starts):
    for _ in range(6):
        x = rng.random()
        for share, kind in HOLES:
            x -= share
            if x <= 0:
                break
        hole = kind(rng, text, starts)
        if hole and hole[1] - hole[0] <= 2000:
            return hole
    return None


# ---- repository context

def piece_around(text, offset, limit):
    """Whole lines from just above offset, at most limit characters."""
    start = text.rfind("\n", 0, max(0, offset - 60)) + 1
    end = min(len(text), start + limit)
    if end < len(text):
        end = max(text.rfind("\n", start, end), start)
    return text[start:end]


def document(path, piece):
    return f"+++++ {path}\n{piece.rstrip()}\n"


def training_context(rng, package, file_number, around, middle, own_share, limit):
    """R for training: pieces that define names used near the hole, and some that do not. own_share: how often the middle's own names count."""
    files = package.files
    if len(files) < 2:
        return ""
    index = package.index()
    own = {m for m in NAME.findall(middle)} if rng.random() < own_share else set()
    near = list(dict.fromkeys(NAME.findall(around)))
    rng.shuffle(near)
    wanted = [n for n in near if n not in own][:30] + list(own)
    useful = []
    total = 0
    for name in reversed(wanted):
        for place in index.get(name, ())[:1]:
            number, offset = place
            if number == file_number or total > 0.75 * limit:
                continue
            piece = piece_around(files[number][1], offset, rng.choice((300, 600, 1200)))
            useful.append(document(files[number][0], piece))
            total += len(useful[-1])
    useful.reverse()  # the middle's own names come last, nearest to the hole
    if rng.random() < 0.3:
        rng.shuffle(useful)
    fill = []
    tries = 0
    while total < limit and tries < 6:
        tries += 1
        near_by = file_number + rng.randint(-6, 6)
        number = near_by if 0 <= near_by < len(files) and rng.random() < 0.7 else rng.randrange(len(files))
        if number == file_number:
            continue
        text = files[number][1]
        offset = 0 if rng.random() < 0.4 else rng.randrange(len(text))
        piece = piece_around(text, offset, min(rng.choice((600, 1200, 1800)), limit - total + 200))
        if piece.strip():
            fill.append(document(files[number][0], piece))
            total += len(fill[-1])
    return "".join(fill + useful)


# ---- whole documents

def skewed(rng, low, high):
    """Small sizes more often: more holes among as many tokens."""
    return low + int((high - low) * rng.random() ** 2)


def fim_document(rng, encoder, package, file_number, limit, middle_weight):
    """(ids, a weight for each) or None. limit: tokens."""
    path, text = package.files[file_number]
    if len(text) < 200:
        return None
    if len(text) > 60_000:  # holes are looked for in a part of a long file
        at = text.rfind("\n", 0, rng.randrange(len(text) - 40_000)) + 1
        text = text[at:at + 40_000]
        whole = False
    else:
        whole = True
    starts = line_starts(text)
    hole = hole_foreign_name(rng, text, package, file_number) if rng.random() < FOREIGN_SHARE else None
    foreign = hole is not None
    hole = hole or choose_hole(rng, text, starts)
    if hole is None:
        return None
    start, end = hole
    middle = text[start:end]
    budget = int(limit * 2.6)  # characters
    context_size = 0
    if rng.random() < (0.85 if foreign else 0.45):
        context_size = rng.randint(400, max(500, min(int(budget * 0.6), 14000)))
    room = budget - context_size - len(middle)
    if room < 300:
        return None
    suffix_size = 0 if rng.random() < 0.1 else skewed(rng, 20, max(40, min(room // 3, 3000)))
    prefix_size = skewed(rng, 60, max(100, min(room - suffix_size, 9000)))
    at = max(0, start - prefix_size)
    if at and rng.random() < 0.95:
        at = min(text.find("\n", at) + 1 or start, starts[line_at(starts, start)])
    prefix = text[at:start]
    stop = min(len(text), end + suffix_size)
    if stop < len(text) and suffix_size and rng.random() < 0.85:
        stop = line_end(text, stop) if line_end(text, stop) - stop < 200 else stop
    suffix = text[end:stop]
    if at == 0 and whole and rng.random() < 0.25:
        prefix = f"+++++ {path}\n" + prefix
    context = ""
    if context_size:
        context = training_context(rng, package, file_number, prefix[-600:] + suffix[:300], middle, 0.9 if foreign else 0.7, context_size)
        if at > 800 and rng.random() < 0.3:  # the head of the same file
            context = document(path, piece_around(text, 0, 800)) + context
    r = encoder.start(context) if rng.random() < 0.5 else encoder.inside(context)
    p, s, m = encoder.start(prefix), encoder.inside(suffix), encoder.inside(middle)
    if rng.random() < 0.6:
        ids = [BOS, *r, SUFFIX, *s, PREFIX, *p]
        weights = [1] * (len(ids) - len(p)) + [1 | NO_EOS] * len(p)
    else:
        ids = [BOS, *r, PREFIX, *p, SUFFIX, *s, MIDDLE]
        weights = [1] * len(ids)
    if len(ids) + len(m) + 1 > limit:
        return None
    return ids + m + [EOS], weights + [middle_weight] * (len(m) + 1)


def plain_document(rng, encoder, package, file_number, limit):
    path, text = package.files[file_number]
    size = limit * 4
    at = 0
    if len(text) > size and rng.random() < 0.6:
        at = text.find("\n", rng.randrange(len(text) - size // 2)) + 1
    piece = text[at:at + size]
    if at == 0 and rng.random() < 0.15:
        piece = f"+++++ {path}\n" + piece
    ids = [BOS] + encoder.start(piece)
    if at + size >= len(text):
        ids.append(EOS)
    return ids[:limit], [1] * min(limit, len(ids))


class Rows:
    """Rows of `length` + 1 tokens with a weight for each token to be predicted. Depends on the seed alone."""

    def __init__(self, corpus, encoder, rng, length, fim_share=0.92, middle_weight=4):
        self.corpus, self.encoder, self.rng = corpus, encoder, rng
        self.length, self.fim_share, self.middle_weight = length, fim_share, middle_weight

    def _file(self):
        return self.corpus.pick(self.rng)

    def row(self):
        want = self.length + 1
        ids, weights = [], []
        while len(ids) < want:
            left = want - len(ids)
            if left < 40:
                ids += [BOS] * left
                weights += [0] * left
                break
            limit = min(left, self.length // self.rng.choice((1, 2, 2, 4, 4)))
            if left >= 200 and self.rng.random() < self.fim_share:
                made = fim_document(self.rng, self.encoder, *self._file(), limit, self.middle_weight)
            else:
                made = plain_document(self.rng, self.encoder, *self._file(), limit)
            if made is None:
                continue
            ids += made[0]
            weights += made[1]
        return ids[:want], weights[1:want]
