"""How well documents are asked of which nothing but their text is known.

`python -m tests.evaluation.official --data DATA`: an index of the 36 official documents of DATA
that `official_blind.jsonl` asks of and nothing else. Of the questions that one answers: the right
document among the first five, the fact quoted, refused; of those that come near one and that it
does not answer, the share refused.
"""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from knowledge_base.evaluation import quality, read_questions
from knowledge_base.training.official import documents_of, shelf

QUESTIONS = Path(__file__).with_name("official_blind.jsonl")


def measured(data: Path, today: date) -> dict[str, Any]:
    """What `quality` tells of these questions."""
    rows = read_questions(QUESTIONS, ("question",))
    answerable = [row for row in rows if row["document"]]
    near = [row | {"kind": "near"} for row in rows if not row["document"]]
    with shelf(data, documents_of(rows)) as knowledge:
        return quality(knowledge, answerable, near, as_of=today)


def main() -> None:
    """Prints one line a figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation.official")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 29))
    given = parser.parse_args()
    for name, figure in measured(given.data, given.as_of).items():
        if name != "failures":
            print(f"{name:24} {figure}")


if __name__ == "__main__":
    main()
