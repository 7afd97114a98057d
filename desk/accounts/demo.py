"""Departments and staff of the demonstration; none of the people exist."""

from desk.accounts.models import Role
from desk.accounts.services import StaffCard

DEPARTMENTS = {
    "hotline": "12345热线中心",
    "market": "市场监管局",
    "tax": "税务局",
    "labour": "人社局",
    "industry": "经信局",
    "justice": "司法局",
    "business": "营商环境办公室",
    "reform": "发改委",
    "bidding": "公共资源交易中心",
    "approval": "行政审批局",
    "finance": "金融工作办公室",
    "land": "自然资源局",
    "housing": "住建局",
}

STAFF = (
    StaffCard("wangfang", "王芳", Role.OPERATOR, "hotline"),
    StaffCard("lijun", "李军", Role.HANDLER, "market"),
    StaffCard("zhaomin", "赵敏", Role.HEAD, "market"),
    StaffCard("chenjie", "陈洁", Role.HANDLER, "tax"),
    StaffCard("zhoulin", "周琳", Role.HANDLER, "labour"),
    StaffCard("heqiang", "何强", Role.HANDLER, "industry"),
    StaffCard("sunli", "孙丽", Role.HEAD, "industry"),
    StaffCard("qianwei", "钱伟", Role.HANDLER, "justice"),
    StaffCard("fengjing", "冯静", Role.HANDLER, "business"),
    StaffCard("xutao", "徐涛", Role.HANDLER, "bidding"),
    StaffCard("yangxue", "杨雪", Role.HANDLER, "approval"),
    StaffCard("liuyang", "刘洋", Role.SUPERVISOR),
    StaffCard("luoyan", "罗燕", Role.EDITOR),
    StaffCard("admin", "系统管理员", Role.ADMINISTRATOR),
)
