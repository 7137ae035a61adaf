# A short command for every task. Each target runs set-up first, which takes no time if nothing changed.

PYTHON := python_worker/.venv/bin/python
FORGE := $(PYTHON) -m badge_forge
LOCK := uv pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
	--no-header --quiet
LOCKED := --constraint requirements.lock --constraint requirements-dev.lock

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo worker iex watch wall dash preview-all bench recording chaos test lint format audit sbom
.PHONY: contracts matrix lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Find or install what both languages need
	@bin/setup

setup-dev: ## Also install what tests and linters need
	@bin/setup dev

demo: ## Make ten badges, from Elixir through Python and back (BADGES=500 for more)
	@bin/demo

worker: setup ## Run the Python worker, which renders badges until Ctrl-C
	@$(FORGE) db run --role worker -- $(FORGE) worker

# In a separate process group (-m), so that Ctrl-C in iex does not interrupt make. Ctrl-Z would only stop iex.
iex: setup ## Open iex on the Elixir app: BadgeForge.enqueue_batch(10) (EVENT=my-conf: with its printers)
	@cd elixir_app && bash -mc 'stty susp undef 2>/dev/null; \
		../$(FORGE) db run --role print-center $${EVENT:+--event "$$EVENT"} -- iex -S mix; \
		code=$$?; stty susp "^Z" 2>/dev/null; exit $$code'

watch: setup ## Watch the queues, badges, failures and applications in the terminal
	@$(FORGE) watch

wall: setup ## Show badges in a browser as they are made, on 127.0.0.1:4001
	@$(FORGE) wall

dash: ## Start Oban Web, at http://127.0.0.1:4000/oban (needs Docker)
	@bin/dash

preview-all: setup ## Write a PNG of each design and type, in colour and greyscale, to var/previews
	@$(FORGE) preview --all

bench: setup-dev ## Measure the cost of a badge, into docs/benchmarks (15 minutes; QUICK=1 for a smoke test)
	@cd python_worker && .venv/bin/python -m pip --disable-pip-version-check install --quiet \
		--require-hashes --requirement requirements-bench.lock
	@cd python_worker && .venv/bin/python -m benchmarks $(if $(QUICK),--quick)

recording: setup-dev ## Record the demo and the wall for README, into docs/recording.webp (needs Chromium)
	@cd python_worker && .venv/bin/python -m pip --disable-pip-version-check install --quiet \
		--require-hashes --requirement requirements-recording.lock
	@cd python_worker && .venv/bin/python -m recording

chaos: export CHAOS := 1
chaos: setup-dev ## Make processes, database, disk and printer fail while badges are made (SEED=1 repeats a run)
	@cd python_worker && .venv/bin/python -m pytest --numprocesses 4 --dist worksteal tests/chaos

matrix: setup-dev ## Test both Obans on each other's jobs, and write this Oban's column of docs/compatibility.md
	@MATRIX=write bin/test matrix

test: setup-dev ## Run the tests of both languages (PARTS=unit: one part, CORPUS=all: every test name)
	@bin/test $$PARTS

contracts: setup-dev ## Generate the types of both languages from db/contracts/*.schema.json
	@cd python_worker && .venv/bin/python -m contract_types

lint: setup-dev ## Run the linters of both languages
	@bin/lint

format: setup-dev ## Format the code of both languages
	@cd python_worker && .venv/bin/ruff format . ../examples && .venv/bin/ruff check --fix . ../examples
	@cd elixir_app && mix format
	@cd elixir_app/without_hex && mix format
	@cd examples/minimal/elixir && mix format
	@cd examples/recipes && mix format
	@bin/include

AUDIT := var/audit
$(AUDIT)/.stamp: python_worker/requirements-audit.lock
	@rm -rf $(AUDIT) && $(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip --disable-pip-version-check install -qq --require-hashes \
		--requirement $<
	@touch $@

audit: setup $(AUDIT)/.stamp ## Check the locked Python packages for known vulnerabilities
	@$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		--requirement python_worker/requirements.lock >var/log/audit.log 2>&1 || { \
		grep -q "ID .*Fix Versions" var/log/audit.log && cat var/log/audit.log || \
		echo "audit: can't check for vulnerabilities: see var/log/audit.log" >&2; exit 1; }
	@tail -n 1 var/log/audit.log

sbom: setup $(AUDIT)/.stamp ## Write the locked Python packages to var/sbom.json (CycloneDX)
	@PYTHONWARNINGS=ignore $(AUDIT)/bin/cyclonedx-py requirements python_worker/requirements.lock \
		--pyproject python_worker/pyproject.toml --output-reproducible --output-file var/sbom.json
	@echo "var/sbom.json: lists the Python packages; those of Elixir are in elixir_app/mix.lock" >&2

lock: ## Regenerate the lock files from pyproject.toml (needs uv)
	@cd python_worker && $(LOCK) --extra embedded pyproject.toml --output-file requirements.lock
	@cd python_worker && $(LOCK) pyproject.toml --constraint requirements.lock \
		--output-file requirements-worker.lock
	@cd python_worker && $(LOCK) --group pyproject.toml:migrate --constraint requirements.lock \
		--output-file requirements-migrate.lock
	@cd python_worker && $(LOCK) --group pyproject.toml:dev --constraint requirements.lock \
		--output-file requirements-dev.lock
	@cd python_worker && $(LOCK) --extra tracing pyproject.toml $(LOCKED) \
		--output-file requirements-tracing.lock
	@cd python_worker && $(LOCK) --group pyproject.toml:build $(LOCKED) \
		--output-file requirements-build.lock
	@cd python_worker && $(LOCK) --group pyproject.toml:bench $(LOCKED) \
		--output-file requirements-bench.lock
	@cd python_worker && $(LOCK) --group pyproject.toml:recording $(LOCKED) \
		--output-file requirements-recording.lock
	@cd python_worker && $(LOCK) --group pyproject.toml:audit $(LOCKED) \
		--output-file requirements-audit.lock

clean: ## Remove the virtual environment and Elixir's builds, but not var/
	rm -rf python_worker/.venv elixir_app/_build elixir_app/deps var/oban var/oban-stamp
