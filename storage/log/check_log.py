"""Checks a processing log of huisclos that was exported, or one proof from it, without huisclos.

    python check_log.py FOLDER --key KEY [--since CHECKPOINT] [--witness KEY]... [--lang en]
    python check_log.py --proof FILE --key KEY [--since CHECKPOINT] [--witness KEY]... [--lang en]

It needs Python 3.9 or later and the package ``cryptography``, no network, no passphrase and no code of huisclos.
FOLDER is what ``huisclos log export FOLDER`` made; KEY the public key of the log as it was given out when the log
began, or at any time since; CHECKPOINT one that was kept elsewhere; FILE a proof, or a certificate of destruction.

What is checked, in this order (docs/reference/log.md has the formats):
1. KEY, or a key that KEY vouches for through the key changes in the log, signed the checkpoint of the export;
2. the leaves are those of the checkpoint (RFC 9162 with SHA-256), and each entry is that of its leaf;
3. the entries are numbered without a gap, but for those that a signed summary says came to the end of their life;
4. the kept checkpoint, and those that witnesses signed, are the past of this log.

Exit codes: 0 right; 2 something cannot be read or is missing; 21 tampered (an entry does not match its leaf, or
what was signed was changed); 22 truncated (shorter than its own checkpoint); 23 rolled back (shorter than the kept
checkpoint); 24 forked (another past than that of the kept checkpoint, or another log than the key is of).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

USAGE, TAMPERED, TRUNCATED, ROLLED_BACK, FORKED = 2, 21, 22, 23, 24
LOG_KEY, WITNESS_KEY = 0x01, 0x04

TEXTS = {
    "whole": ("The log is whole: {size} entries, none changed, none removed.",
              "Le journal est entier : {size} entrées, aucune changée, aucune retirée."),
    "expired": ("{count} of them came to the end of their life: their text is gone, their hashes are right.",
                "Pour {count} d'entre elles, la durée de conservation est passée : le texte n'y est plus, les "
                "empreintes sont justes."),
    "key": ("Signed with the key {key}.", "Signé avec la clé {key}."),
    "new key": ("That key follows yours; each change of key is signed by the old and the new one.",
                "Cette clé succède à la vôtre ; chaque changement est signé par l'ancienne et la nouvelle."),
    "kept": ("It holds, unchanged, the {size} entries that your checkpoint covers.",
             "Il contient, inchangées, les {size} entrées que couvre votre point de contrôle."),
    "not kept": ("Without a checkpoint that you kept (--since), a log rewritten by who holds its key cannot be told.",
                 "Sans point de contrôle gardé par vous (--since), un journal réécrit par qui détient la clé ne se "
                 "voit pas."),
    "witnessed": ("{witness} countersigned the first {size} entries on {at} (UTC).",
                  "{witness} a contresigné les {size} premières entrées le {at} (UTC)."),
    "proved": ("Entry {seq} stands in the log of {size} entries, as it is in the file.",
               "L'entrée {seq} est dans le journal de {size} entrées, telle que dans le fichier."),
    "proved leaf": ("An entry stood at {seq} in the log of {size} entries; its text came to the end of its life.",
                    "Une entrée était au numéro {seq} dans le journal de {size} entrées ; la durée de conservation de "
                    "son texte est passée."),
    "certified": ("The log holds the order to destroy and the destruction of {count} record(s) of the certificate.",
                  "Le journal contient l'ordre de détruire et la destruction de {count} élément(s) du procès-verbal."),
    "unreadable": ("{file} cannot be read, or is not what it should be ({what}).",
                   "{file} ne peut pas être lu, ou n'est pas ce qu'il devrait être ({what})."),
    "other home": ("Your checkpoint is that of {found}, this log is {expected}.",
                   "Votre point de contrôle est celui de {found}, ce journal est {expected}."),
    "no proof": ("The file has no proof that the log continues your checkpoint of {size} entries. Ask for it: huisclos "
                 "log prove ENTRY --since CHECKPOINT.",
                 "Le fichier ne prouve pas que le journal continue votre point de contrôle de {size} entrées. "
                 "Demandez-le : huisclos log prove ENTREE --since POINT."),
    "older": ("The proof is of {size} entries, older than your checkpoint of {kept}: ask for a new one.",
              "La preuve porte sur {size} entrées et date d'avant votre point de contrôle de {kept} : demandez-en une "
              "nouvelle."),
    "no witness": ("No checkpoint here was countersigned by {witness}.",
                   "Aucun point de contrôle d'ici n'a été contresigné par {witness}."),
    "signature": ("{file}: the signature is not that of the log's key: the text or the signature was changed.",
                  "{file} : la signature n'est pas celle de la clé du journal : texte ou signature ont été changés."),
    "witness signature": ("{file}: the signature of {witness} is not its own.",
                          "{file} : la signature de {witness} n'est pas la sienne."),
    "other key": ("{file} is signed with another key than yours, for which yours does not vouch: another log.",
                  "{file} est signé avec une autre clé que la vôtre, dont la vôtre ne répond pas : un autre journal."),
    "old key": ("{file} is signed with a key that came after the one the log is signed with now: whoever holds an old "
                "key went on writing.",
                "{file} est signé avec une clé venue après celle dont le journal est signé à présent : qui détient une "
                "ancienne clé a continué d'écrire."),
    "no proofs": ("The certificate carries no proof. Ask for one: huisclos log prove CERTIFICATE.",
                  "Le procès-verbal ne porte pas de preuve. Demandez-la : huisclos log prove PROCES-VERBAL."),
    "no certificate": ("{file} holds no certificate.", "{file} ne contient aucun procès-verbal."),
    "entry": ("TAMPERED: entry {seq} is not what was written.",
              "CHANGÉ : l'entrée {seq} n'est pas ce qui a été écrit."),
    "dropped": ("TAMPERED: entry {seq} was removed.", "CHANGÉ : l'entrée {seq} a été retirée."),
    "added": ("TAMPERED: entry {seq} lies beyond what was signed.",
              "CHANGÉ : l'entrée {seq} est au-delà de ce qui a été signé."),
    "leaves": ("TAMPERED: one or more of the {size} entries, and the leaves with them, are not those that were signed.",
               "CHANGÉ : une ou plusieurs des {size} entrées, avec leurs empreintes, ne sont pas celles signées."),
    "summary": ("TAMPERED: the summary of the expired entries is not the one that the log noted.",
                "CHANGÉ : le résumé des entrées périmées n'est pas celui que le journal a noté."),
    "inclusion": ("TAMPERED: entry {seq} is not in the log that was signed.",
                  "CHANGÉ : l'entrée {seq} n'est pas dans le journal signé."),
    "certificate": ("TAMPERED: the certificate does not say what the entries it carries say.",
                    "CHANGÉ : le procès-verbal ne dit pas ce que disent les entrées qu'il porte."),
    "truncated": ("TRUNCATED: the log ends before entry {seq}; its checkpoint covers {size}.",
                  "TRONQUÉ : le journal finit avant l'entrée {seq} ; son point de contrôle en couvre {size}."),
    "rolled back": ("ROLLED BACK: the log has {size} entries, {file} covers {kept}.",
                    "REVENU EN ARRIÈRE : le journal a {size} entrées, {file} en couvre {kept}."),
    "forked": ("FORKED: entries 0 to {last} are not those that {file} covers.",
               "BIFURQUÉ : les entrées 0 à {last} ne sont pas celles que couvre {file}."),
}  # fmt: skip


Right = list[tuple[str, dict[str, Any]]]
"""What was found right: names of TEXTS with their facts."""


class Fault(Exception):
    """What was found wrong: an exit code, a text and its facts."""

    def __init__(self, code: int, text: str, **facts: object) -> None:
        super().__init__(text)
        self.code, self.text, self.facts = code, text, facts


def fail(code: int, text: str, **facts: object) -> NoReturn:
    raise Fault(code, text, **facts)


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Roots:
    """The root of a tree that grows leaf by leaf (RFC 9162, 2.1.1)."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def push(self, leaf: bytes) -> None:
        bits = self.size
        while bits & 1:
            leaf, bits = node_hash(self._subtrees.pop(), leaf), bits >> 1
        self._subtrees.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        root = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            root = node_hash(subtree, root)
        return root


def is_included(seq: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= seq < size:
        return False
    at, last, found = seq, size - 1, leaf
    for node in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(node, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, node)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162, 2.1.4.2."""
    if old in (0, new):
        return not proof and old_root == (Roots().root() if old == 0 else new_root)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path or not 0 < old < new:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, node)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def unbase64(text: str) -> bytes:
    """Base64 in its one spelling; ValueError for another."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data


class Key:
    """A public key of the log or of a witness: ``NAME+ID+BASE64`` (C2SP signed-note)."""

    def __init__(self, text: str, kind: int) -> None:
        self.text = text.strip()
        self.name, key_id, data = self.text.split("+", 2)
        raw = unbase64(data)
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if len(raw) != 33 or raw[0] != kind or self.id.hex() != key_id:
            raise ValueError("not a key of this kind")
        self._public = Ed25519PublicKey.from_public_bytes(raw[1:])

    def signed(self, message: bytes, signature: bytes) -> bool:
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Note:
    """A signed note: the text that is signed, and by whom (name, key id, signature)."""

    def __init__(self, text: str) -> None:
        body, _, tail = text.partition("\n\n")
        self.body = body + "\n"
        self.signatures = []
        for line in tail[:-1].split("\n"):
            dash, name, data = line.split(" ")
            raw = unbase64(data)
            if dash != "—" or len(raw) < 5:
                raise ValueError("not a signature line")
            self.signatures.append((name, raw[:4], raw[4:]))
        if not self.signatures or not tail.endswith("\n"):
            raise ValueError("not a signed note")

    def of(self, key: Key) -> bytes | None:
        """The signature that states it is of ``key``."""
        return next((data for name, key_id, data in self.signatures if (name, key_id) == (key.name, key.id)), None)


class Checkpoint(Note):
    """Origin, size and root of a log, signed (C2SP tlog-checkpoint)."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.origin, size, root = self.body[:-1].split("\n")
        self.size, self.root = int(size), unbase64(root)
        if str(self.size) != size or len(self.root) != 32:
            raise ValueError("not a checkpoint")


def read(path: Path, parse: Any, code: int = USAGE) -> Any:
    """What ``parse`` makes of the text of a file; a Fault with ``code`` if it is nothing of the kind."""
    try:
        return parse(path.read_bytes().decode())
    except OSError as error:
        fail(USAGE, "unreadable", file=path.name, what=error.strerror)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fail(code, "unreadable", file=path.name, what=type(error).__name__)


def following(key: Key, lines: list[bytes], backward: bool = False) -> list[Key]:
    """``key`` and those that followed it (or came before it): the old and the new key sign each change."""
    steps = []
    for line in lines:
        try:
            facts = json.loads(line)["facts"]
            old, new = Key(facts["old"], LOG_KEY), Key(facts["new"], LOG_KEY)
            by_old, by_new = unbase64(facts["signed_by_old"]), unbase64(facts["signed_by_new"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        text = f"huisclos-log-key-change/1\n{old.text}\n{new.text}\n".encode()
        if old.signed(text, by_old) and new.signed(text, by_new):
            steps.append((new, old) if backward else (old, new))
    found = [key]
    for known in found:
        for start, end in steps:
            if start.text == known.text and end.text not in [one.text for one in found]:
                found.append(end)
    return found


def ever(key: Key, lines: list[bytes]) -> list[Key]:
    """Every key that can have signed a kept checkpoint: those after ``key``, and those before it."""
    return following(key, lines) + following(key, lines, backward=True)


def check_signed(note: Note, keys: list[Key], file: str, code: int = TAMPERED) -> Key:
    """The key of ``keys`` that signed; ``code`` for a signature that is not its own, 24 for other keys only."""
    for key in keys:
        signature = note.of(key)
        if signature is not None:
            if key.signed(note.body.encode(), signature):
                return key
            fail(code, "signature", file=file)
    fail(FORKED, "other key", file=file)


def check_kept(kept: Checkpoint, now: Checkpoint, key: Key, lines: list[bytes], file: str) -> None:
    """``kept`` is one of this log, which is signed now by a key of it or by a later one; 24 for one given up before."""
    if kept.origin != now.origin:
        fail(USAGE, "other home", found=kept.origin, expected=now.origin)
    check_signed(kept, ever(key, lines), file, USAGE)
    known = ever(key, lines)
    allowed = {later.text for one in known if kept.of(one) is not None for later in following(one, lines)}
    if not any(one.text in allowed and one.signed(now.body.encode(), now.of(one) or b"") for one in known):
        fail(FORKED, "old key", file=file)


def witnessed_at(note: Checkpoint, witness: Key, file: str) -> str | None:
    """When ``witness`` countersigned (C2SP tlog-cosignature, Ed25519); None if it did not, 21 if it is not its own."""
    data = note.of(witness)
    if data is None:
        return None
    seconds = int.from_bytes(data[:8], "big")
    message = f"cosignature/v1\ntime {seconds}\n{note.body}".encode()
    if len(data) != 72 or not witness.signed(message, data[8:]):
        fail(TAMPERED, "witness signature", file=file, witness=witness.name)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S}"  # noqa: UP017 - Python 3.9


def read_summary(path: Path) -> Note:
    """The summary as it lies there; 21 if it is none. What it says counts only once it is found signed and noted."""

    def parse(text: str) -> Note:
        note = Note(text)
        value = json.loads(note.body)
        if not all(isinstance(line, str) for line in value["key_changes"]) or not isinstance(value["entries"], str):
            raise ValueError("not a summary")
        return note

    return read(path, parse, TAMPERED)  # type: ignore[no-any-return]


def expired_runs(folder: Path, keys: list[Key], lines: dict[int, bytes]) -> list[tuple[int, int]]:
    """The entries that the signed summary says expired, as (first, last); the log must have noted its digest."""
    path = folder / "summary"
    if not path.exists():
        return []
    note = read_summary(path)
    try:
        check_signed(note, keys, "summary")
    except Fault:
        fail(TAMPERED, "summary")
    noted = [json.loads(line)["facts"] for line in lines.values() if b'"kind":"segment-expired"' in line]
    if not noted or hashlib.sha256(path.read_bytes()).hexdigest() != noted[-1]["summary"]:
        fail(TAMPERED, "summary")
    runs = []
    for run in json.loads(note.body)["entries"].split(","):
        first, _, last = run.partition("-")
        runs += [(int(first), int(last or first))] if run else []
    return runs


def read_lines(path: Path) -> dict[int, bytes]:
    """The entries by number; 21 where one is none, comes twice or goes back. A torn last line counts as missing."""
    lines: dict[int, bytes] = {}
    after = 0
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            seq = json.loads(line)["seq"]
        except (ValueError, KeyError, TypeError):
            seq = -1
        if type(seq) is not int or seq < after:
            fail(TAMPERED, "entry", seq=seq if seq in range(after) and seq not in lines else after)
        lines[seq], after = line, seq + 1
    return lines


def changes_of_key(folder: Path, lines: dict[int, bytes]) -> list[bytes]:
    """The lines that change the key: of the entries, and those a summary kept whole. Each carries its signatures."""
    kept = []
    if (folder / "summary").exists():
        kept = [line.encode() for line in json.loads(read_summary(folder / "summary").body)["key_changes"]]
    return kept + [line for line in lines.values() if b'"kind":"key-changed"' in line]


def check_leaves(now: Checkpoint, leaves: list[bytes], lines: dict[int, bytes], wanted: set[int]) -> dict[int, bytes]:
    """Compare leaves with the signed root and entries with leaves; return the roots at the ``wanted`` sizes."""
    size, tree = now.size, Roots()
    roots = {0: tree.root()}
    for leaf in leaves[:size]:
        tree.push(leaf)
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    wrong = next((seq for seq, line in lines.items() if seq < len(leaves) and leaf_hash(line) != leaves[seq]), None)
    if len(leaves) < size:
        if wrong is not None:
            fail(TAMPERED, "entry", seq=wrong)
        fail(TRUNCATED, "truncated", seq=len(leaves), size=size)
    if tree.root() != now.root:
        fail(TAMPERED, "leaves" if wrong is None else "entry", seq=wrong, size=size)
    if wrong is not None and wrong < size:
        fail(TAMPERED, "entry", seq=wrong)
    beyond = next((seq for seq in lines if seq >= size), size if len(leaves) > size else None)
    if beyond is not None:
        fail(TAMPERED, "added", seq=beyond)
    return roots


def check_past(note: Checkpoint, now: Checkpoint, root: bytes | None, file: str) -> None:
    """``note`` is a past of ``now``, whose root at that size is ``root``."""
    if note.origin != now.origin:
        fail(USAGE, "other home", found=note.origin, expected=now.origin)
    if note.size > now.size:
        fail(ROLLED_BACK, "rolled back", size=now.size, kept=note.size, file=file)
    if root != note.root:
        fail(FORKED, "forked", last=note.size - 1, file=file)


def check_folder(folder: Path, key: Key, since: Path | None, witnesses: list[Key]) -> Right:
    """Check an exported log; return what was found right."""
    now = read(folder / "checkpoint", Checkpoint, TAMPERED)
    lines = read_lines(folder / "entries.jsonl")
    packed = (folder / "leaves").read_bytes()
    if len(packed) < now.size * 32:  # half a leaf at the end is one that is missing
        packed = packed[: len(packed) // 32 * 32]
    leaves = [packed[at : at + 32] for at in range(0, len(packed), 32)]
    changes = changes_of_key(folder, lines)
    keys = following(key, changes)
    try:
        signer = check_signed(now, keys, "checkpoint")
    except Fault as unsigned:
        try:
            check_leaves(now, leaves, lines, set())
        except Fault as found:
            if found.code == TAMPERED:  # a changed entry is named rather than the signature
                raise found from None
        raise unsigned
    notes = [(path.name, read(path, Checkpoint)) for path in sorted((folder / "witnessed").glob("*.txt"))]
    notes += [("checkpoint", now)]
    if since is not None:
        kept = read(since, Checkpoint)
        check_kept(kept, now, key, changes, since.name)
        notes += [(since.name, kept)]
    roots = check_leaves(now, leaves, lines, {note.size for _, note in notes})
    runs = expired_runs(folder, ever(key, changes), lines)
    gone = {seq for first, last in runs for seq in range(first, last + 1)}
    missing = [seq for seq in range(now.size) if seq not in lines and seq not in gone]
    if missing:
        ended = missing[0] > max(lines, default=-1)
        fail(TRUNCATED if ended else TAMPERED, "truncated" if ended else "dropped", seq=missing[0], size=now.size)
    right: Right = [("whole", {"size": now.size}), ("key", {"key": signer.text})]
    right += [("new key", {})] if signer.text != key.text else []
    right += [("expired", {"count": now.size - len(lines)})] if now.size > len(lines) else []
    for name, note in notes:
        times = [(witness.name, witnessed_at(note, witness, name)) for witness in witnesses]
        right += [("witnessed", {"witness": who, "size": note.size, "at": at}) for who, at in times if at]
        check_past(note, now, roots.get(note.size), name)
    if since is None:
        return [*right, ("not kept", {})]
    return [*right, ("kept", {"size": kept.size})]


def check_document(value: Any, key: Key, since: Path | None, witnesses: list[Key], file: str) -> Right:
    """Check a proof, or the proofs of certificates of destruction (as ``retention certificate --json`` gives them)."""
    if value.get("format") == "huisclos-proof/1":
        return check_proof(value, key, since, witnesses, file)
    right: Right = []
    contents = [one["content"] for one in value["certificates"]] if "certificates" in value else [value]
    if not contents:
        fail(USAGE, "no certificate", file=file)
    for content in contents:
        if not content["proofs"] and content.get("format") != "huisclos-certificate/2":  # the first format had none
            fail(USAGE, "no proofs")
        for proof in content["proofs"]:
            right += check_proof(proof, key, since, witnesses, file)
        if not is_told(content):
            fail(TAMPERED, "certificate")
        right += [("certified", {"count": len(content["records"])})]
    return right


def is_told(content: Any) -> bool:
    """Whether the entries that a certificate carries say what it says: who ordered it and when, and what is gone."""
    entries = [json.loads(proof["inclusion"]["entry"]) for proof in content["proofs"]]
    intent = next((entry for entry in entries if entry["id"] == content["intent"]), None)
    said = [content["ordered_at"], content["ordered_by"], content["session"]]
    if intent is None or [intent["at"], intent["actor"], intent["session"]] != said:
        return False
    if any(Checkpoint(proof["checkpoint"]).origin != f"huisclos/{content['home']}" for proof in content["proofs"]):
        return False
    if content["effective_here_since"] != max((one["destroyed_at"] for one in content["records"]), default=None):
        return False
    rows = [row for entry in entries for row in entry["rows"] if row["values"] is not None]
    gone = {row["key"]: row["values"] for row in rows if row["values"].get("life") == "destroyed"}
    for one in content["records"]:
        row = gone.get(one["id"], {})
        said = [one["class"], one["created_at"], one["destroyed_at"], one["object"], content["workshop"]]
        columns = ("record_class", "created_at", "destroyed_at", "object_id", "workshop")
        if [row.get(column) for column in columns] != said:
            return False
    return True


def check_proof(value: Any, key: Key, since: Path | None, witnesses: list[Key], file: str) -> Right:
    """Check one proof; return what was found right."""
    now, changes = Checkpoint(value["checkpoint"]), [line.encode() for line in value["key_changes"]]
    signer = check_signed(now, following(key, changes), file)
    right: Right = [("key", {"key": signer.text})]
    part = value["inclusion"]
    if part is not None:
        leaf = unbase64(part["leaf"]) if part["entry"] is None else leaf_hash(part["entry"].encode())
        numbered = part["entry"] is None or json.loads(part["entry"])["seq"] == part["seq"]
        nodes = [unbase64(node) for node in part["proof"]]
        if not numbered or not is_included(part["seq"], now.size, leaf, nodes, now.root):
            fail(TAMPERED, "inclusion", seq=part["seq"])
        right.append(("proved leaf" if part["entry"] is None else "proved", {"seq": part["seq"], "size": now.size}))
    times = [(witness.name, witnessed_at(now, witness, file)) for witness in witnesses]
    right += [("witnessed", {"witness": who, "size": now.size, "at": at}) for who, at in times if at]
    if since is None:
        return [*right, ("not kept", {})]
    kept, part = read(since, Checkpoint), value["consistency"]
    check_kept(kept, now, key, changes, since.name)
    if kept.size > now.size:
        fail(USAGE, "older", size=now.size, kept=kept.size)
    if kept.origin == now.origin and 0 < kept.size < now.size:
        if part is None or part["old_size"] != kept.size:
            fail(USAGE, "no proof", size=kept.size)
        nodes = [unbase64(node) for node in part["proof"]]
        right_root = kept.root if is_consistent(kept.size, now.size, nodes, kept.root, now.root) else None
    else:
        right_root = now.root if kept.size else Roots().root()
    check_past(kept, now, right_root, since.name)
    return [*right, ("kept", {"size": kept.size})]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="what huisclos log export made")
    parser.add_argument("--key", type=Path, required=True, help="the public key of the log")
    parser.add_argument("--since", type=Path, help="a checkpoint that was kept elsewhere")
    parser.add_argument("--proof", type=Path, help="a proof, or a certificate of destruction")
    parser.add_argument("--witness", type=Path, action="append", default=[], help="the public key of a witness")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr")
    asked = parser.parse_args(arguments)
    if asked.folder is None and asked.proof is None:
        parser.error("FOLDER or --proof is needed")
    language = ("en", "fr").index(asked.lang)

    def say(text: str, facts: dict[str, Any]) -> None:
        sys.stdout.buffer.write((TEXTS[text][language].format(**facts) + "\n").encode())

    try:
        key = read(asked.key, lambda text: Key(text, LOG_KEY))
        witnesses = [read(path, lambda text: Key(text, WITNESS_KEY)) for path in asked.witness]
        right = []
        try:
            if asked.folder is not None:
                right += check_folder(asked.folder, key, asked.since, witnesses)
            if asked.proof is not None:
                right += check_document(read(asked.proof, json.loads), key, asked.since, witnesses, asked.proof.name)
        except OSError as error:
            fail(USAGE, "unreadable", file=Path(error.filename).name, what=error.strerror)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            fail(USAGE, "unreadable", file=(asked.proof or asked.folder).name, what=type(error).__name__)
    except Fault as fault:
        say(fault.text, fault.facts)
        return fault.code
    for text, facts in right:
        say(text, facts)
    silent = [one.name for one in witnesses if one.name not in {facts.get("witness") for _, facts in right}]
    for name in silent:
        say("no witness", {"witness": name})
    return USAGE if silent else 0


if __name__ == "__main__":
    sys.exit(main())
