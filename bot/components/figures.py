"""Figures and codes in a message: sums, dates, telephone, ticket and credit numbers.

Everything here is read by rule and checked: a number that cannot be right is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from knowledge_base.text import numeral, valid_credit_code


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that a text names: what, its value in one form, and where it stands."""

    entity: str
    value: str
    start: int
    end: int


_HAN = "零〇一二两三四五六七八九十百千"
_NUMBER = rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|(?=[零〇一二两三四五六七八九十半])[{_HAN}半]+)"
_MORE = "(?:多|来|几)?"
_MONEY = re.compile(
    rf"(?P<sign>[¥￥]\s*)?(?P<number>{_NUMBER})(?P<more>{_MORE})(?:"
    rf"(?P<scale>[千百]?万|亿|[wk](?![a-z]))(?P<rest>[一二两三四五六七八九]|[1-9](?!\d))?千?(?:元|块钱|块|人民币)?(?![人户个家名件平台吨斤度辆亩公次])"
    rf"|(?P<hundreds>[千百])?(?P<plain>元|块钱|块(?!地|儿|田|砖|板|屏)|大洋)|(?(sign)|(?!)))",
    re.I,
)
_SCALE = {
    "百": 100,
    "千": 1000,
    "k": 1000,
    "万": 10**4,
    "w": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:(?:\+|00)?86[- ]?)?"
    r"(1[3-9]\d(?:[- ]?\d{4}){2}|0\d{2,3}[- ]?\d{7,8})(?![\dA-Za-z])"
)
_TICKET = re.compile(r"BZ[\s\-号:]{0,3}(\d{10})(?!\d)", re.I)
_CREDIT = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
_DAY_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATES = (
    re.compile(
        rf"(?P<year>(?:19|20)\d{{2}}|[一二][零〇九][零〇一二三四五六七八九]{{2}})年(?:份)?"
        rf"(?:(?P<month>{_DAY_NUMBER})月(?:份)?(?:(?P<day>{_DAY_NUMBER})[日号])?)?"
    ),
    re.compile(
        r"(?<!\d)(?P<year>20\d{2})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?(?![\d.%])"
    ),
    re.compile(
        rf"(?<![个\d一二两三四五六七八九十])(?P<year>)(?P<month>{_DAY_NUMBER})月(?:份|(?P<day>{_DAY_NUMBER})[日号])"
    ),
)


def figures(text: str) -> Iterator[Found]:
    """The figures in `text`, which is in half width; each stretch of it is read once."""
    taken: list[tuple[int, int]] = []
    for reader in (_tickets, _credit_codes, _phones, _dates, _sums):
        for found in reader(text):
            if all(found.end <= start or end <= found.start for start, end in taken):
                taken.append((found.start, found.end))
                yield found


def _tickets(text: str) -> Iterator[Found]:
    for match in _TICKET.finditer(text):
        yield Found("ticket_number", f"BZ{match[1]}", *match.span())


def _credit_codes(text: str) -> Iterator[Found]:
    for match in _CREDIT.finditer(text.upper()):
        if valid_credit_code(match[0]):
            yield Found("credit_code", match[0], *match.span())


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        yield Found("phone", re.sub(r"\D", "", match[1]), *match.span())


def _dates(text: str) -> Iterator[Found]:
    for pattern in _DATES:
        for match in pattern.finditer(text):
            value = _iso(match["year"], match["month"], match["day"])
            if value:
                yield Found("date", value, *match.span())


def _iso(year: str, month: str | None, day: str | None) -> str:
    """2026-03-15, 2026-03, 2026, 03-15 or 03; empty when there is no such day."""
    parts = [_count(part) if part else None for part in (year, month, day)]
    try:
        # A leap year where none is told, so that 2月29日 may be.
        date(parts[0] or 2028, parts[1] or 1, parts[2] or 1)
    except ValueError:
        return ""
    widths = (4, 2, 2)
    return "-".join(
        f"{part:0{width}}" for part, width in zip(parts, widths, strict=True) if part is not None
    )


def _count(text: str) -> int:
    if text.isdecimal():
        return int(text)
    value = numeral(text)
    return -1 if value is None else value


def _sums(text: str) -> Iterator[Found]:
    for match in _MONEY.finditer(text):
        if match["plain"] and match["number"] in ("一", "半") and match["plain"] == "块":
            continue  # 一块: together, or this part of it
        yuan = _yuan(match)
        if yuan:
            yield Found("money", str(yuan), *match.span())


def _yuan(match: re.Match[str]) -> int:
    written = match["number"].replace(",", "")
    if written == "半":
        value = 0.5
    elif written[0].isdigit():
        value = float(written)
    else:
        counted = numeral(written.rstrip("半"))
        if counted is None:
            return 0
        value = counted + (0.5 if written.endswith("半") else 0)
    scale = _SCALE.get((match["scale"] or match["hundreds"] or "").lower(), 1)
    # 五万八 is 58,000.
    rest = _count(match["rest"]) * scale // 10 if match["rest"] else 0
    return round(value * scale) + rest
