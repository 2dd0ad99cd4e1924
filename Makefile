# Two commands are enough on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PRODUCT := $(VENV)/.product
READY  := $(VENV)/.ready
OPENAPI := $(VENV)/openapi/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test acceptance lint types bench mutants docs clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Who wants to see the demo need not wait for what the tests need.
$(PRODUCT): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@# What pip does for a package that is not editable; where PYTHONDONTWRITEBYTECODE is set nobody else would.
	@$(BIN)/python -m compileall -q mockcloud
	@touch $@

$(READY): $(PRODUCT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(PRODUCT)  ## a whole conversation between the cloud and the bundled device
	$(BIN)/mockcloud demo

# What judges the control API's description has an environment of its own (see the file).
$(OPENAPI): tests/server/openapi/requirements.txt | $(READY)
	$(PYTHON) -m venv $(VENV)/openapi
	$(VENV)/openapi/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# What is installed, foreign or a process of its own: each of these costs as much as hundreds of the others.
ACCEPTANCE := tests/test_wheel.py tests/projects tests/sdk tests/examples tests/foreign tests/test_doc_blocks.py \
	tests/server/test_openapi.py tests/server/test_kill.py tests/commands/test_run_command.py \
	tests/commands/test_replay_devices.py tests/commands/test_new_extension.py

test: $(READY)  ## lint, types, and the tests of the product: under four minutes
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(ACCEPTANCE:%=--ignore=%)

acceptance: $(READY) $(OPENAPI)  ## the wheel, SDKs, examples, pages, the API's description
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(ACCEPTANCE)

lint: $(READY)  ## ruff: check and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY)  ## mypy, strict
	$(BIN)/mypy

bench: $(READY)  ## measure speed and memory beside a bare Quart app
	$(BIN)/python -m benchmarks

mutants: $(READY)  ## break cloud/ and cic/, see which tests notice (over an hour)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[mutants]'
	$(BIN)/mutmut run $(ONLY)
	$(BIN)/python -m benchmarks.mutants

docs: $(READY)  ## write the reference pages and build the site
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/python -m docs.build

clean:  ## remove everything that make made
	rm -rf $(VENV) build dist site docs/reference .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants
