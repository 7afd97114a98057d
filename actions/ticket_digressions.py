"""What is no answer to the form's question: the form steps aside and the rules answer."""

from actions.details import wants_details
from actions.ticket_readings import Heard
from actions.ticket_words import (
    ANOTHER,
    CANCEL,
    CORRUPT,
    FIRM,
    KEEPS_BACK,
    MATTERS,
    OFFICIAL,
    OVERSIGHT,
    OWN_TROUBLE,
    PERSON,
    POLICY,
    QUESTION,
    WITHHELD,
    Slot,
    is_name,
    phone_in,
)

OF_THEIR_OWN_WORDS = {"cancel", "withdraw_ticket", "ask_human", "abuse"}
SHORTEST = 3
CERTAIN = 1.0
"""The confidence of what words alone decide (config.yml, `certain`): danger, corruption."""


def is_digression(asked: Slot, heard: Heard, text: str) -> bool:
    """Whether the message wants something else than to answer the question for `asked`."""
    if asked is not Slot.WHAT and wants_details(text):
        return True
    short = len(text) <= 16
    plain_words = heard.confidence >= CERTAIN or heard.intent in OF_THEIR_OWN_WORDS
    if asked is Slot.WHO and not plain_words and is_name(text):
        return False  # 一把火烧烤店, 平安保险服务部: names, whatever they remind of.
    match heard.intent:
        case "cancel" | "withdraw_ticket":
            # 算了 at the telephone may mean just that; the summary that follows can be dropped too.
            withheld = asked is Slot.CONTACT and WITHHELD.fullmatch(text)
            withheld = withheld or (asked in (Slot.WHO, Slot.CONTACT) and KEEPS_BACK.search(text))
            return short and bool(CANCEL.search(text)) and not withheld
        case "ask_human":
            return short and bool(PERSON.search(text))
        case "ticket_status" | "help":
            return asked is not Slot.WHAT and short and heard.confidence >= 0.5
        case "emergency":
            return True
        case "integrity_report":
            return is_unmistakable(heard, text)
        case "abuse" | "complain_about_bot":
            # 苟不理, and a number whatever is said with it, are answers.
            answers = (asked is Slot.WHO and len(text) <= SHORTEST) or phone_in(text)
            return asked is not Slot.WHAT and heard.confidence >= 0.4 and not answers
        case "unlawful" | "out_of_scope":
            open_question = asked not in (Slot.WHAT, Slot.CONFIRMED)
            return open_question and heard.confidence >= 0.5 and len(text) >= 5
        case "follow_up" | "policy_status" | "match_policies" if asked not in (
            Slot.WHAT,
            Slot.CATEGORY,
        ):
            return heard.confidence >= 0.4 and bool(QUESTION.search(text) or POLICY.search(text))
        case "ask_policy" | "ask_procedure" if asked is Slot.WHAT:
            # The matter itself is often told as a question; then it speaks of the person's trouble.
            question = heard.confidence >= 0.4 and bool(QUESTION.search(text))
            return question and not OWN_TROUBLE.search(text)
        case "ask_policy" | "ask_procedure" | "nlu_fallback" if asked is not Slot.CATEGORY:
            if asked is Slot.WHAT:
                return False
            about_policy = QUESTION.search(text) or (POLICY.search(text) and short)
            return bool(about_policy) and not (phone_in(text) or FIRM.search(text))
    return False


def is_unmistakable(heard: Heard, text: str) -> bool:
    """Whether it is an official's corruption: what was told so far is dropped for it."""
    official = OFFICIAL.search(text) and CORRUPT.search(text)
    return heard.confidence >= CERTAIN or bool(official or OVERSIGHT.search(text))


def is_another_matter(heard: Heard, text: str) -> bool:
    """Whether the message tells a second matter while the first is not done."""
    known = heard.intent in MATTERS and heard.confidence >= 0.5 and bool(ANOTHER.search(text))
    return known and len(text) >= 8 and not phone_in(text) and not FIRM.search(text)
