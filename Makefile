# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
XVFB := $(shell command -v xvfb-run)

.PHONY: help setup demo desk-demo handover-pictures test coverage lint format bench bench-demand bench-detect bundle artifact translations requirements conformance torture clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## .venv with everything, system libraries and the second EVM where they can be had

$(READY): requirements-dev.txt pyproject.toml resources/setup/system.sh
	@bash resources/setup/system.sh
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.13 is needed"; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@if command -v npm >/dev/null; then \
		npm install --silent --no-save --no-package-lock --no-audit --no-fund @foundry-rs/anvil@1.7.1 >/dev/null 2>&1 \
		|| echo "setup: anvil could not be installed; its tests will be skipped"; \
	else echo "setup: no npm here, so no anvil: its tests will be skipped"; fi
	@touch $(READY)

demo: $(READY) ## the sample world: table of verdicts, then the window (pictures where there is no display)
	@$(BIN)/wayproof demo

desk-demo: $(READY) ## a whole delivery in a real window, a picture of each step in docs/desk, and its receipt verified
	@$(if $(XVFB),$(XVFB) -a ,QT_QPA_PLATFORM=offscreen )$(BIN)/python -m app.ui.desk_demo docs/desk

handover-pictures: $(READY) ## hand-over, contradiction, devices and keys: pictures of two laptops in docs/screenshots
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m app.ui.handover_pictures docs/screenshots

test: $(READY) ## all tests
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -n auto --dist loadfile --hypothesis-profile=repeatable

coverage: $(READY) ## the tests of chain/, which must take every branch of it
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -n auto --dist loadfile --hypothesis-profile=unhurried --cov=chain --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100 tests/chain

lint: $(READY) ## ruff, mypy, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## bring the code into its form
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(READY) ## every figure that the README and the notes name
	@$(BIN)/python -m tests.bench

bench-demand: $(READY) ## forecasts beside Prophet on the shared panels
	@$(BIN)/python -m tests.bench.demand

bench-detect: $(READY) ## detection on networks never seen, beside other detectors (QUICK=--quick for a small run)
	@$(BIN)/python -m tests.bench.detect $(QUICK)

conformance: $(READY) ## every public vector, one line a set
	@$(BIN)/python -m tests.conformance

MUTANTS ?= 10000
GENUINE ?= 10000

torture: $(READY) ## changed files (MUTANTS=100000) and genuine ones (GENUINE=10000), kills of sync and outbox, every lie of a node
	@$(BIN)/python -m tests.torture.bundles $(MUTANTS) $(GENUINE)
	@$(BIN)/python -m tests.torture.depots 2000
	@$(BIN)/python -m tests.torture.second 2000
	@$(BIN)/python -m tests.torture.outbox 500
	@$(BIN)/python -m tests.torture.liars 1000

bundle: $(READY) ## a one-dir build that runs without Python, and its selftest
	@$(BIN)/pyinstaller --noconfirm --log-level WARN build.spec
	@QT_QPA_PLATFORM=offscreen dist/wayproof/wayproof selftest

artifact: $(READY) ## compile the contract
	@$(BIN)/python -m chain.contract.build

translations: $(READY) ## every text of the window into resources/translations, and what is not translated yet
	@$(BIN)/python -m resources.translations.build

requirements: ## resolve pyproject.toml into the hash-pinned files (needs uv)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --extra dev pyproject.toml -o requirements-dev.txt

clean: ## throw away what was made here
	@rm -rf .venv build dist node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
