# The two commands of the README are `make show` and `make test`. Everything else is for us.
# Each one installs what it needs on Debian first (.ci/setup), and is quick when it is there.

CARGO ?= cargo

.PHONY: show test check bench setup help

help:
	@echo 'make show    the show-room: a whole office on this machine'
	@echo 'make test    all tests'
	@echo 'make check   formatting, lints, licences and sources of dependencies'
	@echo 'make bench   the figures, beside their peers'
	@echo 'make setup   only install what the tests and the figures need'

# The show-room starts the two real programs, so they are built first.
show:
	@.ci/setup show
	$(CARGO) build --locked --bins
	$(CARGO) run --locked --quiet --package tests --bin aufruf-showroom

# The stories start the two real programs, so they are built first. All tests run, also when
# one fails: one look tells everything.
test:
	@.ci/setup test
	$(CARGO) build --locked --bins
	$(CARGO) test --locked --workspace --no-fail-fast

check:
	@.ci/setup show
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	@.ci/deny

# Only optimised programs are worth measuring.
bench:
	@.ci/setup bench
	$(CARGO) build --locked --release --bins
	$(CARGO) bench --locked --package tests

setup:
	@.ci/setup bench
