"""A file an editor uploads, read into a card to be checked by a person."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from desk.policies.errors import PolicyRefused
from desk.policies.values import LONGEST_BODY, PolicyCard, card_of, text_of
from knowledge_base.apart import read_apart
from knowledge_base.errors import DocumentError
from knowledge_base.text import clean

MAX_BYTES = 10 * 1024 * 1024
KINDS = (".md", ".html", ".htm", ".docx", ".pdf")
LONGEST_NAME = 80
# What a file is called while it is read; an id that is not this one stands in the file itself.
_ID = "upload"
_PATH = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")
# The reader's codes for which it has no Chinese sentence, or one for operators.
_SAID = {
    "unreadable": "文件读不出来，请换一份再传。",
    "not_utf8": "文本不是 UTF-8 编码，请另存为 UTF-8 再传。",
    "unknown_encoding": "网页的文字编码认不出来，请另存为 UTF-8 再传。",
    "bad_front_matter": "文件开头两条 --- 之间的说明写得不对，请改正或删去再传。",
    "bad_id": "文件里写的编号不对：要以字母开头，只含字母、数字和 . _ -。",
    "bad_date": "文件里写的日期不对，或者有效期至早于施行日期，请改正再传。",
    "bad_field": "文件开头的说明里有一项写得不对，请改正或删去再传。",
    "unknown_level": "文件里写的层级不是国家、省、市、县之一。",
    "unknown_status": "文件里写的状态不是现行、尚未生效、已失效、已废止之一。",
    "no_title": "文件里没有标题，请补上再传。",
    "empty_document": "文件里没有正文。",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """What a file holds: `card` to be checked, `code` when the file brings its own id."""

    card: PolicyCard
    code: str
    file_name: str


def read(file: BinaryIO, name: str) -> Upload:
    """The policy in `file`; `name` is its sender's, used for its suffix and to be shown.

    Raises PolicyRefused with the reader's reason.
    """
    size = file.seek(0, 2)
    if size == 0:
        raise PolicyRefused("文件是空的，请重新选择。", "empty_file")
    if size > MAX_BYTES:
        raise PolicyRefused("文件太大了，不超过10MB。请拆成几份再传。", "too_large")
    shown = shown_name(name)
    suffix = Path(shown).suffix.lower()
    if suffix not in KINDS:
        said = "旧版 Word（doc）文件，请另存为 docx 再传。" if suffix == ".doc" else ""
        said = said or "只收 md、html、docx 和 pdf 文件。"
        raise PolicyRefused(said, "unsupported_format")
    with TemporaryDirectory(prefix="policy-") as folder:
        path = Path(folder) / f"{_ID}{suffix}"
        file.seek(0)
        path.write_bytes(file.read())
        try:
            document = read_apart(path)
        except DocumentError as error:
            said = _SAID.get(error.code) or f"{error.reason.rstrip('。')}。"
            raise PolicyRefused(f"“{shown}”不能用：{said}", error.code) from error
    if len(document.body) > LONGEST_BODY:
        said = f"“{shown}”的正文超过{LONGEST_BODY // 10_000}万字，请拆成几份再传。"
        raise PolicyRefused(said, "too_large")
    if document.title == _ID:
        document = replace(document, title=Path(shown).stem)
    code = "" if document.id == _ID else document.id
    return Upload(card_of(text_of(document)), code, shown)


def shown_name(name: str) -> str:
    """`name` without path and invisible characters."""
    bare = Path(_PATH.sub("_", clean(name.replace("\\", "/").rsplit("/", 1)[-1])).strip(" ."))
    return f"{bare.stem[:LONGEST_NAME] or '文件'}{bare.suffix[:10]}"
