#!/usr/bin/env python3
"""Verifies a pgward ledger after docs/ledger-format.md. It shares no code with pgward and needs nothing but Python 3.9.

    verify_ledger.py [--head FILE]... --public-key FILE [--public-key FILE]... LEDGER

LEDGER is a ledger's folder, a folder of segments, or one file with all of them. A file `head` beside them counts as a --head. The first
word on stdout is the verdict: intact (exit code 0), torn or broken (3). Exit code 1: cannot be read; 2: asked wrongly.
"""
import argparse, base64, functools, hashlib, json, pathlib, sys

# Ed25519 (RFC 8032, section 5.1): only verification, so nothing here is secret and nothing has to take constant time.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)

def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(number, point):
    result = (0, 1, 1, 0)
    for bit in bin(number)[2:]:
        result = add(result, result)
        result = add(result, point) if bit == "1" else result
    return result

def decode_point(data):
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x * ROOT % P if (x * x - square) % P else x
    need(y < P and (x * x - square) % P == 0 and (x or not sign), "not a point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

def encode_point(point):
    inverse = pow(point[2], -1, P)
    return (point[1] * inverse % P | (point[0] * inverse % P & 1) << 255).to_bytes(32, "little")

def is_signed(public, message, signature):
    s, h = (int.from_bytes(data, "little") for data in (signature[32:], hashlib.sha512(signature[:32] + public + message).digest()))
    x, y, z, t = decode_point(public)
    base = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return s < L and encode_point(add(times(s, base), times(h % L, (P - x, y, z, P - t)))) == signature[:32]

class Bad(ValueError):
    """What is wrong with a key or a part of the ledger."""

def need(holds, words):
    if not holds:
        raise Bad(words)

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def unbase64(text):
    data = base64.b64decode(text.encode("ascii"), validate=True)
    need(base64.b64encode(data).decode() == text, "not canonical base64")
    return data

def read_key(text):
    name, given, encoded = text.rstrip("\n").split("+", 2)
    typed = unbase64(encoded)
    identifier = sha256(name.encode(), b"\n", typed)[:4]
    need(typed[:1] == b"\1" and len(typed) == 33 and identifier.hex() == given, "not an Ed25519 public key")
    return name, identifier, typed[1:]

def read_note(note, keys):
    """The origin, size, root and text of a checkpoint that one of the keys has signed."""
    try:
        text, signatures = note.rsplit("\n\n", 1)
        lines = [line.split(" ") for line in signatures.split("\n")]
        need(lines.pop() == [""], "the last line has no end")
        signed = [(mark, name, unbase64(data)) for mark, name, data in lines]
        need(all(mark == "\u2014" and name and len(data) == 68 for mark, name, data in signed), "not signatures")
        origin, size, root, time = text.split("\n")
        need(str(int(size)) == size and len(unbase64(root)) == 32 and time.startswith("time "), "not a checkpoint")
    except ValueError:
        raise Bad("not a signed checkpoint") from None
    known = [(key[2], data[4:]) for _, name, data in signed for key in keys if key[:2] == (name, data[:4])]
    need(known, "signed by a key that is not known here")
    need(is_signed(known[0][0], (text + "\n").encode(), known[0][1]), "forged signature")
    return origin, int(size), unbase64(root), text

def ordered(members):
    """RFC 8785: each name once, ordered by the UTF-16 code units."""
    names = [name.encode("utf-16-be", "surrogatepass") for name, _ in members]
    need(names == sorted(set(names)), "names out of order")
    return dict(members)

def whole(digits):
    need(digits.lstrip("-").isdigit() and abs(int(digits)) < 2**53, "no whole number of 53 bits")
    return int(digits)

def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)

MEMBERS = {
    "segment": {"format": str, "ledger": str, "peaks": list, "segment": int, "time": str},
    "record": {"actor": str, "body": dict, "kind": str, "subject": str, "time": str},
    "checkpoint": {"note": str},
}

def read_entry(line):
    try:
        text = line.decode("utf-8")
        entry = json.loads(text, object_pairs_hook=ordered, parse_int=whole, parse_float=whole, parse_constant=whole)
        members = {**MEMBERS[entry["type"]], "prev": str, "seq": int, "type": str}
        need({name: type(value) for name, value in entry.items()} == members and depth(entry) <= 64, "not its members")
        need(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) == text, "another spelling")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Bad("this line is not an entry as it was written") from None
    return entry

def node(right, left):
    return sha256(b"\1", left, right)

class Ledger:
    def __init__(self, keys, heads):
        self.keys, self.heads, self.peaks = keys, [read_note(head, keys) for head in heads], []
        self.size, self.segment, self.unsigned, self.previous, self.origin = 0, 0, 0, bytes(32), None

    def take(self, line):
        entry, text = read_entry(line), None
        need(entry["seq"] == self.size, f"entry {entry['seq']} where {self.size} belongs: removed, put in or out of order")
        need(entry["prev"] == self.previous.hex(), f"entry {self.size} or the one before it was changed")
        need(self.size or entry["type"] == "segment", "the ledger does not begin with a segment")
        self.unsigned += 1
        if entry["type"] == "segment":
            self.origin, self.segment = self.origin or entry["ledger"], self.segment + 1
            expected = ["pgward-ledger/1", self.origin, [peak.hex() for peak in self.peaks], self.segment]
            found = [entry[name] for name in ("format", "ledger", "peaks", "segment")]
            need(found == expected, "the segment does not fit the entries before it")
        elif entry["type"] == "checkpoint":
            origin, size, root, text = read_note(entry["note"], self.keys)
            need((origin, size) == (self.origin, self.size), "a checkpoint of another place or ledger")
            need(root == functools.reduce(node, reversed(self.peaks)), "the entries before are not those that were signed")
            self.unsigned = 0
        need(all(head[1] != self.size or head[3] == text for head in self.heads), "a witness has seen other entries")
        self.previous = peak = sha256(b"\0", line)
        for _ in range((self.size ^ self.size + 1).bit_length() - 1):  # each perfect subtree that this leaf completes
            peak = node(peak, self.peaks.pop())
        self.peaks.append(peak)
        self.size += 1

def verify(segments, keys, heads, is_kept_here):
    ledger, torn = Ledger(keys, heads), None
    for name, data in segments:
        need(torn is None, f"{torn} ends in the middle of a line")
        *lines, rest = data.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                ledger.take(line)
            except Bad as bad:
                raise Bad(f"{name}:{number}: {bad}") from None
        torn = name if rest or not data else None
    for origin, size, _, _ in ledger.heads:
        need(origin == (ledger.origin or origin), "the head is of another ledger")
        need(ledger.size > size, f"the end was cut off: a witness has seen {size} entries and their checkpoint")
    need(segments, "there are no entries")
    need(heads or not is_kept_here, "there is no head, and whoever writes a ledger here writes one with it")
    if torn is not None or ledger.unsigned:
        return "torn", f"{ledger.unsigned} entries and perhaps part of one stand behind the last checkpoint"
    return "intact", f"{ledger.size} entries in {ledger.segment} segments"

def main():
    parser = argparse.ArgumentParser(description="Verifies a pgward ledger.")
    parser.add_argument("ledger", type=pathlib.Path)
    parser.add_argument("--public-key", type=pathlib.Path, action="append", required=True)
    parser.add_argument("--head", type=pathlib.Path, action="append", default=[])
    asked = parser.parse_args()
    try:
        folder = asked.ledger / "entries" if (asked.ledger / "entries").is_dir() else asked.ledger
        own = (asked.ledger if asked.ledger.is_dir() else asked.ledger.parent) / "head"
        # A loss of power may leave it empty; that is as good as none.
        own = [own] if own.is_file() and own.read_bytes().strip(b"\0") else []
        heads = [path.read_bytes().decode("utf-8", "replace") for path in asked.head + own]
        files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]
        segments = [(path.name, path.read_bytes()) for path in files]
        keys = [read_key(path.read_bytes().decode()) for path in asked.public_key]
    except (OSError, ValueError) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 1
    try:
        verdict, words = verify(segments, keys, heads, folder != asked.ledger)
    except Bad as bad:
        verdict, words = "broken", str(bad)
    print(f"{verdict}: {words}")
    print(f"heads: {len(heads)}" if heads else "heads: none; without one, a cut end does not show")
    return 0 if verdict == "intact" else 3

if __name__ == "__main__":
    sys.exit(main())
