"""What firms fill in about their groups."""

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from fairlink.web.fields import Form, MarkdownField, Required, TextField

#: Addresses that one press of the button invites.
MOST_ADDRESSES = 20


class GroupForm(Form):
    """A new group."""

    name = TextField(_("Name of the group"), [Required(), Length(max=120)])
    description = MarkdownField(
        _("What the firms have in common"),
        [Optional(), Length(max=2000)],
        description=_("Buyers read it: what you make, where you are, what you can deliver together."),
    )


class AddressesField(TextAreaField):
    """Several e-mail addresses with blanks, commas or line ends between them; `data` is the list of them."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        words = [word for word in re.split(r"[\s,;]+", text) if word]
        if len(words) > MOST_ADDRESSES:
            raise ValueError(gettext("At most %(most)s addresses at a time.", most=MOST_ADDRESSES))
        self.data = [self._read(word.strip("<>")) for word in words]

    def _read(self, word: str) -> str:
        try:
            # Addresses under .test are for rehearsals; nobody in production has one.
            rehearsal = not current_app.config["SETTINGS"].production
            return validate_email(word, check_deliverability=False, test_environment=rehearsal).normalized
        except EmailNotValidError:
            raise ValueError(gettext("“%(word)s” is not an e-mail address.", word=word)) from None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""


class InviteForm(Form):
    """Whom to invite."""

    addresses = AddressesField(
        _("E-mail addresses"),
        [Required()],
        description=_("Of the owners of the firms, one on each line."),
    )
