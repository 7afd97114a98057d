"""A desk with a month behind it, and what a month leaves out; desk.py runs `main` in a process.

Fills the empty data folder in DATA_DIR through the product's own services and prints, as JSON, who
may sign in and where each thing is found.
"""

import json
import struct
import sys
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from desk.accounts import services as accounts
from desk.accounts.models import Role, StaffMember
from desk.conversations import attachments, canned, fetches, notes, turns
from desk.conversations import services as conversations
from desk.conversations.models import Delivery
from desk.conversations.values import IncomingMessage, Reply
from desk.enterprises.models import Enterprise
from desk.policies import drafts, publishing
from desk.policies.bundled import named_file
from desk.policies.library import library
from desk.policies.models import Origin, Policy, PolicyVersion, State
from desk.policies.values import PolicyCard, card_of
from desk.tickets import services as tickets
from desk.tickets.models import Ticket
from desk.tickets.values import Particulars, TicketRequest
from tests.unit.desk.policy_makers import CARD

SITE = ("web", "web")
# The chat page of this visitor is shown; a token names them (pages.as_visitor).
VISITOR = "visitor-of-the-scenery"
FIRM = "巴州区云顶茶业有限公司"
NIGHT = """## 补多少
第四条 对验收合格的示范街区，一次性补助30万元。"""
COLD = """## 补多少
第二条 对新建冷库的企业，按设备投资额的15%补助，最高50万元。"""
QUESTION = "小微企业所得税有什么优惠"
DOCUMENT = "xiaoxing-weili-qiye-suodeshui"
SAMPLE = "shili-rencai-zhufang-butie"
RENEWED = "shili-jigai-jiangbu"


@dataclass
class Scenery:
    """Passwords by username, the first username of each role, the parts addresses are made of."""

    passwords: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def build() -> Scenery:
    """The whole scenery, in an empty data folder."""

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("demo_enterprises", stdout=StringIO())
    scenery = Scenery()
    _staff(scenery)
    call_command("demo_month", stdout=StringIO())
    now = timezone.now()
    # Once for the policies to be compared with, once more for what editors made of them.
    call_command("policy_index", stdout=StringIO())
    _policies(scenery, now)
    _conversations(scenery, now)
    _tickets(scenery, now)
    _phrases(scenery, now)
    return scenery


def _staff(scenery: Scenery) -> None:

    told = StringIO()
    call_command("demo_staff", "--json", stdout=told)
    for row in json.loads(told.getvalue()):
        scenery.passwords[row["username"]] = row["password"]
    # Roles the demonstration has nobody in.
    homeless = set(Role) - set(StaffMember.objects.values_list("role", flat=True))
    names = {Role.EDITOR: "宋岩", Role.DISCIPLINE: "郑廉", Role.SPECIALIST: "唐敏"}
    for role in sorted(homeless):
        home = "market" if role == Role.SPECIALIST else ""
        card = accounts.StaffCard(f"the-{role}", names[role], role, home)
        _, password = accounts.ensure_staff(card)
        scenery.passwords[card.username] = password or ""
    for staff in StaffMember.objects.order_by("-pk"):
        scenery.roles[staff.role] = staff.username
    scenery.places["firm"] = Enterprise.objects.get(name=FIRM).credit_code
    scenery.places["staff"] = str(StaffMember.objects.get(username="chenjie").pk)


def _policies(scenery: Scenery, now: datetime) -> None:
    """One published twice and under way again, one whose time is set, and the index of them all."""
    editor = StaffMember.objects.get(username=scenery.roles[Role.EDITOR])
    code = _published(CARD, editor, now - timedelta(days=9))
    scenery.places["policy"] = code
    for current, prize in enumerate(("9万元", "10万元"), start=1):
        card = replace(CARD, body=CARD.body.replace("8万元", prize), note="提高奖励")
        then = now - timedelta(days=5)
        draft = drafts.save(code, card, revision=0, current=current, staff=editor, now=then)
        if current == 1:
            publishing.publish(code, revision=draft.revision, staff=editor, now=now)
    other = replace(
        CARD, title="巴中市夜间经济示范街区补助办法", number="巴府办发〔2026〕40号", body=NIGHT
    )
    later = drafts.begin(other, staff=editor, now=now)
    publishing.publish(
        later.policy.code, revision=1, staff=editor, now=now, at=now + timedelta(days=3)
    )
    scenery.places["policy_later"] = later.policy.code
    third = replace(
        CARD, title="巴中市冷链物流补助试行办法", number="巴府办发〔2025〕8号", body=COLD
    )
    ended = _published(third, editor, now - timedelta(days=2))
    ending = publishing.Repeal(timezone.localdate(now), "试行期满，不再执行。", DOCUMENT)
    publishing.repeal(ended, ending, current=1, staff=editor, now=now)
    scenery.places["policy_ended"] = ended
    _newer_file(editor, now)
    call_command("policy_index", stdout=StringIO())


def _newer_file(editor: StaffMember, now: datetime) -> None:
    """Taken over from its file and changed by an editor, before the file became what it is."""
    file = named_file(RENEWED)
    assert file is not None
    policy = Policy.objects.create(code=RENEWED, created_at=now)
    older = replace(file, body=file.body.replace("常见问法", "问法", 1))
    policy.current = PolicyVersion.objects.create(
        policy=policy,
        ordinal=1,
        state=State.PUBLISHED,
        origin=Origin.BUNDLED,
        changed_at=now,
        published_at=now,
        **older.columns(),
    )
    policy.save()
    card = card_of(replace(older, topics=(*older.topics, "技改")), "补一个叫法")
    draft = drafts.save(RENEWED, card, revision=0, current=1, staff=editor, now=now)
    publishing.publish(RENEWED, revision=draft.revision, staff=editor, now=now)


def _published(card: PolicyCard, editor: StaffMember, at: datetime) -> str:
    """The code of the policy in `card`, published."""
    draft = drafts.begin(card, staff=editor, now=at)
    publishing.publish(draft.policy.code, revision=1, staff=editor, now=at)
    return draft.policy.code


def _conversations(scenery: Scenery, now: datetime) -> None:

    handler = StaffMember.objects.get(username="lijun")
    began = now - timedelta(minutes=40)
    held = _say(VISITOR, "q1", QUESTION, began, [_answer()])
    _say(
        VISITOR, "q2", "我想找个人问问", began + timedelta(minutes=1), [Reply("好的，这就转人工。")]
    )
    conversations.take(held, staff=handler, now=began + timedelta(minutes=2))
    conversations.reply_as_staff(
        held,
        staff=handler,
        text="您好，我是市场监管局李军。营业执照和上年汇算清缴表发我一份就行。",
        key="s1",
        now=began + timedelta(minutes=3),
    )
    _say(VISITOR, "q3", "好的，我去找一下，下午发给您", began + timedelta(minutes=5))
    sheet = attachments.store(
        BytesIO(picture(260, 120)),
        name="窗口排队时间.png",
        key=f"staff:{handler.pk}:s2",
        now=began,
        conversation_id=held,
        staff=handler,
    )
    conversations.send_file_as_staff(
        held, sheet, staff=handler, key="s2", now=began + timedelta(minutes=6)
    )
    notes.add_note(
        held,
        staff=handler,
        text="材料齐了转税务局陈洁。",
        key="n1",
        now=began + timedelta(minutes=7),
    )
    scenery.places["held"] = str(held)

    waiting = _say("waits", "w1", "转人工", now - timedelta(minutes=4), [Reply("好的，请稍等。")])
    conversations.request_staff(
        waiting, key="w1", reason="来访人要求", now=now - timedelta(minutes=4)
    )
    scenery.places["waiting"] = str(waiting)
    # A message that never got through: on a channel that pushes.
    site = ("telegram", "bot")
    for number, state in enumerate((Delivery.State.DEAD, Delivery.State.KEPT)):
        said = _say(
            f"far{number}", "f1", "查工单进度", began, [Reply("您还没有登记过工单。")], site
        )
        Delivery.objects.filter(conversation_id=said).update(
            state=state,
            tries=12,
            error_code="blocked",
            last_error="对方停用了机器人",
            reason="超过平台允许的回复时间",
        )

    scenery.places["pictured"] = str(_pictures(now - timedelta(minutes=3)))


def _pictures(at: datetime) -> UUID:
    """Three pictures from Telegram: one is here, one is on its way, one is gone."""
    for number in range(3):
        accepted = turns.accept(
            IncomingMessage(
                "telegram", "bot", "pictures", f"p{number}", "", at, "image", {}, fetched=True
            )
        )
    conversations.request_staff(accepted.conversation_id, key="p1", reason="来访人要求", now=at)
    here, _, gone = fetches.claim(at, channels=("telegram",), most=3)
    fetches.keep(here, picture(260, 120), now=at)
    fetches.failed(gone, reason="Telegram 上没有这个文件了", now=at, final=True)
    return accepted.conversation_id


def _answer() -> Reply:

    found = library(settings.INDEX_DIR).find(DOCUMENT)
    document, passages = found.document, found.passages
    citations = [
        {
            "document": document.id,
            "title": document.title,
            "number": document.number,
            "article": passage.article,
            "heading": " ".join(passage.heading),
            "text": passage.text,
            "issued": str(document.issued or ""),
            "status": str(document.status),
            "url": document.url,
            "link": f"/policies/{document.id}#{passage.id}",
            "sample": document.sample,
        }
        for passage in list(passages)[:2]
    ]
    button = {"title": "转人工", "payload": "转人工"}
    return Reply(passages[0].text, [button], citations)


def _say(
    sender: str,
    message_id: str,
    text: str,
    at: datetime,
    replies: Iterable[Reply] = (),
    site: tuple[str, str] = SITE,
) -> UUID:
    """What a person says and is answered; without `replies` nobody answers."""

    accepted = turns.accept(IncomingMessage(*site, sender, message_id, text, at))
    if turn := turns.begin(accepted.conversation_id, owner="scenery", now=at):
        turns.finish(turn, list(replies), now=at)
    return accepted.conversation_id


def _tickets(scenery: Scenery, now: datetime) -> None:
    """One in each state that pages look different in, and new ones for the tests to work on."""
    handler = StaffMember.objects.get(username="lijun")
    head = StaffMember.objects.get(username="zhaomin")
    supervisor = StaffMember.objects.get(username="liuyang")

    def opened(
        name: str, category: str, what: str, who: str, conversation: UUID | None = None
    ) -> Ticket:
        said = conversation or _say(f"person-{name}", "t1", what, now - timedelta(minutes=30))
        request = TicketRequest(said, category, what, who, "13900001111", f"scenery:{name}")
        made = tickets.open_ticket(request, now=now - timedelta(minutes=29))
        scenery.places[name] = made.number
        scenery.places[f"{name}_code"] = made.progress_code
        return made

    def move(
        ticket: Ticket, name: str, actor: StaffMember, note: str = "", **given: object
    ) -> None:
        particulars = Particulars(**given)  # type: ignore[arg-type]  # as the moves take them
        tickets.transition(ticket.pk, name, actor=actor, now=now, note=note, given=particulars)

    shop = "隔壁超市冒用我们的商标卖酒，客人喝出了问题都来找我们。"
    working = opened("working", "complain", shop, FIRM)
    move(working, "start", handler)
    move(working, "contact", handler, "已电话联系，约好明天到店里看。")
    move(working, "press", supervisor, "请本周内答复。")
    talk = working.conversation_id
    asked = "您好，我是市场监管局李军，请发一张店招照片。"
    tickets.reply(working.pk, staff=handler, text=asked, key="r1", now=now)
    _say("person-working", "t2", "好的，**门口两块招牌**都是，我这就去拍。", now)
    notes.add_note(talk, staff=handler, text="该店去年因同样的事被处理过。", key="n2", now=now)
    held = UUID(scenery.places["held"])
    opened("held_ticket", "complain", "有人仿冒我们的包装卖茶叶。", FIRM, held)
    asking = opened("asking", "complain", "商标侵权的鉴定一直没有结果。", "周师傅")
    move(asking, "start", handler)
    move(asking, "ask_extension", handler, "等商标局的鉴定意见。", days=3)
    paused = opened("paused", "complain", "网店用我们店的照片做虚假宣传。", "吴女士")
    move(paused, "start", handler)
    move(paused, "suspend", handler, "请发商标注册证和店招照片。")
    done = opened("done", "complain", "对面的店冒用我们的招牌揽客。", "孙先生")
    move(done, "start", handler)
    move(done, "close", handler, "已责令停止使用，招牌当天拆除。")
    filed = opened("filed", "complain", "买到的食品过期了，商家不退货。", "林女士")
    move(filed, "start", handler)
    move(filed, "close", handler, "商家已退款并赔偿。")
    move(filed, "archive", head, "回访满意。")
    # For the tests to live through; nobody else touches these.
    for screen in ("", "_phone"):
        advice = "想请人帮我看看能享受什么扶持，我不知道该找哪个单位。"
        opened(f"life{screen}", "help", advice, "何女士")
        wine = "有人在路边摊卖没有标签的散装酒，价格很低。"
        opened(f"returned{screen}", "complain", wine, "马先生")
        brand = "同行注册了和我们一样的公司字号，抢我们的客户，商标也差不多。"
        opened(f"extended{screen}", "complain", brand, "郭先生")
    opened("foreign", "consult", "请问增值税发票开错了怎么作废？", "罗先生")


def _phrases(scenery: Scenery, now: datetime) -> None:

    keeper = StaffMember.objects.get(username="liuyang")
    for title, text in (
        ("问好", "{来访人}您好，我是{部门}{姓名}，您的事我来办。"),
        ("请补材料", "请把营业执照和合同拍照发到这里，收到后我们马上核对。"),
        ("稍等", "请稍等，我核实一下马上回复您。"),
    ):
        made = canned.save(canned.CannedCard(title, text), staff=keeper, now=now)
        scenery.places["canned"] = str(made.pk)


def picture(width: int, height: int) -> bytes:
    """A PNG of some bars, drawn without a library."""
    light, dark, line = b"\xe3\xf0\xee", b"\x0f\x5c\x56", b"\xd9\xdf\xe3"
    rows = []
    for y in range(height):
        band = y * 4 // height
        row = b"".join(
            dark
            if 12 <= x < 12 + 60 * (band + 1) and (y * 4 % height) > height // 3
            else (line if y * 4 % height < 4 else light)
            for x in range(width)
        )
        rows.append(b"\0" + row)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main() -> None:
    json.dump(asdict(build()), sys.stdout)
