"""Whatever the code writes into the audit log, the audit page has words for."""

import ast
from pathlib import Path

from desk.audit.services import ACTION
from desk.console.audit_views import NOUNS
from desk.console.deeds import deed
from desk.tickets.moves import MOVES

BASE = Path(__file__).resolve().parents[3]


def recorded() -> set[str]:
    """Every action that stands in a call of a `record`, and those the moves name."""
    found = {move.audit_action for move in MOVES.values()}
    for room in ("desk", "channels", "actions"):
        for file in (BASE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("record"):
                    found |= {
                        part.value
                        for given in (*node.args, *(one.value for one in node.keywords))
                        for part in ast.walk(given)
                        if isinstance(part, ast.Constant)
                        and isinstance(part.value, str)
                        and ACTION.fullmatch(part.value)
                    }
    return found


def test_every_deed_has_words() -> None:
    actions = recorded()

    assert len(actions) > 40
    assert [action for action in sorted(actions) if deed(action) == action] == []


def test_the_search_offers_every_noun() -> None:
    nouns = {action.split(".")[0] for action in recorded()}

    assert nouns - set(NOUNS) == set()
