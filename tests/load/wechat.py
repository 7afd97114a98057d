"""WeChat under load: many people write, the platform gives up after 5 s and tries again.

What is proved is seen from both ends: the database tells what was stored and in which order, the
phones tell what arrived. Every question has an answer with words that no other answer has.
"""

import asyncio
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from tests.fakes.wechat import FakeWeChat, wire_poster

QUESTIONS = [
    "小微企业所得税有什么优惠",
    "残保金怎么减免",
    "研发费用加计扣除比例是多少",
    "稳岗返还怎么申请",
]
MARK = range(16, 120)  # characters of an answer's beginning, until they stand nowhere else
PATIENCE = 240.0  # seconds until the last answer has arrived


@dataclass(slots=True)
class Figures:
    """What one run showed; times in seconds. `troubles`: all three tries of a message failed;
    `lost`: no answer ever came, whatever the platform told the person; `success`: of the requests
    that carried no words back, since the answer was to come later."""

    sent: int
    rate: float
    answered: int = 0
    lost: int = 0
    twice: int = 0
    out_of_order: int = 0
    troubles: int = 0
    stored: int = 0
    tries: int = 0
    webhook_p50: float = 0.0
    webhook_p99: float = 0.0
    success_p50: float = 0.0
    success_p99: float = 0.0
    answer_p50: float = 0.0
    answer_p99: float = 0.0
    passive: float = 0.0

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def line(self, name: str) -> str:
        """A row of the report."""
        return (
            f"{name:<27}{self.sent:>7}{self.rate:>8.1f}{self.answered / max(self.sent, 1):>10.1%}"
            f"{self.lost:>6}{self.twice:>7}{self.out_of_order:>7}{self.troubles:>9}"
            f"{self.webhook_p50:>9.2f}{self.webhook_p99:>8.2f}{self.success_p50:>9.2f}"
            f"{self.success_p99:>8.2f}{self.answer_p50:>9.2f}{self.answer_p99:>8.2f}"
            f"{self.passive:>9.0%}{self.tries:>9}"
        )


HEADING = (
    f"{'':<27}{'sent':>7}{'per s':>8}{'answered':>10}{'lost':>6}{'twice':>7}{'order':>7}"
    f"{'troubles':>9}{'hook p50':>9}{'p99':>8}{'succ p50':>9}{'p99':>8}{'answ p50':>9}{'p99':>8}"
    f"{'passive':>9}{'requests':>9}"
)


@dataclass
class Crowd:
    """People who write to one door, and what they may expect to read."""

    fake: FakeWeChat
    url: str
    marks: dict[str, str] = field(default_factory=dict)
    name: str = "load"

    async def learn(self) -> None:
        """Asks every question once, alone, and remembers how its answer begins."""
        answers = {}
        for place, question in enumerate(QUESTIONS):
            person = f"{self.name}-learner-{place}"
            await self.ask(wire_poster(self.url), person, question)
            await wait_until(lambda person=person: bool(self.fake.person(person).shown), 60)
            answers[question] = "".join(self.fake.person(person).texts)
        everything = "\n".join(answers.values())
        for question, text in answers.items():
            beginnings = (text.strip()[:length] for length in MARK)
            # Once in all of them, its own included: or one answer would be counted twice.
            alone = [words for words in beginnings if words and everything.count(words) == 1]
            assert alone, f"the answer to {question} does not stand out: {text[:80]!r}"
            self.marks[question] = alone[0]

    async def ask(self, post, person: str, question: str) -> str:
        return await self.fake.push(post, person, self.fake.message(person, Content=question))

    async def capacity(self, seconds: float, at_once: int = 24) -> float:
        """Answers a second, when `at_once` people each ask again as soon as they were answered.

        The first quarter of the time warms up and does not count.
        """
        asked = done = 0
        post = wire_poster(self.url)
        begin = time.monotonic() + seconds / 4
        end = begin + seconds

        async def talk(place: int) -> None:
            nonlocal asked, done
            person = f"{self.name}-capacity-{place}"
            while time.monotonic() < end:
                before = len(self.fake.person(person).shown)
                asked += 1
                await self.ask(post, person, QUESTIONS[(asked + place) % len(QUESTIONS)])
                await wait_until(
                    lambda before=before: len(self.fake.person(person).shown) > before, 60
                )
                done += begin < time.monotonic() < end

        await asyncio.gather(*(talk(place) for place in range(at_once)))
        return max(done, 1) / seconds

    async def write(
        self,
        *,
        run: str,
        people: int,
        rate: float,
        seconds: float,
        at: Sequence[tuple[float, Callable[[], None]]] = (),
        stored: Callable[[str], dict[str, list[str]]] | None = None,
        patience: float = PATIENCE,
    ) -> Figures:
        """`rate` messages a second from `people` in turn; `at`: what is done after so many seconds.

        `stored(prefix)` gives what the database holds: person → their messages in their order.
        """
        fake = self.fake
        fake.times, fake.success_times, fake.posts = [], [], 0
        sent: dict[str, list[str]] = defaultdict(list)
        sent_at: dict[str, list[float]] = defaultdict(list)
        prefix = f"{self.name}-{run}-"
        due = sorted(at, key=lambda one: one[0])
        post = wire_poster(self.url)
        tasks = set()
        begun = time.monotonic()
        number = 0
        while (passed := time.monotonic() - begun) < seconds:
            while due and due[0][0] <= passed:
                due.pop(0)[1]()
            person = f"{prefix}{number % people}"
            question = QUESTIONS[(number // people + number) % len(QUESTIONS)]
            sent[person].append(question)
            sent_at[person].append(fake.now())
            tasks.add(asyncio.create_task(self.ask(post, person, question)))
            number += 1
            await asyncio.sleep(max(begun + number / rate - time.monotonic(), 0))
        took = time.monotonic() - begun
        await asyncio.gather(*tasks)
        await wait_until(lambda: self.missing(sent) == 0, patience)
        return self.figures(sent, sent_at, stored(prefix) if stored else sent, number / took)

    def missing(self, sent: dict[str, list[str]]) -> int:
        """How many of the messages sent have no answer on their phone yet."""
        wanted = ((person, Counter(questions)) for person, questions in sent.items())
        return sum(
            (questions - Counter(self.answers(person))).total() for person, questions in wanted
        )

    def answers(self, person: str) -> list[str]:
        """The questions whose answers stand on the phone, in their order."""
        return [question for question, _ in self.answers_at(person)]

    def answers_at(self, person: str) -> list[tuple[str, float]]:
        by_mark = {mark: question for question, mark in self.marks.items()}
        pattern = re.compile("|".join(re.escape(mark) for mark in by_mark))
        return [
            (by_mark[found[0]], bubble.at)
            for bubble in list(self.fake.person(person).shown)
            for found in pattern.finditer(bubble.text)
        ]

    def figures(self, sent, sent_at, stored, rate) -> Figures:
        """Compares what was sent, what was stored, and what arrived."""
        fake = self.fake
        made = Figures(sent=sum(map(len, sent.values())), rate=rate, tries=fake.posts)
        waits = []
        bubbles = passive = 0
        for person, questions in sent.items():
            phone = fake.person(person)
            arrived = self.answers_at(person)
            found = [question for question, _ in arrived]
            order = stored.get(person, [])
            made.stored += len(order)
            made.answered += (Counter(questions) & Counter(found)).total()
            made.twice += (Counter(found) - Counter(questions)).total()
            made.troubles += len(phone.troubles)
            missing = (Counter(questions) - Counter(found)).total()
            made.lost += missing
            if not missing and found != order:
                made.out_of_order += 1
            if found == questions:
                waits += [
                    at - begun for (_, at), begun in zip(arrived, sent_at[person], strict=True)
                ]
            bubbles += len(phone.shown)
            passive += sum(bubble.way == "passive" for bubble in phone.shown)
        made.webhook_p50, made.webhook_p99 = quantiles(fake.times)
        made.success_p50, made.success_p99 = quantiles(fake.success_times)
        made.answer_p50, made.answer_p99 = quantiles(waits)
        made.passive = passive / max(bubbles, 1)
        return made


def quantiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p99."""
    if not values:
        return 0.0, 0.0
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]


async def wait_until(done: Callable[[], bool], patience: float) -> bool:
    """Whether `done` within `patience` seconds."""
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.2)
    return True


def stored_by(product) -> Callable[[str], dict[str, list[str]]]:
    """What the product's database holds of the people whose names begin so."""

    def stored(prefix: str) -> dict[str, list[str]]:
        found = defaultdict(list)
        rows = product.rows(
            "SELECT i.external_id, m.text FROM conversations_inboundmessage m"
            " JOIN conversations_identity i ON i.id = m.identity_id"
            " WHERE i.channel = 'wechat' ORDER BY m.identity_id, m.seq"
        )
        for person, text in rows:
            if person.startswith(prefix):
                found[person].append(text)
        return found

    return stored
