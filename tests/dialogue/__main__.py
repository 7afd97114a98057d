"""python -m tests.dialogue: holds conversations with a product that runs already."""

import argparse
import os
import sys
from pathlib import Path

import django

# The desk's words are Django's: how a telephone is masked, among others.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.dialogue.runner import PASSES, Runs, report  # noqa: E402 - needs the set-up above
from tests.dialogue.script import read_all  # noqa: E402 - as above
from tests.stack import Product  # noqa: E402 - as above


def main() -> int:
    """Prints what went wrong and a count; 0 when nothing did."""
    parser = argparse.ArgumentParser(prog="python -m tests.dialogue")
    parser.add_argument("--url", required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=PASSES)
    parser.add_argument("--show", action="store_true", help="every reply, not the faults alone")
    parser.add_argument("words", nargs="*", help="of a name, topic or group; none: all")
    given = parser.parse_args()
    talks = [
        talk
        for talk in read_all()
        if not given.words or any(word in f"{talk.id} {talk.group}" for word in given.words)
    ]
    product = Product(given.url, given.data_dir, {}, None, given.data_dir / "product.log")
    runs = Runs(talks, product, given.passes)
    failed, slowest = 0, 0.0
    for talk in talks:
        outcomes = runs.outcomes(talk)
        slowest = max(slowest, *(outcome.slowest for outcome in outcomes))
        if given.show:
            print(f"== {talk.id} ({talk.group})")
            for turn, replies in zip(talk.turns, outcomes[0].replies, strict=False):
                print(f"{turn.speaker}: {turn.text[:200]}\n    " + replies.replace("\n", "\n    "))
        if faults := report(outcomes):
            failed += 1
            print(faults, end="\n\n", flush=True)
    print(f"{len(talks)} conversations, {failed} failed, slowest answer {slowest:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
