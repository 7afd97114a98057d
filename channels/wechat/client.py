"""WeChat's server API, as far as we use it: short, asynchronous, with timeouts, no recursion.

Why not wechatpy's client: docs/decisions/0050-wechat-libraries.md.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from ipaddress import ip_address
from typing import Any, TypeVar

import httpx

from channels.errors import Unreachable
from channels.wechat.settings import WeChatSettings
from channels.wechat.token import Fresh, TokenStore

TIMEOUT = httpx.Timeout(8.0, connect=3.0, pool=8.0)
PATIENCE = 9.0  # seconds for one call, from first wait to last byte
LARGEST = 2**20  # bytes of an answer
# The token was refused: a new one is worth one more try.
STALE = frozenset({40001, 40014, 42001})
OK = 0
# What tells an answer in words from a file: the platform calls its JSON plain text.
WORDS = frozenset({"text/plain", "application/json"})
# A video lies on another server of theirs; an address elsewhere is not followed.
THEIR_HOSTS = (".qq.com", ".qpic.cn")

T = TypeVar("T")


class ApiError(Exception):
    """The platform's refusal: its number and its words."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code} {message}")


class WeChatClient:
    """One account's API; connections are made at the first call, in the process's event loop."""

    def __init__(self, settings: WeChatSettings) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(
            base_url=settings.api_base,
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
            # Proxies come by WECHAT_API_BASE, not by whatever the environment holds.
            trust_env=False,
        )
        self.tokens = TokenStore(settings.app_id, self._fetch_token)

    async def call(
        self, path: str, body: dict[str, Any] | None = None, *, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The platform's answer; POST with a body, else GET. Raises ApiError, Unreachable."""
        words = query or {}
        return await self._with_token(
            lambda token: self._once(path, body, {**words, "access_token": token})
        )

    async def media(self, media_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes of what a person sent, piece by piece. Raises ApiError, Unreachable."""
        response = await self._with_token(lambda token: self._file(media_id, token))
        try:
            async for piece in response.aiter_bytes():
                yield piece
        except httpx.HTTPError as error:
            raise Unreachable(f"从微信取文件中断：{type(error).__name__}") from error
        finally:
            await response.aclose()

    async def _file(self, media_id: str, token: str) -> httpx.Response:
        """The open answer whose body is the file."""
        query = {"access_token": token, "media_id": media_id}
        found = await self._open("/cgi-bin/media/get", query)
        if isinstance(found, httpx.Response):
            return found
        # A video: its own address, which needs no token.
        address = str(found.get("video_url", ""))
        if not self._theirs(address):
            raise Unreachable("微信给的视频地址不认识", code="platform_error")
        found = await self._open(address, {})
        if not isinstance(found, httpx.Response):
            raise Unreachable("微信没有给视频", code="platform_error")
        return found

    def _theirs(self, address: str) -> bool:
        try:
            host = httpx.URL(address).host
        except httpx.InvalidURL:
            return False
        if host == httpx.URL(self._settings.api_base).host:
            return True
        try:
            # Their delivery network has names and bare addresses; none of it is inside our walls.
            return ip_address(host).is_global
        except ValueError:
            return host.endswith(THEIR_HOSTS)

    async def _open(self, address: str, query: dict[str, str]) -> httpx.Response | dict[str, Any]:
        """The open answer, its body unread; when it is no file but words, those."""
        request = self._http.build_request("GET", address, params=query or None)
        try:
            response = await self._http.send(request, stream=True)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if response.status_code == httpx.codes.OK and kind not in WORDS:
                return response
            content = bytearray()
            try:
                async with asyncio.timeout(PATIENCE):
                    async for piece in response.aiter_bytes():
                        content += piece
                        if len(content) > LARGEST:
                            break
            finally:
                await response.aclose()
        except (httpx.TimeoutException, TimeoutError) as error:
            raise Unreachable("微信没有按时回应", code="timeout") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"连不上微信：{type(error).__name__}") from error
        return self._read(response.status_code, bytes(content))

    async def _with_token(self, attempt: Callable[[str], Awaitable[T]]) -> T:
        """What `attempt` finds with the token; once more with a new one when it was refused."""
        token = await self.tokens.get()
        try:
            return await attempt(token)
        except ApiError as error:
            if error.code not in STALE:
                raise
        token = await self.tokens.after(token)
        try:
            return await attempt(token)
        except ApiError as error:
            if error.code not in STALE:
                raise
            # Once is enough: whoever asks again finds the same, or a person must look.
            raise Unreachable("微信不认新换的访问凭证", code=f"wechat_{error.code}") from error

    async def send_text(self, person: str, text: str) -> None:
        """A customer message."""
        await self.call(
            "/cgi-bin/message/custom/send",
            {"touser": person, "msgtype": "text", "text": {"content": text}},
        )

    async def send_choices(self, person: str, text: str, choices: list[str]) -> None:
        """A customer message with choices to tap; each has its number, from 1, as id."""
        entries = [{"id": str(place), "content": one} for place, one in enumerate(choices, 1)]
        menu = {"head_content": text, "list": entries, "tail_content": ""}
        await self.call(
            "/cgi-bin/message/custom/send",
            {"touser": person, "msgtype": "msgmenu", "msgmenu": menu},
        )

    async def typing(self, person: str) -> None:
        """Shows "对方正在输入" for a quarter of a minute."""
        await self.call("/cgi-bin/message/custom/typing", {"touser": person, "command": "Typing"})

    async def _fetch_token(self, force: bool) -> Fresh:
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret,
            "force_refresh": force,
        }
        try:
            answer = await self._once("/cgi-bin/stable_token", body, {})
            token, seconds = answer["access_token"], float(answer["expires_in"])
        except ApiError as error:
            # 40013, 40125: AppID or secret; 40164: our address is not on the account's list.
            raise Unreachable(
                f"微信不给访问凭证：{error.code} {error.message}", code=f"wechat_{error.code}"
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise Unreachable("微信给的访问凭证看不懂", code="token") from error
        if not isinstance(token, str) or not token:
            raise Unreachable("微信给的访问凭证是空的", code="token")
        return Fresh(token, seconds)

    async def _once(
        self, path: str, body: dict[str, Any] | None, query: dict[str, str]
    ) -> dict[str, Any]:
        """One request and its answer, checked."""
        # WeChat shows "\u4f60" as it stands there: plain UTF-8.
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        method = "GET" if body is None else "POST"
        try:
            async with asyncio.timeout(PATIENCE):
                response = await self._http.request(
                    method,
                    path,
                    params=query,
                    content=content,
                    headers={"Content-Type": "application/json"} if content else None,
                )
        except (httpx.TimeoutException, TimeoutError) as error:
            raise Unreachable("微信没有按时回应", code="timeout") from error
        except httpx.HTTPError as error:
            # Not the error's own words: they may hold the address, and with it the token.
            raise Unreachable(f"连不上微信：{type(error).__name__}") from error
        return self._read(response.status_code, response.content)

    @staticmethod
    def _read(status: int, content: bytes) -> dict[str, Any]:
        if status != httpx.codes.OK:
            raise Unreachable(f"微信答复 {status}", code="platform_error")
        try:
            answer = json.loads(content) if len(content) <= LARGEST else None
        except (ValueError, RecursionError) as error:
            raise Unreachable("微信的答复看不懂", code="platform_error") from error
        if not isinstance(answer, dict):
            raise Unreachable("微信的答复看不懂", code="platform_error")
        code = answer.get("errcode", OK)
        if isinstance(code, bool) or not isinstance(code, int):
            raise Unreachable("微信的答复看不懂", code="platform_error")
        if code != OK:
            raise ApiError(code, str(answer.get("errmsg", ""))[:120])
        return answer

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()
