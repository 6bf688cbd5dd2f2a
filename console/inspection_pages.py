"""The pages of an inspection, in Markdown, and the object that says the same (docs/reference/schemas/inspection.json).

Rules kept here: a page says what the law names, in its order; what the controller has still to write stands as such; no
page holds a name of a person or a word of the talk.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from console import inspected_orders_page, screen, shapes
from console.inspected_orders_page import lines as orders_page
from console.letter_page import period
from console.markdown import heading, item, page, table
from console.messages import _, moment, ngettext, number, sentence
from vocabulary.choices import (
    Article,
    Audience,
    ExportKind,
    RecordClass,
    RequestKind,
    RequestState,
    Role,
    Ruling,
    SessionState,
)
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.rights.inspection import Inspection
    from policies.policy import Clock, Policy

SCHEMA = "huisclos-inspection/1"


def pages(found: "Inspection") -> dict[str, str]:
    """Every page by the name of its file."""
    from flows.steps.rights.inspection import VALUE

    made = {
        "1-registre.md": page(N_("1. Register of processing (GDPR 30)"), _register(found)),
        "2-textes.md": page(N_("2. Legal texts, impact assessment, information given"), _texts(found)),
        "3-tableau-de-gestion.md": page(N_("3. Retention schedule in force, and its versions"), _schedule(found)),
        "4-personnes-et-droits.md": page(N_("4. People and rights"), _people(found)),
        "5-demandes.md": page(N_("5. Requests of people, and their answers"), _requests(found)),
        "6-destructions.md": page(N_("6. Destructions"), _destructions(found)),
        "7-sauvegardes-et-exports.md": page(N_("7. Backups and exports"), _exports(found)),
        "8-incidents.md": page(N_("8. What may have been an incident, and what was done after one"), _noted(found)),
        "9-logiciel.md": page(N_("9. Software"), _software(found)),
        "10-gels-et-annonces.md": page(
            N_("10. Holds, restrictions, events, announced destructions"), orders_page(found.orders)
        ),
    }
    index = {"LISEZ-MOI.md": page(N_("Inspection"), _index(found, list(made)))}
    return index | made | {VALUE: screen.object_text(SCHEMA, value(found), plain_only=True)}


def value(found: "Inspection") -> shapes.Value:
    """The object, without its schema."""
    return {
        "home": found.home,
        "made_at": found.made_at,
        "log": {"entries": found.entries, "root": found.root, "last_at": found.last_at, "kinds": dict(found.kinds)},
        "workshops": [one.model_dump(mode="json") for one in found.workshops],
        "policies": [_policy_value(digest, policy) for digest, policy in found.policies.items()],
        "policy_changes": [asdict(one) for one in found.changes],
        "people": found.people,
        "openers": [one.model_dump(mode="json") for one in found.openers],
        "requests": [dict(row) for row in found.requests],
        "destructions": [asdict(one) for one in found.destructions],
        "certificates": [asdict(one) for one in found.certificates],
        "exports": [dict(row) for row in found.exports],
        "noted": [asdict(one) for one in found.noted],
        "assessed": [asdict(one) for one in found.assessed],
        "orders": inspected_orders_page.value(found.orders),
        "software": {
            "version": found.software.version,
            "digest": found.software.digest,
            "python": found.software.python,
            "distributions": [list(pair) for pair in found.software.distributions],
        },
    }


def _policy_value(digest: str, policy: "Policy | None") -> shapes.Value:
    if policy is None:
        return {"digest": digest, "name": None, "version": None, "placeholders": []}
    return {
        "digest": digest,
        "name": policy.name,
        "version": policy.version,
        "placeholders": list(policy.placeholders),
    }


def _index(found: "Inspection", names: Sequence[str]) -> Iterator[str]:
    from flows.steps.rights.inspection import LOG_FOLDER, POLICY_FOLDER, SUMS, VALUE

    yield item(_("Home"), found.home)
    yield item(_("Made"), moment(found.made_at))
    yield item(_("Log"), ngettext("{count} entry", "{count} entries", found.entries))
    yield item(_("Root of the log"), f"`{found.root}`")
    yield ""
    yield _(
        "This folder holds no content: no name, no word that was said. Everything in it is counted from the signed log "
        "and read from the policies whose digests the log names. People stand as opaque ids."
    )
    yield ""
    yield from table(
        [_("File"), _("What it is")],
        [
            *((f"[{name}]({name})", "") for name in names),
            (VALUE, _("the same as one JSON object")),
            (f"{POLICY_FOLDER}/", _("each policy that was ever in force, as it was installed, by its digest")),
            (f"{LOG_FOLDER}/", _("the whole log, its signed checkpoint, and the checker")),
            (SUMS, _("the SHA-256 digest of every other file")),
        ],
    )
    yield ""
    yield _("To check that nothing here was changed, and that the log is whole:")
    yield ""
    yield f"    sha256sum -c {SUMS}"
    yield f"    python3 {LOG_FOLDER}/check_log.py --key key.pub {LOG_FOLDER}"
    yield ""
    yield _(
        "Here key.pub is the public key of the log as it was given out when the home was made. Compare the root with a "
        "checkpoint that was kept elsewhere: only that shows that the log is the one there always was."
    )


def _register(found: "Inspection") -> Iterator[str]:
    for one in found.workshops:
        policy = found.policies.get(one.policy_digest)
        yield from heading(one.code)
        if policy is None:
            yield _("Its policy cannot be read: see archive verify.")
            continue
        about, written = policy.processing, _written(policy)
        yield item(_("Controller"), written("processing.controller", about.controller))
        yield item(_("Joint controllers"), ", ".join(about.joint_controllers) or _("none"))
        yield item(_("Purpose"), written("processing.purpose", about.purpose))
        people = _("professionals who take part; young people and others they speak of")
        yield item(_("Categories of people"), people)
        classes = ", ".join(_(RecordClass(row.record_class).word) for row in one.records)
        yield item(_("Categories of data"), classes or _("none yet"))
        yield item(_("Offence data"), _("yes") if about.offence_data else _("no"))
        yield item(_("Recipients"), ", ".join(_(audience.word) for audience in policy.audiences))
        yield item(_("Time limits for erasure"), _("see the retention schedule, page 3"))
        yield item(
            _("Security measures"),
            _("sealed records, pseudonymisation before anything leaves, destruction by key, signed log"),
        )
        people_counted = one.spoken_of
        counted = (people_counted.youths, people_counted.persons)
        if None not in counted:
            facts = {"youths": counted[0], "persons": counted[1]}
            said = N_("{youths} young people, {persons} other people")
            yield item(_("Known to the vault at the last draft"), sentence(said, facts))
        yield ""
        head = [_("Session"), _("State"), _("Received"), _("Participants"), _("Holds")]
        yield from table(
            head,
            [
                (f"{one.code}/{row.number}", _(SessionState(row.state).word), moment(row.created_at),
                 "" if row.participants is None else row.participants,
                 ", ".join(_(RecordClass(held).word) for held in row.holds))
                for row in one.sessions
            ],
        )  # fmt: skip


def _texts(found: "Inspection") -> Iterator[str]:
    for one in found.workshops:
        policy = found.policies.get(one.policy_digest)
        if policy is None:
            continue
        about, written = policy.processing, _written(policy)
        yield from heading(one.code)
        yield item("RGPD 6", f"6(1)({about.article_6})")
        yield item("RGPD 9", written("processing.legal_basis.article_9", f"9(2)({about.article_9})"))
        opinion = about.cnil_opinion or _("none")
        yield item(_("Opinion of the CNIL"), written("processing.legal_basis.cnil_opinion", opinion))
        authorised = about.offence_authorisation or _("none")
        yield item(
            _("Authorisation for offence data (GDPR 10)"), written("processing.offence_data.authorisation", authorised)
        )
        dated = "" if about.dpia_date is None else f", {about.dpia_date.isoformat()}"
        assessment = written("processing.dpia.reference", about.dpia_reference)
        yield item(_("Impact assessment (GDPR 35)"), f"{assessment}{dated}")
        informed = written("processing.third_parties", about.third_parties)
        yield item(_("Information given to those spoken of (GDPR 14)"), informed)
        uses = ", ".join(_(use.word) for use in policy.consent.uses)
        yield item(_("Uses a participant is asked about"), uses or _("none"))
        asked = ", ".join(_(audience.word) for audience, rule in policy.clearance.items() if rule.assessment_required)
        yield item(_("Audiences for which the risk of recognising somebody is assessed first"), asked or _("none"))
        yield ""
    yield from heading(_("Risk of recognising somebody: written assessments that clearances rest on"))
    if not found.assessed:
        yield _("No clearance rests on one yet.")
        return
    rows = [
        (moment(one.at), one.session, _(Audience(one.audience).word), one.reference, f"`{one.person}`",
         _("yes") if one.counts else _("no"))
        for one in found.assessed
    ]  # fmt: skip
    yield from table([_("When"), _("Session"), _("Audience"), _("Reference"), _("Cleared by"), _("Counts")], rows)


def _schedule(found: "Inspection") -> Iterator[str]:
    for one in found.workshops:
        policy = found.policies.get(one.policy_digest)
        if policy is None:
            continue
        yield from heading(one.code)
        yield item(_("Policy"), f"{policy.name}, {policy.version} (`{one.policy_digest}`)")
        yield ""
        head = [_("Class"), _("Period"), _("At the latest"), _("Disposal action"), _("Because")]
        yield from table(
            head,
            [
                (_(record_class.word), _clock(rule.clock), _clock(rule.latest), _(rule.then.word), rule.because)
                for record_class, rule in policy.schedule.items()
            ],
        )
        yield ""
    yield from heading(_("Versions"))
    rows = [(moment(one.at), one.workshop, one.name, one.version, f"`{one.digest}`") for one in found.changes]
    yield from table([_("Since"), _("Workshop"), _("Policy"), _("Version"), _("Digest")], rows)


def _people(found: "Inspection") -> Iterator[str]:
    yield ngettext(
        "{count} person is registered as a user; names are sealed.",
        "{count} people are registered as users; names are sealed.",
        found.people,
    )
    yield ""
    yield from heading(_("Who opens the home"))
    rows = [
        (f"`{one.id}`", _("machine") if one.role is None else _(Role(one.role).word),
         _("all") if one.workshops is None else ", ".join(one.workshops) or _("none"),
         "" if one.added_at is None else moment(one.added_at))
        for one in found.openers
    ]  # fmt: skip
    yield from table([_("Id"), _("Role"), _("Workshops"), _("Since")], rows)
    yield ""
    yield from heading(_("What was done, by kind of entry"))
    from storage.log.entry import KINDS

    kinds = sorted(found.kinds.items(), key=lambda item: (-item[1], item[0]))
    yield from table([_("Kind"), _("Entries")], [(_(KINDS[kind]), number(count)) for kind, count in kinds])


def _requests(found: "Inspection") -> Iterator[str]:
    if not found.requests:
        yield _("No request was opened.")
        return
    head = [
        _("Request"),
        _("Kind"),
        _("Received"),
        _("Answer by"),
        _("State"),
        _("Answered"),
        _("Ruling"),
        _("Article"),
    ]
    rows = [
        (f"`{row['id']}`", _(RequestKind(str(row["request_kind"])).word), row["received_on"], row["due_on"],
         _(RequestState(str(row["request_state"])).word), row["answered_on"],
         None if row["ruling"] is None else _(Ruling(str(row["ruling"])).word),
         None if row["article"] is None else _(Article(str(row["article"])).word))
        for row in found.requests
    ]  # fmt: skip
    yield from table(head, rows)


def _destructions(found: "Inspection") -> Iterator[str]:
    if not found.destructions:
        yield _("Nothing was destroyed yet.")
    else:
        rows = [
            (moment(one.at), one.session or one.workshop, _(RecordClass(one.record_class).word), one.records)
            for one in found.destructions
        ]
        yield from table([_("When"), _("Where"), _("Class"), _("Records")], rows)
    yield ""
    yield from heading(_("Certificates of destruction"))
    certified = [(moment(one.at), f"`{one.certificate}`", one.exports) for one in found.certificates]
    yield from table([_("When"), _("Certificate"), _("Copies elsewhere that it lists")], certified)


def _exports(found: "Inspection") -> Iterator[str]:
    rows = [
        (moment(str(row["made_at"])), _(ExportKind(str(row["export_kind"])).word), row["place"], f"`{row['holder']}`",
         None if row["ended_at"] is None else moment(str(row["ended_at"])))
        for row in found.exports
    ]  # fmt: skip
    yield from table([_("When"), _("Kind"), _("Label"), _("Holder"), _("Renewed or destroyed")], rows)


def _noted(found: "Inspection") -> Iterator[str]:
    from storage.log.entry import KINDS

    yield _("A machine that is lost cannot note it: see the report of an incident, made from the inventory elsewhere.")
    yield ""
    rows = [(moment(one.at), _(KINDS[one.kind]), one.session, f"`{one.entry}`") for one in found.noted]
    yield from table([_("When"), _("Kind"), _("Session"), _("Entry")], rows)


def _software(found: "Inspection") -> Iterator[str]:
    yield item("huisclos", found.software.version)
    yield item(_("Digest of its source files"), f"`{found.software.digest}`")
    yield item("Python", found.software.python)
    yield ""
    yield from table([_("Distribution"), _("Version")], found.software.distributions)


def _clock(clock: "Clock | None") -> str:
    if clock is None:
        return ""
    return sentence(N_("{period} after the {event}"), {"period": period(clock.keep), "event": clock.after})


def _written(policy: "Policy") -> Callable[[str, str], str]:
    """What gives the text the controller wrote under a key of the policy, or that it has still to be written."""
    waiting = frozenset(policy.placeholders)
    return lambda key, text: _("to be completed by the controller") if key in waiting else text
