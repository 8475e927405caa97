# Needs make, Python >= 3.11 and a package index. No AWS account, no Docker.

PYTHON ?= python3
WORKERS ?= auto
SAMPLE ?= $(or $(shell git rev-parse --short HEAD 2>/dev/null),1)

run := .venv/bin/python
ours := PYTHONPATH=layers/penstock:cli:.
tests = $(run) -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile ci $(if $(SLOWEST),--durations=$(SLOWEST))
aws := AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0
compile := $(run) -m uv pip compile --quiet --no-emit-index-url --no-annotate --no-header $(UPGRADE)

linked := benchmarks cli docs events examples functions statemachine template.yaml tests twin pyproject.toml

.PHONY: help demo replay power test generated soak deaths guarantees bench-judge mutate stories check lint types template lock schemas build

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

demo: .venv/ready ## Release models on the local twin (STRATEGY=shadow, guardrail or ab: by another strategy; DEMO="--speed 30": options)
	@$(ours) $(run) -m examples.demo $(if $(STRATEGY),--strategy "$(STRATEGY)") $(DEMO)

replay: .venv/ready ## Judge recorded minutes again (MINUTES=file; ARGS="--plot out.svg": options)
	@$(ours) $(run) -m penstock_cli replay $(MINUTES) $(ARGS)

power: .venv/ready ## How soon a policy finds harm (ARGS="--requests-per-minute 600 ...")
	@$(ours) $(run) -m penstock_cli power $(ARGS)

test: .venv/ready ## Run the tests, a sample of the long ones (SAMPLE=1: another seed than the commit; PYTEST="-k gate": options)
	@SAMPLE=$(SAMPLE) $(tests) $(PYTEST)

.PHONY: test-all
test-all: .venv/ready ## Run every test, the sweeps at one point in four (SLOWEST=20: list the slowest)
	@SAMPLE= POINTS=$(SAMPLE) $(tests) $(PYTEST)

generated: .venv/ready ## Ten thousand generated inputs for every handler, and as many policies and reports
	@GENERATED=10000 $(run) -m pytest --hypothesis-profile ci -n $(WORKERS) --dist load tests/generated

deaths: .venv/ready ## Sweep a death, two deaths and every fault over every call of every scene
	@DEATHS=every $(run) -m pytest -q -n $(WORKERS) --dist load tests/sweeps

guarantees: .venv/ready ## The judge's promises on many simulated releases (RUNS=4000)
	@GUARANTEE_RUNS=$(or $(RUNS),4000) $(run) -m pytest -q -n $(WORKERS) tests/unit/judging/test_guarantees.py tests/unit/judging/test_holdback.py

bench-judge: .venv/ready ## The judge against four others: tables and plots in benchmarks/judge, under 5 minutes
	@$(ours) $(run) -m benchmarks.judge

.PHONY: bench-account
bench-account: .venv/ready ## Fifty releases at once among 200 endpoints, in benchmarks/account, some ten minutes
	@$(ours) $(run) -m benchmarks.account

.PHONY: bench-attacks
bench-attacks: .venv/ready ## The tables of docs/judge.md: strata, latency, holdback, attacks, under 5 minutes (RELEASES=200; TABLES="latency": some)
	@$(ours) $(run) -m benchmarks.figures $(or $(RELEASES),200) $(TABLES)

.PHONY: bench-goal
bench-goal: .venv/ready ## The goal's test against z-tests and Wald's: tables in benchmarks/goal, under a minute on two cores
	@$(ours) $(run) -m benchmarks.goal

.PHONY: bench-cold
bench-cold: .venv/ready ## What each cold start costs, as a ratio to importing ssl and http (FUNCTIONS="halt_release": some)
	@$(ours) $(run) -m benchmarks.cold $(FUNCTIONS)

mutate: .venv/ready ## Mutation testing of domain and use cases (MUTANTS="penstock.domain.ledger.gate.*": some)
	@rm -rf out/mutate && mkdir -p out/mutate && ln -s ../../layers/penstock out/mutate/src
	@ln -s $(addprefix ../../,$(linked)) out/mutate
	cd out/mutate && nice ../../$(run) -m mutmut run $(MUTANTS)

.PHONY: model
model: .venv/ready ## Check the ledger protocol exhaustively, all that it grew by: 5 minutes of one core
	@$(run) tests/model/check_grown.py $(MODEL)

stories: .venv/ready ## Write the golden texts of releases and reviews again; read the difference before you commit
	@$(ours) $(run) -m tests.stories.storybook
	@$(ours) $(run) -m tests.stories.review_stories

soak: .venv/ready ## Simulate random histories (N=20000 from FIRST=0, on every core; SEED=7: one, shrunk)
	@$(ours) $(run) -m tests.soak -n $(or $(N),20000) $(if $(FIRST),--first $(FIRST)) $(if $(SEED),--seed $(SEED)) $(if $(MUTANTS),--mutants)

.PHONY: permissions
permissions: .venv/ready ## Take every permission from every role in turn: something ends otherwise
	@$(run) -m pytest -n $(WORKERS) --dist load tests/end_to_end/every_permission.py $(PYTEST)

check: lint types template test ## All that has to pass before a commit; .ci/run tries all tests

lint: .venv/ready ## Style and format
	$(run) -m ruff check --output-format concise .
	$(run) -m ruff format --check .

types: .venv/ready ## Types, strict, of code and tests
	$(run) -m mypy

template: .venv/ready ## The template against SAM's and CloudFormation's rules
	$(aws) $(run) -m samcli validate --lint
	$(aws) .venv/bin/cfn-lint template.yaml

# Its pins keep its newest version from resolving beside ours, and it brings a hundred packages:
# a venv of its own, and no part of `make check`.
.PHONY: checkov
checkov: ## The template against checkov's rules; .checkov.yaml says what is skipped, and why
	@test -x out/checkov/bin/checkov || { $(PYTHON) -m venv out/checkov && \
		out/checkov/bin/python -m pip install -qq --disable-pip-version-check checkov==3.3.30; }
	out/checkov/bin/checkov --config-file .checkov.yaml

schemas: .venv/ready ## Write docs/policy.schema.json and docs/events again
	$(ours) $(run) -m docs.make_schema

.PHONY: descriptions
descriptions: .venv/ready ## Write what botocore has to know of the calls of the adapters
	@rm -rf layers/penstock/penstock/descriptions
	@$(ours) $(run) -m layers.make_descriptions

build: .venv/ready ## Build for AWS; needs python3.13 on the PATH (or BUILD=--use-container)
	$(aws) $(run) -m samcli build $(BUILD)
	@if python3.13 --version >/dev/null 2>&1; then python3.13 layers/compile_built.py .aws-sam/build; \
		else echo "Not compiled, so cold starts take twice as long: there is no python3.13"; fi

lock: .venv/ready ## Resolve the packages again (UPGRADE=--upgrade: to their newest versions)
	$(compile) pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		-o requirements.lock
	printf '%s\n' aws-lambda-powertools jmespath pydantic | $(compile) - \
		--constraints requirements.lock --python-version 3.13 \
		--python-platform aarch64-manylinux_2_28 -o layers/dependencies/requirements.txt

# A .venv that is a link belongs to another checkout, which keeps it up to date.
.venv/ready: $(if $(shell test -L .venv && echo linked),,requirements.lock cli/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Penstock needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "Installing the locked packages into .venv, once ..."
	@$(PYTHON) -m venv .venv
	@$(run) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(run) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e . -e ./cli
	@touch $@
