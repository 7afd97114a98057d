"""What a text says of itself: 文号, issuer, dates, whether it is still law.

Only what stands where official texts put it is believed (head, signature, closing clause): a text
names many other documents with their numbers and dates.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge_base.activities import end_of_activity
from knowledge_base.dates import DAY, day, first_day, in_figures
from knowledge_base.force import begin_of, end_of
from knowledge_base.issuers import issuer_of, signature
from knowledge_base.numbers import before_lists, own_number, tidy_number

_HEAD = 400
_LONGEST = 300_000
"""Characters that are looked through; of longer texts the beginning and the end."""
_LABELLED = {
    "number": re.compile(r"(?:发文字号|文\s*号|文件编号)[：:]\s*([^；;\n，。]{4,40}?号)"),
    "issuer": re.compile(
        r"(?:发文机关|发布机构|制定机关|发文单位|发布机关)[：:]\s*([^；;\n。]{2,60})"
    ),
    "source": re.compile(
        r"(?<![\u4e00-\u9fff])(?:信息|稿件|文章)?来[ \u3000]?源[：:]\s*([^\s；;。，|（(]{2,40})"
    ),
    "issued": re.compile(r"(?:成文日期|印发日期|公布日期|发文日期)[：:]\s*([^；;\n]{6,20})"),
    "published": re.compile(
        r"(?:发布日期|发布时间|生成日期)[：:]\s*([^；;\n]{6,20})"
        r"|^(?=.*(?:来\s?源|浏览|点击|阅读|字体|作者|编辑)).*(?<![\u4e00-\u9fff])(?:时间|日期)[：:]\s*"
        r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)",
        re.MULTILINE,
    ),
    "effective": re.compile(r"(?:施行日期|实施日期|生效日期)[：:]\s*([^；;\n]{6,20})"),
    "expires": re.compile(r"(?:废止日期|失效日期|有效期至)[：:]\s*([^；;\n]{6,20})"),
    "status": re.compile(r"(?:有\s*效\s*性|时效性|文件状态|效力状态)[：:]\s*([^；;\n。]{2,10})"),
}
_ROW = re.compile(r"(?:序号|[^：。；]{1,16})：[^；]*；.*。$")
"""A row of a table that has a head: 名称：某某办法；文号：某府发〔2019〕7号。"""
_GUIDE = re.compile("指南|须知|流程|办理|许可|审批|告知")
_AGENCY = re.compile(
    r"^[# ]*(?:[^\n。]*；)?(?:实施主体|实施机关|实施机构|行使主体|办理机构)[ \u3000]*"
    r"(?:[：:]|\n)\s*([\u4e00-\u9fff（）]{2,40})(?=[\s；;。]|$)",
    re.MULTILINE,
)
_SIGNER = (
    r"(?:省长|市长|州长|县长|区长|主席|主任|部长|局长|厅长|署长|行长|总理)[ \u3000:：\n]*"
    r"[\u4e00-\u9fff×某○]{1,4}(?:[ \u3000]+[\u4e00-\u9fff×某○]{1,3})?"
)
_BY_SIGNER = re.compile(rf"{_SIGNER}\s+{DAY}(?=\s|$)|^{DAY}\s+{_SIGNER}$", re.MULTILINE)
_LONE = re.compile(rf"^[（(]?{DAY}(?:印发|发布|公布)?[）)]?$", re.MULTILINE)
_GONE = re.compile(
    r"[（(\[【](?:已|全文)?(废止|失效)[）)\]】]"
    r"|本(?:文|文件|法规|规章|公告|通知|办法)(?:现)?(?:已|全文)(?:经)?(?:被)?(?:宣布)?(废止|失效)"
)


def read_particulars(title: str, text: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a Document that `text` itself tells; `found` is what stood around it on its page.

    Never a pair of dates that contradict each other.
    """
    if len(text) > _LONGEST:
        text = f"{text[: 2 * _LONGEST // 3]}\n{text[-_LONGEST // 3 :]}"
    text = in_figures(text.replace("**", ""))
    around = str(found.get("labels") or "")
    told = _labelled(title, text, around)
    signed = signature(text)
    number = own_number(title, text, told.get("number", ""))
    issued = first_day(told.get("issued", "")) or (signed[1] if signed else None)
    issued = issued or _day_of_head(text) or first_day(told.get("published", ""))
    issued = issued or first_day(str(found.get("published") or ""))
    effective = first_day(told.get("effective", "")) or begin_of(text, issued)
    expires = first_day(told.get("expires", "")) or end_of(text, effective or issued)
    expires = expires or end_of_activity(title, text, issued)
    if expires and effective and expires < effective:
        expires = None
    fields: dict[str, Any] = {
        "number": tidy_number(number),
        "issuer": issuer_of(title, number, signed[0] if signed else (), told),
        "issued": issued,
        "effective": effective,
        "expires": expires,
        "status": _status(
            title, told.get("status", ""), f"{around}\n{text[:_HEAD]}\n{text[-_HEAD:]}"
        ),
    }
    return {name: value for name, value in fields.items() if value}


def _labelled(title: str, text: str, around: str) -> dict[str, str]:
    """What stands behind a label (发文字号：…) on the page or in the head of `text`."""
    lines = [*around.split("\n"), *before_lists(text[:_HEAD]).split("\n")]
    # A table of other papers has a 文号 in each of its rows.
    labels = "\n".join(line for line in lines if not _ROW.match(line))
    found = {name: pattern.search(labels) for name, pattern in _LABELLED.items()}
    if _GUIDE.search(title):
        agencies = {match.group(1): match for match in _AGENCY.finditer(text)}
        found["agency"] = next(iter(agencies.values())) if len(agencies) == 1 else None
    return {
        name: next(filter(None, match.groups())).strip() for name, match in found.items() if match
    }


def _day_of_head(text: str) -> date | None:
    """The day a text's head tells: its signer's, its note's, one on a line of its own.

    What is put into force by a 令 has been passed at a meeting before: that is not its day.
    """
    head = text[:_HEAD]
    by_signer = _BY_SIGNER.search(text[: 2 * _HEAD])
    if by_signer:
        return day(*[group for group in by_signer.groups() if group])
    return _promulgated(head) or _dated(head) or _passed(head)


def _promulgated(head: str) -> date | None:
    """The day in the note under a law's title: `（2019年10月22日国务院令第722号公布）`."""
    found = re.search(rf"{DAY}(?:(?!通过)[^。\d]|第\d+号){{0,40}}(?:公布|发布)", head)
    return day(*found.groups()) if found else None


def _dated(head: str) -> date | None:
    """The day that stands alone on a line of a text's head, below its 文号."""
    found = _LONE.search(head)
    return day(*found.groups()) if found else None


def _passed(head: str) -> date | None:
    """The day a law was passed: `（2019年10月8日…会议通过）`."""
    found = re.search(rf"{DAY}[^。）)]{{0,60}}通过", head)
    return day(*found.groups()) if found else None


def _status(title: str, told: str, text: str) -> str:
    for word, status in (("废止", "已废止"), ("失效", "已失效")):
        if word in told and "未" not in told:
            return status
    gone = _GONE.search(title) or _GONE.search(text)
    if gone is None:
        return ""
    return "已废止" if "废止" in (gone.group(1) or gone.group(2)) else "已失效"
