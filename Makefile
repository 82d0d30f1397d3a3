# What people and CI run. `make` alone lists the targets. Everything is found through .venv, which `make venv` brings.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
export LC_ALL ?= C.UTF-8
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help venv lint unit bump

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## Bring the Python environment (.venv) with every tool, pinned
	@scripts/venv main .venv >/dev/null

lint: venv ## Check style and rules of all files
	@scripts/lint

unit: venv ## Unit tests on the main environment (ARGS="-k name" narrows)
	@python -m pytest tests/unit $(ARGS)

bump: venv ## Resolve the locks again, to the newest versions within the bounds
	@requirements/compile.sh --upgrade
