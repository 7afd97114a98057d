"""The runner itself: reads what is meant, refuses what is not, says clearly what is wrong."""

import json
import re
import sqlite3
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.dialogue.checks import Said, misses, question
from tests.dialogue.desk import Desk, StoredTicket
from tests.dialogue.runner import Runs, hold, masked, report
from tests.dialogue.script import (
    GROUPS,
    TOPICS,
    Conversation,
    Done,
    ScriptError,
    TicketExpected,
    Turn,
    read_all,
    read_topic,
)
from tests.stack import BASE, Product

TALKS = read_all()


# What the topic files promise


def test_there_are_conversations_enough_of_every_topic_and_group() -> None:
    assert len(TALKS) >= 120
    assert set(TOPICS) == {talk.topic for talk in TALKS}
    assert min(Counter(talk.group for talk in TALKS).values()) >= 12
    assert {talk.group for talk in TALKS} == set(GROUPS)


def test_a_third_of_the_conversations_are_sichuan_speech() -> None:
    spoken = [talk for talk in TALKS if talk.speech == "sichuan"]
    assert len(spoken) * 3 >= len(TALKS)


def test_every_intent_of_the_contract_is_tried_and_no_other() -> None:
    contract = (BASE / "docs" / "dialogue.md").read_text(encoding="utf-8")
    intents = contract.split("## Intents")[1].split("## Entities")[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", intents, re.M))
    assert len(listed) > 20
    assert {intent for talk in TALKS for intent in talk.covers} == listed


def test_no_two_conversations_have_one_name() -> None:
    assert len({talk.id for talk in TALKS}) == len(TALKS)


# Reading


def topic(tmp_path: Path, text: str) -> list[Conversation]:
    file = tmp_path / "service.yml"
    file.write_text(text, encoding="utf-8")
    return read_topic(file)


def test_a_conversation_is_read_as_it_is_written(tmp_path: Path) -> None:
    (talk,) = topic(
        tmp_path,
        """
cancellation:
- name: 不弄了
  speech: sichuan
  covers: cancel open_ticket
  chat:
  - 我: 反映
    repeat: 3
    says: [甲, 乙]
    cites: nothing
    asks: what|who
  - restart: rasa
  - staff: 办结
  - 别人: 查{number}
    done:
      ticket: {category: 投诉, text: 路, phone: 139****1111}
      staff: nothing
""",
    )
    assert (talk.group, talk.speech, talk.covers) == (
        "cancellation",
        "sichuan",
        ("cancel", "open_ticket"),
    )
    assert talk.alone
    first, restart, staff, last = talk.turns
    assert (first.text, first.says, first.cites) == ("反映反映反映", ("甲", "乙"), ())
    assert first.asks == ("what", "who")
    assert restart.restart == "rasa"
    assert staff.staff == "close"
    assert last.speaker == "别人"
    assert last.done == Done(
        tickets=(TicketExpected(category="complain", text=("路",), phone="139****1111"),),
        count=1,
        staff=(),
    )


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ("{我: 你好, say: 好}", "'say' is none of"),
        ("{我: 你好, says: '(('}", "no regular expression"),
        ("{我: 你好, says: ''}", "an empty pattern"),
        ("{我: 你好, asks: phone}", "'phone' is none of"),
        ("{我: 13900001111}", "quotation marks"),
        ("{says: 好}", "one speaker"),
        ("{restart: everything}", "'everything' is none of"),
        ("{staff: 归档}", "'归档' is none of"),
        ("{staff: 办结, says: 好}", "stands alone"),
        ("{我: 你好, done: {ticket: {kind: fee}}}", "'kind' is none of"),
        ("{我: 你好, done: {ticket: {category: 表扬}}}", "'表扬' is none of"),
        ("{我: 你好, says: 一, says: 二}", "stands twice"),
        ("你好", "a mapping was expected"),
    ],
)
def test_a_mistake_in_a_file_is_refused_and_named(tmp_path: Path, turn: str, reason: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(reason)) as refused:
        topic(tmp_path, f"happy path:\n- name: 某某\n  chat:\n  - {turn}\n")
    assert str(refused.value).startswith("service.yml")


# Checking


def said(text: str, **more: object) -> Said:
    return Said(({"text": text, **more},))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("怎么称呼您？写姓名或单位名称都可以。", "who"),
        ("留个电话，方便经办人联系您。不想留就回“不留”，办理结果会发到这里。", "contact"),
        ("您要举报，我来登记，可以不留姓名和电话。请说说：谁、在哪里、做了什么。", "what"),
        (
            "请核对：\n称呼：张三\n电话：不留\n没问题就回“提交”，要改就说哪里不对。",
            "confirm",
        ),
        ("还没有提交。要改哪一项？点下面的按钮，比如“电话改成13900001111”。", "change"),
        ("这件事属于哪一类？", "category"),
        ("有效期至2027年12月31日；核对日期：2026年11月23日", "nothing"),
        ("不客气。还有要问的，随时说。", "nothing"),
    ],
)
def test_the_open_question_is_known_by_its_words(text: str, asked: str) -> None:
    assert question(said(text)) == asked


def test_whatever_is_expected_and_missing_is_named() -> None:
    turn = Turn(
        text="问",
        says=("三十", r"\d+%"),
        not_says=("不知道",),
        cites=("第12号",),
        offers=("转人工",),
        asks=("who",),
    )
    assert misses(turn, said("我不知道，只晓得25%"), None) == [
        "says: 三十",
        "not_says: 不知道 (found '不知道')",
        "cites: 第12号",
        "offers: 转人工",
        "asks: who (understood as nothing)",
    ]


def test_bold_type_and_the_order_do_not_matter() -> None:
    reply = said(
        "税率**20%**，限**300万元**",
        citations=[{"title": "公告", "number": "2023年第12号"}],
        buttons=[{"title": "找人", "payload": "转人工"}],
    )
    turn = Turn(says=("300万元", "税率20%"), cites=("第12号",), offers=("转人工",))
    assert misses(turn, reply, None) == []


def test_insides_and_silence_are_never_right() -> None:
    assert misses(Turn(), said("utter_greet"), None) == ["always: no internals (found 'utter_')"]
    assert misses(Turn(), said("您叫{name}"), None, heard="我叫{name}") == []
    assert misses(Turn(), Said(()), None) == ["always: an answer"]
    slash = said("好", buttons=[{"title": "x", "payload": "/deny"}])
    assert misses(Turn(), slash, None) == ["always: a button says plain words, not /deny"]


def test_the_desk_is_compared_field_by_field() -> None:
    held = Desk(
        tickets=(StoredTicket("BZ1", "help", "received", "张三", "13900001111", "路坏了"),),
        requests=("着火",),
    )
    wanted = TicketExpected("complain", ("桥",), ("路",), "李四", "不留")
    turn = Turn(done=Done(tickets=(wanted,), count=1, staff=(), staff_know=("催",), withdrawn=True))
    assert misses(turn, said("好"), held) == [
        "done: ticket 1: category complain, not help",
        "done: ticket 1: text 桥",
        "done: ticket 1: no text 路",
        "done: ticket 1: who 李四, not 张三",
        "done: ticket 1: phone 不留, not 139****1111",
        "done: nobody of the staff called",
        "done: staff know 催",
        "done: the ticket withdrawn",
    ]
    assert misses(Turn(done=Done(count=0)), said("好"), held) == ["done: 0 tickets, not 1"]
    right = TicketExpected("help", ("路",), (), "张三", "139****1111")
    well = Done(tickets=(right,), count=1, staff=("火",), staff_know=("着火",))
    assert misses(Turn(done=well), said("好"), held) == []


# Holding


class Parrot(BaseHTTPRequestHandler):
    """A chat API that says back what it hears, counting on, and refuses what is too long."""

    heard = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        if self.path.endswith("sessions"):
            return self._answer({"token": "t"})
        if len(body["text"]) > 100:
            return self._answer({"error": {"code": "text_too_long", "message": "太长"}}, 413)
        type(self).heard += 1
        text = body["text"].replace("数", f"第{self.heard}句")
        return self._answer({"replies": [{"text": f"您说“{text}”"}], "pending": False})

    def _answer(self, body: dict, status: int = 200) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def parrot(tmp_path: Path):
    """A product that only parrots, with a desk that holds nothing."""
    with sqlite3.connect(tmp_path / "peipao.sqlite3") as store:
        store.execute(
            "CREATE TABLE conversations_inboundmessage (message_id TEXT, conversation_id TEXT)"
        )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Product(f"http://127.0.0.1:{server.server_port}", tmp_path, {}, None, tmp_path / "log")
    server.shutdown()
    server.server_close()


def talk(*turns: Turn) -> Conversation:
    return Conversation("guide", "happy path", "某某", turns)


def test_a_failure_names_file_conversation_turn_expected_and_got(parrot: Product) -> None:
    long = talk(
        Turn(text="你好"),
        Turn(text="税", says=("减半",), done=Done(count=0)),
        Turn(text="长" * 101, says=("太长",)),
        Turn(text="再见", says=("再会",)),
    )
    assert report([hold(long, parrot)]) == (
        "tests/dialogue/guide.yml · 某某 (happy path), pass 1\n"
        "  我: 你好 → 您说“你好”\n"
        "  turn 2, said: 税\n"
        "  expected says: 减半\n"
        "  got:\n"
        "    您说“税”\n"
        "  then also turn 4"
    )


def test_two_passes_that_differ_are_a_failure(parrot: Product) -> None:
    other = talk(Turn(text="数"))
    runs = Runs([other], parrot)
    outcomes = runs.outcomes(other)
    runs.stop()
    assert len(outcomes) == 2
    assert "pass 2 is not pass 1" in report(outcomes)


def test_two_passes_that_agree_are_none(parrot: Product) -> None:
    same = talk(Turn(text="你好", says=("你好",), done=Done(count=0, staff=())))
    runs = Runs([same], parrot)
    assert report(runs.outcomes(same)) == ""
    runs.stop()


def test_numbers_and_times_are_masked() -> None:
    assert masked("BZ2611230001 于 09:05，11月23日登记") == "BZ… 于 …:…，…月…日登记"
    assert masked("编号 BZ2611230001，查询码 04691992。") == "编号 BZ…，查询码 …。"
    assert masked("有效期至2027年12月31日") == "有效期至2027年12月31日"
