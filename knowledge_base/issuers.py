"""Which offices a text is from: those that signed it, whose number or title it bears, its page."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from knowledge_base.dates import DAY, day
from knowledge_base.numbers import issuer_in

_HAN = "\u4e00-\u9fff"
_BEFORE = 400
"""Characters before a day in which those who signed are looked for."""
_MOST = 12
_OFFICE = re.compile(
    rf"[{_HAN}（）]{{2,60}}(?:厅|局|部|委|委员会|政府|办公室|院|会|中心|银行|署|银保监局|集团|公司"
    r"|总队|支队|大队|调查队|办事处|管理处|管理所|分行|支行|联社|供销社|学校|大学|中学|小学)"
)
_DAY = re.compile(DAY)
_GOES_ON = re.compile(r"[，、前后至起以印公发施实通成召第]|[（(]?星期")
_SEAL = re.compile(r"[（(](?:盖章|公章|印章|代章|章)[）)]")
# A clause such as 报送至某某局 ends in an office too; 经济, 对外 and 报社 are words of names.
_CLAUSE = re.compile(r"[在由向将于至送]|报(?!社|业)|对(?!外)|经(?!济|信|贸|营|开|合|发)")
_SENTENCE = re.compile("[。；！？：”]")
_TASKS = re.compile(r"[（(][^（()）]*(?:负责|牵头|配合|分工)[^（()）]*[）)]")
_ENTITLED = re.compile(
    r"(?!转发|关于|印发)([^《》“”，。；：]{3,90}?)(?:关于|转发|印发|\d{4}年|(?:通告|公告|公示|通知|通报)$)"
)
_AND_OTHERS = re.compile(r"等[\d一二三四五六七八九十]*个?(?:部门|单位|机关)$")
_WHOSE = re.compile(rf"(?:中共)?([{_HAN}]{{2,8}}?[省市州县区])")
_STATE = "中华人民共和国"
_LAST = "[局委会厅府室院部]"
_JOINED = re.compile(
    rf"(?<=[局厅府委])(?!办公)(?=[{_HAN}]{{2,3}}[省市])|(?<=[厅室])(?=国务院)|(?<=部)(?=国家)"
    r"|(?<=[\u4e00-\u9fff]部)(?<![东西南北中内外干全本]部)(?!办公|党组|门|分|直属|等|队|$)(?=[\u4e00-\u9fff])"
)
"""Where another office's name begins without a blank before it."""
_SITE = re.compile(r"(?:官方|门户|政务)?(?:网站|官网|网)$")
_RULES = re.compile("条例|细则|办法|规定|方案")
_ANY_OF_THEM = re.compile("各|有关|相关|所在地|当地|本站|本网")


def signature(text: str) -> tuple[tuple[str, ...], date] | None:
    """Offices and day where a text is signed: the first day that follows an office's name."""
    for match in _DAY.finditer(text):
        signed = day(*match.groups())
        if signed is None or _GOES_ON.match(text[match.end() : match.end() + 3]):
            continue
        if offices := _names_at_end(text[max(0, match.start() - _BEFORE) : match.start()]):
            return tuple(offices), signed
    return None


def _names_at_end(before: str) -> list[str]:
    """The offices that `before` ends with, and nothing but their names since its last sentence."""
    *sentences, last = _SENTENCE.split(_TASKS.sub("。", _SEAL.sub("", before)))
    names: list[str] = []
    for group in reversed(re.split(r"[，\n\s]+", last.rstrip("，、 \u3000\n"))):
        offices = group.split("、")
        is_clause = any(_CLAUSE.search(office[:12]) for office in offices)
        if is_clause or not all(map(_OFFICE.fullmatch, offices)) or len(names) >= _MOST:
            return names
        names = offices + names
    # 抄送：省商务厅，省财政厅 stand before the office that printed the paper.
    return names[-1:] if sentences and sentences[-1].endswith("送") else names


def issuer_of(title: str, number: str, signed: Sequence[str], told: Mapping[str, str]) -> str:
    """The offices a text is from, all of those that signed it; empty when nothing tells.

    `told` are the labels of its page: issuer, and what only may be one: source, agency.
    """
    labelled = told.get("issuer", "").strip()
    if labelled and not (len(signed) > 1 and _is_one_of(labelled, signed)):
        return labelled
    if signed:
        return " ".join(signed)
    for offices in (issuer_in(number), _in_title(title)):
        names = _separate(offices)
        if names and all(map(_OFFICE.fullmatch, names)) and not _RULES.search(offices):
            return " ".join(names)
    return _office(told.get("source", "")) or _office(told.get("agency", ""))


def _is_one_of(office: str, offices: Sequence[str]) -> bool:
    """Whether `offices` hold `office`, under its full name or without its place."""
    return any(each.endswith(office) or office.endswith(each) for each in offices)


def _in_title(title: str) -> str:
    """The offices a title begins with: 南江县民政局 南江县财政局关于…"""
    found = _ENTITLED.match(title.strip())
    if found is None:
        return ""
    return _AND_OTHERS.sub("", found.group(1).strip())


def _separate(names: str) -> list[str]:
    """Each office of `names`, in which lines may have been joined: 巴中市教育局巴中市财政局."""
    if place := _WHOSE.match(names):
        names = re.sub(rf"(?<={_LAST})(?={place.group(1)})", " ", names)
    return re.split(r"[、\s]+", _JOINED.sub(" ", names.replace(_STATE, " ").strip()))


def _office(name: str) -> str:
    """The office that `name` is, or whose site it is: a newspaper's and 各有关部门 are none."""
    plain = _SITE.sub("", name.strip())
    return plain if _OFFICE.fullmatch(plain) and not _ANY_OF_THEM.search(plain) else ""
