"""The JSON Schema of a policy file, for editors: it proposes keys and values, and marks what is not one.

Made from the same choices and tables as the reader (policies/policy_file.py), which has the last word: a schema
cannot tell a circle of ``same_as``, or a recipient of an audience that the file does not have. JSON Schema draft
2020-12; the descriptions are source strings, given in the language that ``translate`` speaks.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from policies.period import MOST
from policies.policy import FORMAT, OPERATORS, SCHEDULED, Moment, Product
from policies.policy_file import NAME, PSEUDONYMS, SPEAKERS
from policies.register_file import ARTICLE_6, ARTICLE_9, CODE, PLACEHOLDER
from vocabulary.choices import Audience, Disposal, EntityType, Trigger, Use
from vocabulary.messages import N_

Schema = dict[str, object]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

DESCRIPTIONS: Mapping[str, str] = {
    "name": N_("The name of the policy: letters without accents, digits, hyphens."),
    "version": N_("A later version of the same policy has a larger number."),
    "time_zone": N_("Days are counted in this time zone, such as Europe/Paris."),
    "processing": N_("What the register of processing says (GDPR 30). A text may be completed later: à compléter."),
    "controller": N_("The body that decides why and how the data are processed."),
    "joint_controllers": N_("Other bodies that decide together with it."),
    "purpose": N_("What the data are processed for, in one sentence."),
    "article_6": N_("The legal basis: the letter of GDPR 6(1)."),
    "article_9": N_("The exception for sensitive data: the letter of GDPR 9(2)."),
    "cnil_opinion": N_("The reference of the CNIL's opinion."),
    "processed": N_("Whether offences are spoken of (GDPR 10)."),
    "authorisation": N_("The text that allows offence data to be processed; without it nothing is transcribed."),
    "dpia": N_("The impact assessment (GDPR 35): its reference and its date."),
    "third_parties": N_("How those spoken of are informed (GDPR 14)."),
    "public_archives": N_("Whether nothing is destroyed without the visa of the archives service."),
    "recipients": N_("Those outside the group who are given something: sponsors, partners, repositories."),
    "code": N_("What commands and the log call this recipient."),
    "audiences_given": N_("The audiences whose texts it may be given."),
    "products": N_("In what form: whole texts, themes, syntheses, training modules."),
    "required_before": N_("The step that waits for everybody's agreement."),
    "uses": N_("What the form asks each participant about."),
    "people": N_("How many different people clear a text."),
    "reviewer_counts": N_("Whether a person who reviewed the text may give one of the clearances."),
    "assessment": N_("Whether each clearance names a written assessment of the risk of recognising somebody."),
    "accept_unread": N_("Whether a draft may be accepted by who has not read it."),
    "attribute": N_("Outside the group, a profession that fewer participants share becomes its family."),
    "plot": N_("When what is said of somebody fits fewer people, the review is told; it masks nothing by itself."),
    "extends": N_("Another audience of this file, whose entries hold where this one says nothing."),
    "speakers": N_("How those who took part are shown: by their function, their family of professions, or a code."),
    "pseudonyms": N_("A code, or another first name."),
    "same_as": N_("Another record class, whose rule holds."),
    "after": N_("The event that starts the clock."),
    "keep": N_("The period counted from it, such as 30 days, 6 months, 2 years."),
    "latest": N_("The bound while the event has not happened."),
    "extend_once": N_("By how much a steward may extend the bound, once, with a reason."),
    "then": N_("The disposal action: destroy, review, transfer, or keep for good."),
    "because": N_("The justification."),
    "outbox": N_("How long copies stay in the outbox."),
    "drop": N_("How long a file may lie in the drop folder; then status asks, and nothing is removed by itself."),
    "backup": N_("How long a backup may stand; then status asks: the program does not reach it."),
    "accesses": N_("How long the log keeps who read what (CNIL 2021-122: 6 to 12 months)."),
    "decisions": N_("How long the log keeps decisions after what they decided on is gone."),
    "announce": N_("The period between the announcement of a destruction and the destruction."),
    "stop_if_share_due": N_("When a larger share of the archive comes due at once, a person decides."),
    "grace_for_shorter": N_("How long a shorter policy waits before it counts for what is already there."),
    "planned": N_("What is foreseen; it serves advice and simulation, and starts no clock."),
}
"""What an editor shows beside a key."""


def policy_schema(translate: Callable[[str], str]) -> Schema:
    """Return the schema, with its descriptions as ``translate`` gives them."""
    return _Writer(translate).whole()


class _Writer:
    """Writes the parts; each method returns the schema of one section."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def whole(self) -> Schema:
        sections: dict[str, Schema] = {
            "format": {"const": FORMAT},
            "name": self._about("name", {"type": "string", "pattern": f"^{NAME}$"}),
            "version": self._about("version", _number(1, 999_999)),
            "time_zone": self._about("time_zone", {"type": "string"}),
            "processing": self._about("processing", self._processing()),
            "consent": _table({
                "required_before": self._about("required_before", _one_of(Moment)),
                "uses": self._about("uses", _list(_one_of(Use), least=1)),
            }),
            "clearance": self._clearance(),
            "thresholds": _table({name: self._about(name, _number(1, 99)) for name in ("attribute", "plot")}),
            "audiences": _table({audience.value: self._audience() for audience in Audience},
                                required=[Audience.GROUP.value]),
            "schedule": _table({record_class.value: self._rule() for record_class in SCHEDULED}),
            "copies": self._periods("outbox", "drop", "backup"),
            "log": self._periods("accesses", "decisions"),
            "retention": self._retention(),
            "planned": self._about("planned", self._planned()),
        }  # fmt: skip
        required = [name for name in sections if name != "planned"]
        return {"$schema": DRAFT, "$id": FORMAT, "title": FORMAT, **_table(sections, required=required)}

    def _about(self, key: str, schema: Schema) -> Schema:
        return {"description": self._translate(DESCRIPTIONS[key]), **schema}

    def _processing(self) -> Schema:
        text = {key: self._about(key, _text()) for key in ("controller", "purpose", "third_parties")}
        recipient = _table({
            "code": self._about("code", {"type": "string", "pattern": f"^{CODE}$"}),
            "name": _text(),
            "audiences": self._about("audiences_given", _list(_one_of(Audience), least=1)),
            "products": self._about("products", _list(_one_of(Product), least=1)),
        })  # fmt: skip
        keys: dict[str, Schema] = {
            "controller": text["controller"],
            "joint_controllers": self._about("joint_controllers", _list(_text())),
            "purpose": text["purpose"],
            "legal_basis": _table({
                "article_6": self._about("article_6", _letter(ARTICLE_6)),
                "article_9": self._about("article_9", _letter(ARTICLE_9)),
                "cnil_opinion": self._about("cnil_opinion", _text()),
            }, required=["article_6", "article_9"]),
            "offence_data": {
                **_table({
                    "processed": self._about("processed", {"type": "boolean"}),
                    "authorisation": self._about("authorisation", _text()),
                }, required=["processed"]),
                "if": {"properties": {"processed": {"const": True}}},
                "then": {"required": ["processed", "authorisation"]},
            },
            "dpia": self._about("dpia", _table({"reference": _text(), "date": _later(_date())})),
            "third_parties": text["third_parties"],
            "public_archives": self._about("public_archives", {"type": "boolean"}),
            "recipients": self._about("recipients", _list(recipient)),
        }  # fmt: skip
        return _table(keys, required=[key for key in keys if key not in ("joint_controllers", "recipients")])

    def _clearance(self) -> Schema:
        rule = _table({
            "people": self._about("people", _number(1, 9)),
            "reviewer_counts": self._about("reviewer_counts", {"type": "boolean"}),
            "assessment": self._about("assessment", {"enum": ["required", "none"]}),
        }, required=["people", "reviewer_counts"])  # fmt: skip
        keys = {audience.value: rule for audience in Audience}
        accept = self._about("accept_unread", {"type": "boolean"})
        return _table({**keys, "accept_unread": accept}, required=[Audience.GROUP.value])

    def _audience(self) -> Schema:
        types = {one.value: _one_of(OPERATORS[one]) for one in EntityType}
        keys: dict[str, Schema] = {
            "extends": self._about("extends", _one_of(Audience)),
            **types,
            "speakers": self._about("speakers", {"enum": list(SPEAKERS)}),
            "pseudonyms": self._about("pseudonyms", {"enum": list(PSEUDONYMS)}),
        }
        return {**_table(keys, required=[]), "anyOf": [{"required": ["extends"]}, {"required": list(types)}]}

    def _rule(self) -> Schema:
        clock = _table({"after": self._about("after", _one_of(Trigger)), "keep": self._about("keep", _period())})
        keys: dict[str, Schema] = {
            "same_as": self._about("same_as", _one_of(SCHEDULED)),
            "after": self._about("after", _one_of(Trigger)),
            "keep": self._about("keep", _period()),
            "latest": self._about("latest", clock),
            "extend_once": self._about("extend_once", _period()),
            "then": self._about("then", _one_of(Disposal)),
            "because": self._about("because", _text()),
        }
        kept = {"then": {"const": Disposal.KEEP.value}}
        return {
            **_table(keys, required=[]),
            "oneOf": [
                {"required": ["same_as"], "maxProperties": 1},
                {"required": ["then", "because"], "properties": kept, "maxProperties": 2},
                {"required": ["after", "keep", "then", "because"], "properties": {"then": {"not": kept["then"]}},
                 "not": {"required": ["same_as"]}},
            ],
        }  # fmt: skip

    def _periods(self, *names: str) -> Schema:
        return _table({name: self._about(name, _period()) for name in names})

    def _retention(self) -> Schema:
        share: Schema = {"type": "string", "pattern": "^(100|[0-9]{1,2}|0[0-9]{2}) ?%$"}
        return _table({
            "announce": self._about("announce", _period()),
            "stop_if_share_due": self._about("stop_if_share_due", share),
            "grace_for_shorter": self._about("grace_for_shorter", _period()),
        })  # fmt: skip

    def _planned(self) -> Schema:
        dates = {name: _date() for name in ("first_session", "workshop_closes", "last_output", "research_ends")}
        return _table({"sessions": _number(1, 999), "every": _period(), **dates}, required=[])


def _table(keys: Mapping[str, Schema], required: Sequence[str] | None = None) -> Schema:
    needed = list(keys) if required is None else list(required)
    return {"type": "object", "properties": dict(keys), "required": needed, "additionalProperties": False}


def _list(item: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": item, "minItems": least, "maxItems": 200}


def _number(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _text() -> Schema:
    return {"type": "string", "pattern": r"\S", "maxLength": 1000}


def _one_of(choices: type[Enum] | Sequence[Enum]) -> Schema:
    return {"enum": [one.value for one in choices]}


def _later(schema: Schema) -> Schema:
    """What may be completed later."""
    first, rest = PLACEHOLDER[0], PLACEHOLDER[1:]
    return {"anyOf": [schema, {"type": "string", "pattern": f"^[{first.upper()}{first}]{rest}"}]}


def _letter(letters: Sequence[str]) -> Schema:
    return _later({"enum": list(letters)})


def _date() -> Schema:
    return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _period() -> Schema:
    longest = len(str(max(MOST.values())))
    return {"type": "string", "pattern": f"^[0-9]{{1,{longest}}} (day|month|year)s?$"}
