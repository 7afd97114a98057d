"""Questions that get no answer however near a passage is: a cheat, an order to us, another city."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from knowledge_base.documents import Document, Level
from knowledge_base.text import search_form

_ASKS_HOW = re.compile(
    r"怎么|怎样|哪里|哪儿|哪个|谁能|有没有|如何|咋|教|帮我|帮忙|能不能|可不可以|办法|渠道|想|要|得?行不|有啥"
)
_UNLAWFUL = re.compile(
    r"骗(?:取|补|税|贷|保|到|领|点|国家|政府)|套取|(?:偷|逃|漏)(?:税|费|漏)|虚开|造假|做假|作假"
    r"|(?<![产休病事婚])假(?:发票|合同|材料|账|证|学历|社保|执照|公章|流水|研发)|伪造|变造|行贿|送红包|塞钱"
    r"|挂(?:个|起)?(?:空)?名|躲(?:脱|掉)|别(?:家|人).{0,6}公章|洗钱"
    r"|买(?:点|些|几张|张)?(?:进项|成本|专|油|餐|的)?(?:发票|票).{0,6}(?:(?<![能以])抵|冲|充|凑|平账|便宜|稳当|靠谱|安全)"
    r"|(?:冲|凑|缺|差|不够).{0,6}买.{0,4}票|找(?:个)?(?:人|公司).{0,4}代开|代开.{0,6}(?:个点|便宜|靠谱)"
    r"|挂靠.{0,6}(?:残疾|名额|躲|应付|费|好多钱|多少钱)|(?:证|资质).{0,3}挂靠.{0,8}(?:躲|查|钱)"
    r"|围标|串标|两套账|阴阳合同|不被(?:发现|查)|(?:逃避|躲避|躲过|绕过|规避)(?:检查|监管|处罚|执法)"
    r"|(?:改|篡改|涂改)(?:了|掉|一下)?(?:病历|合同|日期|数据|账目|证据)"
    r"|(?:病历|合同|日期|数据|账目|证据)(?:给|拿来)?(?:改|篡改|涂改)"
    r"|打点|冒充|冒名|[说写]成(?!书面).{0,8}(?:的|上班|工伤)|凑(?:材料|人头|工时|得像)|绕[开过].{0,6}(?:检查|治超|监管)"
    r"|账(?:本|目)?(?:给|都)?烧|不被.{0,4}(?:抓|逮|看出)|糊弄|蒙混|躲.{0,3}(?:金|税|费|查)"
)
"""买发票 alone is how people say 领用发票; bought to lower the profit it is none."""
_HIDING = re.compile(
    r"不(?:被|遭|让|叫|会|得).{0,6}?(?:发现|举报|投诉|处罚|罚|判|抓)|不算(?:违法|犯法)|消防|防腐|罚[单款]"
)
"""不被发现 finds nothing, and 消防 prevents no cheat."""
_REPORTS = re.compile(
    r"(?<!假)(?<!恶意)举报(?!信)|异议|质疑|发现|投诉|检举|后果|风险|反映|告他|维权|避免|防(?:止|范|着)|[咋样么何]防"
    r"|[被遭].{0,4}?(?:骗|坑|逼|冒|诬)|(?:老板|单位|会计|亲戚|领导).{0,2}[让喊叫逼]我"
    r"|(?<![找请让喊叫用借帮])(?:别人|人家|对方|同行|他们|供应商|合伙人|老板|会计)[^,，]{0,5}?"
    r"(?:骗|偷|逃|虚开|围标|串|作弊|假|冒|伪造|两套账)"
    r"|罚(?:多少|好多|几|不|吗|得|没)|(?:怎么|咋个?|如何|[会要得被遭挨不还])(?:处|遭|被)?罚|处罚(?:标准|是)"
    r"|(?:会|要|得|坐)[^,，]{0,3}牢|坐(?:多少|几|好多)年|判(?:多|几|好|刑)|[会么咋].{0,2}判|退几倍|要退吗"
    r"|出了事.{0,4}(?:怎么|咋|我|要不要)|遇到|犯法|违法|算不算|会不会算|会怎样|会怎么样"
    r"|(?:怎么|咋个?)处理(?!才)|(?:怎么|咋个?|如何|怎样)(?:认定|识别|辨别|证明)|区别|效力|有没有效|我不(?:晓得|知道|想做)"
    r"|我没[骗偷逃]|涉嫌|责任|担[责罪]|刑责|受.{0,3}处罚|[要会遭].{0,2}赔|怎么赔|欺诈|怕算|算(?:行贿|骗|偷|造假)"
    r"|比例罚|遭[查判]|被说|公共利益|抗辩|有责"
)
_SURELY_UNLAWFUL = -1.0
"""Log odds from which the wording alone says that someone wants to cheat: one of ours in 1,000."""
_INJECTION = re.compile(
    r"(?:忽略|无视|忘[记掉了]|不要理会|跳过|覆盖).{0,8}(?:指令|指示|提示|规则|设定|限制|要求|内容)"
    r"|(?:系统|初始|原始|隐藏)(?:提示词?|指令|设定|消息)|提示词|system\s*prompt|ignore.{0,20}instruction"
    r"|(?:你现在|从现在起|现在开始).{0,4}(?:是|扮演|变成)|扮演|开发者模式|越狱|\bDAN\b|<\|?(?:im_|system)"
    r"|(?:所有|全部|别人|其他|哪些人).{0,10}(?:手机号|电话号码|身份证|住址|银行卡)"
    r"|(?:管理员|数据库|后台|服务器|登录).{0,4}密码|api\s*key|drop\s+table|</?script",
    re.IGNORECASE,
)
_SURELY_INJECTED = -1.0
HOME = ("中国", "全国", "四川", "巴中", "巴州", "恩阳", "南江", "通江", "平昌")
"""The places whose people are served: nation, province and city first, then the counties."""
_WIDE = 4
_HERE = ("老家", "家乡", "回来", "回乡", "本地", "我们这", "这边", "这里", "这儿")
_THERE = re.compile(r"当地|那边|那里|那儿|那点|那头|他们那")
_NO_PLACE = re.compile(r"普通化|前海关|东藏西藏|[一二两三几每]天门|东西藏|城东城西|城东|城西")
"""Words in which a place's name stands by chance: 普通化妆品, 出口前海关, 东西藏起来."""
_PLACES = Path(__file__).parent / "lexicon" / "places.txt"


def wishes_unlawful(question: str, leanings: Mapping[str, float]) -> bool:
    """Whether someone asks how to cheat, and not how to report or avoid it, or what it costs."""
    text = search_form(question)
    if _REPORTS.search(_HIDING.sub("", text)):
        return False
    said = _UNLAWFUL.search(text) and _ASKS_HOW.search(text)
    return bool(said) or leanings["unlawful"] > _SURELY_UNLAWFUL


def gives_orders(question: str, leanings: Mapping[str, float]) -> bool:
    """Whether the machine is told to do something else: 忽略以上指令."""
    return bool(_INJECTION.search(question)) or leanings["injection"] > _SURELY_INJECTED


def foreign_place(question: str, spoken_of: str, document: Document) -> str:
    """A place in `question` where `document` does not apply; empty when there is none.

    `spoken_of` is what the passage found says: a place it names is no foreign one.
    """
    for name in HOME[_WIDE:]:
        # A county's text speaks for that county alone, a city's or the nation's for all of ours.
        away = document.level is Level.COUNTY and name not in document.region
        if away and name in question and name not in spoken_of:
            return name
    if any(name in question for name in (*HOME[2:], *_HERE)):
        # 户口在南充，人在巴中: who names a place of ours asks for here.
        return ""
    for found in _elsewhere().finditer(_NO_PLACE.sub("…", question)):
        name = found.group(0)
        if name in spoken_of or name in document.region:
            continue
        if not _only_passed(question, name):
            return name
    return ""


def _only_passed(question: str, name: str) -> bool:
    """Whether `name` tells where someone or something came from: 从成都搬来, 重庆户口."""
    if _THERE.search(question):
        return False
    return bool(
        re.search(
            rf"(?:从|跟|和|与|给){name}|{name}(?:市|省)?(?:的)?(?:户口|户籍|注册|打工|务工|上班|读书|毕业|交的|买的|仓库|客户"
            rf"|老板|公司欠|办公|开会|谈生意|坐高铁|出差|旅游)|(?:限高|高铁|动车|车票|飞机票).*{name}|{name}.*(?:高铁|动车)"
            rf"|(?:卖到|发到|出口到?|寄到|运到|搬到|迁到|搬去|迁去)(?:了)?{name}",
            question,
        )
    )


@lru_cache(maxsize=1)
def _elsewhere() -> re.Pattern[str]:
    """Names of places that are none of ours, long ones first."""
    lines = _PLACES.read_text(encoding="utf-8").splitlines()
    names = {name for line in lines if line[:1] != "#" for name in line.split()}
    return re.compile("|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name)))))
