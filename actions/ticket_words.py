"""The words people use while a ticket is taken down: patterns, each with what it is for."""

import re
from enum import StrEnum

from desk.tickets.values import Category, read_phone
from knowledge_base.text import fold


class Slot(StrEnum):
    """The form's questions, in the order they are asked."""

    CATEGORY = "ticket_category"
    WHAT = "ticket_what"
    WHO = "ticket_who"
    CONTACT = "ticket_contact"
    CONFIRMED = "ticket_confirmed"
    CHANGE = "ticket_change"  # asked only when the summary is not right
    TOPIC = "ticket_topic"  # never asked: the intent that began it
    KIND = "ticket_kind"  # never asked: what a complaint is about
    RESUMED = "ticket_resumed"  # never asked: taken up again where it stopped


ASKED = (Slot.CATEGORY, Slot.WHAT, Slot.WHO, Slot.CONTACT, Slot.CONFIRMED, Slot.CHANGE)


KIND = (
    (Category.REPORT, "举报|检举"),
    (Category.COMPLAIN, "投诉|投拆|投书|告状"),
    (Category.SUGGEST, "建议|意见"),
    (Category.CONSULT, "咨询"),
    (Category.HELP, "求助|协调|帮忙|困难"),
)
# Somebody did wrong, though the person does not say 投诉.
GRIEVANCE = re.compile(
    r"欠|拖着|乱收|乱罚|多收|不给|不退|不办|不管|没人管|不公|刁难|推诿|推来推去|态度|侵权|冒用|仿冒|"
    r"假货|骗|恶意|违法|违规|拒绝|卡着|排斥|歧视|被罚"
)
# What can be done about it, and whether it is lawful, is asked: 老板拖我工资，我能咋办.
_ENDS = r"[嘛哦呢啊哈呀吧嘞哟]*(?=[?？。!！,，\s]|$)"
WHAT_TO_DO = re.compile(
    rf"(?:(?:该|能|要|又能|可以)?(?:咋个?|怎么|怎样|如何|啷个|咋样)(?:整|办|弄|搞|处理|解决|维权|说理|是好|讨|要(?:回来|得?到)?)"
    rf"|怎么样才能要回来?){_ENDS}"
    rf"|(?:该|要|能|可以|应该)(?:去)?(?:找|问)(?:哪个|哪[里儿点]?|谁|什么)(?:人|部门|单位|地方|说理|管|解决)?{_ENDS}"
    rf"|(?:合不合法|违不违法|合不合规|犯不犯法|(?:算不算|是不是)(?:违法|违规|犯法)|(?:合法|违法|合规|违规|犯法)(?:吗|不|么)){_ENDS}"
    rf"|有(?:什么|啥子?|没[有得])(?:办法|法子?|规定|说法|路子){_ENDS}"
    r"|(?:最[迟晚]|[多好]久|几天|多少天|[什啥]么?时候|多长时间)(?:之?内)?(?:就|才)?(?:必须|应当|应该)"
)
KINDS = "|".join(words for _, words in KIND)

# The person wants out of the form.
CANCEL = re.compile(
    r"算球?了|取消|取肖|撤销|作废|放弃|终止|中断|退出|^停|"
    r"(?:不想?|别|莫|不要)(?:投诉|举报|登记|填|弄|办|提|说|搞|整)了?"
)
# … or past a question, back to the one before, or to hear it again.
SKIP = re.compile(
    r"跳过|略过|^[略过跳][。.!！]?$|下一[个题项步]|空着|留空|skip|先填后|后面再填", re.I
)
BACK = re.compile(
    r"上一[步题个项]|前一[步题个项]|回到上|返回|退回|往回|倒回|倒转|后退|^回去|退一步|^back$", re.I
)
REPEAT = re.compile(
    r"(?:再|重新?|从)(?:说|讲|问|念|发)|重复|没听[清到]|听不清|没看到|你(?:刚才?)?(?:说|问).{0,3}(?:什么|啥)"
    r"|问题是(?:什么|啥)|^(?:啥子?|什么|啊)[?？]?$"
)
# … or somebody else to talk to.
PERSON = re.compile(r"人工|真人|活人|客服|接线|专员|工作人员|找(?:个)?人|换(?:个)?人|领导")
# Shaped like a question; but one about their own trouble is the matter itself.
QUESTION = re.compile(
    r"[?？]$|什么|啥|哪|怎么|怎样|如何|咋|啷个|多少|多久|好久|好多|(?<!十)几|(?P<verb>[\u4e00-\u9fff])不(?P=verb)|能不能|要不要|可不可以|是不是|有没[有得]|"
    r"吗[?？]?$|呢[?？]?$|不$|没得$|没有$"
)
OWN_TROUBLE = re.compile(r"我|咱|俺|窗口|被|他们|不给|不让|乱|欠|拖|一直|没人管")
# Names a matter of policy, though not as a question: 留抵退税条件.
POLICY = re.compile(
    r"税|补[贴助]|社保|公积金|贷款|利息|政策|起征|条件|标准|流程|仲裁|工伤|执照|许可|注销|优惠|缓缴"
)
FIRM = re.compile(
    r"(?:公司|店|厂|社|中心|商行|超市|酒楼|门市|经营部|服务部|事务所|协会|学校|医院|工作室|酒业|纸业|机械|建材|物流|配送|"
    r"副食|火锅|面馆|馆|行|场|园)$"
)
NO_FIRM = re.compile(r"(?:没得|莫得|没有)(?:单位|公司)|^个人$")
NAMED_LATE = re.compile(r"(?:我叫|我是|我姓|公司[是叫]|单位[是叫]|店名[是叫])([^\W\d_]{1,16})")
# A second matter, said to be one.
ANOTHER = re.compile(
    r"另外|还有(?:一)?件?|还要(?:投诉|举报|反映)|我要(?:投诉|举报|反映)|再(?:投诉|登记)一"
)
ADDED = re.compile(
    r"忘(?:记|了)?(?:说|讲|写)|漏(?:说|写|了|讲)|补充|加[一上]?(?:句|点)|还有(?:一点|就是)"
)
# What is told anew at the summary, or of it one thing.
RETOLD = re.compile(r"^(?:我)?(?:重新|再)(?:说|讲|写)(?:一[遍次下])?[:：,，\s]*|^应该这样写[:：]?")
# A question about the form's own question.
ABOUT_FORM = re.compile(
    r"^(?:为什么|为啥|干嘛|凭什么|一定要|必须|非要)|可以不|能不能不|安全吗|泄露"
)

# 电话说错了 · 改一下名字: which answer, and that it is to change.
WRONG = r"(?:说|写|填|打|搞|输|留|弄|选|报)?(?:错|岔)|不对|有误|改|换|更正|纠正|修改"
ABOUT = {
    Slot.CONTACT: r"电话|手机|号码|联系方式",
    Slot.WHO: r"名字|姓名|称呼|单位名|公司名|企业名",
    Slot.CATEGORY: r"类别|类型|种类",
    Slot.WHAT: r"内容|事情|描述|诉求",
}
CORRECTION = {
    slot: re.compile(rf"(?:{words}).{{0,6}}?(?:{WRONG})|(?:{WRONG}).{{0,4}}?(?:{words})")
    for slot, words in ABOUT.items()
}
NEW_VALUE = re.compile(
    r"(?:应该是|应当是|是叫|改成|改为|换成|换为|是|叫|[:：])\s*([^,，。;；!！]+)"
)
NEW_MATTER = re.compile(
    r"(?:内容|事情|描述|诉求).{0,4}?(?:改成|改为|换成|换为|应该是|应当是|是)\s*[:：]?\s*(.{2,})",
    re.S,
)
NOT_THIS_KIND = re.compile(rf"不是(?:{KINDS})")
RATHER = re.compile(
    rf"(?:算|改成|改为|换成|当成|应该是|应当是)(?:是|个|一个|件)?({KINDS})(?=[^，。,]{{0,3}}(?:[，。,!！]|$))"
)
LONGEST_CORRECTION = 40

PHONE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
)
_SPOKEN = re.compile(r"[幺一二两三四五六七八九零〇洞拐]{7,}")
_DIGITS = str.maketrans("幺一二两三四五六七八九零〇洞拐", "112234567890007")
# The person would rather not say.
KEEPS_BACK = re.compile(r"(?:不|别|莫)(?:留|填|写|给|说)|匿名|保密")
WITHHELD = re.compile(
    r"不(?:想|愿意?|方便|用|必|要|给|提供)?[留填说给写]|不用|不方便|不必|保密|匿名|^算了|^不$|^无$|"
    r"^我?(?:没得|莫得|没有)(?:电话|手机|座机|号码|名字|了|的)?[。.!！]?$"
)
# What opens a talk and says nothing about the matter.
OPENING = re.compile(
    rf"(?:你好|您好|请问|麻烦|我们?|想|要|来|帮|给|你们?|登记|反映|反应|提交?|办|开|建|一下|一哈|一个|个|"
    rf"情况|问题|诉求|工单|办件|事情?|有|请|{KINDS}|[,，。.!！?？\s吧嘛哈啊哦了])+"
)
# 我要求助，…: its kind is the category; the matter follows.
OPENER = re.compile(
    r"^(?:我们?)?(?:要|想)?(?:求助|反映(?:一[下哈]|个(?:问题|情况)|哈)?|投诉|举报|提个?(?:建议|意见))[哈嘛]?[，,：:]\s*(?=.{5})"
)
# What stands around a name or a number.
INTRODUCTION = re.compile(
    r"^(?:我的?名字[叫是]|我姓名是?|我是|我叫|就?叫我|就?叫|我姓|姓名|名字|称呼|单位)[:：]?\s*"
)
SURNAME = re.compile(r"(?:我|免贵|小)?姓(\w{1,2})(?:[,，、 ]+(?:(?:就?[叫喊]我?)?(\w{2,6}))?)?")
CONTACT_WORDS = re.compile(r"[,，;；、\s]*(?:我的)?(?:联系)?(?:电话|手机|号码|方式)号?码?[是:：]*")
YES = re.compile(
    r"^(?:确认|确定|提交|没问题|没错|无误|对|是|好|可以|行|得行|要得|嗯|ok)|^[^不别莫先没]{0,8}(?:提交|交了)[吧嘛了哈]?$",
    re.I,
)
# … in the very word: after a wish to change something a mere yes may mean the change.
SUBMIT = re.compile(r"^[^不别莫先没]{0,8}提交|^没问题|交了[吧嘛哈]?$")
PLEASANTRIES = {"greet", "thanks", "bye", "affirm"}
# … in so many words: 谢好, 好又多 and 谢谢你来超市 are names.
PLEASANTRY = re.compile(
    r"(?:(?:你|您|老师)好|好[的嘛吧]?|谢谢?[你您]?|多谢|感谢|嗯+|哦+|在[吗不]|再见|拜拜|要得|得?行|可以|对的?|是的|"
    r"收到|[晓知][得道]了|麻烦[你您了]|辛苦了?|"
    r"(?:[哦嗯好行那]+[的嘛啊，,]*)?(?:[你您]?(?:继续|接着)(?:说|来|填|问|办|登记)?|往下(?:说|走|填)?)|"
    r"ok)[啊哈呀嘛哦吧了。.!！~ ]*",
    re.I,
)
# What may be the name of a person or a firm, whatever the model takes its words for.
_NAME = re.compile(r"[\w·()（）.&]{2,16}")
_NO_NAME = re.compile(
    r"[你您]|怎|啥|什么|哪|吗$|呢$|没|不|别|莫|要|想|帮|请|转|查|问|投诉|举报|取消|人工|机器|上一|下一|跳过|返回|重来|"
    r"停|算了|好[久多]|多久|可以|救|火了|刀|死|工单|单子|编号|进度"
)
# An official or an authority, and what one of them does who is corrupt.
OFFICIAL = re.compile(
    r"干部|官|[科股局处镇乡县市区村所队厅]长|书记|主任|领导|公务|公职|执法|警察?|法官|检察|检查的|城管|税务|科员|"
    r"经办|审批|验收|窗口|办事的|政府|机关|局里?的|工作人员|党员|国企"
)
CORRUPT = re.compile(
    r"好处|红包|回扣|贿|贪|干股|暗股|辛苦费|保护费|吃拿卡要|以权|勾结|腐败|送礼|送钱|收.{0,8}[钱礼]|烟酒|要[烟酒钱]|索要"
)
OVERSIGHT = re.compile(r"12388|纪委|纪检|监察|反腐|廉政")
# Intents that are a matter of their own: never the answer to a short question.
MATTERS = {
    "open_ticket", "open_complaint", "legal_help", "redemption", "events", "policy_opinion",
    "cooperation", "subscribe", "ask_specialist", "add_to_ticket", "rate",
}  # fmt: skip


def kind_of(text: str) -> Category | None:
    """The category that `text` names last; None when it names none."""
    found = [(match.start(), kind) for kind, words in KIND for match in re.finditer(words, text)]
    return max(found)[1] if found else None


def likely_kind(text: str) -> Category:
    """The category of a matter whose kind nobody named; the summary shows it before it counts."""
    return kind_of(text) or (Category.COMPLAIN if GRIEVANCE.search(text) else Category.HELP)


def phone_in(text: str) -> str | None:
    """The digits of the first number in `text` that can be called, also one that was spoken."""
    written = _SPOKEN.sub(lambda run: run[0].translate(_DIGITS), fold(text))
    match = PHONE.search(written)
    return read_phone(match.group()) if match else None


def is_name(text: str) -> bool:
    """Whether `text` is shaped like a name: a firm's, or one word that asks and wants nothing."""
    whole = bool(_NAME.fullmatch(text))
    return whole and bool(FIRM.search(text) or not _NO_NAME.search(text))


def substance(text: str) -> int:
    """How many characters of `text` say more than that something is to be taken down."""
    return len(re.findall(r"\w", OPENING.sub("", text)))
