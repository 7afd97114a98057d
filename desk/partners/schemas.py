"""What crosses the partners' door, as pydantic checks it and OpenAPI shows it."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from desk.enterprises.models import District
from desk.tickets.values import Category, State

CATEGORIES = "、".join(f"{value} {label}" for value, label in Category.choices)
DISTRICTS = "、".join(f"{value} {label}" for value, label in District.choices)
STATES = "、".join(f"{value} {label}" for value, label in State.choices)


class DemandIn(Schema):
    """一件诉求。"""

    model_config = ConfigDict(extra="forbid", strict=True)

    category: Annotated[str, Field(description=f"类别：{CATEGORIES}", examples=["complain"])]
    what: Annotated[str, Field(description="诉求内容，不超过4000字", examples=["楼下的店乱收费。"])]
    who: Annotated[str, Field(description="来访人的称呼或企业名称，不超过32字", examples=["张三"])]
    contact: Annotated[str, Field(description="手机号，或带区号的座机号", examples=["13800138000"])]
    district: Annotated[str, Field(description=f"区县：{DISTRICTS}；不知道就不填")] = ""
    credit_code: Annotated[str, Field(description="企业的统一社会信用代码；没有就不填")] = ""
    reference: Annotated[
        str, Field(description="贵方的编号，原样带回，不超过64个字符", examples=["SC-2026-000123"])
    ] = ""


class TicketOut(Schema):
    """一张工单现在的情况；不含来访人的姓名和电话。"""

    number: Annotated[str, Field(description="工单号", examples=["BZ2611230001"])]
    reference: Annotated[str, Field(description="贵方的编号")]
    category: str
    state: Annotated[str, Field(description=f"状态：{STATES}", examples=["in_progress"])]
    state_label: Annotated[str, Field(examples=["办理中"])]
    department: Annotated[str, Field(description="承办部门；还没有分派时为空")]
    opened_at: datetime
    due_at: Annotated[datetime | None, Field(description="办结期限；暂停计时或已办结时没有")]
    closed_at: datetime | None
    answer: Annotated[str, Field(description="最近一次给来访人的答复")]
    rating: Annotated[int | None, Field(description="来访人的评分，1到5")]
    steps: list["StepOut"]


class StepOut(Schema):
    """经过里的一步。"""

    label: Annotated[str, Field(examples=["分派"])]
    at: datetime


class OpenedOut(TicketOut):
    """提交后的工单；查询码请转告来访人，在 /progress/ 查进度、评价。"""

    progress_code: Annotated[str, Field(description="查询码", examples=["12345678"])]


class ChangeOut(Schema):
    """一张工单的一步。"""

    number: str
    reference: str
    label: str
    state: str
    state_label: str
    at: datetime


class ChangesOut(Schema):
    """一段时间的变化，按先后排。"""

    changes: list[ChangeOut]
    after: Annotated[int, Field(description="下次从这里接着问")]
    more: Annotated[bool, Field(description="现在就还有，请马上接着问")]


class ErrorBody(Schema):
    """错误。"""

    code: Annotated[str, Field(description="固定不变的代码", examples=["token_invalid"])]
    message: Annotated[str, Field(description="给人看的一句话")]


class ErrorOut(Schema):
    """所有拒绝都是这个样子。"""

    error: ErrorBody
