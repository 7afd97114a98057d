"""What goes over WeChat's wire: signatures, AES, XML; written apart from the product's own."""

import base64
import hashlib
import secrets
import struct
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def sha1(*words: str) -> str:
    return hashlib.sha1("".join(sorted(words)).encode()).hexdigest()  # noqa: S324 - WeChat's own


def encrypt(raw: bytes, key: str, app_id: str) -> str:
    """AES-256-CBC as WeChat does: 16 random bytes, length, message, AppID, PKCS#7 to 32."""
    secret = base64.b64decode(key + "=")
    plain = secrets.token_bytes(16) + struct.pack(">I", len(raw)) + raw + app_id.encode()
    padding = 32 - len(plain) % 32
    plain += bytes([padding]) * padding
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def encrypt_raw(plain: bytes, key: str) -> str:
    """Whatever bytes, padded with NUL to whole blocks: garbage that is well encrypted."""
    secret = base64.b64decode(key + "=")
    plain += b"\0" * (-len(plain) % 16)
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def decrypt(sealed: str, key: str, app_id: str) -> bytes:
    secret = base64.b64decode(key + "=")
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    plain = cipher.update(base64.b64decode(sealed)) + cipher.finalize()
    padding = plain[-1]
    if not 1 <= padding <= 32 or plain[-padding:] != bytes([padding]) * padding:
        raise ValueError("padding")
    plain = plain[:-padding]
    (length,) = struct.unpack(">I", plain[16:20])
    if plain[20 + length :].decode() != app_id:
        raise AssertionError("another AppID")
    return plain[20 : 20 + length]


def xml_of(fields: dict) -> str:
    """A message as the platform writes it: CDATA for texts; a list or dict as elements inside."""
    return f"<xml>{''.join(element(name, value) for name, value in fields.items())}</xml>"


def element(name: str, value: object) -> str:
    if isinstance(value, dict):
        inner = "".join(element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        return "".join(element(name, one) for one in value)
    elif isinstance(value, int):
        inner = str(value)
    else:
        # As a careful platform writes: no character that XML forbids, no end of its own CDATA.
        text = "".join(char for char in str(value) if legal(char))
        inner = f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
    return f"<{name}>{inner}</{name}>"


def legal(char: str) -> bool:
    return (
        char in "\t\n\r" or " " <= char < "\ud800" or "\udfff" < char < "\ufffe" or char > "\uffff"
    )


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of an XML text, read with another parser than ours."""
    root = ElementTree.fromstring(body)  # noqa: S314 - our own server's answers
    if root.tag != "xml":
        raise AssertionError(f"no reply: {body[:80]!r}")
    return {child.tag: child.text or "" for child in root}
