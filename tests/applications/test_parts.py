"""Every firm confirms its own part with its own account; quotes are uploaded; what was on its way still arrives."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy.orm import Session

from fairlink.accounts.models import User
from fairlink.applications import queries, rules, service
from fairlink.applications.models import Application, CostFile
from fairlink.applications.service import LineDeclaration, NewLine
from fairlink.applications.states import ApplicationState
from fairlink.files.models import StoredFile
from fairlink.kernel.errors import Conflict, NotFound
from fairlink.mail.models import MailMessage
from fairlink.subsidies.rules import read_facts, read_rules
from tests import factories
from tests.applications.steps import NOW, confirm_all, refusal
from tests.files import samples

SignIn = Callable[[User], FlaskClient]
pytestmark = pytest.mark.usefixtures("app")

#: A scheme that asks, has a ceiling for aid, deducts other public money, and refuses what was begun.
ASKING: dict[str, Any] = {
    "format": 1,
    "name": "Asking",
    "currency": "EUR",
    "sunset_on": "2030-12-31",
    "rates": {"base": [{"code": "half", "rate_bp": 5000}]},
    "cost_classes": [{"code": "stand_space"}, {"code": "travel", "max_units": 100}],
    "facts": [
        {"name": "current_with_tax", "of": "firm", "kind": "boolean", "question": "Are your taxes paid?"},
        {"name": "aims", "of": "application", "kind": "text", "question": "Which aims?"},
    ],
    "eligibility": [{"code": "taxes", "require": "firm.current_with_tax = true", "reason": "Taxes must be paid."}],
    "line_requirements": [
        {
            "code": "not_begun",
            "require": "line.committed_on is not known or line.committed_on >= application.applied_on",
            "reason": "Nothing may be ordered before applying.",
            "refuses": "line",
        }
    ],
    "group": {"min_firms": 2},
    "other_public": "deduct",
    "aid_ceilings": [{"code": "de_minimis", "amount_minor": 30_000_000, "currency": "EUR", "years": 3}],
}


def draft(**values: Any) -> Application:
    return factories.application(state=ApplicationState.DRAFT, **values)


def asking() -> Application:
    """A draft of a scheme that asks questions; nobody has confirmed."""
    fair = factories.fair()
    made = draft(to=factories.call(fair, factories.scheme_version(factories.scheme(fair.agency), rules=ASKING)))
    for member in made.members:
        member.confirmed_at = member.confirmed_by_id = None
    return made


def test_a_member_declares_with_its_own_account_and_the_quote_follows(session: Session, sign_in: SignIn) -> None:
    made = asking()
    second = made.members[1]
    made.lines[0].firm_id = second.firm_id
    owner = factories.user(second.firm)
    page = sign_in(owner).get(f"/applications/{made.id}/part")
    assert "Are your taxes paid?" in page.text
    assert sign_in(owner).post(f"/applications/{made.id}/part", data={"version": "1"}).status_code == 422
    sent = {
        "version": "1",
        "agrees": "y",
        "answers-current_with_tax": "yes",
        "aid-0-regime": "de_minimis",
        "aid-0-granted_on": "2026-05-01",
        "aid-0-amount": "299,000",
        "aid-0-giver": "Region",
        "lines-0-line_id": str(made.lines[0].id),
        "lines-0-other_public": "1,000",
    }
    assert sign_in(owner).post(f"/applications/{made.id}/part", data=sent).location == f"/applications/{made.id}"
    session.expire_all()
    assert (second.confirmed_by_id, second.answers) == (owner.id, {"current_with_tax": True})
    assert [(aid.amount_minor, aid.granted_on) for aid in second.declared_aid] == [(29_900_000, date(2026, 5, 1))]
    made.members[0].answers = {"current_with_tax": True}
    session.flush()
    quote = queries.current_quote(session, made, now=NOW)
    assert quote is not None
    # 9,000 less 1,000 of other money; half of it, of which the ceiling of 300,000 leaves 1,000.
    assert (quote.member(str(second.firm_id)).eligible_minor, quote.support_minor) == (800_000, 100_000)
    assert not quote.member(str(made.members[2].firm_id)).eligible


def test_what_was_begun_before_applying_is_not_supported(session: Session) -> None:
    made = asking()
    lead = made.contact
    service.confirm_part(
        session,
        made,
        answers={"current_with_tax": True},
        aid=[],
        lines={made.lines[0].id: LineDeclaration(date(2026, 12, 1), 0)},
        version=1,
        by=lead,
        now=NOW,
    )
    quote = queries.current_quote(session, made, now=NOW)
    assert quote is not None
    assert [line.code for line in quote.explain("line_refused")] == ["line_refused"]


def test_a_row_of_aid_is_added_taken_away_and_filled_in_whole(session: Session, sign_in: SignIn) -> None:
    made = asking()
    browser = sign_in(made.contact)
    path = f"/applications/{made.id}/part"
    assert 'name="aid-0-amount"' in browser.post(path, data={"version": "1", "add-aid": "1"}).text
    half = {"version": "1", "aid-0-regime": "de_minimis", "aid-0-amount": "5"}
    assert "leave the whole row empty" in browser.post(path, data={**half, "agrees": "y"}).text
    assert 'name="aid-0-amount"' not in browser.post(path, data={**half, "remove-row": "0"}).text


def test_aid_that_nobody_asked_for_is_not_looked_at(session: Session, sign_in: SignIn) -> None:
    made = draft()
    sent = {"version": "1", "agrees": "y", "aid-0-amount": "5", "aid-0-regime": "de_minimis"}
    assert sign_in(made.contact).post(f"/applications/{made.id}/part", data=sent).status_code == 302
    session.expire_all()
    assert made.members[0].declared_aid == []


def test_a_changed_part_is_confirmed_anew_and_another_one_stays(session: Session) -> None:
    made = draft()
    lead, second, third = made.members
    shared = NewLine("stand_space", "", 900_000, None, made.lines[0].id)
    own = NewLine("travel", "Flight", 50_000, third.firm_id)
    service.save_costs(session, made, [shared, own], version=1, by=made.contact, now=NOW)
    assert [bool(member.confirmed_at) for member in made.members] == [True, True, False]
    confirm_all(made)
    shares = {lead.firm_id: 5000, second.firm_id: 3334 - 1667, third.firm_id: 3333}
    service.save_members(session, made, shares, version=2, by=made.contact, now=NOW)
    assert [bool(member.confirmed_at) for member in made.members] == [False, False, True]


def test_nobody_confirms_for_others_or_what_was_changed_meanwhile(session: Session) -> None:
    made = draft()
    nothing: dict[str, Any] = {"answers": {}, "aid": [], "lines": {}, "now": NOW}
    with pytest.raises(NotFound):
        service.confirm_part(session, made, version=1, by=factories.owner(), **nothing)
    with pytest.raises(Conflict) as stale:
        service.confirm_part(session, made, version=0, by=made.contact, **nothing)
    assert refusal(stale) == "stale"


def test_an_application_waits_for_every_firm(session: Session, sign_in: SignIn) -> None:
    made = draft()
    waiting = made.members[2]
    waiting.confirmed_at = waiting.confirmed_by_id = None
    owner = factories.user(waiting.firm)
    lead = sign_in(made.contact)
    answer = lead.post(f"/applications/{made.id}/submit", data={"version": "1", "declared": "y"})
    assert answer.status_code == 422
    assert "Not confirmed yet" in lead.get(f"/applications/{made.id}/parts").text
    for _twice in range(2):
        assert lead.post(f"/applications/{made.id}/parts/ask").status_code == 302
    asked = session.scalars(sa.select(MailMessage).where(MailMessage.template == "part_requested")).all()
    assert [(mail.to_email, f"/applications/{made.id}/part" in mail.text) for mail in asked] == [(owner.email, True)]
    page = sign_in(owner).get(f"/applications/{made.id}")
    assert "Your firm has to confirm its part" in page.text
    assert sign_in(owner).post(f"/applications/{made.id}/part", data={"version": "1", "agrees": "y"}).status_code == 302
    assert lead.post(f"/applications/{made.id}/submit", data={"version": "1", "declared": "y"}).status_code == 302


def test_what_was_sent_is_kept_with_the_facts_it_was_worked_out_from(session: Session) -> None:
    made = asking()
    for year in (2024, 2025, 2026):
        factories.firm_year(made.members[0].firm, year)
    for member in made.members:
        member.answers = {"current_with_tax": True}
    made.answers = {"aims": "Boots"}
    confirm_all(made)
    session.flush()
    session.expire_all()
    service.submit(session, made, version=1, by=made.contact, now=NOW)
    assert made.facts is not None
    kept = read_facts(made.facts, read_rules(ASKING))
    assert [year.year for year in kept.members[0].years] == [2026, 2025, 2024]
    assert kept.answers == {"aims": "Boots"}
    assert (made.facts["applied_on"], len(made.facts["members"])) == ("2027-01-15", 3)


def test_the_scheme_asks_about_the_application_too(session: Session, sign_in: SignIn) -> None:
    made = asking()
    lead = sign_in(made.contact)
    path = f"/applications/{made.id}/about"
    assert lead.post(path, data={"version": "1", "motivation": "Boots"}).status_code == 422
    assert lead.post(path, data={"version": "1", "motivation": "Boots", "answers-aims": "Chile"}).status_code == 302
    session.expire_all()
    assert made.answers == {"aims": "Chile"}


def test_counted_costs_need_their_quantity(session: Session, sign_in: SignIn) -> None:
    made = asking()
    lead = sign_in(made.contact)
    row = {"lines-0-cost_class": "travel", "lines-0-amount": "500", "lines-0-firm": "", "version": "1"}
    path = f"/applications/{made.id}/costs"
    assert "This kind of cost is counted" in lead.post(path, data=row).text
    assert lead.post(path, data={**row, "lines-0-quantity": "2.5"}).status_code == 302
    session.expire_all()
    assert str(made.lines[0].quantity) == "2.500"


# quotes


def upload(browser: FlaskClient, made: Application, *files: tuple[bytes, str], line: int | None = None) -> Any:
    chosen = [(io.BytesIO(content), name) for content, name in files]
    data = {"line": str(line or made.lines[0].id), "quotes": chosen}
    answer = browser.post(f"/applications/{made.id}/quotes", data=data, content_type="multipart/form-data")
    # The browser of the tests keeps a large request in a file and forgets to close it.
    answer.request.environ["wsgi.input"].close()
    return answer


def test_quotes_are_uploaded_given_out_as_downloads_and_removed(session: Session, sign_in: SignIn) -> None:
    made = draft()
    lead = sign_in(made.contact)
    assert upload(lead, made, (samples.pdf(), "Presupuesto.pdf"), (samples.png(), "plan.png")).status_code == 302
    first, second = session.scalars(sa.select(CostFile).order_by(CostFile.id)).all()
    got = sign_in(factories.user(made.members[1].firm)).get(f"/cost-files/{first.id}")
    assert (got.data, got.headers["Content-Disposition"]) == (samples.pdf(), "attachment; filename=Presupuesto.pdf")
    assert (got.headers["X-Content-Type-Options"], got.headers["Cache-Control"]) == ("nosniff", "private, no-store")
    assert lead.post(f"/cost-files/{second.id}/remove").status_code == 302
    session.expire_all()
    assert [each.file.name for each in made.lines[0].files] == ["Presupuesto.pdf"]
    assert session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"<svg onload='alert(1)'></svg>", "logo.svg", "is not one of these kinds of file"),
        (b"<!doctype html><script>alert(1)</script>", "page.pdf", "is not one of these kinds of file"),
        (samples.pdf() + samples.xlsx(), "both.pdf", "is damaged or has hidden parts"),
        (samples.zip_bomb(110), "bomb.xlsx", "is damaged or has hidden parts"),
        (samples.pdf(), "../../etc/cron.d/x.pdf", "has signs that are not allowed"),
        (b"%PDF-1.4" + b" " * (5 * 1024 * 1024), "large.pdf", "is larger than 5 MB"),
    ],
    ids=["svg", "html", "polyglot", "bomb", "name", "size"],
)
def test_dangerous_files_are_refused_with_a_reason(
    session: Session, sign_in: SignIn, content: bytes, name: str, said: str
) -> None:
    made = draft()
    answer = upload(sign_in(made.contact), made, (content, name))
    assert (answer.status_code, said in answer.text) == (422, True)
    assert session.scalars(sa.select(StoredFile)).all() == []


def test_the_number_of_files_is_limited_and_a_line_keeps_its_own(session: Session, sign_in: SignIn) -> None:
    made = draft()
    lead = sign_in(made.contact)
    five = [(samples.pdf(), f"{number}.pdf") for number in range(5)]
    assert upload(lead, made, *five, (samples.pdf(), "6.pdf")).status_code == 422
    assert upload(lead, made, *five).status_code == 302
    assert "at most 5 files" in upload(lead, made, (samples.pdf(), "6.pdf")).text
    session.expire_all()
    kept = NewLine("stand_space", "18 m2", 800_000, None, made.lines[0].id)
    service.save_costs(session, made, [kept], version=1, by=made.contact, now=NOW)
    assert len(made.lines[0].files) == 5
    service.save_costs(session, made, [], version=2, by=made.contact, now=NOW)
    session.flush()
    assert session.scalars(sa.select(StoredFile)).all() == []


def test_files_of_a_sent_application_stay(session: Session, sign_in: SignIn) -> None:
    made = factories.application()
    file = factories.cost_file(made, made.contact)
    assert sign_in(made.contact).post(f"/cost-files/{file.id}/remove").status_code == 409
    assert upload(sign_in(made.contact), made, (samples.pdf(), "late.pdf")).status_code == 409


# the deadline


def test_a_page_opened_in_time_may_arrive_a_little_late(session: Session) -> None:
    closes = datetime(2027, 1, 15, 12, tzinfo=UTC)
    made = draft(to=factories.call(closes_at=closes))
    in_time, late = closes - timedelta(minutes=5), closes + rules.GRACE
    assert service.may_be_sent(made, late - timedelta(seconds=1), opened_at=in_time)
    assert not service.may_be_sent(made, late, opened_at=in_time)
    assert not service.may_be_sent(made, closes, opened_at=closes)
    assert not service.may_be_sent(made, closes)


def test_when_a_page_was_opened_cannot_be_made_up(app: Flask, session: Session, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    made = draft(to=factories.call(closes_at=now - timedelta(minutes=1)))
    other = draft()
    opened = (now - timedelta(minutes=5)).isoformat()
    real = URLSafeSerializer(app.config["SECRET_KEY"], salt="application-opened")
    forged = URLSafeSerializer("guessed", salt="application-opened")
    lead = sign_in(made.contact)
    seals = ["", forged.dumps([made.id, opened]), real.dumps([other.id, opened]), real.dumps([made.id, opened])]
    data = {"version": "1", "declared": "y"}
    statuses = [
        lead.post(f"/applications/{made.id}/submit", data={**data, "opened": each}).status_code for each in seals
    ]
    assert statuses == [409, 409, 409, 302]
