"""Forms about an agency's account at Stripe."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import PasswordField
from wtforms.validators import Length, Regexp

from fairlink.web.fields import Form, Required, TextField


def _secret(label: Any, pattern: str, description: Any) -> PasswordField:
    """What is typed once and never shown again, not even after a mistake."""
    said = _("This does not look like the one from Stripe.")
    return PasswordField(
        label,
        validators=[Required(), Length(max=300), Regexp(pattern, message=said)],
        filters=[lambda text: text.strip() if text else text],
        description=description,
        render_kw={"autocomplete": "off"},
    )


class ConnectedAccountForm(Form):
    """An account that is connected to the platform's by Stripe Connect."""

    connected_id = TextField(
        _("Account at Stripe"),
        validators=[
            Required(),
            Regexp(r"^acct_[A-Za-z0-9]{4,60}$", message=_("This does not look like the one from Stripe.")),
        ],
        description=_("It begins with acct_."),
    )


class OwnKeysForm(Form):
    """The keys of an account that is the agency's alone."""

    secret_key = _secret(_("Secret key"), r"^(sk|rk)_[A-Za-z0-9_]{8,290}$", _("It begins with sk_ or rk_."))
    webhook_secret = _secret(
        _("Signing secret of the webhook"), r"^whsec_[A-Za-z0-9+/=_]{4,290}$", _("It begins with whsec_.")
    )
