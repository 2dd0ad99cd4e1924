# Two commands are enough on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
OPENAPI := $(VENV)/openapi/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench mutants docs clean

help:  ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(READY)  ## run a whole conversation between the cloud and the bundled device
	$(BIN)/mockcloud demo

# What judges the control API's description has an environment of its own (see the file).
$(OPENAPI): tests/server/openapi/requirements.txt | $(READY)
	$(PYTHON) -m venv $(VENV)/openapi
	$(VENV)/openapi/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test: $(READY) $(OPENAPI)  ## lint, types and every test, in under four minutes on two cores
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist worksteal

lint: $(READY)  ## ruff: check and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY)  ## mypy, strict
	$(BIN)/mypy

bench: $(READY)  ## measure speed and memory beside a bare Quart app
	$(BIN)/python -m benchmarks

mutants: $(READY)  ## break cloud/ and cic/ in small ways, see which tests notice (an hour; ONLY='mockcloud.cloud.tokens*')
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[mutants]'
	$(BIN)/mutmut run $(ONLY)
	$(BIN)/python -m benchmarks.mutants

docs: $(READY)  ## write the reference pages and build the site
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/python -m docs.build

clean:  ## remove everything that make made
	rm -rf $(VENV) build dist site docs/reference .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants
