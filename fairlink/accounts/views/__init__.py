"""Pages to sign up, sign in, and look after one's account, organisation and colleagues."""

from fairlink.accounts.views import account, colleagues, entry, organisations
from fairlink.accounts.views.blueprint import bp

__all__ = ["account", "bp", "colleagues", "entry", "organisations"]
