"""A caller behind jambonz: signs its hooks, follows the verbs, hears what is said."""

import json
import time
from itertools import count

from channels.hotline.signature import HEADER, signed

SECRET = "whsec-of-tests"
PATH = "/webhooks/hotline"
CALLS = count(1)


class Call:
    """One call; `heard` is what was read out, `ended` whether we hung up."""

    def __init__(self, client, caller="+8613900001111", secret=SECRET):
        self.client, self.caller, self.secret = client, caller, secret
        self.sid = f"call-{next(CALLS)}"
        self.heard = []
        self.hook = PATH
        self.dialed = ""
        self.ended = False

    async def begin(self):
        return await self.post(PATH, {"call_status": "in-progress", "direction": "inbound"})

    async def say(self, text, confidence=0.9):
        speech = {"alternatives": [{"transcript": text, "confidence": confidence}]}
        return await self.post(self.hook, {"reason": "speechDetected", "speech": speech})

    async def dial(self, digits):
        return await self.post(self.hook, {"reason": "dtmfDetected", "digits": digits})

    async def keep_silent(self):
        return await self.post(self.hook, {"reason": "timeout"})

    async def hang_up(self):
        return await self.post(PATH, {"call_status": "completed"})

    async def post(self, hook, words, headers=None):
        body = {"call_sid": self.sid, "from": self.caller, "to": "12345", **words}
        raw = json.dumps(body).encode()
        headers = headers or {HEADER: signed(raw, self.secret, at=int(time.time()))}
        response = await self.client.post(
            hook, data=raw, content_type="application/json", headers=headers
        )
        if response.status_code == 200:
            self.follow(response.json())
        return response

    def follow(self, verbs):
        for verb in verbs:
            if verb["verb"] == "say":
                self.heard.append(verb["text"])
            elif verb["verb"] == "gather":
                self.heard += [verb["say"]["text"]] if "say" in verb else []
                self.hook = verb["actionHook"]
            elif verb["verb"] == "dial":
                self.dialed, self.hook = verb["target"][0]["number"], verb["actionHook"]
            elif verb["verb"] == "hangup":
                self.ended = True
            else:
                raise AssertionError(f"jambonz knows no {verb['verb']}")
