"""The web chat's calls as OpenAPI describes them; views.py answers them."""

from typing import Any

TAG = "网页聊天"
_TOKEN: list[dict[str, list[str]]] = [{"VisitorToken": []}]
_REPLY = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "description": "会话里的序号"},
        "author": {"type": "string", "enum": ["person", "bot", "staff", "system"]},
        "text": {"type": "string"},
        "citations": {"type": "array", "items": {"type": "object"}, "description": "依据的段落"},
        "buttons": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"title": {"type": "string"}, "payload": {"type": "string"}},
            },
        },
    },
}
_ERROR = {"$ref": "#/components/schemas/ErrorOut"}


def _answer(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _fields(**kinds: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": kinds}


SECURITY = {
    "VisitorToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "由 POST /api/chat/sessions 得到",
    }
}
PATHS: dict[str, Any] = {
    "/api/chat/sessions": {
        "post": {
            "tags": [TAG],
            "summary": "新的来访",
            "operationId": "open_session",
            "responses": {
                "200": _answer("来访人的令牌", _fields(token={"type": "string"})),
            },
        }
    },
    "/api/chat/messages": {
        "post": {
            "tags": [TAG],
            "summary": "说一句话",
            "description": "最多等10秒；等不到时 pending 为 true，答复随后出现在 stream。",
            "operationId": "say",
            "security": _TOKEN,
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            **_fields(
                                text={"type": "string", "maxLength": 4000},
                                id={"type": "string", "description": "同一个再来，得到同一轮"},
                            ),
                            "required": ["text"],
                        }
                    }
                },
            },
            "responses": {
                "200": _answer(
                    "这一轮的答复",
                    _fields(
                        replies={"type": "array", "items": _REPLY}, pending={"type": "boolean"}
                    ),
                ),
                "401": _answer("没有令牌或已失效", _ERROR),
                "413": _answer("内容太大", _ERROR),
                "422": _answer("内容不对", _ERROR),
                "429": _answer("前面的话还没有答完", _ERROR),
            },
        },
        "get": {
            "tags": [TAG],
            "summary": "以前说过的",
            "operationId": "read_messages",
            "security": _TOKEN,
            "parameters": [{"name": "after", "in": "query", "schema": {"type": "integer"}}],
            "responses": {
                "200": _answer(
                    "after 以后的话", _fields(messages={"type": "array", "items": _REPLY})
                )
            },
        },
    },
    "/api/chat/stream": {
        "get": {
            "tags": [TAG],
            "summary": "随时听新的话",
            "operationId": "listen",
            "security": _TOKEN,
            "parameters": [{"name": "after", "in": "query", "schema": {"type": "integer"}}],
            "responses": {
                "200": {
                    "description": "不断的事件流",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                }
            },
        }
    },
}
