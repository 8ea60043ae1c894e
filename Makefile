# Cryptolib CPS. Everything happens in .venv, made on first use; nothing outside the clone changes but `install`
# and the Debian packages that scripts/system-packages finds missing.
PYTHON ?=
PREFIX ?= /usr/local
SOAK_SECONDS ?= 600
BIN    := .venv/bin
# Ends what takes longer than so many seconds, and fails when a process is left behind.
BOUNDED = $(BIN)/python -m conformance.bounded

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-faults test-sanitizers conformance fuzz soak peers peers-all build lint bench package package-test install uninstall clean runtime clients dev

help:             ## show this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: build       ## sign with a virtual CPS4 and a virtual CPS3, and show every step
	@$(BIN)/python -m conformance.demo

test: dev         ## run every test: white box, black box on the built module, and the acceptance plan
	@$(BOUNDED) 1440 scripts/test

test-sanitizers: build dev ## run what uses C most with the address, undefined behaviour and thread sanitizers of gcc
	@scripts/system-packages $(BIN)/python sanitizers && $(BOUNDED) 3600 scripts/test-sanitizers

conformance: build ## play the original's acceptance plan with every card, and show each answer
	@$(BIN)/python -m conformance.traceability && $(BIN)/python -m conformance.suites.plan

build: runtime    ## build the module into .venv and print where it is
	@scripts/build

lint: dev         ## check style, types and the direction of imports
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && $(BIN)/lint-imports

fuzz: build dev   ## call every function at random for ten minutes, and feed every parser for some more (SEED=n)
	$(BIN)/python -m conformance.fuzz.abi $(if $(SEED),--seed $(SEED)) && $(BIN)/pytest tests/fuzz --hypothesis-profile=long

test-faults: build ## let every fault hit every exchange of every scenario, and count what comes of it (40 minutes)
	@$(BOUNDED) 3000 $(BIN)/python -m conformance.faults

peers: clients    ## let real clients use the module: mail, OpenSSL, SSH, Java, PDF
	@$(BOUNDED) 1500 $(BIN)/python -m conformance.peers --without-windows

peers-all: clients ## the same, and Firefox and Chromium in their windows
	@$(BOUNDED) 2400 $(BIN)/python -m conformance.peers

soak: build       ## let many threads, forks and programs use one card for SOAK_SECONDS (600), and count every answer
	@$(BOUNDED) $$(($(SOAK_SECONDS) * 2 + 600)) $(BIN)/python -m conformance.soak --seconds $(SOAK_SECONDS) $(SOAK)

bench: build      ## count APDUs, bytes and milliseconds against OpenSC
	@$(BIN)/python -m conformance.bench

package: build    ## make a .deb and an .rpm for users in dist/
	@scripts/environment "$(PYTHON)" build runtime package && $(BIN)/python -m distribution.package

package-test: package clients ## as root: install, use, upgrade and remove them in systems made for that
	@scripts/system-packages $(BIN)/python package-test && $(BOUNDED) 5400 $(BIN)/pytest -o faulthandler_timeout=660 conformance/packages

install: build    ## install the module for this machine (PREFIX=/usr/local)
	@scripts/install "$(PREFIX)"

uninstall:        ## remove what install put there
	@scripts/uninstall "$(PREFIX)"

clean:            ## forget everything that was built, .venv included
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

runtime:
	@scripts/environment "$(PYTHON)" build runtime

clients: build
	@scripts/environment "$(PYTHON)" build runtime dev peers && scripts/pkcs11-provider

dev:
	@scripts/environment "$(PYTHON)" build runtime package dev
