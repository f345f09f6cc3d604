"""Secrets of others that the database keeps: sealed with Fernet under keys that only the environment knows."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class NotOpened(Exception):
    """A secret was sealed under a key that is no longer set, or is damaged."""


class Vault:
    """Seals under the first of some keys and opens what any of them has sealed, so that keys can be changed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys]) if keys else None

    @property
    def is_set(self) -> bool:
        """Whether there is a key at all."""
        return self._fernet is not None

    def seal(self, secret: str) -> str:
        """`secret` as it may be kept. Raises RuntimeError without a key: ask `is_set` first."""
        return self._keys().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed. Raises NotOpened."""
        if self._fernet is None:
            raise NotOpened
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise NotOpened from None

    def seal_anew(self, sealed: str) -> str:
        """The same secret under the first key. Raises NotOpened."""
        try:
            return self._keys().rotate(sealed.encode()).decode()
        except InvalidToken:
            raise NotOpened from None

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise RuntimeError("no key to seal with: ask is_set first")
        return self._fernet


def _derived(key: str) -> bytes:
    """A Fernet key from a random text of any length; it need not be slow, since the text is no password."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"fairlink sealed secrets").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
