# Every target works on a fresh clone: it sets up what it needs first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= $(HOME)/.local/share/oms
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run test check format proto unit integration clean bench tour sim sim-sweep chaos reliability mutation

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the locked packages

$(STAMP): requirements.lock requirements-engine.lock requirements-calendars.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). On Debian: apt-get install python3.11 python3.11-venv"; exit 1; }
	@echo "setup: virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "setup: installing locked packages (a minute or two the first time)"
	@$(BIN)/pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements.lock -r requirements-engine.lock -r requirements-calendars.lock
	@$(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: setup ## start everything on this machine: broker, ClickHouse, venues, five services, order flow
	@$(BIN)/oms run --data $(DATA)

test: setup ## everything that proves the project
	@bash tests/run

unit: setup ## the tests that need no process
	@$(BIN)/python -m pytest tests -m "not integration"

integration: setup ## the tests over real processes
	@$(BIN)/python -m pytest tests -m integration

check: setup ## formatting, lint, types, import rules, the wire contract
	@$(BIN)/ruff format --check -q . && echo "format: ok"
	@$(BIN)/ruff check -q . && echo "lint: ok"
	@$(BIN)/mypy && echo "types: ok"
	@$(BIN)/lint-imports --no-cache | tail -3
	@$(BIN)/python proto/generate.py --check

tour: setup ## the README's five minutes, unattended; fails where an answer has another shape
	@$(BIN)/python tests/tour.py

bench: setup ## the figures beside their baselines, as a table and in build/bench.json (ten minutes)
	@GRPC_ENABLE_FORK_SUPPORT=0 $(BIN)/python tests/bench/run_bench.py

sim: setup ## one seed of the simulation: make sim SEED=7 (VERBOSE=1 tells every step)
	@$(BIN)/python -m oms.testing.simulation run --seed $(or $(SEED),0) $(if $(VERBOSE),--verbose)

sim-sweep: setup ## many seeds, on all cores; goes on where it was stopped (build/sim.json): make sim-sweep N=1000 SEED=0
	@$(BIN)/python -m oms.testing.simulation sweep --seeds $(or $(N),1000) --seed $(or $(SEED),0)

chaos: setup ## kill, pause and cut off real processes over three Kafka nodes, 200 kills; goes on where it was stopped
	@GRPC_ENABLE_FORK_SUPPORT=0 $(BIN)/python -m oms.testing.chaos --nodes 3 --kills $(or $(KILLS),200) --go-on

reliability: setup ## the figures of docs/reliability.md, into build/ (half an hour, on a machine that does nothing else)
	@$(BIN)/python tests/bench/failover_bench.py
	@$(BIN)/python tests/bench/recovery_bench.py
	@$(BIN)/python tests/bench/fence_cost.py

mutation: setup ## change the risk core at one place at a time: a test must notice; goes on where it was stopped (tests/mutation/record.txt)
	@$(BIN)/python tests/mutation/mutate.py $(if $(ONLY),--only $(ONLY)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(AGAIN),--again)

format: setup ## format the code
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

proto: setup ## generate oms/v1 from proto/
	@$(BIN)/python proto/generate.py

clean: ## remove what was built (not the data directory)
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .hypothesis *.egg-info
