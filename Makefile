# huisclos: `make demo` shows the main job on the recording that ships with the project,
# `make test` proves it. Both set up .venv first, from hash-pinned packages; nothing else is needed.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
SHELL  := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help demo test test-work test-rest test-nightly lint types imports licences messages release train lock docs setup setup-dev clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.runtime ## the environment that runs huisclos
setup-dev: $(VENV)/.dev ## the same, with what tests and docs need

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (PYTHON=... names another command)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(VENV)/bin/python
	@test -f $(VENV)/.dev || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m speech.models base
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m speech.models base
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime ## the main job, end to end, on demo/seance1.ogg (RECORDING=..., DOSSIER=... for your own)
	@$(BIN)/python demo/run_demo.py $(if $(RECORDING),--recording "$(RECORDING)") $(if $(DOSSIER),--dossier "$(DOSSIER)")

WORK := tests/flows tests/speech
REST := $(filter-out $(WORK) tests/__pycache__ tests/data tests/fakes tests/homes,$(patsubst %/,%,$(wildcard tests/*/)))

test: $(VENV)/.dev ## lint, types, import rules, and the test suite, in two halves at once
	@$(MAKE) --no-print-directory lint types imports licences
	@$(MAKE) --no-print-directory --jobs=2 test-work test-rest

test-work: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not nightly" $(WORK)

test-rest: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not nightly" $(REST)

test-nightly: $(VENV)/.dev ## the slow rest
	$(BIN)/python -m pytest -m nightly

lint: $(VENV)/.dev ## ruff, and the strict build of the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mkdocs build --strict --quiet --site-dir $(VENV)/site

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.dev ## who may import whom
	$(BIN)/lint-imports

licences: $(VENV)/.dev ## every installed licence is one that Apache-2.0 can live with
	$(BIN)/python -m tests.licences

release: $(VENV)/.dev ## VERSION=X.Y.Z: raise the number and keep a home of it (docs/en/contributing.md)
	@grep -qx '## $(VERSION)' CHANGELOG.md || { echo "CHANGELOG.md has no section ## $(VERSION)."; exit 1; }
	sed -i 's/^version = ".*"$$/version = "$(VERSION)"/' pyproject.toml
	@$(MAKE) --no-print-directory setup-dev
	$(BIN)/python -m tests.homes.make
	$(BIN)/python -m pytest tests/flows/test_kept_homes.py

docs: $(VENV)/.dev ## the documentation, into site/
	$(BIN)/mkdocs build --strict

messages: $(VENV)/.dev ## extract what people read, merge it into the French catalogue, compile it
	$(BIN)/pybabel extract -F babel.cfg -k N_ -k _ --no-location --sort-output -o console/locale/huisclos.pot .
	$(BIN)/pybabel update -D huisclos -l fr -i console/locale/huisclos.pot -d console/locale --no-fuzzy-matching --ignore-obsolete
	$(BIN)/pybabel compile -D huisclos -l fr -d console/locale

train: ## train the detector again (its own environment; hours on a processor)
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check --require-hashes -r training/requirements.txt
	.venv-train/bin/python -m training.train

lock: ## renew the hash-pinned requirements (needs uv)
	uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.txt
	uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --universal training/requirements.in -o training/requirements.txt

clean: ## the environment and everything made
	rm -rf $(VENV) .demo site .mypy_cache .ruff_cache .hypothesis
