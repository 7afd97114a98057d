"""Test names in Chinese: pytest escapes them, so that neither a reader nor `-k 补充` finds them."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Undoes the escaping of a conversation's name."""
    if "talk" in getattr(getattr(item, "callspec", None), "params", {}):
        item.name = unescaped(item.name)
        item._nodeid = unescaped(item.nodeid)


def unescaped(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("unicode_escape")
