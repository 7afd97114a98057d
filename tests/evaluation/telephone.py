"""How long answers are on a telephone, and whether the fact asked for is seen without asking again.

`SECRET_KEY=x .venv/bin/python -m tests.evaluation.telephone --index DIR [QUESTIONS…]`
"""

import argparse
import json
import os
from pathlib import Path
from statistics import median, quantiles

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peipao.settings")
django.setup()

from django.utils import timezone  # noqa: E402 - needs the set-up above

from actions.brief import Brief, brief  # noqa: E402 - needs the set-up above
from knowledge_base.answer import Verdict, answer  # noqa: E402 - as above
from knowledge_base.search import KnowledgeBase  # noqa: E402 - as above
from knowledge_base.text import search_form  # noqa: E402 - as above

HERE = Path(__file__).parent
SCREEN = 240


def main() -> None:
    """Prints one line of figures a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation.telephone")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("questions", type=Path, nargs="*", default=[HERE / "questions.jsonl"])
    given = parser.parse_args()
    knowledge, today = KnowledgeBase.open(given.index), timezone.localdate()
    for path in given.questions:
        told: list[tuple[str, str, Brief]] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found = answer(row["question"], knowledge, as_of=today)
            if found.verdict is Verdict.SURE and bare(row["fact"]) in bare(found.text):
                said = brief(row["question"], found, knowledge.view())
                told.append((bare(row["fact"]), found.text, said))
        print(f"{path.name}: {figures(told)}")


def figures(told: list[tuple[str, str, Brief]]) -> str:
    """Where the fact is seen, and how many characters that takes."""
    first = sum(fact in bare(said.first) for fact, _, said in told)
    seen = sum(fact in bare(said.first + said.more) for fact, _, said in told)
    kept = sum(fact in bare(said.first + said.more + said.rest) for fact, _, said in told)
    whole = [length(text) for _, text, _ in told]
    bubble = [length(said.first) for _, _, said in told]
    both = [length(said.first + said.more) for _, _, said in told]
    fits = sum(each <= SCREEN for each in bubble) / len(bubble)
    return (
        f"{len(told)} facts quoted; in the first bubble {first}, seen at once {seen}, "
        f"with 详细 {kept}; characters of the extract {spread(whole)}, of the first bubble "
        f"{spread(bubble)} ({fits:.0%} at most {SCREEN}), seen at once {spread(both)}"
    )


def bare(text: str) -> str:
    """`text` without marks and blanks, numerals in one form."""
    return "".join(search_form(text.replace("**", "")).split())


def length(text: str) -> int:
    """Characters that are seen."""
    return len(text.replace("**", ""))


def spread(lengths: list[int]) -> str:
    """The median and the ninth tenth."""
    return f"{median(lengths):.0f} (p90 {quantiles(lengths, n=10)[-1]:.0f})"


if __name__ == "__main__":
    main()
