"""What can go wrong with a ticket."""

from typing import Self

from desk.errors import DeskError, NotPermitted


class TicketNotFound(DeskError):
    """There is no such ticket, or it is not the asker's: the two are not told apart."""

    code = "ticket_not_found"
    status = 404
    message = "没有找到这张工单。"
    response = "utter_ticket_not_found"


class InvalidTicket(DeskError):
    """What the person gave does not make a ticket; the message says what is missing."""

    code = "invalid_ticket"
    status = 422
    message = "工单信息不完整。"


class InvalidContact(InvalidTicket):
    """The telephone number is none we could call."""

    code = "invalid_contact"
    message = "联系电话不正确，请填写手机号或带区号的座机号。"


class KeyReused(DeskError):
    """The idempotency key belongs to a ticket of another conversation."""

    code = "key_reused"
    status = 409
    message = "这次提交和之前的不一致，请重新提交。"


class MoveNotAllowed(DeskError):
    """The ticket's state does not allow the move; usually somebody was faster."""

    code = "move_not_allowed"
    status = 409
    message = "工单现在的状态不能这样办理。"


class StaleTicket(DeskError):
    """The ticket changed since the writer read it; they must see it as it is now first."""

    code = "stale_ticket"
    status = 409
    message = "这张工单刚刚有变化，您的操作没有保存。请看过最新情况再办理。"


class InvalidParticulars(DeskError):
    """A move lacks something it needs, or names what is not there; the message says what."""

    code = "invalid_particulars"
    status = 422
    message = "请把需要选择的内容填完整。"


class ReviewPending(DeskError):
    """Something was asked for already and waits for its decision."""

    code = "review_pending"
    status = 409
    message = "这张工单有一项申请正在等审核，请先等审核结果。"


class NoReview(DeskError):
    """There is nothing of this kind to decide."""

    code = "no_review"
    status = 409
    message = "没有等待审核的这项申请，可能已经审核过了。"


class ExtensionUsed(DeskError):
    """A ticket is extended once."""

    code = "extension_used"
    status = 409
    message = "这张工单已经延期过一次，不能再延期。"


class OwnReview(NotPermitted):
    """Nobody decides what they asked for themselves."""

    code = "own_review"
    message = "自己提出的申请要由别人审核。"


class WrongCode(DeskError):
    """Number and progress code do not belong together, or there is no such ticket."""

    code = "wrong_progress_code"
    status = 404
    message = "编号或查询码不正确，请核对后再查。"


class TooManyTries(DeskError):
    """So many wrong codes that none is looked at for a while."""

    code = "too_many_tries"
    status = 429
    message = "输错的次数太多，请15分钟后再查，或者拨打12345。"


class NoteMissing(DeskError):
    """The move, or the note itself, needs words."""

    code = "note_missing"
    status = 422
    message = "请先填写内容。"


class NoteTooLong(DeskError):
    """The words are longer than a person would read."""

    code = "note_too_long"
    status = 413
    message = "内容太长了，请控制在2000字以内。"


class NoConversation(DeskError):
    """The ticket was not opened in a conversation, so a reply would reach nobody."""

    code = "no_conversation"
    status = 409
    message = "这张工单没有关联会话，请电话联系来访人。"


class NotYoursToAnswer(NotPermitted):
    """Staff may read the conversation; to answer is the part of others."""

    code = "not_yours_to_answer"
    message = "这段会话没有在等人工，也没有您可以办理的未办结工单，您只能查看。"

    @classmethod
    def because_held_by(cls, name: str) -> Self:
        """The same refusal where a colleague looks after the person."""
        return cls(f"这段会话正由{name}接待中，您只能查看。")
