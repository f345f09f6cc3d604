"""How one side looks for the other."""

from flask_babel import lazy_gettext as _
from wtforms.validators import Length

from fairlink.accounts import queries as accounts
from fairlink.web import places
from fairlink.web.fields import Form, SelectField, TextField
from fairlink.web.i18n import language
from fairlink.web.session import db_session


def sector_choices() -> list[tuple[str, str]]:
    """Every sector by its name in the reader's language."""
    named = [(sector.code, sector.name(language())) for sector in accounts.sectors(db_session())]
    return sorted(named, key=lambda pair: places.sort_key(pair[1]))


class FindForm(Form):
    """Which exhibitors a buyer looks for. A GET form: what makes no sense asks for nothing."""

    q = TextField(
        _("Product or name"),
        [Length(max=100)],
        render_kw={"type": "search"},
        description=_("A word, or the digits of an HS code."),
    )
    sector = SelectField(_("Sector"), blank=_("Every sector"), choices=sector_choices)

    class Meta:
        csrf = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for at all."""
        return any(self.wanted.values())

    @property
    def wanted(self) -> dict[str, str | None]:
        """The conditions of `applications.queries.exhibitors_found`: two to six digits are a code, all else words."""
        self.validate()
        typed = "" if self.q.errors else self.q.data or ""
        digits = typed.replace(".", "").replace(" ", "")
        is_code = digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 6
        sector = None if self.sector.errors else self.sector.data
        return {"text": None if is_code else typed or None, "hs_code": digits if is_code else None, "sector": sector}
