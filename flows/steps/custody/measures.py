"""What an incident report proposes and leaves open: likely consequences, measures, and what a person has to add.

Sources: GDPR 33(3)(c) and (d), recitals 75 and 85 (kinds of harm), 34(3)(a); EDPB Guidelines 9/2022 and 01/2021
(lost and stolen devices). Sentences only: what they rest on is in flows/steps/custody/incident.py and
policies/breach.py.
"""

from collections.abc import Iterator
from datetime import date

from flows.steps.advice import Advice
from flows.steps.custody.incident import IDENTIFIED, Incident
from policies.breach import Exception34, Loss, Readable, Shield
from vocabulary.choices import ExportKind, RecordClass
from vocabulary.messages import N_

_TOOK = (Loss.LAPTOP, Loss.DISK)


def consequences(found: Incident) -> tuple[Advice, ...]:
    """Likely consequences, if what was lost is read (GDPR 33(3)(c))."""
    return tuple(Advice(message, {}) for message in _consequences(found))


def measures(found: Incident) -> tuple[Advice, ...]:
    """What to do, the most urgent first (GDPR 33(3)(d)): keys and people to revoke among it."""
    if found.loss in _TOOK:
        return (*_cut_off(found), *_outside(found), *_afterwards(found))
    return (*_renew(found), *_outside(found), *_last(found))


def already_taken(found: Incident) -> tuple[Advice, ...]:
    """Measures that were in force before the loss, as far as the inventory knows them."""
    return tuple(_already_taken(found))


def to_complete(found: Incident) -> tuple[Advice, ...]:
    """What a notification asks for and no inventory can know, with what is expected."""
    return tuple(Advice(message, {}) for message in _to_complete(found))


def _consequences(found: Incident) -> Iterator[str]:
    kept = {one.record_class for one in found.records}
    files = found.clear.drop.files + found.clear.claimed.files
    if RecordClass.RECORDING in kept or files:
        yield N_("The voice identifies those who spoke; what they say names others.")
    if kept & IDENTIFIED or files:
        yield N_("Young people, often minors, could be recognised and linked to trafficking: threats or reprisals, "
                 "stigma at school or at home, consequences in proceedings.")  # fmt: skip
        yield N_("Professionals could be held to account for what they told in confidence; the secrecy they owe and "
                 "the trust of the group are broken.")  # fmt: skip
    elif kept:
        yield N_("What is kept is pseudonymised: those who know the story could still recognise people.")
    if found.offence_data:
        yield N_("The talk holds data on offences (GDPR 10).")
    yield N_("If no backup can be restored: the recordings and the work on them are lost (loss of availability).")


def _already_taken(found: Incident) -> Iterator[Advice]:
    yield Advice(
        N_("Recordings, transcripts and tables of names are sealed (AES-256-GCM), each session and class under a key "
           "of its own; the keys open with a slot secret and a passphrase (Argon2id) together."), {},
    )  # fmt: skip
    if any(row.destroyed for one in found.workshops for row in one.holding.records):
        yield Advice(N_("What had reached its end was destroyed, key first, and is not among what was lost."), {})
    if found.inventory.machine.disk_encrypted:
        yield Advice(N_("The disk of the machine is encrypted."), {})
    if found.exposure.sealed is Shield.SECRET_ELSEWHERE:
        yield Advice(N_("The slot secret lies outside the machine and can be withdrawn."), {})


def _cut_off(found: Incident) -> Iterator[Advice]:
    slot = found.inventory.slot
    if slot.kind == "transit":
        yield Advice(
            N_("Now, at the key service {url}: withdraw the token of the machine (it may lie on it), then delete the "
               "keys of this home under {mount}, those whose name begins with {key}-. After that, no passphrase opens "
               "what was on the machine, nor a copy of it; only the recovery file does: see first that it is kept."),
            {"url": slot.url, "mount": slot.mount, "key": slot.key},
        )  # fmt: skip
    elif slot.same_disk is False:
        yield Advice(
            N_("Find the disk or stick of the slot secret, and keep it: without it nobody opens what was lost."), {}
        )
    else:
        yield Advice(
            N_("The slot secret cannot be withdrawn from afar: it was on the lost disk. The strength of the weakest "
               "passphrase decides: ask each person below how theirs was chosen, and where else it was written down "
               "or used."), {},
        )  # fmt: skip
    if found.loss is Loss.LAPTOP:
        yield Advice(
            N_("Have the machine locked or erased from afar, if it is managed so; withdraw its access to the network, "
               "to shares and to mail. Report the theft to the police and keep the receipt."), {},
        )  # fmt: skip


def _renew(found: Incident) -> Iterator[Advice]:
    if found.loss is Loss.PASSPHRASE:
        yield Advice(
            N_("Now, on the machine: huisclos key passphrase. It takes a new slot secret too: no older copy of the "
               "keystore opens any more, neither with the old passphrase nor with the new one, unless with a recovery "
               "file of its time. Then huisclos key renew --as NAME, and a new backup: no earlier one brings back what "
               "was sealed anew."), {},
        )  # fmt: skip
        yield Advice(
            N_("Look in huisclos log show for readings, releases and recoveries since the passphrase became known."), {}
        )
    else:
        yield Advice(
            N_("Now, on the machine: huisclos key rotate --as NAME. Its keys are then those of no backup; make a new "
               "backup."), {},
        )  # fmt: skip
        yield Advice(N_("A backup holds no slot: it does not open with the passphrase alone."), {})


def _outside(found: Incident) -> Iterator[Advice]:
    for one in found.inventory.exports:
        if one.kind == ExportKind.RECOVERY.value:
            message = N_("Recovery export of {day}, generation {generation}, held by {holder} ({place}): see that it "
                         "is where it should be. With two of its recipients it opens the keystore of its "
                         "generation.")  # fmt: skip
        elif one.kind == ExportKind.BACKUP.value:
            message = N_("Backup of {day}, generation {generation}, held by {holder} ({place}): see that it is where "
                         "it should be, and was not lost too.")  # fmt: skip
        else:
            message = N_("Workshop handed over on {day}, by {holder} ({place}): see that it arrived.")
        yield Advice(
            message,
            {
                "day": date.fromisoformat(one.made_at[:10]),
                "generation": one.generation,
                "holder": one.holder,
                "place": one.place,
            },
        )


def _afterwards(found: Incident) -> Iterator[Advice]:
    has_backup = any(one.kind == ExportKind.BACKUP.value for one in found.inventory.exports)
    if has_backup and found.inventory.recovery.recipients:
        yield Advice(
            N_("Restore on another machine: huisclos archive restore BACKUP --recovery FOLDER --log FOLDER, by two "
               "people, with a new passphrase. Then huisclos key renew --as NAME, so that the keys that were on the "
               "lost machine open nothing of what is made from now on, and a new backup: no earlier one brings back "
               "what was sealed anew."), {},
        )  # fmt: skip
    elif has_backup:
        yield Advice(
            N_("A backup is registered, but no recovery file: without the slot secret of the lost machine it cannot be "
               "opened, not even with the passphrase. Look for the recorders and phones the recordings came from."), {},
        )  # fmt: skip
    else:
        yield Advice(
            N_("No backup is registered: what was on the machine alone is lost. Look for the recorders and phones the "
               "recordings came from."), {},
        )  # fmt: skip
    yield from _last(found)


def _last(found: Incident) -> Iterator[Advice]:
    if found.exposure.files is Readable.READABLE:
        yield Advice(
            N_("Find out which files lay in the drop folder and the outbox: whoever brought or received them knows. "
               "They are the first that can be read."), {},
        )  # fmt: skip
    yield Advice(
        N_("Keep this folder as it is, and give the auditor the copied log and its checkpoint: a home that turns up "
           "again can be compared with them."), {},
    )  # fmt: skip


def _to_complete(found: Incident) -> Iterator[str]:
    if any(one.policy is None or one.policy.controller is None for one in found.workshops) or not found.workshops:
        yield N_("Controller: name, address, registration number of the body responsible.")
    yield N_("Contact: name, telephone and mail of the data protection officer, or of who answers questions.")
    yield N_("Circumstances: where, when and how; theft, loss or something else; since when, and how it was noticed.")
    if found.loss is Loss.LAPTOP and found.powered_off.value == "unknown":
        yield N_("Whether the machine was off, asleep or open: it decides whether keys were in its memory.")
    if found.inventory.machine.disk_encrypted is None and found.loss in _TOOK:
        yield N_("Whether the disk is encrypted: the system did not tell. Ask who set the machine up.")
    if found.exposure.files is Readable.READABLE:
        yield N_("What the readable files held, and of whom.")
    if found.people.sessions_uncounted or found.people.workshops_uncounted:
        yield N_("Numbers of people that were not counted: see the paper forms and the facilitators.")
    yield N_("How many of the young people are minors: nothing in the archive says it without being opened.")
    yield N_("What was received or left readable after the inventory was made.")
    yield N_("Whether people in other countries are concerned, and which other authorities were told.")
    yield N_("How severe the consequences are for people (negligible, limited, significant, maximal), and why.")
    if found.exposure.exception is not Exception34.FOR_ALL:
        yield N_("When and how the people concerned are told (GDPR 34), or why they are not.")
    yield N_("Reasons, if the notification is made after its deadline (GDPR 33(1)).")
