"""Two matters in one message are served in order; one matter in many sentences stays whole."""

import asyncio
from collections.abc import Callable

import pytest
from conftest import CONVERSATION, Actions, run
from rasa.core.agent import Agent

from bot import matters
from bot.input_channel import TurnRequest, Turns
from bot.rasa_patches import TurnAborted

OpenDoor = Callable[[], Turns]


@pytest.fixture(scope="module")
def split(agent: Agent) -> Callable[..., list[str]]:
    """Takes a message apart with the served model's understanding."""

    async def understand(text: str) -> tuple[str, float]:
        intent = (await agent.parse_message(text))["intent"]
        return intent["name"], intent["confidence"]

    def apart(text: str, *, in_form: bool = False, telling: bool = False) -> list[str]:
        cut = matters.split(text, understand, in_form=in_form, telling=telling)
        return asyncio.run(cut)

    return apart


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("残保金怎么减免？另外我要投诉城管乱罚款", 2),
        ("我要投诉协会乱收费，收了两千。对了，小微企业所得税有什么优惠", 2),
        ("查一下我的工单。再问一下办食品经营许可证要什么材料", 2),
        ("研发费用加计扣除比例是多少，另外创业担保贷款能贷多少", 2),
        ("小规模增值税好多点免？社保补贴咋个领？", 2),
        ("残保金好多人免还有社保补贴咋个领", 2),
        ("小规模增值税好多点免，顺便问社保补贴咋个领", 2),
        ("营业执照咋个办，公章要不要去公安局批，年报几月份报", 3),
        ("残保金怎么减免，30人以下的小微企业要不要交", 1),
        ("办营业执照要带什么材料？多少钱？几天能办好？", 1),
        ("招高校毕业生有啥子补贴？另外车间想搞设备更新有没得钱补", 2),
        ("你好，残保金怎么减免", 1),
        ("谢谢，再见", 1),
        ("我要投诉城管乱罚款。上周五来的。开了五千的单子，也不给解释。", 1),
        ("甲方欠我们工程款三十万，打电话不接，去了几次都说领导不在", 1),
        ("厂里着火了！另外残保金怎么减免", 1),
        ("小微企业所得税有什么优惠", 1),
        ("", 1),
        ("😀😀。😀😀", 1),
    ],
)
def test_matters_are_told_apart(split: Callable[..., list[str]], text: str, count: int) -> None:
    assert len(split(text)) == count


def test_nothing_of_a_message_is_lost(split: Callable[..., list[str]]) -> None:
    parts = split("老师您好！残保金怎么减免？另外我要投诉城管乱罚款，罚了我五千")
    joined = "".join(parts)
    for words in ("老师您好", "残保金怎么减免", "我要投诉城管乱罚款", "罚了我五千"):
        assert words in joined


def test_in_a_form_only_a_question_set_apart_is_another_matter(
    split: Callable[..., list[str]],
) -> None:
    assert len(split("13900001111，对了残保金怎么减免", in_form=True)) == 2
    assert len(split("我叫张三。我要投诉的就是他们乱收费", in_form=True)) == 1


def test_dropping_a_ticket_and_asking_something_else_are_two(
    split: Callable[..., list[str]],
) -> None:
    text = "算了，先不说这个。小微企业所得税有什么优惠"
    assert len(split(text, in_form=True, telling=True)) == 2
    told = "他们乱收费，收了三千。对了，这个合法吗"
    assert split(told, in_form=True, telling=True) == [told]


def test_a_long_story_is_not_taken_apart(split: Callable[..., list[str]]) -> None:
    story = "他们又来收钱了。" * 80 + "另外残保金怎么减免？"
    assert split(story) == [story]


def test_both_matters_are_answered_in_one_turn(open_door: OpenDoor, actions: Actions) -> None:
    door = open_door()
    text = "残保金怎么减免？另外我想问创业担保贷款能贷多少"
    replies, repeated = run(door.take(TurnRequest(CONVERSATION, "1", text)))
    assert not repeated
    assert [reply["text"] for reply in replies] == [
        "action_answer_policy:残保金怎么减免？",
        "action_answer_policy:我想问创业担保贷款能贷多少",
    ]
    again, repeated = run(open_door().take(TurnRequest(CONVERSATION, "1", text)))
    assert (again, repeated) == (replies, True)
    assert len(actions.called) == 2


def test_a_turn_cut_off_between_its_matters_goes_on_with_the_second(
    open_door: OpenDoor, actions: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = open_door()
    turn = TurnRequest(CONVERSATION, "1", "残保金怎么减免？另外我想问创业担保贷款能贷多少")
    made = door._one

    async def fails_at_the_second(*args: object) -> None:
        if args[1] == "1#2":
            raise TurnAborted("killed here")
        await made(*args)  # type: ignore[arg-type]  # what Rasa passes

    monkeypatch.setattr(door, "_one", fails_at_the_second)
    with pytest.raises(TurnAborted):
        run(door.take(turn))
    assert len(actions.called) == 1
    replies, _ = run(open_door().take(turn))
    assert [reply["text"].partition("：")[0][:20] for reply in replies]
    assert len(replies) == 2
    assert len(actions.called) == 2
