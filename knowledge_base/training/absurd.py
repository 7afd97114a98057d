"""Questions turned absurd: who asks, or what is asked about, becomes what no policy speaks of."""

import random
import re

_WHO = re.compile(
    r"公司|企业|厂子|厂里|工厂|小厂|店子|小店|个体户|员工|工人|老板|职工|我们|房东|供货商|客户"
    r"|农民工|大学生|退伍军人|残疾人|合伙人|股东|我"
)
_BEINGS = """
恐龙 美人鱼 外星人 孙悟空 财神爷 僵尸 吸血鬼 我家的猫 月亮上的人 机器狗 鬼魂 一头猪 神仙 奥特曼
石狮子 火星人 空气 影子 稻草人 龙王 兔子 哥斯拉 雪人 观音菩萨 木乃伊 鹦鹉
玩具熊 穿越来的古人 向日葵 泥娃娃
猫咪 大熊猫 蚂蚁 白骨精 圣诞老人 葫芦娃 树妖 电饭锅 扫把 云朵
"""
_JOINTS = ("开的", "的", "当的", "", "变的")


def absurd(question: str, rng: random.Random) -> str:
    """`question` of or about a being that has no business here; "" where nobody is named."""
    if not _WHO.search(question):
        return ""
    being = rng.choice(_BEINGS.split())
    if rng.random() < 0.6:
        return _WHO.sub(being, question, count=1)
    joint = rng.choice(_JOINTS)
    return _WHO.sub(lambda match: f"{being}{joint}{match.group(0)}", question, count=1)
