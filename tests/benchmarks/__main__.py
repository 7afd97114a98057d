"""`make bench`: every benchmark there is; the exit code says whether their targets hold.

`python -m tests.benchmarks desk …` runs the desk's alone, with its own options.
"""

import sys

from tests.benchmarks import desk, dialogue, retrieval

if __name__ == "__main__":
    if sys.argv[1:2] == ["desk"]:
        sys.exit(desk.main(sys.argv[2:]))
    sys.exit(max(retrieval.main(), dialogue.main(), desk.main([])))
