"""Which time a question asks about: today, or one that it names (2022年小规模免增值税吗).

A year before today is the time asked about, unless it only tells when something happened (我2019年
成立的公司), what something belongs to (2024年的账), or which document is meant (川府发〔2022〕5号).
In doubt a question is about today: nobody is then told that something held when it did not.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.text import fold, numeral
from knowledge_base.validity import Period

_RULES = r"(?:政策|规定|标准|办法|条件|法律(?!效力|责任|援助|后果|顾问)|条例|文件|要求)"
_FAVOURS = r"(?:优惠|税率|补贴)"
_YEAR = r"(?:19|20)\d{2}|[一二][\u3007○零一二三四五六七八九]{3}"
_SPAN = re.compile(
    rf"(?:{_YEAR}) ?年?(?:\d{{1,2}}月)?(?:\d{{1,2}}[日号])?[度底初]?"
    rf"[至到—~–、和与跟或及-]+(?:{_YEAR}) ?年"
)
_NAMES_A_TEXT = re.compile(
    rf"《[^》]*》|[(〔\[]{_YEAR}年?[^)〕\]]{{0,12}}[)〕\]]"
    rf"|(?:{_YEAR})年(?:的?第?[\d几]+号|第|版|修[订正改]|[新旧老]版)"
)
_MARKS = re.compile("[，。？！；：,.?!;:\n]")
_TIME = re.compile(
    rf"(?<!\d)(?P<year>{_YEAR}) ?年"
    r"(?:(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月(?:(?P<day>\d{1,2})[日号])?)?"
    r"(?:份|度(?!假)|初(?!次|级|创|始|中)|底(?!线|薪|价|数)|末|[上下]半年)?(?!\d)"
    r"|(?P<spoken>大前年|(?<![年以之目当此])前年|(?<![过出])去年度?|明年|后年)"
    r"|(?P<last>(?<![马晚早以])上个?月(?![份]?[底初末]))|(?P<basis>(?<![\u4e00-\u9fff])上年度?)"
)
_FIGURES = str.maketrans("\u3007○零一二三四五六七八九", "000123456789")
_OFFSETS = {"大": -3, "前": -2, "去": -1, "上": -1, "明": 1, "后": 2}

_BEFORE = re.compile(r"(?:[自从到至于比较跟和与同像及或写底拿用把、—~-]|截止|超过|是不是|距离?)$")
_AFTER = re.compile(
    r"^(?:以?[前后来内]|之[前后]|起|开始|[至到止—~-]|底?前|的?$|几[月号]|哪[天月]|的还是|的[，,。;；])"
)
_THEN = re.compile(r"^的?(?:那时候?|那阵|那会儿?|那年|时候|当时|当年)")
_ASKS = re.compile(
    r"咋|怎|如何|好多|多少|几|啥|什么|哪|吗|[嘛么]|没有|没得|有没|是否|是不是|好久|多久|可以|(.)不\1"
)
_OWN = re.compile(
    r"^[底初末]?的?(?:账|工资(?!标准|指导)|奖金|发票(?!管理)|票|合同(?!法)|货(?!车|物|运)|款|税款|利润|收入|营业额|销售额|产值"
    r"|年报|房租(?!补|减|免)|租金(?!补|减|免)|欠|订单|案|事情|纠纷|房子|业务(?!招待)|亏|报表|凭证|成本|费用"
    r"|年假|工伤(?!保险)|流水|借条|债|单子|活(?!动)|项目(?!补|资|申)|人数|研发费|进项|[^，。？]{0,8}(?:汇算|年报)|平均工资|那[笔个次部份]|一份|公告|公司|店|厂)"
)
"""What belongs to the person: the year of an account is not that of a rule."""
_HAPPENED = (
    r"(?:注册(?!资本|资金|费)|成立|登记(?!费)|毕业(?!生)|退役(?!军人|士兵)|退伍(?!军人|士兵)|入职|参保|施行|出台|通过|公布|印发|发布|核准|生效|颁布|去世|死亡|出口的|不晓得|开业|出生|结婚|离婚"
    r"|离职|辞职|辞退|失业(?!保险|险|金|补助|人员)|退休(?!金|年龄|人员)|到期|签|完工|竣工|投产|受伤|摔|被|拖欠"
    r"|发生|开除|出事|生病|住院|怀孕|倒闭|欠|忘|错|不知道|没(?!有|得)|工伤的)"
)
_DONE = (
    r"(?:买|购(?!房|车)|购置|开(?!发票)|办(?!法|理|学)|办理|出(?!口|租|让|生|具|版|台)|交(?!通|易)|缴(?!存)|领|租(?!金|赁)|借|贷|卖|报(?!废|销|告)"
    r"|享受|拿|评|招(?!商|标|投)|雇|请|发(?!票|展|改|明|放)|发放|收(?!费|入|益)|付|投|建(?!筑|设)|转|搬|做|干"
    r"|进(?!口|项)|打|填|查|罚|存|写|挣|赚|修|装|谈|关(?!税|于)|停(?!车)|换|改|聘|考|养(?!老|护)|种(?!植|粮)|批(?!发)|报销|申请|申报|鉴定|认定|还(?!有|能|可|是|要|得|在|没))"
)
_PERSON = (
    r"(?:我们?|咱们?|俺|老板|[他她]们?|人家|对方|客户|朋友|有人|别人|屋头|店里|[爸妈哥姐弟妹叔])"
)
_FACT = re.compile(
    rf"{_HAPPENED}|^[我们咱就才刚都也又已经新只的自己]*{_DONE}|{_DONE}[^的]{{0,8}}的|(?:{_PERSON}|^在).{{0,6}}{_DONE}"
    r"|^[底初末]?[^的税费险保金贷补奖利率工企人]{1,2}的"
    r"|(?<![为除罢])了(?![吗没不嘛么解])|(?<![超通不经])过(?!期|渡|程|敏|户|节)"
)
_BETWEEN = re.compile(rf"[^出]了|{_HAPPENED}|{_DONE}的|^的?[我们]*有|享受")
_PERSON_TELLS = re.compile(_PERSON)
_OPENING = re.compile(
    r"我?(?:想|要|来)?(?:请?问|了解|知道|晓得|查|咨询)(?:一?[下哈])?|帮我.{0,2}|请问"
)
_SUBJECT = 10
"""Characters of whom or what it is about, that a mark may part from what is asked."""
_TODAY = re.compile(
    r"现在|目前|如今|眼下|今年|今天|[这本]个?月|下个?月|至今|还能|还可以|还有效|还算|还要|还得|补[办缴交报开领申上]|追[缴溯讨]"
    r"|晚了|超期|过期|逾期|来得及|时效"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A time that a question names, with what stands before and behind it."""

    period: Period
    before: str
    behind: str
    basis: bool
    """Whether it mostly says by what is reckoned: 按上年人数."""

    def asked(self, today: date) -> bool:
        """Whether the rules of that time are asked for, on the day `today`."""
        if self.period.first <= today <= self.period.last:
            return False
        if _BEFORE.search(self.before) or _AFTER.match(self.behind):
            return False
        if self._leads_to(_RULES):
            return True
        if self.basis or self.period.first > today:
            return self._leads_to(_FAVOURS)
        return not (self._is_fact or _TODAY.search(f"{self.before} {self.behind}"))

    def _leads_to(self, words: str) -> bool:
        """Whether it is said of rules (`words`), and nothing happened in between."""
        lead = re.match(rf"[^，。？！；,.?!;]{{0,14}}?{words}", self.behind)
        return lead is not None and not _BETWEEN.search(lead[0])

    @property
    def _is_fact(self) -> bool:
        """Whether it only tells when something happened, or what something belongs to."""
        told = _MARKS.split(self.before)[-1]
        if _PERSON_TELLS.search(_OPENING.sub("", told)):
            return True
        behind = _THEN.sub("", self.behind).lstrip("，,、 ")
        clause, *others = _MARKS.split(behind)
        asks = _ASKS.search(clause)
        if not asks and "".join(others) and (self.before or len(clause) > _SUBJECT):
            # A story, of which another clause asks.
            return True
        # 咋减的 asks, whatever it ends with: only what comes before tells.
        return bool(_OWN.match(clause) or _FACT.search(clause[: asks.end()] if asks else clause))


def asked_period(question: str, today: date) -> Period | None:
    """The past or coming time whose rules `question` asks about; None when it asks about now.

    Of two times nobody knows which is meant, and today's law answers.
    """
    text = _NAMES_A_TEXT.sub(_blank, fold(question))
    asked = [said.period for said in _times(_SPAN.sub(_blank, text), today) if said.asked(today)]
    return asked[0] if len(asked) == 1 else None


def _blank(match: re.Match[str]) -> str:
    return "·" * len(match[0])


def _times(text: str, today: date) -> Iterator[_Said]:
    for match in _TIME.finditer(text):
        if period := _period(match, today):
            before = text[: match.start()].rstrip()
            basis = match["basis"] or (match["last"] and before.endswith("按"))
            yield _Said(period, before, text[match.end() :], bool(basis))


def _month(said: str | None) -> int:
    return int(said) if said and said.isdecimal() else numeral(said or "一") or 0


def _period(match: re.Match[str], today: date) -> Period | None:
    """The days that `match` names; None where the calendar has none such."""
    words = match[0]
    if match["last"]:
        last = today.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last, words)
    if spoken := match["spoken"] or match["basis"]:
        year = today.year + _OFFSETS[spoken[0]]
    else:
        year = int(match["year"].translate(_FIGURES))
    try:
        first = date(year, _month(match["month"]), int(match["day"] or 1))
    except ValueError:
        return None
    if match["day"]:
        return Period(first, first, words)
    month = first.month if match["month"] else 12
    return Period(first, date(year, month, monthrange(year, month)[1]), words)
