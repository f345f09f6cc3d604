"""What a buyer fills in about a visit."""

from flask_babel import lazy_gettext as _
from wtforms.validators import Length, Optional

from fairlink.web.fields import Form, MarkdownField


class VisitForm(Form):
    """A visit to book."""

    note = MarkdownField(
        _("What are you looking for?"),
        [Optional(), Length(max=2000)],
        description=_("Products, quantities, standards. Only you and your colleagues see it."),
    )
