# Cryptolib CPS. Python packages go to .venv, made on first use. Outside the clone only `install` changes something, and
# scripts/system-packages, which installs Debian packages that are missing. vsmartcard-vpcd, for what uses the virtual
# cards, adds a reader to the pcscd of this machine.
PYTHON ?=
PREFIX ?= /usr/local
SOAK_SECONDS ?= 600
WHEELS ?=
BIN    := .venv/bin
# Ends what takes longer than so many seconds, and fails when a process is left behind.
BOUNDED = $(BIN)/python -m conformance.testbed.bounded
ARM64 = conformance/packages/test_arm64.py
# Four at a time: clients and cards wait more than they compute. A browser on a busy machine takes longer than other tests.
TEST_CLIENTS = $(BIN)/pytest conformance/clients -n 4 --dist load --maxschedchunk 1 -o timeout=300 \
	-o faulthandler_timeout=330 --junit-xml build/clients/junit.xml

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: cards help demo check test test-faults test-sanitizers conformance fuzz soak test-clients test-desktop build lint bench coverage docs package wheel test-packages test-arm64 install uninstall clean runtime clients dev

help:             ## show this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: build cards ## sign with both virtual cards, and print each step
	@$(BIN)/python -m conformance.demo

check: build lint  ## run the linters and the white box tests of the Python code: under a minute
	@$(BOUNDED) 480 $(BIN)/pytest -n auto --dist loadfile --ignore=tests/native tests

test: dev         ## run all tests: linters, white box, black box on the built module, acceptance plan
	@$(BOUNDED) 1500 scripts/test

test-sanitizers: build dev ## run the tests of the C code with gcc's address, undefined behaviour and thread sanitizers
	@scripts/system-packages $(BIN)/python sanitizers && $(BOUNDED) 3600 scripts/test-sanitizers

conformance: build dev   ## run the acceptance plan of Cryptolib CPS 5 with each card, and print each result
	@$(BOUNDED) 600 $(BIN)/pytest conformance/acceptance

build: runtime    ## build the module into .venv and print where it is
	@scripts/build

lint: dev         ## check style, types, the direction of imports and the C
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && $(BIN)/lint-imports && scripts/lint-c

fuzz: build dev   ## call every function at random for ten minutes, then run the parser fuzz tests (SEED=n)
	$(BIN)/python -m conformance.robustness.fuzz.abi $(if $(SEED),--seed $(SEED)) && $(BIN)/pytest tests/fuzz --hypothesis-profile=long

test-faults: build cards ## try each fault at each exchange of each scenario, and count the results (40 minutes)
	@$(BOUNDED) 3000 $(BIN)/python -m conformance.robustness.faults

test-clients: clients ## interoperability tests with real clients: mail, OpenSSL, SSH, Java, PDF (as root)
	@$(BOUNDED) 1500 $(TEST_CLIENTS) -m "not display"

test-desktop: clients ## the same and Firefox and Chromium; needs a display and an idle machine
	@$(BOUNDED) 2400 $(TEST_CLIENTS)

soak: build cards ## use one card from many threads, forks and programs for SOAK_SECONDS (600), and count each answer
	@$(BOUNDED) $$(($(SOAK_SECONDS) * 2 + 600)) $(BIN)/python -m conformance.robustness.soak --seconds $(SOAK_SECONDS) $(SOAK)

bench: build cards ## count APDUs, instructions, file look-ups and milliseconds against OpenSC and SoftHSM
	@scripts/system-packages $(BIN)/python bench && $(BIN)/python -m conformance.benchmarks

coverage: build dev ## measure what the tests run of cryptolib/, and print it; see build/coverage/html
	@$(BOUNDED) 3600 scripts/coverage

docs: runtime     ## build the documentation site in build/site; a broken link fails
	@scripts/docs "$(PYTHON)"

package:          ## as root or with sudo: make a .deb and an .rpm for users in dist/, in a Debian 11 made for it
	@scripts/package dist $(if $(MAINTAINER),--maintainer "$(MAINTAINER)")

wheel:            ## make wheels for pip in dist/, for CPython 3.11 to 3.13 (WHEELS="3.12" for one)
	@scripts/wheel "$(PYTHON)" $(WHEELS)

test-packages: package wheel clients dev ## as root: install, use, upgrade and remove the packages in small Debian systems
	@scripts/system-packages $(BIN)/python test-packages && $(BOUNDED) 10800 $(BIN)/pytest -o faulthandler_timeout=1860 conformance/packages --ignore=$(ARM64)

test-arm64: build dev ## as root: build the package in a Debian arm64 on an emulated processor, and use it there
	@scripts/system-packages $(BIN)/python arm64 && $(BOUNDED) 7800 $(BIN)/pytest -o faulthandler_timeout=7500 $(ARM64)

install: build    ## install the module for this machine (PREFIX=/usr/local)
	@scripts/install "$(PREFIX)"

uninstall:        ## remove what `make install` installed
	@scripts/uninstall "$(PREFIX)"

clean:            ## remove everything that was built, .venv included
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

runtime:
	@scripts/environment "$(PYTHON)" build runtime

cards: runtime
	@scripts/system-packages $(BIN)/python cards

clients: build
	@scripts/environment "$(PYTHON)" build runtime dev cards clients && scripts/pkcs11-provider && scripts/sssd && scripts/node-packages

dev:
	@scripts/environment "$(PYTHON)" build runtime package dev cards
