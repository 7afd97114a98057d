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
