# What one can do here. `make run` and `make test` do all their own setting up;
# they need python3 (3.11 or later), make and git.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Throwaway servers of the tests; another NAME lets two people test one clone at once.
TEST_SERVERS ?= test
COMPILE := .venv/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

export PORT

.DEFAULT_GOAL := help
.PHONY: help run test nightly backup restore bench lint fmt lock messages up down clean .venv

help: ## List what one can do
	@grep -E '^[.a-z]+:.*## ' Makefile | sed -E 's/^([.a-z]+):[^#]*## /  make \1\t/'

run: .venv/.installed ## Serve everything with a demo on http://127.0.0.1:8000 (PORT=…) until Ctrl-C
	@exec $(BIN)/python -m ops.run

test: .venv/.installed ## Run the tests on servers of their own (ARGS="-k name -x")
	@$(BIN)/python -m ops.messages compile
	@exec $(BIN)/python -m ops.servers exec $(TEST_SERVERS) -- $(BIN)/pytest -n 2 --dist worksteal -q $(ARGS)

nightly: .venv/.installed ## Run the long tests (ARGS=…)
	@$(BIN)/python -m ops.messages compile
	@exec $(BIN)/python -m ops.servers exec $(TEST_SERVERS) -- $(BIN)/pytest -m nightly $(ARGS)

backup: .venv/.installed ## Write a verified backup (TO=folder; else .state/backups)
	@exec $(BIN)/python -m ops.backup $(TO)

restore: .venv/.installed ## Restore a backup into an empty database (FROM=file, INTO=new database, ERASURES=list)
	@exec $(BIN)/python -m ops.restore $(FROM) $(if $(INTO),--into-new-database $(INTO)) $(if $(ERASURES),--erasures $(ERASURES))

bench: .venv/.installed ## Measure (NAME=… for one of bench/)
	@exec $(BIN)/python -m ops.servers exec bench -- $(BIN)/python -m bench $(NAME)

lint: .venv/.installed ## Check style, format and that imports go down only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

fmt: .venv/.installed ## Put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Production is held to the very versions that were tested.
lock: .venv/.installed ## Write the lock files anew from pyproject.toml (ARGS=--upgrade)
	$(COMPILE) $(ARGS) pyproject.toml --group embedded --group dev -o requirements.lock
	$(COMPILE) -c requirements.lock pyproject.toml -o requirements-production.lock
	echo uv | $(COMPILE) $(ARGS) - -o requirements-uv.lock

messages: .venv/.installed ## Collect the texts to translate, compile them, list what is missing
	@$(BIN)/python -m ops.messages extract
	@$(BIN)/python -m ops.messages compile
	@$(BIN)/python -m ops.messages check

up: ## Start the production composition (docker compose; see docker-compose.yml and .env.example)
	docker compose up --build --detach

down: ## Stop the production composition, keeping its data
	docker compose down

clean: ## Remove .venv, caches and the tests' servers; the data of `make run` stays
	$(PYTHON) -m ops.clean

.venv: .venv/.installed ## Install the locked packages
.venv/.installed: requirements.lock requirements-uv.lock ops/install.py
	@$(PYTHON) ops/install.py
	@touch $@
