#!/usr/bin/env bash
# Quality, printed (make evaluate): answers and refusals on our questions, retrieval on STARD when
# EVAL_DATA names a folder with it, intents and entities on the blind sets beside stock Rasa, whose
# model is trained once for each state of the training data (minutes).
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false TF_CPP_MIN_LOG_LEVEL=2
app=.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== answers and refusals (tests/evaluation/smoke*.jsonl; an early decision was tuned on these) =="
$app -m knowledge_base ingest knowledge_base/corpus --index "$work/ours"
$app -m knowledge_base quality tests/evaluation/smoke.jsonl \
  --negatives tests/evaluation/smoke_negatives.jsonl --index "$work/ours"

for half in dev test; do
  echo "== the same on questions written blind, $half half (tests/evaluation/README.md) =="
  $app -m knowledge_base quality tests/evaluation/questions.jsonl --half "$half" \
    --negatives tests/evaluation/negatives_blind.jsonl --index "$work/ours" | sed '/^failures:/,$d'
  echo "-- on our topics, but answered by no document when they were labelled ($half half)"
  $app -m knowledge_base quality tests/evaluation/questions.jsonl --half "$half" \
    --negatives tests/evaluation/questions_unanswered.jsonl --index "$work/ours" |
    grep -E '^negatives'
done

if [[ -n "${EVAL_DATA:-}" && -f "$EVAL_DATA/stard_dev.jsonl" ]]; then
  echo "== retrieval: STARD dev over all statutes =="
  $app -m knowledge_base ingest "$EVAL_DATA/statutes.jsonl" --index "$work/statutes"
  $app -m knowledge_base evaluate "$EVAL_DATA/stard_dev.jsonl" --index "$work/statutes"
  echo "== odd ids (even ids tune) =="
  $app -m knowledge_base evaluate "$EVAL_DATA/stard_dev.jsonl" --index "$work/statutes" --half test
  echo "== odd ids, only where fewer than 5 articles name the law: what a city's own texts are like =="
  $app -m knowledge_base evaluate "$EVAL_DATA/stard_dev.jsonl" --index "$work/statutes" \
    --half test --seldom 5
  echo "== each stage alone and in company =="
  $app -m knowledge_base.training.measure "$EVAL_DATA/stard_dev.jsonl" --index "$work/statutes"
  echo "== documents of which only the text is known: questions on 36 official ones, none of them a lesson =="
  $app -m tests.evaluation.official --data "$EVAL_DATA"
else
  echo "== retrieval: EVAL_DATA is not set, so only the project's own questions were measured =="
fi

echo "== blind questions, none of them a lesson: one more writer; trades and stories that sound odd; honest in the words of cheats =="
$app -m tests.evaluation.asked --index "$work/ours"

echo "== questions to be refused, none of them a lesson: absurd and invented; wishes to cheat =="
for set in refused cheats; do
  $app -m knowledge_base quality tests/evaluation/smoke.jsonl \
    --negatives "tests/evaluation/${set}_blind.jsonl" --index "$work/ours" | grep -E "^negatives_refused|^negatives "
done

echo "== speed and size over 60,461 passages, bm25s beside it =="
$app -m tests.benchmarks.retrieval || true

echo "== understanding: intents and entities written blind (tests/rasa/*_blind_test.yml), stock Rasa beside =="
.venv-rasa/bin/python -m bot evaluate --stock
echo "== the older set of intents, known to whoever trains =="
.venv-rasa/bin/python -m bot evaluate --test tests/rasa/intents_test.yml | tail -n 2
