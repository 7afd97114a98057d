"""What becomes of questions that carry the documents that answer them, and no fact.

`python -m tests.evaluation.asked --index DIR [QUESTIONS…]`: of those that a document answers the
share refused, with the right document first, among the first five, and cited; of those that none
answers (`document` is []) the share that is answered all the same, with what is nearest.
"""

import argparse
from datetime import date, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from knowledge_base.answer import answer
from knowledge_base.evaluation import ANSWERED, documents_of, read_questions
from knowledge_base.search import CHINA, KnowledgeBase

SETS = [
    Path(__file__).with_name(f"{name}_blind.jsonl") for name in ("asked", "odd", "honest", "fresh")
]
_READ = 10
_FIRST = 5


def main() -> None:
    """Prints one line of figures a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation.asked")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, default=datetime.now(CHINA).date())
    parser.add_argument("questions", type=Path, nargs="*", default=SETS)
    given = parser.parse_args()
    knowledge = KnowledgeBase.open(given.index)
    for path in given.questions:
        print(f"{path.name}: {figures(knowledge, path, given.as_of)}")


def figures(knowledge: KnowledgeBase, path: Path, today: date) -> str:
    """The shares over one file, in a line."""
    told = shares(knowledge, path, today)
    rows = read_questions(path, ("question",))
    answerable = sum(bool(_wanted(row)) for row in rows)
    with_one = ", ".join(
        f"{name} {told[name]:.3f}" for name in ("refused", "first", "first five", "cited")
    )
    without = f"{len(rows) - answerable} without: answered {told['astray']:.3f}"
    return f"{answerable} with a document: {with_one}; {without}"


def shares(knowledge: KnowledgeBase, path: Path, today: date) -> dict[str, float]:
    """Over one file the shares refused, first, first five, cited, and (`astray`) answered though
    no document does; 0 where there is none to count."""
    told: dict[str, list[bool]] = {
        name: [] for name in ("refused", "first", "first five", "cited", "astray")
    }
    for row in read_questions(path, ("question",)):
        reply = answer(row["question"], knowledge, as_of=today)
        wanted = _wanted(row)
        said = reply.verdict in ANSWERED
        if not wanted:
            told["astray"].append(said)
            continue
        hits = knowledge.search(row["question"], top=_READ, as_of=today)
        documents = list(dict.fromkeys(hit.passage.document_id for hit in hits))
        told["refused"].append(not said)
        told["first"].append(any(document in wanted for document in documents[:1]))
        told["first five"].append(any(document in wanted for document in documents[:_FIRST]))
        cited = any(one.passage.document_id in wanted for one in reply.citations)
        told["cited"].append(said and cited)
    return {name: mean(each) if each else 0.0 for name, each in told.items()}


def _wanted(row: dict[str, Any]) -> list[str]:
    # What is to be refused carries no document at all.
    return documents_of({"document": [], **row})


if __name__ == "__main__":
    main()
