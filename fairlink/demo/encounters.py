"""The meetings of the demonstration, the leads they became, and what came of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fairlink.applications.models import Exhibitor
from fairlink.demo.names import PRODUCTS, Names
from fairlink.demo.people import People
from fairlink.demo.programme import OVER, SOON, Programme
from fairlink.fairs.models import Fair, TimeSlot
from fairlink.followup import jobs as followup_jobs
from fairlink.followup import queries as followup_queries
from fairlink.followup import rules
from fairlink.followup import service as followup
from fairlink.followup.models import Lead, Order, Prompt, Wave
from fairlink.followup.states import (
    Channel,
    Interest,
    OrderState,
    Outcome,
    PromptKind,
    PromptState,
    Side,
    StatementKind,
)
from fairlink.kernel.money import Money
from fairlink.visits import service as visits
from fairlink.visits.models import Meeting, Visit
from fairlink.visits.states import MeetingAction, MeetingState


class Encounters:
    """Lets buyers and exhibitors meet, and answer what they are asked afterwards."""

    def __init__(self, session: Session, names: Names, people: People, now: datetime) -> None:
        self.session, self.names, self.people, self.now = session, names, people, now

    def meet(self, fair: Fair, buyers: int, each: int, *, confirmed: float) -> list[Meeting]:
        """Book `each` meetings for `buyers` buyers at a fair, each exhibitor answering most of them."""
        exhibitors = list(self.session.scalars(sa.select(Exhibitor).where(Exhibitor.fair_id == fair.id)))
        slots = list(
            self.session.scalars(sa.select(TimeSlot).where(TimeSlot.fair_id == fair.id).order_by(TimeSlot.starts_at))
        )
        day = min(self.now, fair.starts_at) - timedelta(days=14)
        taken: set[tuple[int, int]] = set()
        meetings = []
        for buyer in self.people.buyers[:buyers]:
            visit = visits.book(self.session, fair, note="Looking for new suppliers.", by=buyer, now=day)
            self.session.flush()
            for exhibitor in self.names.random.sample(exhibitors, k=min(each, len(exhibitors))):
                slot = self._free(slots, taken, visit, exhibitor)
                meetings.append(self._book(visit, exhibitor, slot, day, confirmed))
        return meetings

    def _free(self, slots: Sequence[TimeSlot], taken: set[tuple[int, int]], visit: Visit, with_: Exhibitor) -> TimeSlot:
        while True:
            slot = self.names.random.choice(slots)
            # Exhibitors and visits share no ids here: one is counted below zero.
            if (with_.id, slot.id) not in taken and (-visit.id, slot.id) not in taken:
                taken |= {(with_.id, slot.id), (-visit.id, slot.id)}
                return slot

    def _book(self, visit: Visit, exhibitor: Exhibitor, slot: TimeSlot, day: datetime, confirmed: float) -> Meeting:
        agreed = self.names.random.random() < confirmed
        # What is not answered was asked lately, so that it still waits.
        asked_at = day if agreed else day + timedelta(days=13)
        meeting = visits.request_meeting(
            self.session,
            visit,
            exhibitor,
            slot_id=slot.id,
            note="We saw your products in the list.",
            by=visit.visitor,
            now=asked_at,
        )
        self.session.flush()
        if agreed:
            contact = exhibitor.application.contact
            visits.confirm(self.session, meeting, sequence=meeting.sequence, by=contact, now=day + timedelta(hours=20))
        return meeting

    def hold(self, meetings: Sequence[Meeting]) -> None:
        """Mark the confirmed meetings of a fair that is over, and make leads of those held."""
        for meeting in meetings:
            if meeting.state != MeetingState.CONFIRMED:
                continue
            ended = meeting.slot.ends_at
            missed = self.names.random.random() < 0.12
            action = MeetingAction.MISS_BUYER if missed else MeetingAction.HOLD
            contact = meeting.exhibitor.application.contact
            visits.mark(self.session, meeting, action, by=contact, now=ended)
            if not missed:
                self._lead(meeting, ended + timedelta(minutes=5))
        self.session.flush()

    def _lead(self, meeting: Meeting, at: datetime) -> Lead:
        pick = self.names.random
        sector = meeting.exhibitor.application.lead_firm.sectors[0].code
        return followup.record_lead(
            self.session,
            meeting,
            side=Side.FIRM,
            interest=pick.choice(list(Interest)),
            products=followup_queries.products(self.session, PRODUCTS[sector][:1]),
            expected=Money(pick.randrange(5, 90) * 100_000, "EUR"),
            by=meeting.exhibitor.application.contact,
            now=at,
        )

    def follow_up(self, fair: Fair) -> None:
        """Every wave that is due by now, sent on its day and answered by some."""
        followup.make_waves(self.session, fair)
        due = sa.select(Wave).where(Wave.fair_id == fair.id, Wave.due_at <= self.now).order_by(Wave.due_at)
        for wave in self.session.scalars(due).all():
            at = wave.due_at + timedelta(minutes=5)
            followup_jobs.tick(self.session, now=at)
            self._send(at)
            self._answer_some(at + timedelta(days=2))
            self._send(at + timedelta(days=2))
            self._judge_some(at + timedelta(days=4))
        self._settle_one(self.now)

    def _send(self, at: datetime) -> None:
        due = followup_queries.organisations_to_ask(self.session, at, at - rules.REMIND_AFTER, 10_000)
        for side, organisation_id in due:
            followup.send_due(self.session, side, organisation_id, now=at)
        self.session.flush()

    def _sent(self, kind: PromptKind) -> list[Prompt]:
        query = sa.select(Prompt).where(Prompt.state == PromptState.SENT, Prompt.kind == kind).order_by(Prompt.id)
        return list(self.session.scalars(query))

    def _answer_some(self, at: datetime) -> None:
        pick = self.names.random
        for prompt in self._sent(PromptKind.WAVE):
            # Groups follow up more than single firms: what the literature found, the demonstration shows.
            group = prompt.lead.exhibitor.application.group_id is not None
            if pick.random() < (0.6 if group else 0.4):
                reply = self._reply(prompt, at, group)
                followup.answer(self.session, prompt, reply, channel=Channel.LINK, by=None, now=at)

    def _reply(self, prompt: Prompt, at: datetime, group: bool) -> rules.Reply:
        pick = self.names.random
        if prompt.side == Side.FIRM and pick.random() < (0.4 if group else 0.2):
            order = rules.ReportedOrder(
                Money(pick.randrange(8, 160) * 50_000, "EUR"), (at - timedelta(days=pick.randrange(1, 12))).date()
            )
            return rules.Reply(Outcome.ORDER, order=order, without_support_bp=pick.choice((0, 1000, 2500, 5000)))
        outcome = pick.choices(
            (Outcome.NO_REPLY, Outcome.TALKING, Outcome.SAMPLE, Outcome.QUOTE, Outcome.LOST), (4, 5, 3, 3, 1)
        )[0]
        return rules.Reply(outcome, lost_reason="The price was too high." if outcome == Outcome.LOST else "")

    def _judge_some(self, at: datetime) -> None:
        pick = self.names.random
        for prompt in self._sent(PromptKind.CONFIRMATION):
            order = prompt.order
            assert order is not None
            # Corrected ones wait for their reporters.
            if order.state == OrderState.REPORTED and pick.random() < 0.75:
                verdict = pick.choices(
                    (StatementKind.CONFIRM, StatementKind.CORRECT, StatementKind.DISPUTE), (70, 15, 15)
                )[0]
                theirs = Money(order.value_minor // 2, order.currency)
                followup.judge_order(
                    self.session,
                    order,
                    verdict,
                    side=Side(prompt.side),
                    channel=Channel.LINK,
                    value=None if verdict is StatementKind.CONFIRM else theirs,
                    by=None,
                    now=at,
                )

    def _settle_one(self, at: datetime) -> None:
        """The officer has settled the oldest dispute; the others wait."""
        query = sa.select(Order).where(Order.state == OrderState.DISPUTED).order_by(Order.id).limit(1)
        for order in self.session.scalars(query).all():
            reason = "The invoice that the buyer sent shows this amount."
            value = Money(order.value_minor // 2, order.currency)
            followup.settle_order(self.session, order, value, reason=reason, by=self.people.staff["officer"], now=at)


def make_encounters(session: Session, names: Names, people: People, programme: Programme, now: datetime) -> None:
    """Meetings at the fair that is over, with leads and orders, and at the one that is soon."""
    encounters = Encounters(session, names, people, now)
    over = encounters.meet(programme.fairs[OVER], buyers=14, each=4, confirmed=0.9)
    encounters.hold(over)
    encounters.follow_up(programme.fairs[OVER])
    encounters.meet(programme.fairs[SOON], buyers=10, each=2, confirmed=0.6)
