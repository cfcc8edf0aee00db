# make demo    the whole loop on a PostgreSQL server of its own, nothing left running
# make test    every test, on PostgreSQL 14 to 18
# make lint    formatting, clippy, the structure of the house, licences
.PHONY: demo test lint

demo:
	@scripts/setup.sh demo
	cargo run --quiet --locked --package pgward -- demo

# Without CI=true, a major that cannot be fetched is left out and the tests say so.
test:
	@scripts/setup.sh test
	@cargo xtask sign-on || test "$$CI" != true
	@cargo xtask openbao || test "$$CI" != true
	@cargo xtask pg-matrix || test "$$CI" != true
	@cargo xtask drivers || test "$$CI" != true
	@scripts/test.sh

lint:
	@scripts/setup.sh build
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo xtask structure
	cargo xtask deny
