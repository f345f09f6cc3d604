"""Names that mean nothing outside one agency, and there always the same one."""

import base64
import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Keyed names for the objects of one agency: without the installation's secret nobody finds the way back."""

    secret: str
    agency_id: int

    def name(self, kind: str, key: int) -> str:
        """The pseudonym of one object, such as ``firm-J5QX3A7MPL``; the same for the same object in every export."""
        text = f"fairlink pseudonym:{self.agency_id}:{kind}:{key}"
        digest = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()
        return f"{kind}-{base64.b32encode(digest)[:10].decode()}"
