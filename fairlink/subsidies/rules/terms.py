"""The small types and enums that the rules of a scheme and the facts of an application share."""

from enum import StrEnum
from typing import Annotated

from fairlink.subsidies.rules.scalars import Pattern, Range

Code = Annotated[str, Pattern(r"[a-z][a-z0-9_]{0,59}", "a code of small letters, digits and _, such as stand_space")]
Identifier = Annotated[str, Pattern(r"[^\s\x00-\x1f]{1,80}", "an identifier without spaces, at most 80 characters")]
Currency = Annotated[str, Pattern(r"[A-Z]{3}", "an ISO 4217 code such as EUR")]
Country = Annotated[str, Pattern(r"[A-Z]{2}", "an ISO 3166 code of two letters such as PE")]
Basis = Annotated[int, Range(0, 10_000)]
Minor = Annotated[int, Range(0, 10**14)]
PositiveMinor = Annotated[int, Range(1, 10**14)]
Count = Annotated[int, Range(0, 10_000)]
PositiveCount = Annotated[int, Range(1, 10_000)]

#: Cost classes that every agency knows; a scheme may name others.
STANDARD_CLASSES = (
    "stand_space",
    "stand_build",
    "furniture",
    "utilities",
    "graphics",
    "freight",
    "travel",
    "interpreting",
    "catalogue",
    "other",
)


class Size(StrEnum):
    """Size class of a firm."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Subject(StrEnum):
    """Whom a question of the scheme is put to: each member, or the application once."""

    FIRM = "firm"
    APPLICATION = "application"


class Refuses(StrEnum):
    """What falls out when a condition on a cost line is not met."""

    LINE = "line"
    MEMBER = "member"


class Period(StrEnum):
    """Over what supported participations are counted."""

    FAIR = "fair"
    YEAR = "year"
    LIFETIME = "lifetime"


class OtherPublic(StrEnum):
    """What other public money for the same cost does to a line."""

    IGNORE = "ignore"
    DEDUCT = "deduct"
    REFUSE_LINE = "refuse_line"


class TaperBy(StrEnum):
    """What a taper counts: supported participations so far, or full years since the first award."""

    PARTICIPATIONS = "participations"
    YEARS_SINCE_FIRST_AWARD = "years_since_first_award"


class CapScope(StrEnum):
    """What a cap is on, in the order in which caps are applied."""

    CLASS_FIRM = "class_firm"
    CLASS_GROUP = "class_group"
    FIRM_FAIR = "firm_fair"
    FIRM_YEAR = "firm_year"
    FIRM_LIFETIME = "firm_lifetime"
    GROUP = "group"
    APPLICATION = "application"


class OnExcess(StrEnum):
    """What happens to support above a ceiling: cut to it, or refused as a whole."""

    CUT = "cut"
    REFUSE = "refuse"


class AwardScope(StrEnum):
    """Whose support a minimum award is on."""

    MEMBER = "member"
    APPLICATION = "application"


class Payee(StrEnum):
    """Who is paid."""

    FIRM = "firm"
    ORGANISER = "organiser"
    ASSOCIATION = "association"
    CARRIER = "carrier"


class Evidence(StrEnum):
    """What proves a cost."""

    INVOICE = "invoice"
    PAYMENT_PROOF = "payment_proof"
    TICKET = "ticket"
    BOARDING_PASS = "boarding_pass"  # noqa: S105 - a paper that one flies with, no password
    FEEDBACK_FORM = "feedback_form"
    PHOTOGRAPH = "photograph"
    TRANSPORT_DOCUMENT = "transport_document"
    CONTRACT = "contract"
    PAYSLIP = "payslip"


class Method(StrEnum):
    """How a call chooses among eligible applications."""

    FIRST_COME = "first_come"
    PRO_RATA = "pro_rata"
    SCORED = "scored"
    LOTTERY = "lottery"


class RetainedUntil(StrEnum):
    """What sets free the part of the support that is kept back."""

    FINAL_CLAIM = "final_claim"
    FOLLOW_UP_REPORTS = "follow_up_reports"


class RecoveryCause(StrEnum):
    """Why paid support is taken back."""

    UNDER_SPEND = "under_spend"
    NO_SHOW = "no_show"
    DOUBLE_FUNDING = "double_funding"
    FALSE_DECLARATION = "false_declaration"
    MISSING_REPORT = "missing_report"
