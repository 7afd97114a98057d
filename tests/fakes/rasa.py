"""Stands in for Rasa's door (bot/input_channel.py)."""

import json

import httpx


class ScriptedRasa:
    """Echoes, or does what `script` says for the next calls; `down` refuses all."""

    def __init__(self):
        self.asked = []
        self.script = []
        self.down = False

    def __call__(self, request):
        body = json.loads(request.content)
        self.asked.append(body)
        if self.down:
            raise httpx.ConnectError("down")
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        if isinstance(step, httpx.Response):
            return step
        citation = {"title": "公告", "number": "2023年第12号", "link": "/policies/x#x-p1"}
        reply = {
            "text": f"您说：{body['text']}",
            "buttons": [{"title": "转人工", "payload": "转人工"}],
            "citations": [citation],
        }
        return httpx.Response(200, json={"replies": [reply], "repeated": False})
