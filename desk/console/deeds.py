"""The words for what the audit log names by codes."""

from desk.tickets.moves import MOVES

DEEDS = {
    # What is done with a ticket is called as its button is.
    **{move.audit_action: move.label for move in MOVES.values()},
    "conversation.taken": "接入会话",
    "conversation.taken_over": "接替会话",
    "conversation.given_back": "交还陪跑员",
    "conversation.replied": "回复来访人",
    "conversation.transferred": "转交会话",
    "conversation.noted": "会话备注",
    "conversation.attached": "发送附件",
    "ticket.opened": "受理工单",
    "ticket.noted": "工单备注",
    "ticket.closed": "办结工单",
    "follow_up.finished": "完成跟进",
    "delivery.retried": "重新发送",
    "delivery.dropped": "放弃发送",
    "staff.created": "新建账号",
    "staff.changed": "更改账号",
    "staff.activated": "启用账号",
    "staff.deactivated": "停用账号",
    "staff.password_reset": "重设密码",
    "staff.password_changed": "更改密码",
    "staff.signed_in": "登录",
    "staff.locked_out": "登录被锁定",
    "service_level.set": "更改服务承诺",
    "routing_rule.set": "设置分派规则",
    "routing_rule.dropped": "删除分派规则",
    "contact.merged": "合并来访人",
    "binding_code.issued": "发放绑定码",
    "enterprise_contact.bound": "绑定企业",
    "enterprise_contact.unbound": "解除企业绑定",
    "enterprise.specialist_set": "指定服务专员",
    "wechat.paused": "微信接口暂停",
    "wechat.denied": "微信接口被拒绝",
    "department.created": "新建部门",
    "enterprise.registered": "登记企业",
    "canned.created": "新建常用语",
    "canned.changed": "更改常用语",
    "canned.removed": "删除常用语",
    "policy.drafted": "新建政策草稿",
    "policy.changed": "修改政策草稿",
    "policy.scheduled": "定时发布政策",
    "policy.published": "发布政策",
    "policy.withdrawn": "撤回定时发布",
    "policy.rolled_back": "回退政策版本",
    "policy.repealed": "废止政策",
    "partner.created": "新建接口伙伴",
    "partner.token_made": "换发接口令牌",
    "partner.switched_off": "停用接口伙伴",
    "page.refused": "试图打开无权查看的内容",
}


def deed(action: str) -> str:
    """`action` in words; the code itself where nobody has given it any."""
    return DEEDS.get(action, action)
