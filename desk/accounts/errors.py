"""What can go wrong with accounts."""

from desk.errors import DeskError


class StaffNotFound(DeskError):
    code = "staff_not_found"
    status = 404
    message = "没有找到这个账号。"


class InvalidStaff(DeskError):
    """What was entered does not make an account; the message says what is wrong."""

    code = "invalid_staff"
    status = 422
    message = "账号信息不完整。"


class UsernameTaken(InvalidStaff):
    code = "username_taken"
    status = 409
    message = "这个账号名已经有人用了，请换一个。"


class LastAdministrator(DeskError):
    """Nobody would be left who can manage accounts."""

    code = "last_administrator"
    status = 409
    message = "至少要保留一位在用的管理员，请先指定另一位。"


class NotYourself(DeskError):
    """Administrators change their own role or switch themselves off: most likely by mistake."""

    code = "not_yourself"
    status = 409
    message = "不能停用自己或更改自己的角色，请另一位管理员来办。"


class PasswordRefused(DeskError):
    """The new password is weak, or the old one wrong; the message says which."""

    code = "password_refused"
    status = 422
    message = "新密码不符合要求。"
