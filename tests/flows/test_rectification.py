"""What a person has to say is kept beside the talk, read with it, found in it, and ends with it (GDPR 16)."""

import pytest

from flows.steps.leaving import release
from flows.steps.retention.whys import explain
from flows.steps.reviewing import review
from flows.steps.rights import requests, withdraw
from flows.steps.rights.rectifying import LONGEST, keep_statement
from flows.steps.rights.standing import standing
from flows.steps.rights.traced import Wanted
from flows.steps.rights.traces import trace
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services
from policies.destruction import Why
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from tests.flows.test_requests import cleared, decided, home, in_clear, services, text, written
from vocabulary.choices import Article, Audience, Disposal, RecordClass, RequestKind, Ruling
from vocabulary.errors import StateError, UsageError
from vocabulary.statement import Statement

__all__ = ["cleared", "home", "services"]

AMAURY = "Amaury Zorbekian"
SAID = "Je n'ai jamais quitté Kwintesse,\nzzyvorak le sait."
YOUTH = Wanted(names=(text(AMAURY),))


def rectified(services: Services, said: str = SAID, at: int | None = 3) -> str:
    request = decided(services, AMAURY, kind=RequestKind.RECTIFICATION, speaks=False)
    keep_statement(services, request, factory.SESSION, at, text(said), "Dominique")
    return request


def kept(services: Services) -> list[RecordRow]:
    return standing(services, factory.CODE, RecordClass.STATEMENT)


def test_a_statement_is_read_with_the_talk_and_with_its_request_and_lies_nowhere_in_clear(
    home: factory.Built, services: Services
) -> None:
    """At the moment it is about; the log counts it; catalog and log agree; no file holds its words."""
    request = rectified(services)
    shown = review.show(services, factory.SESSION, "Camille").statements
    assert [(one.at, one.text.reveal()) for one in shown] == [(3, SAID)]
    assert requests.show(services, request, "Dominique").statements == shown
    entry = next(services.archive.log.entries(kind="statement-kept"))
    assert dict(entry.facts) == {"request": request, "record": kept(services)[0].id} and entry.session is not None
    assert in_clear(home.path) == []
    assert verify_archive(services.home, services.archive).findings == ()


def test_a_statement_goes_into_no_text_that_leaves(services: Services) -> None:
    """Nobody has looked in it for names: the return has the talk as it was cleared, and its clearances stand."""
    rectified(services)
    files = release.release(services, factory.SESSION, Audience.GROUP, ["txt"], "Dominique").files
    assert "Kwintesse" not in files[0].read_text(encoding="utf-8")


def test_the_letter_says_that_a_statement_is_kept(services: Services) -> None:
    """And, where none is, that what was to be corrected is."""
    assert "déclaration est conservée" in written(services, rectified(services))
    other = decided(services, AMAURY, kind=RequestKind.RECTIFICATION, speaks=False)
    assert "est corrigé" in written(services, other)


def test_a_statement_goes_with_its_person_who_does_not_name_themselves_in_it(services: Services) -> None:
    """By the names the request was searched under, or by the code the vault knows; no key opens it afterwards."""
    rectified(services)
    for wanted in (YOUTH, Wanted(code="Jeune 1")):
        assert len(trace(services, factory.CODE, wanted).sessions[0].loose) == 1
    record = kept(services)[0]
    for person in ("Camille", "Dominique"):
        withdraw.withdraw(services, withdraw.plan(services, factory.CODE, YOUTH, person), person)
    assert kept(services) == []
    assert not services.archive.keystore.has(services.archive.scope_of(record))


@pytest.mark.parametrize(
    "said", ["C'est faux :\nBastien Mirontaine ne m'a jamais vu.", "Bastien Mirontaine se trompe."]
)
def test_whoever_a_statement_names_is_found_in_it(services: Services, said: str) -> None:
    """Wherever its line begins."""
    rectified(services, said)
    colleague = Wanted(names=(text("Bastien Mirontaine"),), speaks=True)
    assert len(trace(services, factory.CODE, colleague).sessions[0].loose) == 1


def test_a_statement_ends_as_the_cleared_text_does(services: Services) -> None:
    """The same day; where the policy leaves the text to a person, the statement is destroyed after it."""
    rectified(services)
    told = {
        one.record_class: (one.due, one.disposal, one.why)
        for one in explain(services.settings, "essai/1", services.now())
    }
    (due, disposal, why), text = told[RecordClass.STATEMENT], told[RecordClass.CLEARED]
    assert due == text[0] and due is not None
    assert (text[1:], disposal, why) == ((Disposal.REVIEW, Why.TO_REVIEW), Disposal.DESTROY, Why.NOT_DUE)


@pytest.mark.parametrize("said", ["", "  \n ", "x" * (LONGEST + 1)])
def test_a_statement_says_something_and_not_too_much(services: Services, said: str) -> None:
    """What is refused leaves no record."""
    with pytest.raises(UsageError, match="A statement has between"):
        rectified(services, said)
    assert kept(services) == []


def test_a_statement_is_kept_for_a_granted_rectification_alone(services: Services) -> None:
    """Not for one that was refused, nor for another right, nor with a session of which no text is left."""
    refused = decided(
        services, AMAURY, Ruling.REFUSED, Article.GDPR_16, kind=RequestKind.RECTIFICATION, speaks=False
    )  # fmt: skip
    access = decided(services, AMAURY, speaks=False)
    for request in (refused, access):
        with pytest.raises(StateError, match="rectification that is granted"):
            keep_statement(services, request, factory.SESSION, None, text(SAID), "Dominique")
    granted = decided(services, AMAURY, kind=RequestKind.RECTIFICATION, speaks=False)
    catalog = services.archive.catalog
    texts = (RecordClass.VERBATIM, RecordClass.DRAFT, RecordClass.CLEARED)
    gone = [row for one in texts for row in catalog.records(workshop=factory.CODE, record_class=one)]
    services.commit(Change(replace=tuple(condemn(gone, services.now()))), Entry("destruction-intended"))
    finish_erasures(services)
    with pytest.raises(StateError, match="has no text"):
        keep_statement(services, granted, factory.SESSION, None, text(SAID), "Dominique")
    assert kept(services) == []


def test_a_statement_reads_as_it_was_written() -> None:
    """Its format keeps what was typed, and shows none of it by itself."""
    told = Statement("q-" + "0" * 32, text(SAID), (text(AMAURY),), 725)
    assert Statement.from_bytes(told.to_bytes()) == told
    assert "Kwintesse" not in repr(told) and "Amaury" not in repr(told)
