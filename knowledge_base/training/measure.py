"""What each part of the search is worth: words alone, encoder alone, both.

python -m knowledge_base.training.measure QUESTIONS.jsonl --index DIR
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from knowledge_base.entries import indexed_text
from knowledge_base.evaluation import evaluate, read_questions
from knowledge_base.passages import Passage
from knowledge_base.search import KnowledgeBase, SearchConfig
from knowledge_base.words import analyser

_SHIPPED = SearchConfig()
_WORDS_ONLY = replace(_SHIPPED, dense=0.0, authority=0.0, length=0.0, company=0.0)
_VARIANTS = {
    "BM25 characters": replace(_WORDS_ONLY, expansion=0.0),
    "BM25 characters + words": replace(_WORDS_ONLY, expansion=0.0, words=0.7),
    "characters + colloquial": _WORDS_ONLY,
    "… + authority": replace(_WORDS_ONLY, authority=_SHIPPED.authority),
    "… + length": replace(_WORDS_ONLY, authority=_SHIPPED.authority, length=_SHIPPED.length),
    "encoder alone": replace(_WORDS_ONLY, characters=0.0, expansion=0.0, dense=1.0),
    "as shipped, with words": replace(_SHIPPED, words=0.7),
    "as shipped, no authority": replace(_SHIPPED, authority=0.0),
    "as shipped, no length": replace(_SHIPPED, length=0.0),
    "as shipped": _SHIPPED,
}


def bm25s_ms(passages: Sequence[Passage], questions: Sequence[dict[str, Any]]) -> float:
    """The median time in ms of a search with bm25s alone, over the same passages and characters."""
    cutter = analyser(())
    vocabulary: dict[str, int] = {}
    texts = [cutter.characters(indexed_text(passage)) for passage in passages]
    columns = [[vocabulary.setdefault(term, len(vocabulary)) for term in text] for text in texts]
    model = bm25s.BM25(k1=1.2, b=0.75)
    model.index((columns, vocabulary), create_empty_token=False, show_progress=False)
    times = []
    for row in questions:
        terms = [term for term in cutter.characters(row["question"]) if term in vocabulary]
        started = time.perf_counter()
        model.retrieve([terms], k=10, show_progress=False)
        times.append((time.perf_counter() - started) * 1000)
    return float(np.percentile(times, 50))


def main() -> None:
    """Print one line for each variant."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.training.measure")
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--dense", type=float, nargs="*", default=[], help="more weights to try")
    options = parser.parse_args()
    questions = read_questions(options.questions, ("question", "relevant"))
    variants = dict(_VARIANTS)
    for dense in options.dense:
        variants[f"dense {dense}"] = replace(_SHIPPED, dense=dense)
    # STARD: even ids tune, odd ids are reported.
    halves = {
        "even": [row for row in questions if int("".join(filter(str.isdigit, row["id"]))) % 2 == 0],
        "odd": [row for row in questions if int("".join(filter(str.isdigit, row["id"]))) % 2 == 1],
    }
    for name, config in variants.items():
        knowledge = KnowledgeBase.open(options.index, config=config)
        for half, rows in halves.items():
            if rows:
                result = evaluate(knowledge, rows)
                print(f"{name:26} {half:5}", result, flush=True)
    knowledge = KnowledgeBase.open(options.index)
    ours = evaluate(knowledge, questions)["p50_ms"]
    alone = bm25s_ms(knowledge.view().index.passages, questions)
    print(f"median search {ours:.1f} ms, bm25s alone {alone:.1f} ms, ratio {ours / alone:.1f}")


if __name__ == "__main__":
    main()
