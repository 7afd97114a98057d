"""The title of a text that has no marked one: what stands at its head and ends like a title."""

import re
from collections.abc import Sequence

from knowledge_base.outline import mark_of

_HEAD = 14
_LONGEST = 110
_WORDS = re.compile(
    r"(?:通知|通告|公告|通报|意见|决定|决议|命令|令|办法|规定|细则|条例|方案|规划|计划|规则|规程|制度|措施|政策|指南|目录|标准|函"
    r"|批复|报告|法|解读|清单|指引|要点|若干政策措施|章程|纲要|须知)(?:[（(][^（()）]{1,20}[）)]){0,2}$"
)
_SKIPPED = re.compile(
    r"[^。]{0,24}[〔\[\uff3b【(（]\d{4}[〕\]\uff3d】)）]\s*第?\s*\d+\s*号|第?[\s\d\u3007一二三四五六七八九十百]+号"
    r"|[^。]{2,40}(?:文件|部门)|[-—\s\d]*|附件\s*\d*[：:]?|(?:机密|秘密|特急|加急|急件).{0,6}"
    r"|[^：:]{2,8}[：:].*|首页.*|当前位置.*|目\s*录"
)


def title_in(lines: Sequence[str]) -> str:
    """The title at the head of `lines`, joined when it fills several; empty when there is none."""
    head = [line.lstrip("# ").strip() for line in lines[:_HEAD]]
    for start, line in enumerate(head):
        if mark_of(line) is not None:
            break
        if _SKIPPED.fullmatch(line) or "。" in line:
            continue
        for end in range(start + 1, min(start + 4, len(head)) + 1):
            joined = "".join(head[start:end]).replace(" ", "")
            if len(joined) > _LONGEST or "。" in joined or joined.endswith(("：", ":")):
                break
            if _WORDS.search(joined):
                return joined
    for line in head:
        if mark_of(line) is not None:
            break
        if line and len(line) <= _LONGEST and "。" not in line and not _SKIPPED.fullmatch(line):
            return line
    return ""
