"""How good search and answers are, over files of questions: the numbers `make evaluate` prints."""

import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.answer import Verdict, answer
from knowledge_base.authority import mentions
from knowledge_base.errors import KnowledgeError
from knowledge_base.search import KnowledgeBase, SearchConfig
from knowledge_base.text import search_form

_DEPTH = 10
_FIRST = 5


class BadQuestions(KnowledgeError):
    """A question file that cannot be used."""

    code = "bad_questions"


def read_questions(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a jsonl file of questions; BadQuestions names the line that lacks a field."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise BadQuestions(f"{path}: 没有这个文件") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestions(f"{path}: 无法读取 ({error})") from error
    rows = []
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadQuestions(f"{path}:{place}: 不是 JSON") from error
        if not isinstance(row, dict) or not all(row.get(name) for name in needed):
            raise BadQuestions(f"{path}:{place}: 缺少字段 {'、'.join(needed)}")
        if not isinstance(row["question"], str) or not isinstance(row.get("relevant", []), list):
            raise BadQuestions(f"{path}:{place}: question 应为文字, relevant 应为列表")
        rows.append(row)
    if not rows:
        raise BadQuestions(f"{path}: 没有问题")
    return rows


def evaluate(knowledge: KnowledgeBase, questions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """hit@1, hit@5, hit@10 and mrr@10 of passages, and the time of one search in ms.

    `relevant` names passages, or documents, any passage of which will do.
    """
    # The first search of a process pays for caches that no later one pays for.
    knowledge.search(questions[0]["question"], top=_DEPTH)
    ranks: list[int | None] = []
    times: list[float] = []
    for row in questions:
        wanted = {str(key) for key in row["relevant"]}
        started = time.perf_counter()
        hits = knowledge.search(row["question"], top=_DEPTH)
        times.append((time.perf_counter() - started) * 1000)
        places = (
            at
            for at, hit in enumerate(hits, start=1)
            if wanted & {hit.passage.id, hit.passage.document_id}
        )
        ranks.append(next(places, None))
    found = [rank for rank in ranks if rank is not None]
    result: dict[str, Any] = {
        f"hit@{depth}": _share(sum(rank <= depth for rank in found), len(ranks))
        for depth in (1, 5, 10)
    }
    result["mrr@10"] = round(sum(1 / rank for rank in found) / len(ranks), 4)
    result["p50_ms"] = round(float(np.percentile(times, 50)), 2)
    result["p95_ms"] = round(float(np.percentile(times, 95)), 2)
    result["questions"] = len(ranks)
    return result


def half_of(rows: Sequence[dict[str, Any]], half: str) -> list[dict[str, Any]]:
    """The rows of one half: dev has the even numbers, test the odd ones; "" has all."""
    if not half:
        return list(rows)
    odd = half == "test"
    numbers = ((row, re.sub(r"\D", "", str(row["id"]))) for row in rows)
    return [row for row, number in numbers if number and int(number) % 2 == odd]


def seldom_named(
    knowledge: KnowledgeBase, rows: Sequence[dict[str, Any]], fewer_than: int
) -> list[dict[str, Any]]:
    """The rows all of whose right passages stand in documents that few passages name.

    What is often named is easy to lift and hides what happens to the rest: a city's own texts.
    """
    passages = knowledge.view().index.passages
    titles = {passage.id: passage.title for passage in passages}
    wanted = {titles[str(key)] for row in rows for key in row["relevant"] if str(key) in titles}
    named = mentions(sorted(wanted), [passage.text for passage in passages], set(titles.values()))
    return [
        row
        for row in rows
        if all(named.get(titles.get(str(key), ""), 0) < fewer_than for key in row["relevant"])
    ]


def quality(
    knowledge: KnowledgeBase,
    questions: Sequence[dict[str, Any]],
    negatives: Sequence[dict[str, Any]],
    *,
    as_of: date,
) -> dict[str, Any]:
    """Right document found, fact quoted, negatives refused; and which questions failed.

    `document` is the id of the right one, or a list of ids any of which is right.
    """
    found, quoted, refused = 0, 0, 0
    where: Counter[str] = Counter()
    failures: list[str] = []
    for row in questions:
        seen = seen_of(row, knowledge, as_of=as_of)
        found, quoted, refused = found + seen.found, quoted + seen.told, refused + seen.refused
        where[seen.where] += 1
        if not seen.told:
            wanted = documents_of(row)[0]
            failures.append(f"{seen.where}: {row['question']} ({wanted}: {row['fact']})")
    kept, answered = 0, Counter[str]()
    for row in negatives:
        reply = answer(row["question"], knowledge, as_of=as_of)
        said = reply.verdict in ANSWERED
        kept += not said
        if said:
            answered[str(row.get("kind", ""))] += 1
            failures.append(f"answered: {row['question']} → {reply.citations[0].passage.title}")
    return {
        "right_document@5": _share(found, len(questions)),
        "fact_quoted": _share(quoted, len(questions)),
        "wrongly_refused": _share(refused, len(questions)),
        "negatives_refused": _share(kept, len(negatives)),
        "questions": len(questions),
        "negatives": len(negatives),
        "where": dict(where.most_common()),
        "negatives_answered": dict(answered.most_common()),
        "failures": failures,
    }


BM25_ALONE = SearchConfig(
    expansion=0.0,
    words=0.0,
    dense=0.0,
    authority=0.0,
    length=0.0,
    company=0.0,
    asked=0.0,
    second=False,
)
"""What any search has: characters of the texts themselves, without lexicon or ways of asking."""
ANSWERED = (Verdict.SURE, Verdict.LAPSED)
"""What was said to a question: what has ended counts when it is said to have ended."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one answerable question: `where` names the step at which it went astray."""

    found: bool
    told: bool
    refused: bool
    where: str


def seen_of(row: dict[str, Any], knowledge: KnowledgeBase, *, as_of: date) -> Seen:
    """Whether the right document was found, its fact quoted or the question refused, and where
    it went astray. What has ended and is said to have ended counts as answered."""
    wanted, fact = documents_of(row), bare(row["fact"])
    hits = knowledge.search(row["question"], top=_DEPTH, as_of=as_of)
    documents = [hit.passage.document_id for hit in hits]
    reply = answer(row["question"], knowledge, as_of=as_of)
    said = reply.verdict in ANSWERED
    told = said and fact in bare(reply.text)
    found = any(document in wanted for document in documents[:_FIRST])
    if told:
        where = "fact quoted"
    elif not found:
        where = "right document not in the first five" + (", refused" if not said else "")
    elif documents[0] not in wanted:
        where = "another document first" + (", refused" if not said else "")
    elif not said:
        where = "right document first, refused"
    else:
        here = (hit.passage.text for hit in hits if hit.passage.document_id in wanted)
        where = "right document first, fact " + (
            "found but not quoted" if any(fact in bare(text) for text in here) else "not found"
        )
    return Seen(found, told, not said, where)


def right_document(
    knowledge: KnowledgeBase, questions: Sequence[dict[str, Any]], *, as_of: date
) -> float:
    """The share of questions whose right document stands among the first five."""
    found = 0
    for row in questions:
        hits = knowledge.search(row["question"], top=_FIRST, as_of=as_of)
        found += any(hit.passage.document_id in documents_of(row) for hit in hits)
    return _share(found, len(questions))


def documents_of(row: dict[str, Any]) -> list[str]:
    """The ids of the right documents of a labelled question, best first."""
    return row["document"] if isinstance(row["document"], list) else [row["document"]]


def bare(text: str) -> str:
    """`text` as facts are compared: 15％ and 15%, 二十日 and 20日 are the same."""
    return "".join(search_form(text.replace("**", "")).split())


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
