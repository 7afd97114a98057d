"""`make bench`: every benchmark there is; the exit code says whether their targets hold."""

import sys

from tests.benchmarks import dialogue

if __name__ == "__main__":
    sys.exit(dialogue.main())
