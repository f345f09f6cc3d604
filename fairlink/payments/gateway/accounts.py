"""Which Stripe account a payment goes to: that of its agency, sealed in the database, or the platform's."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fairlink.kernel.sealing import NotOpened, Vault
from fairlink.payments.gateway.client import CardServiceAway, Event, Gateway, NotFromStripe, read_event
from fairlink.payments.models import CardAccount
from fairlink.payments.states import CardAccountKind

CARD_PAGES = "https://checkout.stripe.com"


@dataclass(frozen=True, slots=True)
class _Platform:
    """What the environment says; `is_shared`: agencies without an account of their own use the platform's."""

    secret_key: str = ""
    webhook_secrets: Sequence[str] = ()
    api_base: str = ""
    is_shared: bool = True
    vault: Vault = field(default_factory=lambda: Vault(()))


_platform = _Platform()


def configure(
    secret_key: str,
    webhook_secrets: Sequence[str],
    api_base: str = "",
    *,
    is_shared: bool = True,
    sealing_keys: Sequence[str] = (),
) -> None:
    """Set the platform's Stripe account and the keys that open those of agencies; all may be empty."""
    global _platform
    _platform = _Platform(secret_key, tuple(webhook_secrets), api_base, is_shared, Vault(sealing_keys))


def vault() -> Vault:
    """What seals the keys of agencies."""
    return _platform.vault


def can_connect() -> bool:
    """Whether accounts can be connected to one of the platform."""
    return bool(_platform.secret_key)


def is_shared() -> bool:
    """Whether agencies without an account of their own take cards on the platform's."""
    return bool(_platform.secret_key) and _platform.is_shared


def card_pages() -> str:
    """Where the card pages are: Stripe's, or the stand-in's own. A domain of an account's own is not supported."""
    return _platform.api_base or CARD_PAGES


def takes_cards(account: CardAccount | None) -> bool:
    """Whether a new payment can be made for an agency with this account."""
    return is_shared() if account is None else can_reach(account)


def can_reach(account: CardAccount | None) -> bool:
    """Whether what was paid with this account can be asked about and given back; None is the platform's."""
    if account is None or account.kind == CardAccountKind.CONNECTED:
        return bool(_platform.secret_key)
    return _platform.vault.is_set


def gateway(account: CardAccount | None) -> Gateway:
    """The gateway to an agency's account; to the platform's for None.

    Raises CardServiceAway for an account whose keys cannot be opened, RuntimeError where none is set: ask `can_reach`.
    """
    if account is not None and account.kind == CardAccountKind.OWN_KEYS:
        assert account.sealed_key is not None
        return keyed(_opened(account.sealed_key))
    return connected(account.connected_id or "" if account else "")


def keyed(secret_key: str) -> Gateway:
    """The gateway to the account of a key."""
    return Gateway(secret_key, api_base=_platform.api_base)


def connected(connected_id: str) -> Gateway:
    """The gateway to an account that is connected to the platform's; to the platform's own for the empty text."""
    if not _platform.secret_key:
        raise RuntimeError("no Stripe account: ask can_reach() first")
    return Gateway(_platform.secret_key, connected_id=connected_id, api_base=_platform.api_base)


def read_platform_event(body: bytes, signature: str | None) -> Event:
    """A webhook that is signed with one of the platform's secrets. Raises NotFromStripe."""
    for secret in _platform.webhook_secrets:
        with suppress(NotFromStripe):
            return read_event(body, signature, secret)
    raise NotFromStripe


def read_agency_event(
    body: bytes, signature: str | None, accounts: Sequence[CardAccount]
) -> tuple[Event, frozenset[int | None]]:
    """A webhook that is signed with the secret of one of an agency's accounts, and which of them have that secret.

    Raises NotFromStripe.
    """
    found: Event | None = None
    signers: set[int | None] = set()
    for account in accounts:
        try:
            found = read_event(body, signature, _opened(account.sealed_webhook_secret or ""))
        except (NotFromStripe, CardServiceAway):
            continue
        signers.add(account.id)
    # What a key of one account says about accounts connected to it is not ours to know.
    if found is None or found.connected_id:
        raise NotFromStripe
    return found, frozenset(signers)


def _opened(sealed: str) -> str:
    try:
        return _platform.vault.open(sealed)
    except NotOpened:
        raise CardServiceAway from None
