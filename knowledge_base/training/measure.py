"""What each part of the search is worth: words alone, encoder alone, both.

python -m knowledge_base.training.measure QUESTIONS.jsonl --index DIR
"""

import argparse
from dataclasses import replace
from pathlib import Path

from knowledge_base.evaluation import evaluate, read_questions
from knowledge_base.search import KnowledgeBase, SearchConfig

_SHIPPED = SearchConfig()
_VARIANTS = {
    "BM25 characters": replace(_SHIPPED, words=0.0, expansion=0.0, dense=0.0, authority=0.0),
    "BM25 characters + words": replace(_SHIPPED, expansion=0.0, dense=0.0, authority=0.0),
    "… + colloquial": replace(_SHIPPED, dense=0.0, authority=0.0),
    "… + authority": replace(_SHIPPED, dense=0.0),
    "encoder alone": replace(_SHIPPED, characters=0.0, words=0.0, dense=1.0, authority=0.0),
    "as shipped, no authority": replace(_SHIPPED, authority=0.0),
    "as shipped": _SHIPPED,
}


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


if __name__ == "__main__":
    main()
