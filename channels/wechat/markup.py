"""WeChat's XML, read into flat fields and written; nothing of XML that WeChat does not use."""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from channels.messages import BadRequest

DEEPEST = 8
MOST_ELEMENTS = 400
# What XML 1.0 forbids. WeChat passes on control characters that people paste, and a parser would
# refuse the whole message for one of them.
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Fields:
    """A message's fields: `top` by name (`A.B` for one inside another), `lists`: each `<List>`."""

    top: dict[str, str] = field(default_factory=dict)
    lists: list[dict[str, str]] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The field, without surrounding blanks; empty when there is none."""
        return self.top.get(name, "").strip()


def read_fields(raw: bytes | str) -> Fields:
    """The fields of the XML in `raw`. Raises BadRequest for what WeChat would never send."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        return _Reader().read(ILLEGAL.sub("", text))
    except UnicodeDecodeError as error:
        raise BadRequest("bad_encoding", "消息不是 UTF-8 编码。") from error
    except expat.ExpatError as error:
        raise BadRequest("bad_xml", "消息不是有效的 XML。") from error


class _Reader:
    """One pass of expat: bounded in depth and elements, no DOCTYPE, no entity of its own."""

    def __init__(self) -> None:
        self._fields = Fields()
        self._path: list[str] = []
        self._text: list[str] = []
        self._elements = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse

    def read(self, text: str) -> Fields:
        self._parser.Parse(text.encode("utf-8"), True)
        return self._fields

    def _refuse(self, *_: object) -> None:
        raise BadRequest("doctype_refused", "消息里不能有 DOCTYPE 或实体定义。")

    def _begin(self, name: str, _: dict[str, str]) -> None:
        if not self._path and name != "xml":
            raise BadRequest("bad_xml", "这不是微信的消息。")
        self._elements += 1
        self._path.append(name)
        if len(self._path) > DEEPEST or self._elements > MOST_ELEMENTS:
            raise BadRequest("bad_xml", "消息的结构太深或太大。")
        if name == "List":
            self._fields.lists.append({})
        self._text.clear()

    def _end(self, name: str) -> None:
        text = "".join(self._text)
        self._text.clear()
        path = self._path[1:]
        self._path.pop()
        if not path:
            return
        if "List" in path[:-1]:
            self._fields.lists[-1].setdefault(name, text)
            return
        key = ".".join(path)
        if len(path) == 1 and self._fields.top.get(key):
            # Two senders or two texts: whoever reads the other one would see another message.
            raise BadRequest("bad_xml", f"消息里的 {name} 出现了两次。")
        self._fields.top.setdefault(key, text)


def cdata(text: str) -> str:
    """`text` as CDATA; its own `]]>` is cut in two, which a reader puts together again."""
    return "<![CDATA[" + ILLEGAL.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(text: str, *, to: str, account: str, at: int) -> str:
    """The passive text reply to `to`, made at `at` (Unix seconds)."""
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(account)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{cdata('text')}</MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def envelope(encrypted: str, *, signature: str, timestamp: str, nonce: str) -> str:
    """An encrypted reply in its envelope."""
    return (
        f"<xml><Encrypt>{cdata(encrypted)}</Encrypt><MsgSignature>{cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    )
