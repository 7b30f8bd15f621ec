"""Checks a bundle, from docs/LOG-FORMAT.md alone. python3 test/log/verifier.py BUNDLE NAME+ID+KEY [WITNESS...]; prints a line for each
fault, then `good` or `bad`; exit codes 0, 1. Ed25519 is verified as RFC 8032 says, in Python itself."""
import base64
import hashlib
import json
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0:
        return None
    return P - x if x & 1 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    q = (0, 1, 1, 0)
    while n > 0:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = x_of(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(key, message, signature):
    if len(signature) != 64:
        return False
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def sha(data):
    return hashlib.sha256(data).digest()


def root_of(leaves):
    """RFC 9162, 2.1.1, from the leaves themselves."""
    if not leaves:
        return sha(b"")
    level = list(leaves)
    while len(level) > 1:
        pairs = [sha(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2:]
    return level[0]


def peaks_root(peaks):
    root = peaks[-1] if peaks else sha(b"")
    for peak in reversed(peaks[:-1]):
        root = sha(b"\x01" + peak + root)
    return root


def grow(size, peaks, leaf):
    while size % 2 == 1:
        leaf, size = sha(b"\x01" + peaks.pop() + leaf), size // 2
    peaks.append(leaf)


def path_root(leaf, index, size, proof):
    """The root that an inclusion proof leads to: RFC 9162, 2.1.3.1, read backwards."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    half = 1
    while half * 2 < size:
        half *= 2
    if index < half:
        inner = path_root(leaf, index, half, proof[:-1])
        return None if inner is None else sha(b"\x01" + inner + proof[-1])
    inner = path_root(leaf, index - half, size - half, proof[:-1])
    return None if inner is None else sha(b"\x01" + proof[-1] + inner)


def read_key(text):
    name, _, key = text.strip().split("+", 2)
    data = base64.b64decode(key, validate=True)
    return name, data[0], data[1:]


def read_note(note):
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    signatures = []
    for line in lines.splitlines():
        dash, name, data = line.split(" ")
        assert dash == "—"
        signatures.append((name, base64.b64decode(data, validate=True)))
    return text, origin, int(size), base64.b64decode(root, validate=True), signatures


def signature_time(note, name, kind, key):
    """None: not signed so. Else the time in ms, or 0 where a signature has none."""
    text, _, _, _, signatures = note
    ident = sha(name.encode() + b"\n" + bytes([kind]) + key)[:4]
    for theirs, data in signatures:
        if theirs != name or data[:4] != ident:
            continue
        if kind == 1:
            return 0 if is_signed(key, text.encode(), data[4:]) else None
        seconds = int.from_bytes(data[4:12], "big")
        message = b"cosignature/v1\ntime %d\n" % seconds + text.encode()
        return seconds * 1000 if is_signed(key, message, data[12:]) else None
    return None


def record_of(text, tenant):
    record = json.loads(text)
    row, kind = record["row"], record["kind"]
    assert record["v"] == 1 and row["tenant"] == tenant
    if kind in ("opened", "closed"):
        return kind, row["call"], row
    if kind == "deed":
        return kind, "%s/%d" % (row["id"], row["seq"]), row
    assert kind in ("question", "act")
    return kind, row["id"], row


def time_of(kind, row):
    if "at" in row:
        return row["at"]
    try:
        return json.loads(row["act"])["at"] if kind == "deed" else None
    except (ValueError, KeyError, TypeError):
        return None


def check(lines, log_key, witnesses):
    faults = []
    name, _, key = log_key
    head = lines[0]
    assert head["v"] == 1 and head["bundle"] in ("log", "records")
    whole = head["bundle"] == "log"
    size = head["from"] if whole else 0
    peaks = [base64.b64decode(h) for h in head["frontier"]] if whole else []
    names, opened, leaves, position, floor, last, version, count = set(), set(), [], 0, None, None, None, 0
    if name != head["origin"]:
        faults.append("the bundle is of another log than the key")
    for line in lines[1:-1]:
        if "checkpoint" in line:
            note = read_note(line["checkpoint"])
            _, origin, signed, root, _ = note
            if origin != head["origin"] or signature_time(note, origin, 1, key) is None:
                faults.append("the checkpoint of %d records is not signed by the log's key" % signed)
                continue
            if not whole and last is not None:
                faults.append("there is more than one checkpoint")
                continue
            last = note
            if whole:
                if signed != size or root != peaks_root(peaks):
                    faults.append("the records before %d are not those that were signed" % signed)
                if head["from"] == 0 and root != root_of(leaves):
                    faults.append("the root of %d records is another" % signed)
                found = [signature_time(note, origin, 4, key)]
                found += [signature_time(note, name, 4, other) for name, _, other in witnesses]
                found = [at for at in found if at is not None]
                if found:
                    floor = max(floor or 0, min(found) - 300_000)
        elif "record" in line:
            count += 1
            text, index = line["record"], line["index"]
            leaf = sha(b"\x00" + text.encode())
            try:
                kind, ident, row = record_of(text, head["tenant"])
            except (ValueError, KeyError, AssertionError):
                faults.append("record %d is none" % index)
                kind, ident, row = "", str(index), {}
            if (kind, ident) in names:
                faults.append("record %d is there twice" % index)
            names.add((kind, ident))
            if whole:
                if index != size:
                    faults.append("record %d is missing" % size)
                grow(size, peaks, leaf)
                leaves.append(leaf)
                size += 1
                if kind in ("opened", "closed"):
                    if row["seq"] <= position:
                        faults.append("record %d is out of order" % index)
                    position = max(position, row["seq"])
                if kind == "opened":
                    opened.add(ident)
                if kind == "closed" and head["from"] == 0 and ident not in opened:
                    faults.append("record %d ends what never began" % index)
                at = time_of(kind, row)
                if floor is not None and at is not None and at < floor:
                    faults.append("record %d is dated back" % index)
            else:
                proof = [base64.b64decode(h) for h in line["proof"]]
                if last is None or index >= last[2] or path_root(leaf, index, last[2], proof) != last[3]:
                    faults.append("record %d is not in the log" % index)
                if ident != head["call"]:
                    faults.append("record %d is of another call" % index)
                version = row.get("policy_version", version)
        elif "policy" in line:
            texts = [each["text"] for each in line["policy"]["texts"]]
            plain = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
            digest = "sha256:" + hashlib.sha256(plain.encode()).hexdigest()
            if not digest == line["policy"]["version"] == version:
                faults.append("the policy is another")
        else:
            faults.append("an unknown line")
    if lines[-1].get("end") != (size if whole else count):
        faults.append("the end is missing")
    if last is None:
        faults.append("nothing is signed")
    else:
        if whole and last[2] != size:
            faults.append("the last records are not signed")
        if any(signature_time(last, name, 4, other) is None for name, _, other in witnesses):
            faults.append("a witness has not signed")
    return faults


def main(bundle, key, *witnesses):
    with open(bundle, encoding="utf-8", newline="\n") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    try:
        faults = check(lines, read_key(key), [read_key(each) for each in witnesses])
    except (KeyError, ValueError, AssertionError) as error:
        faults = ["it cannot be read: %r" % error]
    for fault in faults:
        print(fault)
    print("bad" if faults else "good")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
