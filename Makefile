# ai_systems.runbook: `make` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help setup demo bench e2e check lint test gate molecule lock traceability lint-docs printed clean
PYTHON := .venv/bin/python
# The architecture of lab nodes: amd64 or arm64; empty for the machine's own.
ARCH :=
ROLE :=
NAME :=

help: ## List the commands
	@echo "ai_systems.runbook. Times are for 2 cores."
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: ## Make .venv from the hash-locked requirements.txt
	@tools/setup

demo: ## From a fresh machine to a provisioned lab node [ARCH=amd64|arm64], 4 minutes
	@tools/demo $(ARCH)

check: setup ## The quick loop: lint, types, unit tests, 3 minutes
	@$(PYTHON) -m tools.run_gates check

lint: setup ## The runbook's lint over this collection and the sample ai-systems repository, 2 minutes
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/ansible-lint
	@.venv/bin/runbook-lint . lab/sample/ai-systems

test: setup ## Everything: also sanity, Galaxy import, all scenarios on arm64, tests on real nodes, 55 to 70 minutes
	@$(PYTHON) -m tools.run_gates test

gate: setup ## Some gates of `make test` by name: NAME=sanity, NAME=nodes; without NAME, list them
	@$(PYTHON) -m tools.run_gates $(if $(NAME),"$(NAME)",test --list)

molecule: setup ## The molecule scenario of one role: ROLE=ssh [ARCH=amd64|arm64]
	@$(PYTHON) -m tools.scenario $(or $(ROLE),$(error say which role: make molecule ROLE=hostname)) $(if $(ARCH),--arch $(ARCH))

bench: setup ## Measure this collection beside its peers on lab nodes, and write docs/benchmarks.md, 16 minutes
	@$(PYTHON) -m pytest -q tests/peers
	@$(PYTHON) -m benchmarks

e2e: setup ## A node's life on a real arm64 kernel: image, card, first boot, every procedure, 35 minutes
	@PATH="$(CURDIR)/.venv/bin:$$PATH" lab/node image --kind vm
	@$(PYTHON) -m pytest -q -s --durations=0 tests/e2e

lock: ## Compile requirements.txt from requirements.in anew
	@tools/lock

traceability: setup ## Make docs/traceability.md anew from the catalogue and the rules of the audit
	@PYTHONPATH=.collections $(PYTHON) -m tools.traceability

lint-docs: setup ## Make docs/lint.md anew from the rules, and the sample's copies of the lint's configuration
	@PYTHONPATH=lint $(PYTHON) -m tools.lint_page

printed: setup ## Put what the procedures print into docs/, from the last run of tests/nodes/test_procedures.py
	@$(PYTHON) -m tools.printed

clean: ## Remove what the gates leave here, not .venv and not the lab's images
	@rm -rf .ansible .cache .mypy_cache .pytest_cache .ruff_cache
