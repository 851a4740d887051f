# Every target sets up what it needs by itself. Variables: PYTHON=/path/to/python3.12 picks the
# interpreter of a new environment, VENV=.venv312 its place, PYTEST_ARGS="-k name -x" reach pytest.
VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=

PY := $(VENV)/bin/python
# What `make test` leaves to `make test-marked`: long, or in need of more than Python and make.
MARKED := slow or cluster or browser or root
CODE := $(wildcard src tests examples benchmarks tools)

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-marked test-pythons lint format bench lock clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Create or complete the virtual environment (the other targets do it themselves)
	@PYTHON="$(PYTHON)" sh tools/setup.sh "$(VENV)"

demo: setup ## Search Python's own documentation strings on two engines
	@$(PY) examples/docs_search.py

test: setup ## Run the tests that need nothing but Python
	@$(PY) -m pytest -m "not ($(MARKED))" $(PYTEST_ARGS)

test-marked: setup ## Run the other tests: slow, cluster, browser, root (what cannot run here is skipped)
	@$(PY) -m pytest -m "$(MARKED)" $(PYTEST_ARGS) || { [ $$? -eq 5 ] && echo "no test is marked"; }

# What travels between processes and what annotations say differs between Python versions.
test-pythons: ## Run the core, shipping and parallel tests on the other supported Pythons found here
	@for minor in 3.12 3.13; do \
		python=''; \
		for each in python$$minor $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$minor*/bin/python; do \
			if $$each -c '' 2>/dev/null; then python=$$each; fi; \
		done; \
		if [ -z "$$python" ]; then echo "Python $$minor is not here: left out"; continue; fi; \
		echo "== Python $$minor"; \
		PYTHON=$$python sh tools/setup.sh .venv-$$minor || exit 1; \
		.venv-$$minor/bin/python -m pytest -q -n 2 -p no:cacheprovider -m "not ($(MARKED))" \
			tests/core tests/shipping tests/parallel $(PYTEST_ARGS) || exit 1; \
	done

lint: setup ## Check style, formatting, types and import direction
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m mypy $(filter-out tools,$(CODE))
	$(VENV)/bin/lint-imports

format: setup ## Rewrite the code in the house style
	$(PY) -m ruff check --fix $(CODE)
	$(PY) -m ruff format $(CODE)

bench: setup ## Measure this library, its peers and the speed goals (BENCH="core workers": only these)
	@$(PY) -m benchmarks $(BENCH)

# uv lives in its own throw-away environment: it makes the lock and is no part of it.
lock: setup ## Make requirements/dev.lock anew from pyproject.toml
	@$(PY) -m venv --clear build/lock-env
	@build/lock-env/bin/python -m pip install -qq --disable-pip-version-check uv
	@build/lock-env/bin/uv pip compile pyproject.toml --quiet --upgrade --group dev --all-extras \
		--universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements/dev.lock
	@rm -rf build/lock-env
	@echo "requirements/dev.lock is up to date"

clean: ## Remove what was built and cached (the virtual environment stays)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
