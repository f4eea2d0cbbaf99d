# The one way in. `make help` lists the targets; each installs, fetches, configures and builds what it needs.
#   ARGS=...      passed on: to `ticklake demo`, to pytest by `make pytest`, to GoogleTest by `make unit`, to bench/run,
#                 to tools/fuzz
#   ROOM=FOLDER   the room under src/ that `make unit` tests (default base)
#   PREFIX=DIR    where `make install` puts the tree (default /usr/local)
#   SYSTEM=yes    neither install packages nor fetch libraries: use what the system has

SHELL := /bin/bash
.DEFAULT_GOAL := build
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
ARGS ?=
ROOM ?= base
SYSTEM ?=

build: build/build.ninja ## Build build/ticklake (the default)
	cmake --build build --parallel $(JOBS) --target ticklake

demo: build ## Build, then run `ticklake demo $(ARGS)`
	build/ticklake demo $(ARGS)

test: tools build/build.ninja ## The quick gate: build, unit tests, checks, lint of changed files, tests with real clients
	@tools/test --jobs $(JOBS)

unit: build/build.ninja ## The unit tests of one room, built and run: make unit ROOM=lake/rows ARGS='--gtest_filter=Names*'
	cmake --build build --parallel $(JOBS) --target tl_$(subst /,_,$(ROOM))_test
	build/bin/tl_$(subst /,_,$(ROOM))_test $(ARGS)

check: tools build/build.ninja ## The long one: the gate, sanitizers, full lint, fuzzing, long runs
	@tools/test --jobs $(JOBS) --long

check-asan: tools ## Of the long one: all unit tests and quick tests with real clients, under ASan and UBSan
	@tools/test --jobs $(JOBS) --preset asan

check-tsan: tools ## The same under ThreadSanitizer
	@tools/test --jobs $(JOBS) --preset tsan

pytest: tools build ## Only the tests with real clients: make pytest ARGS="-k kcat"
	tests/run $(ARGS)

test-interop: tools build ## Every client through every scenario, and Apache Kafka as the judge (fetches the clients)
	TICKLAKE_LONG=1 tests/run tests/test_interop.py tests/test_kafka_behaviour.py $(ARGS)

test-aws: tools build ## The AWS doors with all their clients, Terraform, Trino and Spark among them (fetches the last two)
	TICKLAKE_AWS=1 tests/run -m aws $(ARGS)

test-peers: tools build ## Our S3 and Glue clients against our door, moto, and versitygw and MinIO if they are installed
	cmake --build build --parallel $(JOBS) --target tl_scenarios_test
	TICKLAKE_PEERS=1 tests/run tests/test_peers.py $(ARGS)

bench: tools build/build.ninja ## Build and run the benches with their peers: make bench ARGS="produce"
	cmake --build build --parallel $(JOBS) --target ticklake benches
	"$$(tests/run --venv)/bin/python" bench/run $(ARGS)

fuzz: tools ## Fuzz every decoder with what the machine has to spare: make fuzz ARGS="--hours 8"
	cmake --preset asan --log-level=WARNING
	cmake --build --preset asan --parallel $(JOBS) --target fuzzers
	tools/fuzz $(ARGS)

install: build ## Install a tree that can be moved: make install PREFIX=DIR
	cmake --install build --prefix "$(PREFIX)"

format: tools ## Put every C++ file into the one format
	tools/check-format --fix

lint: tools build/build.ninja ## clang-tidy over every file
	tools/lint --all --jobs $(JOBS)

clean: ## Remove the build trees (the dependency cache stays)
	rm -rf build build-*

help: ## Show this
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Packages and libraries that Debian or the cache lacks; instant when complete.
deps:
ifeq ($(SYSTEM),)
	@tools/deps/install build
	@tools/deps/fetch
endif

# What only tests, lint and format need.
tools: deps
ifeq ($(SYSTEM),)
	@tools/deps/install test
endif

build/build.ninja: | deps
	cmake --preset release

.PHONY: build demo test unit check check-asan check-tsan pytest test-interop test-aws test-peers bench fuzz install format lint clean help deps tools
