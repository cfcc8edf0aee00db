#!/usr/bin/env python3
"""Verifies a pgward ledger after docs/ledger-format.md. It shares no code with pgward and needs nothing but Python 3.9.

    verify_ledger.py [--head FILE]... --public-key FILE [--public-key FILE]... LEDGER

LEDGER is a ledger's folder, a folder of segments, or one file with all of them. Exit code 0: intact; 3: torn or broken;
1: cannot be read; 2: asked wrongly. The first word on stdout is the verdict: intact, torn or broken.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import sys

# Ed25519 (RFC 8032, section 5.1): only verification, so nothing here is secret and nothing has to take constant time.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def decode_point(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        raise ValueError("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    try:
        s, key = int.from_bytes(signature[32:], "little"), decode_point(public)
    except ValueError:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    negated = (P - key[0], key[1], key[2], P - key[3])
    return s < L and encode_point(add(times(s, BASE), times(h, negated))) == signature[:32]


class Bad(Exception):
    """What is wrong with a part of the ledger."""


def unbase64(text):
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data


def read_key(text):
    name, given, encoded = text.rstrip("\n").split("+", 2)
    typed = unbase64(encoded)
    identifier = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if typed[:1] != b"\1" or len(typed) != 33 or identifier.hex() != given:
        raise ValueError("not an Ed25519 public key")
    return name, identifier, typed[1:]


def read_note(note, keys):
    """The origin, size and root of a checkpoint that one of the keys has signed, and its whole text."""
    try:
        text, signatures = note.rsplit("\n\n", 1)
        text += "\n"
        if not signatures.endswith("\n"):
            raise ValueError
        lines = [line.split(" ") for line in signatures[:-1].split("\n")]
        signed = [(mark, name, unbase64(data)) for mark, name, data in lines]
        if any(mark != "\u2014" or not name or len(data) != 68 for mark, name, data in signed):
            raise ValueError
        origin, size, root, time, end = text.split("\n")
        if str(int(size)) != size or len(unbase64(root)) != 32 or not time.startswith("time ") or end:
            raise ValueError
    except ValueError:
        raise Bad("not a signed checkpoint") from None
    known = [(key, data) for _, name, data in signed for key in keys if key[:2] == (name, data[:4])]
    if not known:
        raise Bad("signed by a key that is not known here")
    if not is_signed(known[0][0][2], text.encode(), known[0][1][4:]):
        raise Bad("forged signature")
    return origin, int(size), unbase64(root), text


def spelled(value):
    """RFC 8785, for texts, whole numbers, lists and maps."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(spelled(name) + ":" + spelled(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    if isinstance(value, float) or (type(value) is int and abs(value) >= 2**53):
        raise Bad("a number that is not a whole one of 53 bits")
    return json.dumps(value, ensure_ascii=False)


MEMBERS = {
    "segment": {"format": str, "ledger": str, "peaks": list, "segment": int, "time": str},
    "record": {"actor": str, "body": dict, "kind": str, "subject": str, "time": str},
    "checkpoint": {"note": str},
}


def read_entry(line):
    try:
        text = line.decode("utf-8")
        entry = json.loads(text)
        members = {**MEMBERS[entry["type"]], "prev": str, "seq": int, "type": str}
        is_entry = entry.keys() == members.keys() and all(type(entry[name]) is kind for name, kind in members.items())
        if not is_entry or spelled(entry) != text:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError, Bad):
        raise Bad("this line is not an entry as it was written") from None
    return entry


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Ledger:
    def __init__(self, keys, heads):
        self.keys, self.heads, self.peaks = keys, heads, []
        self.size, self.segment, self.unsigned, self.previous, self.origin = 0, 0, 0, bytes(32), None

    def root(self):
        peaks = [peak for _, peak in self.peaks]
        root = peaks.pop() if peaks else hashlib.sha256(b"").digest()
        while peaks:
            root = node(peaks.pop(), root)
        return root

    def push(self, line):
        self.previous = leaf = hashlib.sha256(b"\0" + line).digest()
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf, height = node(self.peaks.pop()[1], leaf), height + 1
        self.peaks.append((height, leaf))
        self.size += 1

    def take(self, line):
        entry = read_entry(line)
        if entry["seq"] != self.size:
            raise Bad(f"entry {entry['seq']} where entry {self.size} belongs: removed, put in or out of order")
        if entry["prev"] != self.previous.hex():
            raise Bad(f"entry {self.size} or the one before it was changed")
        if self.size == 0 and entry["type"] != "segment":
            raise Bad("the ledger does not begin with a segment")
        self.unsigned += 1
        text = None
        if entry["type"] == "segment":
            self.origin = self.origin or entry["ledger"]
            self.segment += 1
            expected = ["pgward-ledger/1", self.origin, [peak.hex() for _, peak in self.peaks], self.segment]
            if [entry[name] for name in ("format", "ledger", "peaks", "segment")] != expected:
                raise Bad("the segment does not fit the entries before it")
        elif entry["type"] == "checkpoint":
            origin, size, root, text = read_note(entry["note"], self.keys)
            if (origin, size) != (self.origin, self.size):
                raise Bad("a checkpoint of another place or ledger")
            if root != self.root():
                raise Bad("the entries before are not those that were signed")
            self.unsigned = 0
        for head in self.heads:
            if head[1] == self.size and head[3] != text:
                raise Bad("a witness has seen other entries")
        self.push(line)


def verify(segments, keys, heads):
    torn = None
    ledger = Ledger(keys, [read_note(head, keys) for head in heads])
    for name, data in segments:
        if torn is not None:
            raise Bad(f"{torn} ends in the middle of a line")
        *lines, rest = data.split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                ledger.take(line)
            except Bad as bad:
                raise Bad(f"{name}:{number}: {bad}") from None
        torn = name if rest or not data else None
    for head in ledger.heads:
        if head[0] != (ledger.origin or head[0]):
            raise Bad("the head is of another ledger")
        if ledger.size <= head[1]:
            raise Bad(f"the end was cut off: a witness has seen {head[1]} entries and their checkpoint")
    if not segments:
        raise Bad("there are no entries")
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
        files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]
        segments = [(path.name, path.read_bytes()) for path in files]
        keys = [read_key(path.read_bytes().decode()) for path in asked.public_key]
        heads = [path.read_bytes().decode("utf-8", "replace") for path in asked.head]
    except (OSError, ValueError) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return 1
    try:
        verdict, words = verify(segments, keys, heads)
    except Bad as bad:
        verdict, words = "broken", str(bad)
    print(f"{verdict}: {words}")
    return 0 if verdict == "intact" else 3


if __name__ == "__main__":
    sys.exit(main())
