# Everything a developer runs. Each target sees to the virtual environment itself.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
CATALOGUES := $(wildcard fairlink/translations/*/LC_MESSAGES/messages.po)
NPROC := $(shell nproc 2>/dev/null || echo 2)
# The estimators' library alone takes each process three seconds to load.
FAST := -m "not browser and not journey and not load and not slow" --ignore=tests/monitoring/test_estimation.py
# Each process of a run compiles the same files, unless the first one keeps what it has compiled.
unexport PYTHONDONTWRITEBYTECODE

# No target with an explanation is a file.
.PHONY: $(shell sed -nE 's/^([a-z-]+):.*##.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(STAMP) $(CATALOGUES:.po=.mo) ## Make the virtual environment in .venv, with the fairlink command in it

$(STAMP): requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

%.mo: %.po $(STAMP)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

run: setup ## Run the platform with demonstration data; Ctrl-C stops it
	@FAIRLINK_ENV=development FAIRLINK_MAILBOX=1 exec $(BIN)/fairlink dev

test: setup browser ## All tests, those in a browser included
	$(BIN)/pytest -n $(NPROC) $(FAST)
	$(BIN)/pytest -m "browser or journey or load"

test-fast: setup ## The tests without browser, load and whole platforms
	$(BIN)/pytest -n $(NPROC) $(FAST)

test-slow: setup ## Long property runs: 3,000 examples of the engine, 200 walks of 50 steps through the diaries
	$(BIN)/pytest -n $(NPROC) --hypothesis-profile=new -m slow

browser: ## Install chromium where none is found and apt is there
	@bash tests/install_browser.sh

check: setup ## Linters, types, structure, migrations, translations
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tests/check.sh

format: setup ## Put the code into its one format
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

messages: setup ## Collect new texts into the translation catalogues
	$(BIN)/python tests/messages.py update

lock: setup ## Resolve the dependencies anew and lock them with hashes
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock

story: setup ## Play one fair from publication to a confirmed order over HTTP and SMTP
	@$(BIN)/python -m tests.journeys.story

chaos-booking: setup ## 500 concurrent bookings of one slot
	@$(BIN)/python -m tests.chaos.booking

chaos-envelope: setup ## 200 concurrent approvals on one envelope
	@$(BIN)/python -m tests.chaos.envelope

chaos-grants: setup ## 200 approvals at once, then 50 withdrawals whose money goes to the reserves in order
	@$(BIN)/python -m tests.chaos.grants

chaos-mail: setup ## kill -9 of workers 100 times under 4,000 due prompts
	@$(BIN)/python -m tests.chaos.mail

chaos-mail-more: setup ## Workers that stand still, four schedulers at once, two days without any worker
	@$(BIN)/python -m tests.chaos.mail more

bench-followup: setup ## Mails a second beside plain smtplib; planning a million leads (LEADS=...)
	@$(BIN)/python -m tests.load.bench_followup

chaos-payments: setup ## 500 payments and 100 refunds with a Stripe that fails at random
	@$(BIN)/python -m tests.chaos.payments

chaos-restore: setup ## A backup on another machine: the same data, and no mail before it is released
	@$(BIN)/python -m tests.chaos.restore

chaos-uploads: setup ## Pages while 20 people send a form at two bytes a second
	@$(BIN)/python -m tests.chaos.uploads

bench-pages: setup ## Bytes, requests and SQL statements of the main pages
	@$(BIN)/python -m tests.load.bench_pages

bench-quote: setup ## Quotes a second
	@$(BIN)/python tests/load/bench_quote.py

bench-results: setup ## Pages of results on 1,000,000 leads: p95, statements, and the same figures as a direct count
	@$(BIN)/python -m tests.load.bench_results

bench-evaluation: setup ## Estimators against simulated truth: coverage of their intervals, and bias
	@$(BIN)/python -m tests.load.bench_evaluation

bench-agenda: setup ## The agenda against published instances and an earlier prototype
	@$(BIN)/python tests/load/bench_agenda.py

bench-agenda-variants: setup ## The agenda against the prototype on instances made from the published ones
	@$(BIN)/python tests/load/bench_agenda.py --what variants --seconds 30

bench-agenda-large: setup ## 1,000 and 10,000 meetings against first come, first served: a minute each
	@$(BIN)/python tests/load/bench_agenda.py --what large

clean: ## Remove the virtual environment, caches and local data
	rm -rf $(VENV) .cache var
