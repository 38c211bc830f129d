# The commands of this repository; `make` alone lists them. Python >= 3.11, make and a package index are all they need.

.DEFAULT_GOAL := help
.PHONY: help setup run test check proof pictures lock clean
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?=

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do \
		printf '%-14s %s\n' "$$name" "$$text"; done

setup: ## make the environment in .venv from requirements.lock (only what changed)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null || { \
		echo "Manta needs Python 3.11 to 3.14 as $(PYTHON); PYTHON=/path/to/python names another" >&2; exit 2; }
	@$(PYTHON) scripts/environment.py

run: setup ## start everything; MANTA_* variables configure it, Ctrl-C ends it
	@$(BIN)/python scripts/web.py build
	@exec $(BIN)/manta up

test: check ## everything that CI asks: checks, then the whole suite (PYTEST_ARGS=... narrows it)
	@$(BIN)/python -m pytest -q -ra --durations=10 -n 2 --dist loadfile $(PYTEST_ARGS) </dev/null

check: setup ## style, types, import contracts, house rules
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "format: run .venv/bin/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/web.py check
	@$(BIN)/python -m pytest -q tests/house </dev/null

proof: setup ## the long forms of every bench, simulation and chaos run
	@$(BIN)/python -m tests.proof

pictures: setup ## docs/pictures/ anew: an installation, a crowd, a browser
	@$(BIN)/python -m tests.web.pictures

lock: ## compile requirements.lock anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@sh scripts/lock $(if $(UPGRADE),--upgrade)

clean: ## remove the environment and caches; data in .manta stays
	@rm -rf web/node_modules web/dist .venv .venv.lock .compiled .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
