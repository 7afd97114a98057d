from typing import Self

from desk.errors import DeskError


class ConversationNotFound(DeskError):
    code = "conversation_not_found"
    status = 404
    message = "没有找到这段会话。"


class AlreadyHeld(DeskError):
    """Another staff member holds the conversation."""

    code = "conversation_already_held"
    status = 409
    message = "这段会话正由另一位同事接待。"

    @classmethod
    def by(cls, name: str) -> Self:
        """The same, with the colleague's name."""
        return cls(f"这段会话正由{name}接待中。")


class NotHolding(DeskError):
    """The staff member does not hold the conversation they want to give back."""

    code = "conversation_not_held"
    status = 409
    message = "这段会话现在不由您接待。"


class EmptyText(DeskError):
    code = "empty_text"
    status = 400
    message = "请先写下内容再发送。"


class TextTooLong(DeskError):
    code = "text_too_long"
    status = 413
    message = "内容太长了，请分成几条发送，每条不超过4000字。"


class TooManyWaiting(DeskError):
    """So many of the person's messages wait for an answer that no more are taken."""

    code = "too_many_waiting"
    status = 429
    message = "前面的消息还在处理，请稍等一会儿再发。"


class DeliveryNotFound(DeskError):
    code = "delivery_not_found"
    status = 404
    message = "没有找到这条待发送的消息。"


class DeliveryNotStuck(DeskError):
    """It was sent, dropped or is being sent: there is nothing to decide."""

    code = "delivery_not_stuck"
    status = 409
    message = "这条消息已经发出或处理过了，请刷新页面。"


class AttachmentRefused(DeskError):
    """The content is none of the kinds that are taken, whatever the name says."""

    code = "attachment_refused"
    status = 415
    message = "只能发送图片（PNG、JPG、WebP）、PDF、Word（docx）、Excel（xlsx）和文本（txt）文件。"


class AttachmentEmpty(DeskError):
    code = "attachment_empty"
    status = 400
    message = "没有收到文件，或者文件是空的，请重新选择。"


class AttachmentTooLarge(DeskError):
    code = "attachment_too_large"
    status = 413
    message = "文件太大了，每个不超过10MB。可以压缩图片，或者分开发送。"


class TooManyAttachments(DeskError):
    code = "too_many_attachments"
    status = 429
    message = "一小时内发的文件太多了，请过一会儿再发。"


class NoRoomForAttachments(DeskError):
    code = "no_room_for_attachments"
    status = 507
    message = "暂时存不下新的文件，请先用文字说明，我们会尽快处理。"


class AttachmentNotFound(DeskError):
    code = "attachment_not_found"
    status = 404
    message = "没有找到这个文件，它可能已被删除。"


class NoFilesThisWay(DeskError):
    """The person's channel carries words only."""

    code = "no_files_this_way"
    status = 409
    message = "来访人用的渠道收不到文件，请用文字说明，或者请对方打开网页聊天。"


class CannotReceive(DeskError):
    """The colleague the conversation was to be passed to cannot have it."""

    code = "cannot_receive"
    status = 409
    message = "这位同事现在不能接待会话，请选择其他同事或部门。"


class InvalidCanned(DeskError):
    """The canned reply breaks a rule; the message says which."""

    code = "invalid_canned"
    status = 422
    message = "常用语不完整。"


class CannedNotFound(DeskError):
    code = "canned_not_found"
    status = 404
    message = "没有找到这条常用语，它可能已经删除。"
