# The product's commands; docs/operations.md explains each.
PYTHON ?= python3.11
APP := .venv/bin/python
RASA := .venv-rasa/bin/python
export PYTHONUNBUFFERED := 1
# Tests, checks and bench never meet the served data.
SCRATCH := SECRET_KEY=$${SECRET_KEY:-checks-only} OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false

# Each process takes its own part of the 10,000, by its seed.
RANDOM_LIVES := tests/unit/desk/test_tickets_stateful.py

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast check format evaluate bench soak train passwords lock clean

help:  ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/' | expand -t 14

setup:  ## both environments, from their locks; quick when nothing changed
	@command -v $(PYTHON) >/dev/null || { \
	  echo "[setup] $(PYTHON) is missing: install Python 3.11 (Debian: apt-get install python3.11 python3.11-venv) or name yours: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) peipao/bootstrap.py

run: setup  ## everything on http://localhost:8000/ (PORT, HOST, DATA_DIR from the environment)
	@exec $(APP) -m peipao

test: setup  ## all tests, of both environments
	@tests/run.sh

test-fast: setup  ## the tests that start no servers
	@$(SCRATCH) $(APP) -m pytest tests/unit

check: setup  ## lint, types, import rules
	@$(APP) -m ruff check .
	@$(APP) -m ruff format --check .
	@$(SCRATCH) $(APP) -m mypy
	@$(APP) -m mypy --config-file bot/mypy.ini --python-executable $(RASA) -p bot
	@$(SCRATCH) .venv/bin/lint-imports --no-cache

format: setup  ## the formatter and the fixes it is sure of
	@$(APP) -m ruff check --fix .
	@$(APP) -m ruff format .

train: setup  ## the dialogue model, whether or not its inputs changed
	@$(RASA) -m bot train

evaluate: setup  ## quality: retrieval, answers, intents
	@tests/evaluation/run.sh

bench: setup  ## speed: stock Rasa and ours, side by side
	@$(SCRATCH) $(APP) -m tests.benchmarks

soak: setup  ## the full counts: failures, WeChat's load and 100,000 bodies, moves, clocks
	@SOAK=1 tests/run.sh -m "stack or soak"
	@SOAK=1 $(SCRATCH) $(APP) -m pytest tests/unit/desk/test_worktime.py
	@LIVES=5000 $(SCRATCH) $(APP) -m pytest --hypothesis-seed=1 $(RANDOM_LIVES) & half=$$!; \
	  LIVES=5000 $(SCRATCH) $(APP) -m pytest --hypothesis-seed=2 $(RANDOM_LIVES); other=$$?; \
	  wait $$half && exit $$other

passwords: setup  ## new passwords for the demo staff, printed once
	@$(APP) manage.py demo_staff --reset

lock: setup  ## requirements/app.lock from what .venv holds
	@{ sed -n '/^#/p' requirements/app.lock; $(APP) -m pip freeze | sed 's/^torch==.*/torch==2.13.0/'; } > requirements/app.lock.new
	@mv requirements/app.lock.new requirements/app.lock

clean:  ## both environments and all data of this checkout
	@rm -rf .venv .venv-rasa var models
