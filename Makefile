# Everything a newcomer needs: `make demo` and `make test`. Each does its own set-up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS   ?=

.PHONY: demo test check test-slow test-spark test-browser test-databases test-kafka bench bench-collect bench-integrate bench-know docs docs-check console tracker lock clean setup

$(VENV)/bin/python:
	@$(PYTHON) scripts/check_python.py
	$(PYTHON) -m venv $(VENV)

# What the product needs at run time, and Node from PyPI to build the console.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/runtime.txt
	ZHIYIN_SKIP_CONSOLE=1 $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# What its developers need on top.
$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Yardsticks that only benchmarks need, for they are large.
$(VENV)/.yardsticks: requirements/yardsticks.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/yardsticks.txt
	@touch $@

# The tracking SDKs that shops use, for the test that they may stay as they are.
$(VENV)/.sdks: scripts/install_sdks.py tests/sdks/python/requirements.txt tests/sdks/node/package-lock.json $(VENV)/.dev
	$(BIN)/python scripts/install_sdks.py
	@touch $@

setup: $(VENV)/.dev

console: $(VENV)/.runtime
	$(BIN)/python scripts/build_console.py

# The scripts for web pages and mini-programs.
tracker: $(VENV)/.runtime
	$(BIN)/python scripts/build_tracker.py

demo: $(VENV)/.runtime console tracker
	$(BIN)/zhiyin demo $(ARGS)

test: $(VENV)/.dev $(VENV)/.sdks
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

test-slow: $(VENV)/.dev
	$(BIN)/pytest -m "slow or data_large" -n 2 --dist loadgroup --timeout 900 --durations 8 $(ARGS)

test-spark: $(VENV)/.dev
	$(BIN)/pytest -m spark $(ARGS)

# Real servers, from the system's packages.
test-databases: $(VENV)/.dev
	$(BIN)/pytest -m databases $(ARGS)

# A real broker, fetched by Maven into .cache/kafka.
test-kafka: $(VENV)/.dev
	$(BIN)/pytest -m kafka $(ARGS)

test-browser: $(VENV)/.dev console tracker
	$(BIN)/pytest -m browser -n 2 --dist loadfile --durations 8 $(ARGS)

bench: $(VENV)/.yardsticks
	$(BIN)/python -m benchmarks $(ARGS)

# What the collector takes in, beside its yardsticks: HTTP, log to tables, files, databases.
bench-collect: $(VENV)/.dev
	$(BIN)/python -m benchmarks collect_http collect_loading collect_files collect_databases $(ARGS)

# Cleaning, quality, builds and who is who, beside their yardsticks.
bench-integrate: $(VENV)/.dev
	$(BIN)/python -m benchmarks integrate_builds integrate_cleaning integrate_quality integrate_identity integrate_linkage $(ARGS)

# Analysis, audiences, live profiles, baskets, personas, tiers and voice, beside their yardsticks.
bench-know: $(VENV)/.yardsticks
	$(BIN)/python -m benchmarks know_behavior know_audiences know_live know_baskets know_voice know_personas know_tiers $(ARGS)

docs: $(VENV)/.dev
	$(BIN)/mkdocs build --strict

docs-check: docs
	$(BIN)/pytest tests/docs $(ARGS)

# Uses uv from the development set to resolve; commit all files.
lock: $(VENV)/.dev
	$(BIN)/uv pip compile requirements/runtime.in --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements/runtime.txt
	$(BIN)/uv pip compile requirements/dev.in --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header -q -c requirements/runtime.txt -o requirements/dev.txt
	$(BIN)/uv pip compile requirements/yardsticks.in --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header -q -c requirements/runtime.txt -c requirements/dev.txt -o requirements/yardsticks.txt

clean:
	rm -rf $(VENV) tests/sdks/python/.packages tests/sdks/node/node_modules demo site artifacts dist .pytest_cache .ruff_cache .hypothesis src/zhiyin/api/console src/zhiyin/collect/scripts
