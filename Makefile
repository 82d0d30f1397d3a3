# What people and CI run. `make` alone lists the targets. Every tool comes from .venv, which `make venv` brings.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
# Ansible refuses to start in a locale that isn't UTF-8.
export LC_ALL := C.UTF-8
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
# What takes long says so as it goes, in a log as well.
export PYTHONUNBUFFERED := 1

# Narrow a run: make unit ARGS="-k plan", make bench ARGS="--what plan", make molecule ARGS="-s vault".
ARGS ?=
# Tests side by side, a worker a core; ARGS="-n 0 …" runs them one after the other, as a debugger wants it.
BESIDE := -n auto --maxprocesses 4
INVENTORY ?= inventories/local
DEST ?= site-out/render
DIST ?= dist

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-down test lint sanity unit contract lab molecule chaos bench render docs bundle bump

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## Bring the Python environment with every tool, pinned
	@scripts/venv main .venv >/dev/null

# The lab, on this machine
demo: venv ## Bring the lab up on this machine and run site.yml on it
	@scripts/demo up $(ARGS)

demo-down: venv ## Stop the lab and remove it
	@scripts/demo down $(ARGS)

# The checks
test: venv ## Everything that CI checks
	@scripts/test

lint: venv ## Style and rules of all files
	@scripts/lint

sanity: venv ## ansible-test sanity on the oldest and the newest ansible-core
	@scripts/test sanity

unit: venv ## Unit tests, on the main environment
	@python -m pytest tests/unit $(BESIDE) --dist loadfile $(ARGS)

contract: venv ## Our tables of API calls against the systems' own API descriptions
	@python -m pytest tests/contract $(ARGS)

lab: venv ## Tests on the lab's real servers
	@python -m pytest tests/lab $(BESIDE) $(ARGS)

# The slower proofs
molecule: venv ## Every Molecule scenario, on the lab's real servers
	@molecule --base-config .config/molecule/config.yml test $(or $(ARGS),--all)

chaos: venv ## Kill, break and race what runs, and see it recover
	@python -m pytest tests/chaos $(BESIDE) $(ARGS)

bench: venv ## Measure against the peers
	@python -m tests.bench $(ARGS)

# What comes out
render: venv ## Write the whole plan of INVENTORY to DEST, as a GitOps repository would hold it
	@ansible-playbook playbooks/render.yml -i $(INVENTORY) -e render_dest=$(abspath $(DEST)) $(ARGS)

docs: venv ## Write the reference of modules and roles from their own documentation
	@python scripts/reference.py

bundle: venv ## The collection and all it needs in one folder, to install without a network
	@scripts/bundle $(DIST)

bump: venv ## Resolve the locks again, to the newest versions within the bounds
	@requirements/compile.sh --upgrade
