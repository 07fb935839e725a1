# Each target sets up what it needs, and does nothing where that is there.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# What the tests need beyond that: releases of Azure's clients, and programs from npm.
TEST_STAMP := $(VENV)/.ready-to-test
# Two processes, each with servers of its own, take a file of tests in turn. The long ones are in the folders that come first.
TEST_PROCESSES := --numprocesses 2 --dist loadfile --no-loadscope-reorder
NPM_LOCKS := $(wildcard tests/acceptance/clients/*/package-lock.json tests/tools/package-lock.json)

.DEFAULT_GOAL := help
.PHONY: help setup run test faults hostile fuzz bench lint samples constraints images clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything into .venv and fetch the models

run: $(STAMP) ## Start the service on this machine and read the sample documents
	@exec $(BIN)/readfleet up --sample --data var

test: lint $(TEST_STAMP) ## Run the linters and every test
	$(BIN)/pytest $(TEST_PROCESSES)

faults: $(STAMP) ## Kill, cut and starve a real fleet while 300 documents come in
	$(BIN)/python -m tests.faults

hostile: $(STAMP) ## Send a real fleet files that mean harm
	$(BIN)/python -m tests.faults.hostile

fuzz: $(STAMP) ## Fuzz what looks at a client's bytes, for a minute each
	$(BIN)/python -m tests.faults.fuzz

bench: $(STAMP) ## Read pages side by side with other programs: DATA=DIR, and OPTIONS
	@$(BIN)/readfleet bench $(if $(DATA),--data "$(DATA)") $(OPTIONS)

lint: $(STAMP) ## Run the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

samples: $(STAMP) ## Render the sample documents again
	$(BIN)/python scripts/render_samples.py

constraints: | $(BIN)/python ## Pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--group dev pyproject.toml --output-file constraints.txt

images: ## Build the container images, with IMAGE_OPTIONS of docker, podman or buildah
	@sh scripts/build_images.sh $(IMAGE_OPTIONS)

clean: ## Remove everything that can be made again, but not the data in var
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Readfleet needs Python 3.11 or newer. Install it, or name yours: make PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip

$(STAMP): pyproject.toml constraints.txt Makefile | $(BIN)/python
	@echo "Installing the libraries: about 2 GB, which takes some minutes the first time"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local,paddle]' --group dev
	@sh scripts/check_system.sh $(BIN)/python
	@$(BIN)/readfleet models
	@touch $@

$(TEST_STAMP): $(STAMP) scripts/check_test_system.sh scripts/install_test_clients.sh scripts/install_helm.py $(NPM_LOCKS)
	@sh scripts/check_test_system.sh
	@sh scripts/install_test_clients.sh $(VENV)
	@$(BIN)/python -m scripts.install_helm $(BIN)
	@touch $@
