#!/usr/bin/env bash
# `make check`: each tool in turn, all of them even if one complains; fails if any did.
set -u
failed=()
step() {
  local name=$1; shift
  printf '%-14s' "$name"
  if output=$("$@" 2>&1); then echo ok; else echo FAILED; echo "$output" | tail -n 60; failed+=("$name"); fi
}
sql_of_migrations() {
  # squawk reads SQL: the migrations print theirs. The first one is left out: most of it is Procrastinate's own.
  mkdir -p .cache/squawk && alembic upgrade 0001:head --sql >.cache/squawk/migrations.sql 2>/dev/null &&
    squawk --config tests/squawk.toml .cache/squawk/migrations.sql
}
step format ruff format --check .
step ruff ruff check .
step mypy mypy
step imports lint-imports
step rules ast-grep scan --rule tests/code_rules.yml --error
step templates djlint --lint --quiet templates
step squawk sql_of_migrations
step drift pytest -q tests/test_migrations.py
step translations python tests/messages.py check
if [ ${#failed[@]} -gt 0 ]; then echo "failed: ${failed[*]}"; exit 1; fi
