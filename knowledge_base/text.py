"""Pure text rules that all rooms share: folding, numbers, sentences, credit codes, masking."""

import re
import unicodedata

# GB 32100-2015: no I, O, S, V, Z; the weights are 3**i mod 31 for the first seventeen places.
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

_DIGITS = {
    "零": 0, "\u3007": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4,
    "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_SCALES = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "零\u3007一二两三四五六七八九十百千"
_PERCENT = re.compile(rf"百分之([{_NUMERAL}]+(?:点[{_NUMERAL}]+)?|\d+(?:\.\d+)?)")
_COUNTED = re.compile(
    rf"(?<![第{_NUMERAL}])([{_NUMERAL}]+)"
    r"(?=万|亿|元|年|个月|个工作日|日|天|倍|人|户|名|平方米|周岁|小时|折|%)"
)
# Anything but the usual characters of a Chinese text, none of which is a control character.
_RARE = re.compile(r"[^\n\t -~·×—‘’“”…\u3000-\u303f\u3400-\u9fff\uff01-\uff5e]")
_SPACES = re.compile(r"[ \t\u3000]+")
_SENTENCE = re.compile(r"[^。！？；!?;\n]+(?:[。！？；!?;]+[”’」』）)]*|\n|$)")
_OFFICIAL = re.compile(r"\d{4}年第\d+号|〔\d{4}〕\d+号|令第?\d+号")
_BRACKETS = str.maketrans("[]【】（）()\ufe5d\ufe5e", "〔〕〔〕〔〕〔〕〔〕")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?)\d{5,6}(\d{2})(?!\d)")
_IDENTITY = re.compile(r"(?<![\dA-Za-z])(\d{6})\d{8}(\d{3}[\dXx])(?![\dA-Za-z])")


def clean(text: str) -> str:
    """`text` fit to be shown: line ends as \\n, no control or invisible characters, as written."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _RARE.search(lines):
        return lines.strip()
    return "".join(
        char for char in lines if char in "\n\t" or unicodedata.category(char)[0] != "C"
    ).strip()


def fold(text: str) -> str:
    """`text` in one form: cleaned, NFKC (full width → half), runs of blanks as one."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", clean(text))).strip()


def numeral(text: str) -> int | None:
    """The value of a Chinese numeral below 10,000 (`二十五` → 25); None when it is none."""
    if not text or any(char not in _DIGITS and char not in _SCALES for char in text):
        return None
    if not any(char in _SCALES for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit, last_scale = 0, None, 10_000
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
            continue
        scale = _SCALES[char]
        if scale >= last_scale:
            return None
        total += (1 if digit is None else digit) * scale
        digit, last_scale = None, scale
    return total + (digit or 0)


def fold_numbers(text: str) -> str:
    """Chinese numerals before a unit and 百分之… as Arabic figures: `百分之三` → `3%`."""
    return _COUNTED.sub(_arabic, _PERCENT.sub(_percent, text))


def search_form(text: str) -> str:
    """What both the indexed text and the question are turned into before any matching."""
    return fold_numbers(fold(text)).lower()


def _percent(match: re.Match[str]) -> str:
    whole, _, fraction = match.group(1).partition("点")
    if whole[0].isdigit():
        return f"{whole}%"
    value = numeral(whole)
    if value is None:
        return match.group(0)
    decimals = "".join(str(_DIGITS[char]) for char in fraction if char in _DIGITS)
    return f"{value}.{decimals}%" if decimals else f"{value}%"


def _arabic(match: re.Match[str]) -> str:
    value = numeral(match.group(1))
    return match.group(0) if value is None else str(value)


def official_numbers(text: str) -> frozenset[str]:
    """The telling parts of the 文号 in `text`: 2023年第12号, 〔2023〕117号, 令第722号."""
    plain = re.sub(r"\s|公告|通知", "", search_form(text)).translate(_BRACKETS)
    return frozenset(_OFFICIAL.findall(plain))


def sentences(text: str) -> list[str]:
    """The sentences of `text` in order, each with its closing mark; a line end closes one too."""
    return [piece.strip() for piece in _SENTENCE.findall(text) if piece.strip()]


def valid_credit_code(code: str) -> bool:
    """Whether `code` is a 统一社会信用代码: 18 characters whose checksum holds (GB 32100-2015)."""
    if len(code) != 18 or any(char not in _CODE_ALPHABET for char in code):
        return False
    total = sum(
        _CODE_ALPHABET.index(char) * weight
        for char, weight in zip(code, _CODE_WEIGHTS, strict=False)
    )
    return _CODE_ALPHABET[(31 - total % 31) % 31] == code[17]


def mask_phone(text: str) -> str:
    """`text` with the middle of every mobile number starred: 138****5678."""
    return _PHONE.sub(r"\1****\2", text)


def mask_personal(text: str) -> str:
    """`text` fit for a log: telephone numbers and identity card numbers starred."""
    return _LANDLINE.sub(r"\1*****\2", mask_phone(_IDENTITY.sub(r"\1********\2", text)))
