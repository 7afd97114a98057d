"""What a message means to the ticket form: values that its readers hand each other."""

from dataclasses import dataclass, field

from actions.ticket_words import Slot

ANONYMOUS = "匿名"
NO_PHONE = ""

Slots = dict[Slot, str | bool | None]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the person said, what Rasa took it for, and what the ticket holds so far."""

    text: str
    intent: str = ""
    confidence: float = 0.0
    kind: str = ""
    topic: str = ""
    what: str = ""
    who: str = ""
    plain: str = ""

    @property
    def simplified(self) -> str:
        """The words in standard characters, to look for patterns in; names are in `text`."""
        return self.plain or self.text


@dataclass(frozen=True, slots=True)
class Reading:
    """Slots to set (None: ask again), a sentence to say first, a question to ask out of order.

    A digression sets none.
    """

    slots: Slots = field(default_factory=dict)
    say: str = ""
    ask: Slot | None = None
    digression: bool = False


DIGRESSION = Reading(digression=True)
