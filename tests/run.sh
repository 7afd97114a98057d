#!/usr/bin/env bash
# All tests of both environments (make test); with arguments pytest in .venv gets them (make soak).
# Two cores are kept busy: beside our quick tests run Rasa's, then the desk's and the channels' once
# more on a private PostgreSQL. What starts the whole product or a browser then has the machine to
# itself.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false TF_CPP_MIN_LOG_LEVEL=2
ours=(.venv/bin/python -m pytest --ignore tests/rasa)

beside() {
  local status=0
  .venv-rasa/bin/python -m pytest -c tests/rasa/pytest.ini tests/rasa || status=$?
  if (($# == 0)); then
    .venv/bin/python -m tests.postgres .venv/bin/python -m pytest tests/unit/desk \
      tests/unit/channels || status=$?
  fi
  return "$status"
}

log=$(mktemp)
# A group of its own, so that an interrupted run can end all of it.
set -m
beside "$@" >"$log" 2>&1 &
second=$!
set +m
trap 'rm -f "$log"; kill -- -"$second" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
if (($#)); then
  "${ours[@]}" "$@" || status=$?
else
  "${ours[@]}" -m "not (stack or browser)" || status=$?
fi
wait "$second" || status=$?
cat "$log"
if (($# == 0)); then
  "${ours[@]}" -m "stack or browser" || status=$?
fi
exit "$status"
