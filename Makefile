.PHONY: help setup lock
.DEFAULT_GOAL := help

help: ## This list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## Make .venv from the hash-locked requirements
	@tools/setup

lock: ## Recompile requirements.txt from requirements.in (needs uv)
	@tools/lock
