"""Speed of the knowledge base over 60,461 passages: `python -m tests.benchmarks.retrieval`.

The statutes of EVAL_DATA, or as many made up from the bundled policies when it is not set. Prints
one line for each target of docs/architecture.md's knowledge base, and exits with 1 when one fails.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bm25s
import numpy as np

from knowledge_base.encoder import load_for_questions
from knowledge_base.entries import indexed_text
from knowledge_base.passages import Passage, cut
from knowledge_base.reading import read_paths
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import sentences
from knowledge_base.words import analyser

PASSAGES = 60_461
_ASKED = 600
_CORPUS = Path(__file__).parents[2] / "knowledge_base" / "corpus"
_READER = """
import sys
from pathlib import Path
from knowledge_base.search import KnowledgeBase
knowledge = KnowledgeBase.open(Path(sys.argv[1]))
for question in sys.stdin.read().splitlines():
    knowledge.search(question)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure with its target."""

    name: str
    value: float
    unit: str
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        if self.limit == float("inf"):
            return f"{self.name:46} {self.value:10,.1f} {self.unit}"
        sign = "≥" if self.at_least else "≤"
        mark = "" if self.holds else "   MISSED"
        return f"{self.name:46} {self.value:10,.1f} {self.unit:12} {sign} {self.limit:,.0f}{mark}"


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        rows, questions = _texts()
        source, index = Path(folder) / "texts.jsonl", Path(folder) / "index"
        print(f"retrieval: {len(rows)} passages, {len(questions)} questions, one thread")
        _write(source, rows)
        lines = [Line("index from scratch", _ingest(source, index), "s", 180)]
        changed = len(rows) // 2
        rows[changed] = rows[changed] | {"text": rows[changed]["text"] + "另有规定的从其规定。"}
        _write(source, rows)
        whole, building = _renewed(source, index)
        lines.append(Line("one document changed, versions in process", building, "s", 2))
        lines.append(Line("one document changed, the whole command", whole, "s", 6))
        lines.append(Line("memory of a reader", _resident(index, questions), "MB", 600))
        lines += _searches(index, questions)
        lines.append(Line("encoder", _encoded(questions), "questions/s", 1000, at_least=True))
    print(*lines, sep="\n")
    return 0 if all(line.holds for line in lines) else 1


def _texts() -> tuple[list[dict[str, str]], list[str]]:
    """Rows of an ingestible file, and questions."""
    data = Path(os.environ.get("EVAL_DATA") or "")
    if (data / "statutes.jsonl").is_file():
        return _rows(data / "statutes.jsonl"), [
            row["question"] for row in _rows(data / "stard_dev.jsonl")
        ][:_ASKED]
    passages = _bundled()
    rng = random.Random(0)
    said = [sentence for passage in passages for sentence in sentences(passage.text)]
    rows = [
        {
            "id": f"m{place}",
            "law": f"示例规定{place // 40}",
            "article": f"第{place % 40 + 1}条",
            "text": "".join(rng.sample(said, 3)),
        }
        for place in range(PASSAGES)
    ]
    asked = [question for passage in passages for question in passage.asked]
    return rows, rng.sample(asked, min(_ASKED, len(asked)))


def _bundled() -> list[Passage]:
    return [passage for document in read_paths([_CORPUS]).documents for passage in cut(document)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def _write(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _ingest(source: Path, index: Path) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "knowledge_base", "ingest", str(source), "--index", str(index)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _renewed(source: Path, index: Path) -> tuple[float, float]:
    """Seconds of the command over a changed file, and of making the version within it."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "knowledge_base", "ingest", str(source), "--index", str(index)]
    told = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    return time.perf_counter() - started, float(json.loads(told.stdout)["build_seconds"])


def _resident(index: Path, questions: Sequence[str]) -> float:
    told = subprocess.run(
        [sys.executable, "-c", _READER, str(index)],
        input="\n".join(questions[:100]),
        check=True,
        capture_output=True,
        text=True,
    )
    return int(told.stdout) / 1024


def _searches(index: Path, questions: Sequence[str]) -> Iterator[Line]:
    knowledge = KnowledgeBase.open(index)
    ours = _times(lambda question: knowledge.search(question, top=10), questions)
    cutter = analyser(())
    vocabulary: dict[str, int] = {}
    texts = [cutter.characters(indexed_text(each)) for each in knowledge.view().index.passages]
    columns = [[vocabulary.setdefault(term, len(vocabulary)) for term in text] for text in texts]
    model = bm25s.BM25(k1=1.2, b=0.75)
    model.index((columns, vocabulary), create_empty_token=False, show_progress=False)

    def alone(question: str) -> None:
        terms = [term for term in cutter.characters(question) if term in vocabulary]
        model.retrieve([terms], k=10, show_progress=False, n_threads=0)

    theirs = _times(alone, questions)
    yield Line("search, p50", ours[0], "ms", 12)
    yield Line("search, p95", ours[1], "ms", 30)
    yield Line("bm25s alone in the same run, p50", theirs[0], "ms", float("inf"))
    yield Line("bm25s alone in the same run, p95", theirs[1], "ms", float("inf"))
    yield Line("search p50 over bm25s p50", ours[0] / theirs[0], "times", float("inf"))


def _times(search: Callable[[str], object], questions: Sequence[str]) -> tuple[float, float]:
    search(questions[0])
    times = []
    for question in questions:
        started = time.perf_counter()
        search(question)
        times.append((time.perf_counter() - started) * 1000)
    return float(np.percentile(times, 50)), float(np.percentile(times, 95))


def _encoded(questions: Sequence[str]) -> float:
    """Questions a second, one by one as people ask them."""
    encoder = load_for_questions()
    encoder.encode([questions[0]])
    started = time.perf_counter()
    for question in questions:
        encoder.encode([question])
    return len(questions) / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.exit(main())
