"""The policy file: what is accepted, and what each fault says."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.period import Period, Unit
from policies.policy import Clock, Moment, Policy
from policies.policy_file import parse_policy, policy_digest
from policies.reading import LARGEST
from vocabulary.choices import Audience, Disposal, EntityType, Exit, Operator, RecordClass, Trigger, Use
from vocabulary.errors import PolicyError


def fault(text: str | bytes) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.yaml")
    return caught.value


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_every_sample_reads(sample: Policy) -> None:
    """The three sample policies keep the format, in the time zone they are written for."""
    assert (sample.version, sample.time_zone) == (1, "Europe/Paris")


def test_the_demo_reads_as_it_is_written(demo: Policy) -> None:
    """Each section comes back as values."""
    assert demo.name == "demonstration"
    assert demo.clearance[Audience.GROUP].people == 2 and demo.clearance[Audience.GROUP].reviewer_counts
    assert demo.clearance[Audience.PUBLIC].assessment_required
    assert demo.consent.required_before is Moment.TRANSCRIPTION and set(demo.consent.uses) == set(Use)
    recording = demo.schedule[RecordClass.RECORDING]
    assert recording.clock == Clock(Trigger.CLEARED, Period(0))
    assert recording.latest == Clock(Trigger.RECEIVED, Period(45)) and recording.extend_once == Period(30)
    assert demo.schedule[RecordClass.OUTPUT].then is Disposal.KEEP
    assert demo.retention.stop_if_share_due == 0.3
    assert demo.log.accesses == Period(12, Unit.MONTH)
    assert demo.placeholders == () and demo.offence_data_authorised


def test_same_as_takes_the_whole_rule(demo: Policy) -> None:
    """A class that is the same as another has the same rule."""
    assert demo.schedule[RecordClass.THEME] == demo.schedule[RecordClass.CLEARED]


def test_extends_changes_only_what_it_names(demo: Policy) -> None:
    """An audience takes over what it does not say, through every link."""
    group, public = demo.profile(Audience.GROUP), demo.profile(Audience.PUBLIC)
    changed = {t for t in EntityType if group.operators[t] is not public.operators[t]}
    assert changed == {EntityType.PLACE, EntityType.INSTITUTION, EntityType.DATE}
    assert (group.speakers, public.speakers, public.pseudonyms) == ("role", "family", "code")


def test_order_of_audiences_does_not_matter(demo_text: str, demo: Policy) -> None:
    """An audience may extend one that comes later in the file."""
    public = next(line for line in demo_text.split("\n") if line.startswith("  public:") and "extends" in line)
    moved = demo_text.replace(public + "\n", "").replace("audiences:\n", "audiences:\n" + public + "\n")
    assert parse_policy(moved, "policy.yaml").audiences == demo.audiences


EDITS: list[tuple[str, str, str, str]] = [
    # what is found, what it is changed to, the key named, and what the message says
    ("name: demonstration", "nom: demonstration", "nom", "not known"),
    ("name: demonstration\n", "", "name", "missing"),
    ("name: demonstration", "name: [a]", "name", "found a list"),
    ("name: demonstration", "name: deux mots", "name", "'deux mots'"),
    ("format: huisclos-policy/1", "format: huisclos-policy/2", "format", "expected huisclos-policy/1"),
    ("version: 1\n", "version: 0\n", "version", "from 1 to 999999, found 0"),
    ("version: 1\n", "version: '1'\n", "version", "found '1'"),
    ("version: 1\n", "version: 1\nversion: 2\n", "version", "stands twice; the first is on line"),
    ("time_zone: Europe/Paris", "time_zone: Europe/Lutece", "time_zone", "a time zone such as Europe/Paris"),
    ("time_zone: Europe/Paris", "time_zone: ../../etc/passwd", "time_zone", "something like Europe/Paris"),
    ("time_zone: Europe/Paris", "time_zone: Europe", "time_zone", "a time zone such as"),
    ('article_6: "e"', 'article_6: "z"', "processing.legal_basis.article_6", "a, b, c, d, e, f"),
    ("date: 2026-01-15", "date: 2026-02-30", "processing.dpia.date", "a date of the calendar"),
    ("date: 2026-01-15", "date: 15/01/2026", "processing.dpia.date", "found '15/01/2026'"),
    ("date: 2026-01-15", "date: 2026-01-15T10:00:00Z", "processing.dpia.date", "a date of the calendar"),
    ("public_archives: false", "public_archives: 0", "processing.public_archives", "true or false, found 0"),
    ("public_archives: false", "public_archives:", "processing.public_archives", "found nothing"),
    ('    authorisation: "texte inventé pour la démonstration"\n', "", "processing.offence_data.processed", "authoris"),
    ('controller: "Laboratoire Exemple"', 'controller: " "', "processing.controller", "found an empty text"),
    (
        "required_before: transcription",
        "required_before: later",
        "consent.required_before",
        "none, transcription, return",
    ),
    ("deposit]", "sale]", "consent.uses[5]", "found 'sale'"),
    ("uses: [recording, return, research, public, deposit]", "uses: []", "consent.uses", "found an empty list"),
    ("group:    {people: 2", "group:    {people: 0", "clearance.group.people", "from 1 to 9, found 0"),
    (
        "people: 2, reviewer_counts: true}\n  research",
        "people: 2}\n  research",
        "clearance.group.reviewer_counts",
        "missing",
    ),
    ("assessment: required", "assessment: maybe", "clearance.public.assessment", "required, none"),
    ("attribute: 3", "attribute: three", "thresholds.attribute", "found 'three'"),
    ("YOUTH: pseudonymize", "YOUTH: keep", "audiences.group.YOUTH", "YOUTH can never be kept"),
    (
        "{extends: group, AGE",
        "{extends: group, YOUTH: keep, AGE",
        "audiences.research.YOUTH",
        "YOUTH can never be kept",
    ),
    ("PERSON: pseudonymize", "PERSON: hide", "audiences.group.PERSON", "pseudonymize, generalize, redact, keep"),
    ("CONTACT: redact", "CONTACT: shift", "audiences.group.CONTACT", "redact, keep"),
    ("    QUASI: redact\n", "", "audiences.group.QUASI", "missing"),
    ("    QUASI: redact\n", "    QUASY: redact\n", "audiences.group.QUASY", "not known"),
    ("speakers: role", "speakers: name", "audiences.group.speakers", "role, family, code"),
    ("extends: group, AGE", "extends: nobody, AGE", "audiences.research.extends", "found 'nobody'"),
    ("extends: group, AGE", "extends: public, AGE", "audiences.public.extends", "circle: research, public, research"),
    ("extends: group, AGE", "extends: research, AGE", "audiences.research.extends", "circle: research, research"),
    ("  public:   {extends", "  press:    {extends", "audiences.press", "not known"),
    ("theme: {same_as: cleared}", "theme: {same_as: clear}", "schedule.theme.same_as", "found 'clear'"),
    ("theme: {same_as: cleared}", "theme: {same_as: theme}", "schedule.theme.same_as", "circle: theme, theme"),
    ("theme: {same_as: cleared}", "theme: {same_as: cleared, then: keep}", "schedule.theme.then", "not known"),
    ("  theme: {same_as: cleared}\n", "", "schedule.theme", "missing"),
    ("  theme: {same_as: cleared}", "  people: {same_as: cleared}", "schedule.people", "not known"),
    ("after: issued", "after: printed", "schedule.certificate.after", "received, cleared, return_closed"),
    (
        "{after: research_ended, keep: 2 years",
        "{after: research_ended, keep: -2 years",
        "schedule.cleared.keep",
        "negative",
    ),
    ("{after: research_ended, keep: 2 years", "{after: research_ended, keep: 2", "schedule.cleared.keep", "45 days"),
    (
        "{after: research_ended, keep: 2 years",
        "{after: research_ended, keep: 2 weeks",
        "schedule.cleared.keep",
        "'2 weeks'",
    ),
    (
        "{after: research_ended, keep: 2 years",
        "{after: research_ended, keep: 200 years",
        "schedule.cleared.keep",
        "at most 100 years",
    ),
    (
        "keep: 2 years, then: review",
        "keep: 2 years, then: burn",
        "schedule.cleared.then",
        "destroy, review, keep, transfer",
    ),
    ("{then: keep, because", "{then: keep, after: issued, because", "schedule.output.after", "not known"),
    (
        "latest: {after: received, keep: 45 days}",
        "latest: 45 days",
        "schedule.recording.latest",
        "a table of keys (after, keep)",
    ),
    ("outbox: 7 days", "outbox: -7", "copies.outbox", "negative"),
    ("stop_if_share_due: 30 %", "stop_if_share_due: 0.3", "retention.stop_if_share_due", "a share such as 30 %"),
    ("stop_if_share_due: 30 %", "stop_if_share_due: 130 %", "retention.stop_if_share_due", "found '130 %'"),
]


@pytest.mark.parametrize(("old", "new", "key", "says"), EDITS, ids=[f"{n}-{e[2]}" for n, e in enumerate(EDITS)])
def test_each_fault_names_its_key_and_what_is_allowed(demo_text: str, old: str, new: str, key: str, says: str) -> None:
    """One wrong thing in a good file is refused with file, line, key and what is allowed."""
    assert old in demo_text
    error = fault(demo_text.replace(old, new, 1))
    assert error.facts["key"] == key
    assert says in str(error), str(error)
    assert error.facts["file"] == "policy.yaml" and error.place == f"policy.yaml:{error.facts['line']}"
    assert error.exit is Exit.CONTRACT


@pytest.mark.parametrize(
    ("old", "new", "bad"),
    [
        ("version: 1\n", "version: one\n", "version: one"),
        ("DATE: shift", "DATE: drop", "DATE: drop"),
        ("    keep: 0 days\n", "    keep: none\n", "    keep: none"),
        ("latest: {after: received, keep: 45 days}", "latest:\n      after: received\n      keep: x", "      keep: x"),
        ("deposit]", "deposit,\n  sale]", "sale]"),
        ("plot: 3}", "plot: 3,\n  third: 1}", "third: 1"),
    ],
)
def test_the_line_is_the_line_of_the_key(demo_text: str, old: str, new: str, bad: str) -> None:
    """The line named is where the key or the list item stands, in block and in flow style."""
    text = demo_text.replace(old, new, 1)
    assert fault(text).facts["line"] == line_of(text, bad)


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("", "empty", None),
        ("# only a comment\n", "empty", None),
        ("- a\n- b\n", "found a list", 1),
        ("just words\n", "found 'just words'", 1),
        ("format: huisclos-policy/1\nname: &a x\n", "anchors", 2),
        ("format: huisclos-policy/1\nname: *a\n", "anchors", 2),
        ("a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors", 1),
        ("format: !!python/object:os.system x\n", "tags", 1),
        ("format: !!str huisclos-policy/1\n", "tags", 1),
        ("format: huisclos-policy/1\n---\nformat: huisclos-policy/1\n", "second document", 2),
        ("[" * 5000, "nested deeper", 1),
        ("a: " + "{a: " * 20 + "\n", "nested deeper", 1),
        ("format: huisclos-policy/1\n\tname: x\n", "not valid YAML", 2),
        ("format: 'huisclos\n", "not valid YAML", None),
        ("format: huisclos-policy/1\nname: a\x07b\n", "not valid YAML", 2),
        ("? [a]\n: b\n", "a key that is a word", 1),
        ("<<: {format: x}\n", "not known", 1),
        ("# " + "x" * 5000, "a line of 5002 characters", 1),
    ],
)
def test_what_is_not_our_yaml_is_refused(text: str, says: str, line: int | None) -> None:
    """Bombs, tags, second documents and broken syntax are refused with the line."""
    if "[" * 100 in text:
        text = "\n".join(text[at : at + 1000] for at in range(0, len(text), 1000))
    error = fault(text)
    assert says in str(error)
    if line is not None:
        assert error.facts["line"] == line


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    """More than 256 KiB is refused, whatever it holds."""
    assert f"at most {LARGEST}" in str(fault(b"a: " + b"x" * LARGEST))


def test_another_encoding_is_named_with_its_line(demo_text: str) -> None:
    """Text saved as Latin-1 is refused, with the line of the first byte that cannot be read."""
    error = fault(demo_text.encode("latin-1"))
    assert "UTF-8" in str(error) and error.facts["line"] == 1


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["mark", "crlf"])
def test_a_byte_order_mark_and_windows_lines_are_tolerated(
    demo_text: str, demo: Policy, change: Callable[[str], str]
) -> None:
    """What Windows editors add changes nothing."""
    assert parse_policy(change(demo_text).encode(), "policy.yaml") == demo


@pytest.mark.parametrize("word", ["à compléter", "À COMPLÉTER par le DPO", "a\u0300 comple\u0301ter"])
def test_placeholders_are_legal_and_listed(demo_text: str, word: str) -> None:
    """A text that begins with the placeholder is accepted, and its key is listed."""
    text = demo_text.replace('"texte inventé pour la démonstration"', f'"{word}"')
    text = text.replace("date: 2026-01-15", f'date: "{word}"').replace('article_9: "j"', f'article_9: "{word}"')
    policy = parse_policy(text, "policy.yaml")
    assert set(policy.placeholders) == {
        "processing.offence_data.authorisation",
        "processing.dpia.date",
        "processing.legal_basis.article_9",
    }
    assert policy.processing.dpia_date is None and not policy.offence_data_authorised


def test_an_audience_the_policy_does_not_know_is_refused(demo_text: str) -> None:
    """Asking for the profile of an absent audience says so."""
    lines = [line for line in demo_text.split("\n") if not line.startswith("  public:")]
    policy = parse_policy("\n".join(lines), "policy.yaml")
    with pytest.raises(PolicyError, match="no audience public"):
        policy.profile(Audience.PUBLIC)


def test_the_digest_is_of_the_text(demo_text: str) -> None:
    """Text or bytes, with a byte order mark or Windows lines, have one digest; one more blank is another policy."""
    windows = b"\xef\xbb\xbf" + demo_text.replace("\n", "\r\n").encode()
    assert policy_digest(demo_text) == policy_digest(demo_text.encode()) == policy_digest(windows)
    assert policy_digest(demo_text + " ") != policy_digest(demo_text)
    assert policy_digest(demo_text) == hashlib.sha256(demo_text.encode()).hexdigest()


def test_a_policy_cannot_be_changed(demo: Policy) -> None:
    """Neither its values nor what they contain can be set."""
    with pytest.raises(AttributeError):
        demo.version = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        demo.audiences[Audience.GROUP].operators[EntityType.YOUTH] = Operator.KEEP  # type: ignore[index]


@given(st.data())
def test_a_damaged_policy_reads_or_is_refused(data: st.DataObject) -> None:
    """Whatever is cut out of a good file, the reader answers a policy or a PolicyError, nothing else."""
    from pathlib import Path

    text = (Path(__file__).parents[2] / "policies" / "samples" / "demo.yaml").read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    put = data.draw(st.text(alphabet="{}[]:,-&*!|>'\"%@`#? \n\tab1é", max_size=6))
    try:
        parse_policy(text[:start] + put + text[end:], "policy.yaml")
    except PolicyError as error:
        assert error.facts["file"] == "policy.yaml"
