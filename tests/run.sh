#!/usr/bin/env bash
# All tests of both environments; arguments go to pytest in .venv (make test, make soak). Without
# arguments the desk's and the channels' tests run once more, on a private PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false TF_CPP_MIN_LOG_LEVEL=2

# Rasa's tests use one core and ours the other.
rasa_log=$(mktemp)
trap 'rm -f "$rasa_log"; kill "$rasa_tests" 2>/dev/null || true' EXIT
.venv-rasa/bin/python -m pytest -c tests/rasa/pytest.ini tests/rasa >"$rasa_log" 2>&1 &
rasa_tests=$!
status=0
.venv/bin/python -m pytest --ignore tests/rasa "$@" || status=$?
if (($# == 0)); then
  on_postgres=(.venv/bin/python -m tests.postgres .venv/bin/python -m pytest)
  "${on_postgres[@]}" tests/unit/desk tests/unit/channels || status=$?
fi
wait "$rasa_tests" || status=$?
tail -n 60 "$rasa_log"
exit "$status"
