"""What spamassassin thinks of the mails that go out unasked; where it is installed."""

import re
import shutil
import subprocess
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.followup import rules, service
from fairlink.followup.models import Prompt
from fairlink.followup.states import Channel, PromptKind, Side, StatementKind
from fairlink.mail import emails
from fairlink.mail.models import MailMessage
from tests import factories

SPAMASSASSIN = shutil.which("spamassassin")
#: Above this many points a mail is no longer beyond doubt; five are spam.
MOST = 2.0
LARGEST = 100 * 1024

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SPAMASSASSIN is None, reason="no spamassassin on this machine"),
]


@pytest.fixture
def mails(session: Session) -> list[MailMessage]:
    """One of each kind: a wave, several questions, a reminder, a confirmation, a dispute, a settlement."""
    emails.configure(base_url="https://fairs.agency.gob.pe", sender="FairLink <no-reply@fairs.agency.gob.pe>")
    lead = factories.lead()
    others = [factories.lead(factories.meeting(factories.visit(lead.fair), lead.exhibitor)) for _ in range(3)]
    now = lead.fair.ends_at + timedelta(days=15)
    wave = factories.wave(lead.fair)
    factories.prompt(lead, Side.BUYER, due_at=now)
    for each in (lead, *others):
        factories.prompt(each, Side.FIRM, due_at=now, wave=wave)
    assert lead.meeting is not None
    firm_id, buyer_id = lead.exhibitor.application.lead_firm_id, lead.buyer_id
    for side, organisation_id in ((Side.FIRM, firm_id), (Side.BUYER, buyer_id)):
        service.send_due(session, side, organisation_id, now=now)
        service.remind_due(session, side, organisation_id, now=now + rules.REMIND_AFTER)
    reported = rules.ReportedOrder(factories.money(12_000), now.date())
    by_link = {"channel": Channel.LINK, "by": None, "now": now}
    order = service.report_order(session, lead, reported, side=Side.FIRM, **by_link)  # type: ignore[arg-type]  # shared
    service.send_due(session, Side.BUYER, buyer_id, now=now + timedelta(days=20))
    service.judge_order(session, order, StatementKind.DISPUTE, side=Side.BUYER, **by_link)  # type: ignore[arg-type]
    officer = factories.user(lead.fair.agency)
    service.settle_order(session, order, factories.money(9_000), reason="The invoice says so.", by=officer, now=now)
    assert session.scalars(sa.select(Prompt.kind).distinct()).all() != [PromptKind.WAVE]
    return list(session.scalars(sa.select(MailMessage).order_by(MailMessage.id)))


def test_every_kind_of_mail_scores_below_two_and_is_small(app: object, mails: list[MailMessage]) -> None:
    scores = {}
    for message in mails:
        content = emails.compose(message, message.created_at).as_bytes()
        assert len(content) < LARGEST
        done = subprocess.run(
            [str(SPAMASSASSIN), "--local", "--test-mode"], input=content, capture_output=True, check=True, timeout=120
        )
        found = re.search(rb"score=(-?[\d.]+)", done.stdout)
        assert found is not None, done.stdout[-2000:]
        scores[message.template, message.subject] = float(found[1])
    print(scores)
    assert {template for template, _subject in scores} >= {
        "prompt_wave",
        "prompt_several",
        "prompt_confirmation",
        "order_disputed",
        "order_settled",
    }
    assert max(scores.values()) < MOST, scores
