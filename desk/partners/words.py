"""What pydantic finds wrong with a request, in Chinese."""

from collections.abc import Mapping, Sequence
from typing import Any

_WRONG = {
    "missing": "没有填写",
    "extra_forbidden": "不是这个接口的字段",
    "string_type": "应当是文字",
    "int_type": "应当是整数",
    "int_parsing": "应当是整数",
    "int_from_float": "应当是整数",
    "int_parsing_size": "太大了",
    "greater_than_equal": "太小了",
    "less_than_equal": "太大了",
    "model_attributes_type": "应当是一个 JSON 对象",
    "dict_type": "应当是一个 JSON 对象",
}
_MOST = 5


def told(errors: Sequence[Mapping[str, Any]]) -> str:
    """One sentence that names the fields: `字段 who 没有填写；字段 age 不是这个接口的字段。`"""
    said = dict.fromkeys(map(_one, errors[:_MOST]))
    return "；".join(said) + "。"


def _one(error: Mapping[str, Any]) -> str:
    wrong = _WRONG.get(str(error.get("type")), "不对")
    where = [str(part) for part in error.get("loc", ())]
    # Ninja puts the argument's own name between the body and its fields.
    names = where[2:] if where[:1] == ["body"] else where[1:]
    field = ".".join(names)[:80]
    return f"字段 {field} {wrong}" if field else f"请求内容{wrong}"
