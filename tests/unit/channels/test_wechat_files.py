"""media/get as WeChat answers it: bytes or words, a video's own address, tokens that ran out."""

from contextlib import aclosing

import pytest

from channels.errors import ChannelBusy, Refused, Unreachable
from channels.wechat.client import WeChatClient
from channels.wechat.files import WeChatFiles
from channels.wechat.settings import read
from tests.fakes import wechat as fake
from tests.fakes.wechat import MEDIA_GET, Step
from tests.unit.channels.wechat_help import turn_on

pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = b"\xff\xd8\xff\xe0" + b"0" * 100_000


@pytest.fixture
def platform(settings):
    with fake.running_wechat() as running:
        turn_on(settings, running)
        running.has_media("m1", PICTURE, "image/jpeg")
        yield running


@pytest.fixture
async def files(platform):
    made = WeChatFiles(WeChatClient(read()))
    yield made
    await made.aclose()


async def fetched(files, media_id="m1"):
    async with aclosing(files.fetch({"MediaId": media_id})) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_a_picture_comes_whole(files):
    assert await fetched(files) == PICTURE


@pytest.mark.parametrize("spoil", ["expire_tokens", "forget_tokens"])
async def test_a_token_that_is_no_longer_good_is_renewed_once(platform, files, spoil):
    await fetched(files)
    getattr(platform, spoil)()
    assert await fetched(files) == PICTURE
    assert len(platform.asked(MEDIA_GET)) == 3


async def test_a_video_is_fetched_from_its_own_address(platform, files):
    platform.has_media("v1", b"\x00\x00\x00\x18ftypmp42", "video/mp4")
    assert await fetched(files, "v1") == b"\x00\x00\x00\x18ftypmp42"


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.1/x", "http://[::1]/x", "file:///etc/hosts", "http://a.qq.com.b/", ""],
)
async def test_a_video_s_address_that_is_not_theirs_is_not_followed(platform, files, address):
    platform.script.append(Step(path=MEDIA_GET, body=f'{{"video_url": "{address}"}}'.encode()))
    with pytest.raises(Unreachable, match="不认识"):
        await fetched(files)


@pytest.mark.parametrize(
    "address", ["http://vweixinp.tc.qq.com/1.mp4?vkey=a", "https://203.205.158.71/1.mp4"]
)
async def test_a_video_may_lie_anywhere_in_their_network(platform, address):
    assert WeChatClient(read())._theirs(address)


async def test_three_days_later_it_is_gone(platform, files):
    platform.clock = 3 * 86400 + 1
    with pytest.raises(Refused, match="三天") as refused:
        await fetched(files)
    assert refused.value.code == "wechat_40007"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step(45009, path=MEDIA_GET), ChannelBusy),
        (Step(-1, path=MEDIA_GET), Unreachable),
        (Step(status=502, path=MEDIA_GET), Unreachable),
        (Step(hangs_up=True, path=MEDIA_GET), Unreachable),
        (Step(body=b"no json", path=MEDIA_GET), Unreachable),
        (Step(body=b" " * (2**20 + 1), path=MEDIA_GET), Unreachable),
    ],
    ids=["quota", "busy", "502", "hangs up", "nonsense", "endless words"],
)
async def test_trouble_is_told_apart(platform, files, step, error):
    platform.script.append(step)
    with pytest.raises(error):
        await fetched(files)
    assert await fetched(files) == PICTURE


async def test_a_document_is_refused_as_the_platform_never_gives_it(files):
    with pytest.raises(Refused, match="网页聊天"):
        async with aclosing(files.fetch({"Title": "合同.pdf", "FileKey": "k"})) as pieces:
            _ = [piece async for piece in pieces]
