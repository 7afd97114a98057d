"""What a partner's call can be refused for; the codes are part of the interface."""

from desk.errors import DeskError


class TokenMissing(DeskError):
    code = "token_missing"
    status = 401
    message = "请求头里没有令牌：Authorization: Bearer 令牌。"


class TokenInvalid(DeskError):
    """Unknown, revoked, expired, or of a partner that was switched off: not told apart."""

    code = "token_invalid"
    status = 401
    message = "令牌无效或已停用，请联系我们的管理员换发。"


class ScopeMissing(DeskError):
    code = "scope_missing"
    status = 403
    message = "这个令牌没有调用这个接口的权限。"


class TooManyCalls(DeskError):
    """More calls in this minute than the partner may make; `wait` seconds are left of it."""

    code = "too_many_calls"
    status = 429
    message = "调用太频繁了，请稍后再试。"

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


class KeyInvalid(DeskError):
    code = "idempotency_key_invalid"
    status = 422
    message = "请求头 Idempotency-Key 要有8到64个字符，只含字母、数字和 . _ : -。"


class KeyConflict(DeskError):
    """The key came before with another demand."""

    code = "idempotency_conflict"
    status = 409
    message = "这个 Idempotency-Key 已经用于另一件诉求，新的诉求请换一个。"


class BadBody(DeskError):
    code = "bad_json"
    status = 400
    message = "请求内容不是有效的 JSON 对象。"


class InvalidRequest(DeskError):
    """A field is missing, unknown or of the wrong kind; the sentence says which."""

    code = "invalid_request"
    status = 422


class InvalidPartner(DeskError):
    code = "invalid_partner"
    status = 422


class PartnerNotFound(DeskError):
    code = "partner_not_found"
    status = 404
    message = "没有这个接口伙伴。"


class TokenNotFound(DeskError):
    code = "token_not_found"
    status = 404
    message = "这个伙伴没有这样开头的有效令牌。"
