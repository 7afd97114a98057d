"""What people send on WeChat, as media/get gives it; WeChat keeps it for three days."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from channels.errors import ChannelBusy, NotDelivered, Refused, Unreachable
from channels.wechat.client import ApiError, WeChatClient
from desk.conversations.models import Channel

GONE = frozenset({40004, 40007})
BUSY = frozenset({45009, 45011})
PAUSE = 600.0  # seconds


class WeChatFiles:
    """The files of one account's people."""

    channel = Channel.WECHAT.value

    def __init__(self, client: WeChatClient) -> None:
        self._client = client

    async def fetch(self, media: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """The bytes of a picture, a voice message or a video. Raises NotDelivered."""
        media_id = media.get("MediaId")
        if not media_id:
            # A document comes with its name only: the platform has no call that gives it out.
            raise Refused(
                "no_media_id", "微信不把这类文件交给公众号，请对方拍照发图片，或者用网页聊天发"
            )
        try:
            async with aclosing(self._client.media(str(media_id))) as pieces:
                async for piece in pieces:
                    yield piece
        except ApiError as error:
            raise _mapped(error) from error

    async def aclose(self) -> None:
        """Closes the client's connections."""
        await self._client.aclose()


def _mapped(error: ApiError) -> NotDelivered:
    code = f"wechat_{error.code}"
    if error.code in GONE:
        return Refused(code, f"微信上已经没有这个文件了，微信只保留三天（{error.code}）")
    if error.code in BUSY:
        return ChannelBusy(PAUSE, f"微信接口额度用完了（{error.code}）", code=code)
    return Unreachable(f"微信没有给文件（{error.code}）", code=code)
