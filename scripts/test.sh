#!/bin/sh
# Every test of the workspace; the runner's own summary comes last.
set -eu
cd "$(dirname "$0")/.."

cargo test --workspace --locked --quiet --doc
if cargo nextest --version >/dev/null 2>&1; then
    profile=default
    if [ "${CI:-}" = true ]; then profile=ci; fi
    exec cargo nextest run --workspace --locked --profile "$profile" "$@"
fi
# One server at a time is slow but sure: without nextest nothing limits how many tests start one.
exec cargo test --workspace --locked --tests --no-fail-fast -- --test-threads 2 "$@"
