"""The command line: ingest · search · answer · evaluate · verify · quality."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from knowledge_base import report
from knowledge_base.answer import Verdict, answer
from knowledge_base.errors import KnowledgeError
from knowledge_base.evaluation import (
    BM25_ALONE,
    evaluate,
    half_of,
    quality,
    read_questions,
    right_document,
    seldom_named,
)
from knowledge_base.index import verify
from knowledge_base.ingestion import NothingToIngest, ingest
from knowledge_base.places import COUNTIES, HOME, Place, home_of
from knowledge_base.search import CHINA, Hit, KnowledgeBase

FAILED = 2


class BadInput(KnowledgeError):
    """What was typed cannot be worked with."""

    code = "bad_input"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one sentence with a code on stderr and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KnowledgeError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
    except BrokenPipeError:
        # Whoever read our output has left; there is nobody to tell.
        sys.stderr.close()
    except OSError as error:
        print(f"io_error: {error.filename or ''} {error.strerror or error}", file=sys.stderr)
    return FAILED


def _ingest(options: argparse.Namespace) -> int:
    try:
        made = ingest(
            options.paths,
            options.index,
            encoder=options.encoder,
            built_at=datetime.now(UTC),
            if_changed=options.if_changed,
        )
    except NothingToIngest as error:
        _print_report(report.refused(error.refusals))
        raise
    if made is None:
        print(f"unchanged → {options.index}")
        return 0
    _print_report(report.lines(made))
    if options.json:
        _print_json(report.as_json(made))
        return 0
    reading = made.reading
    print(
        f"{len(reading.documents)} documents, {made.manifest.passages} passages, "
        f"{made.seconds:.1f} seconds, {len(reading.refusals)} refusals, "
        f"{len(reading.duplicates)} duplicates → {options.index}"
    )
    return 0


def _print_report(told: Sequence[str]) -> None:
    for line in told:
        print(line, file=sys.stderr)


def _search(options: argparse.Namespace) -> int:
    question = _question(options.question)
    hits = _open(options).search(
        question, top=options.top, as_of=options.as_of, place=_place(options.place)
    )
    if options.json:
        _print_json([_hit(hit) for hit in hits])
        return 0
    for place, hit in enumerate(hits, start=1):
        found = hit.passage
        print(f"{place}. {found.title} {found.number} {found.article} [{found.id}] {hit.score:.2f}")
        print(f"   {found.text[:120]}")
    return 0


def _hit(hit: Hit) -> dict[str, Any]:
    found = hit.passage
    return {
        "id": found.id,
        "document": found.document_id,
        "title": found.title,
        "number": found.number,
        "article": found.article,
        "text": found.text,
        "score": hit.score,
    }


def _answer(options: argparse.Namespace) -> int:
    question = _question(options.question)
    day = options.as_of or datetime.now(CHINA).date()
    found = answer(question, _open(options), as_of=day, place=_place(options.place))
    if options.json:
        fields: dict[str, Any] = {"sure": found.sure, "verdict": found.verdict.value}
        if found.sure:
            fields = (
                {"answer": found.text}
                | fields
                | {"doubtful": found.doubtful, "other_time": found.other_time}
            )
        elif found.lapsed:
            fields["held_before"] = found.text
        fields["citations"] = [citation.as_json() for citation in found.citations]
        fields["nearest"] = [citation.as_json() for citation in found.nearest]
        fields["lapsed"] = found.lapsed.as_json() if found.lapsed else None
        fields["clarifying"] = asdict(found.clarifying) if found.clarifying else None
        fields["rule"] = found.rule.as_json() if found.rule else None
        _print_json(fields)
        return 0
    if found.text:
        if found.doubtful:
            print("不一定正好是您问的, 最接近的规定:\n")
        print(found.text)
        return 0
    if found.verdict is Verdict.UNLAWFUL:
        print("不能帮这个忙: 这样做可能违法。要是理解错了, 请换个说法再问。")
        if found.rule:
            print(f"{found.rule.passage.article} {found.rule.passage.text}".strip())
        return 0
    print("不确定: 知识库中没有可以直接回答的内容。")
    if found.clarifying:
        print(found.clarifying.question)
    for citation in found.nearest:
        print(f"相近: {citation.passage.title} [{citation.passage.id}]")
    return 0


def _place(name: str) -> Place | None:
    if not name:
        return None
    place = home_of(name)
    if place is None:
        raise BadInput(
            f"不认识的地方: {name}; 可用: {', '.join((HOME.city, *COUNTIES[HOME.city]))}"
        )
    return place


def _evaluate(options: argparse.Namespace) -> int:
    questions = read_questions(options.questions, ("question", "relevant"))
    knowledge = _open(options)
    questions = half_of(questions, options.half)
    if options.seldom:
        questions = seldom_named(knowledge, questions, options.seldom)
    if not questions:
        raise BadInput("没有符合条件的问题")
    _print_result(options, evaluate(knowledge, questions))
    return 0


def _quality(options: argparse.Namespace) -> int:
    questions = read_questions(options.questions, ("question", "document", "fact"))
    negatives = read_questions(options.negatives, ("question",)) if options.negatives else []
    day = options.as_of or datetime.now(CHINA).date()
    questions, negatives = half_of(questions, options.half), half_of(negatives, options.half)
    knowledge = _open(options)
    words = KnowledgeBase.open(options.index, options.encoder, BM25_ALONE)
    alone = {"right_document@5_bm25": right_document(words, questions, as_of=day)}
    _print_result(options, alone | quality(knowledge, questions, negatives, as_of=day))
    return 0


def _verify(options: argparse.Namespace) -> int:
    try:
        manifest = verify(options.index)
    except KnowledgeError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    print(f"{manifest.documents} documents, {manifest.passages} passages, whole")
    return 0


def _open(options: argparse.Namespace) -> KnowledgeBase:
    return KnowledgeBase.open(options.index, options.encoder)


def _question(text: str) -> str:
    if not text.strip():
        raise BadInput("问题是空的")
    return text


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _print_result(options: argparse.Namespace, result: dict[str, Any]) -> None:
    if options.json:
        _print_json(result)
        return
    for name, value in result.items():
        if isinstance(value, list):
            print(f"{name}:", *value, sep="\n  ")
        elif isinstance(value, dict):
            print(f"{name}:", *(f"{count:5} {key}" for key, count in value.items()), sep="\n  ")
        else:
            print(f"{name:24} {value}")


def _parser() -> argparse.ArgumentParser:
    served = Path(os.environ.get("DATA_DIR") or "var") / "index"
    parser = argparse.ArgumentParser(prog="python -m knowledge_base", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.add_argument("--index", type=Path, default=served, help=f"index folder ({served})")
        made.add_argument(
            "--encoder", default=os.environ.get("ENCODER", ""), help="model or folder"
        )
        made.add_argument("--json", action="store_true", help="print JSON")
        made.set_defaults(run=run)
        return made

    ingest = command("ingest", _ingest, "documents → an index folder")
    ingest.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    ingest.add_argument("--if-changed", action="store_true", help="only when its inputs changed")
    search = command("search", _search, "passages for a question, best first")
    search.add_argument("question")
    search.add_argument("--top", type=_positive, default=10)
    search.add_argument("--as-of", type=date.fromisoformat, help="day like 2026-11-23 (today)")
    search.add_argument("--place", default="", help="only what concerns people in, say, 南江县")
    ask = command("answer", _answer, "an extract with its source, or not sure")
    ask.add_argument("question")
    ask.add_argument("--as-of", type=date.fromisoformat, help="day like 2026-11-23 (today)")
    ask.add_argument("--place", default="", help="only what concerns people in, say, 南江县")
    measure = command("evaluate", _evaluate, "hit rates and times over a question file")
    measure.add_argument("questions", type=Path)
    measure.add_argument("--half", choices=("", "dev", "test"), default="", help="even or odd ids")
    measure.add_argument(
        "--seldom", type=_positive, metavar="N", help="only where fewer passages name the document"
    )
    check = command("quality", _quality, "answers and refusals over question files")
    check.add_argument("questions", type=Path)
    check.add_argument("--negatives", type=Path)
    check.add_argument("--half", choices=("", "dev", "test"), default="", help="even or odd ids")
    check.add_argument("--as-of", type=date.fromisoformat, help="day like 2026-11-23 (today)")
    command("verify", _verify, "whether an index is whole (exit 0) or not (exit 1)")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
