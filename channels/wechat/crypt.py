"""Encrypted messages: AES keys, the present and the one before; wechatpy does the ciphering.

wechatpy 1.8.18 raises whatever a garbled text happens to break; here it is one refusal.
"""

import secrets
import struct
from dataclasses import dataclass
from functools import lru_cache

from wechatpy.crypto import BaseWeChatCrypto, PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from channels.messages import BadRequest
from channels.wechat.markup import envelope
from channels.wechat.signature import digest, matches

# What wechatpy was seen to raise for signed garbage; the first holds decoding errors of all sorts.
BROKEN = (
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
)


class Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy is untyped
    """wechatpy's, with random bytes that nobody can guess."""

    def get_random_string(self) -> str:
        return secrets.token_hex(8)


@lru_cache(maxsize=8)
def cipher(key: str) -> Cipher:
    """The cipher of an EncodingAESKey."""
    return Cipher(BaseWeChatCrypto("", key, "").key)


@dataclass(frozen=True, slots=True)
class Opened:
    """A decrypted message, and the key that opened it: the reply is closed with the same."""

    text: str
    key: str


def opened(encrypted: str, keys: tuple[str, ...], app_id: str) -> Opened:
    """`encrypted` (Base64) opened with the first of `keys` that fits. Raises BadRequest."""
    foreign = False
    for key in keys:
        try:
            return Opened(cipher(key).decrypt(encrypted, app_id), key)
        except InvalidAppIdException:
            foreign = True
        except BROKEN:
            continue
    if foreign:
        raise BadRequest("wrong_app_id", "消息不是发给这个公众号的。")
    raise BadRequest("not_decryptable", "消息无法解密，请核对 EncodingAESKey。")


def closed(reply: str, key: str, *, token: str, app_id: str, timestamp: str) -> str:
    """`reply` encrypted with `key` and signed, as WeChat takes it back."""
    encrypted = cipher(key).encrypt(reply, app_id).decode()
    nonce = secrets.token_hex(8)
    signature = digest(token, timestamp, nonce, encrypted)
    return envelope(encrypted, signature=signature, timestamp=timestamp, nonce=nonce)


def signed(given: str, *, token: str, timestamp: str, nonce: str, encrypted: str) -> bool:
    """Whether `given` is the msg_signature of `encrypted`."""
    return matches(given, digest(token, timestamp, nonce, encrypted))
