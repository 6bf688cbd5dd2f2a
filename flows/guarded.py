"""Prefect sees ids, and nothing else: the wrapper under which no talk reaches the orchestrator.

By default Prefect writes parameters, results, log lines, exception texts and pickled exceptions to its
database and storage, even without persistence. So: parameters are opaque ids, checked before Prefect is
called; results are None, a boolean or a count; an exception is replaced outside its except block by a
StageError that names the stage and a kind; persistence, caching, print capture and API logging are off.
``ENVIRONMENT`` must be set before Prefect is imported (flows/server.py does).
"""

import functools
from collections.abc import Callable
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from vocabulary.ids import is_id


class StageError(Exception):
    """``<stage> stopped [kind]`` and nothing else. Picklable, without cause or context."""


def stage(name: str) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    """Make a Prefect task of a function from a session id to whether the walk may go on."""

    def decorate(function: Callable[[str], bool]) -> Callable[[str], bool]:
        options = task(name=name, persist_result=False, cache_policy=NO_CACHE, log_prints=False, retries=0)
        return _gate(options(_sealed_off(function, name)), name)

    return decorate


def walk(name: str) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    """Make a Prefect flow of a function from a session id to whether it went through."""

    def decorate(function: Callable[[str], bool]) -> Callable[[str], bool]:
        options = flow(name=name, persist_result=False, log_prints=False, validate_parameters=False)
        return _gate(options(_sealed_off(function, name)), name)

    return decorate


def _gate(function: Callable[..., Any], name: str) -> Callable[[str], bool]:
    @functools.wraps(function)
    def gate(session: str) -> bool:
        if not is_id(session):
            raise StageError(f"{name} stopped [parameter is no opaque id]")
        return bool(function(session))

    return gate


def _sealed_off(function: Callable[[str], bool], name: str) -> Callable[[str], bool]:
    @functools.wraps(function)
    def inner(session: str) -> bool:
        kind = None
        try:
            going = function(session)
        except StageError as error:
            kind = str(error)
        except Exception as error:
            kind = f"{name} stopped [{type(error).__name__}]"
        if kind is not None:  # outside the except block: no cause, no context, no frames of the fault
            raise StageError(kind)
        return going is True

    return inner
