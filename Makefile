# Two commands matter: `make run` shows the product, `make test` checks all of it. `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# How many tests run at once: on two cores a third uses what the others wait for.
JOBS ?= 3

# Stamps, so that a second `make run` starts at once. They stand inside the environment and die with it.
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
INSTALLED_FOR_TESTS := $(VENV)/.installed-for-tests

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help install run test lint fmt soak bench relevance lock clean debian

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

$(MADE):
	@python=$$(tools/find-python) && tools/make-venv $(VENV) "$$python"
	@touch $@

# The lock holds setuptools too: with it in place the project itself is built without fetching anything.
$(INSTALLED): $(MADE) requirements/run.txt setup.cfg pyproject.toml
	@echo "Installing Samväg and what it needs (about a minute, once)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_FOR_TESTS): $(INSTALLED) requirements/test.txt
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

install: $(INSTALLED) ## make the virtual environment and install what is locked

run: $(INSTALLED) ## show the product with demo data on this machine; Control-C stops it
	@exec $(BIN)/samvag run

debian:
	@tools/debian-for-tests

# Lint goes first, so that the last lines are pytest's own count.
test: $(INSTALLED_FOR_TESTS) debian lint ## check all: format, lint, types, import contracts, tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

lint: $(INSTALLED_FOR_TESTS) ## format, lint, types and import contracts, without the tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(INSTALLED_FOR_TESTS) ## write the code in the one format
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

soak: export SAMVAG_TEST_SIZE = full
soak: $(INSTALLED_FOR_TESTS) debian ## the tests at full size: more kills, more rows, more rounds
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --timeout 3600

bench: export SAMVAG_TEST_SIZE ?= full
bench: $(INSTALLED_FOR_TESTS) debian ## measure, and print each figure beside its limit
	@$(BIN)/python -m pytest tests/benchmarks -s -p no:randomly --timeout 3600

relevance: export SAMVAG_TEST_SIZE = full
relevance: $(INSTALLED_FOR_TESTS) debian ## ask the judged queries, and print how often the right function comes first
	@$(BIN)/python -m pytest tests/relevance -s -q -p no:randomly

# Needs uv, which is no part of the lock it writes. What is pinned stays unless setup.cfg asks for more.
COMPILE = uv pip compile setup.cfg --universal --generate-hashes --no-emit-index-url --python-version 3.11 --quiet
lock: ## pin what setup.cfg asks for, with hashes
	@$(COMPILE) --extra build --output-file requirements/run.txt
	@$(COMPILE) --extra build --extra test --output-file requirements/test.txt

clean: ## remove the environment and what the tools leave behind, never data under var/
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
