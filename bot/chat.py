"""Talks to the served dialogue in the terminal."""

import json
import sys
import urllib.error
import urllib.request
import uuid
from typing import Any


def talk(port: int) -> int:
    """Reads lines until end of file or 再见; its exit code."""
    conversation = str(uuid.uuid4())
    print("营商陪跑员（空行结束）。登记工单等要写入数据库的事，需要会话先在网页上建立。")
    while True:
        try:
            text = input("您：").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return 0
        if not text:
            return 0
        try:
            replies = ask(port, conversation, text)
        except urllib.error.HTTPError as error:
            print(f"（{json.load(error)['error']['message']}）", file=sys.stderr)
            continue
        except urllib.error.URLError as error:
            print(f"连不上对话服务（端口 {port}）：{error.reason}", file=sys.stderr)
            return 1
        for reply in replies:
            print(f"陪跑员：{reply['text']}")
            if reply["buttons"]:
                print("        " + "  ".join(f"[{each['title']}]" for each in reply["buttons"]))


def ask(port: int, conversation: str, text: str) -> list[dict[str, Any]]:
    """The replies to `text`. Raises URLError when nobody listens, HTTPError when refused."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/peipao/turn",
        data=json.dumps(
            {"conversation": conversation, "message_id": str(uuid.uuid4()), "text": text}
        ).encode(),
        headers={"Content-Type": "application/json"},
    )
    # Loopback only, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        replies: list[dict[str, Any]] = json.load(answer)["replies"]
        return replies
