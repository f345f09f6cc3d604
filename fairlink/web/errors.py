"""What a refused action says, and the one handler that turns errors into pages."""

from typing import Any

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from wtforms import Form

from fairlink.kernel.errors import DomainError, Invalid
from fairlink.kernel.money import Money
from fairlink.web.filters import write_money
from fairlink.web.viewer import AnonymousViewer

_ = lazy_gettext
log = structlog.get_logger()

#: One sentence for each code of a DomainError: what happened, and what to do instead.
SENTENCES: dict[str, Any] = {
    "not_found": _("There is no such page, or it is not yours to see."),
    "not_allowed": _("Your account may not do this. Ask the colleague who gives out the tasks in your organisation."),
    "transition_not_allowed": _("This is no longer possible: somebody has moved it on meanwhile. Look at it again."),
    "stale": _("Somebody else saved this meanwhile. Look at their version, then make your change again."),
    "markets_above_exports": _("The countries of %(year)s add up to more than the exports of that year."),
    "call_selects": _("This call chooses among all its applications at once. Make the selection on its own page."),
    "reserve_waits": _("This application waits as a reserve; it gets its turn in order."),
    "selection_made": _("This call has chosen already, or is not scored."),
    "not_all_assessed": _("Some applications wait for their assessors or for a change. Wait until all are in."),
    "overrides_beyond_envelope": _("The overrides award more than the envelope holds."),
    "override_made": _("There is an override for this application already."),
    "not_in_selection": _("This application does not wait for the selection."),
    "assessments_complete": _("As many people have assessed this application as the call wants."),
    "criteria_incomplete": _("Give points for every criterion, and not more than it allows."),
    "interest_declared": _("You have declared an interest in this application. Colleagues judge it."),
    "conflict_declared_already": _("You have declared an interest in this application already."),
    "already_appealed": _("There was an appeal already; there can be one."),
    "appeal_too_late": _("There is no refusal to appeal against, or the time for it is over."),
    "decider_may_not_judge_appeal": _("You decided on this application. A colleague decides on the appeal."),
    "no_appeal_waiting": _("No appeal waits for an answer."),
    "cost_line_gone": _("This cost is no longer there. Load the page again."),
    "too_many_files": _("A cost can have at most %(most)s files. Remove one first."),
    # files
    "file_empty": _("“%(name)s” is empty."),
    "file_too_large": _("“%(name)s” is larger than %(most)s MB. Save it smaller, or send a photograph of it."),
    "file_kind_refused": _("“%(name)s” is not one of these kinds of file: %(kinds)s."),
    "file_ending_differs": _("“%(name)s” is in truth a %(kind)s file. Save it anew from the program that made it."),
    "file_broken": _("“%(name)s” is damaged or has hidden parts. Save it anew, best as a PDF, and choose that file."),
    "file_name_refused": _("The name of this file has signs that are not allowed. Rename it and choose it again."),
    "file_infected": _("“%(name)s” contains a virus. Do not open it."),
    "file_not_scanned": _("“%(name)s” cannot be checked for viruses at the moment. Try again in a few minutes."),
    "file_lost": _("This file can no longer be read. Ask for it to be sent again."),
    # accounts
    "email_taken": _("There is already an account with this address. Sign in instead."),
    "already_member": _("This person already belongs to an organisation."),
    "company_number_taken": _("This company is already registered. Ask its owner to invite you."),
    "password_short": _("Use at least 10 characters."),
    "password_long": _("Use at most 200 characters."),
    "password_personal": _("Do not use your own name or address."),
    "password_common": _("Many people use this password. Choose another: four words that do not belong together, say."),
    "password_wrong": _("This is not your password."),
    "sign_in_failed": _("The address or the password is wrong."),
    "link_used": _("This link was used already."),
    "roles_unfit": _("Choose at least one task."),
    "already_colleague": _("This person already works for your organisation."),
    "colleague_gone": _("This person no longer works for your organisation."),
    "last_head": _("Somebody must be left who can invite others. Give another person this task first."),
    "invitation_of_other": _("This invitation is for another address. Sign in with that address."),
    "invitation_closed": _("This invitation was used, taken back or is too old. Ask for a new one."),
    "hs_code_unknown": _("%(heading)s is not a product code of six digits."),
    "exports_above_turnover": _("The exports of %(year)s are higher than the turnover."),
    # fairs and subsidies
    "fair_edition_taken": _("This edition of the fair exists already."),
    "fair_without_slots": _("No meeting of this length fits into the opening hours."),
    "fair_over": _("This fair is over. Correct its dates first."),
    "fair_cancelled": _("This fair was cancelled and cannot be changed any more."),
    "fair_not_published": _("Publish the fair first."),
    "slots_in_use": _("Meetings are booked at times that would go. Keep these times, or move the meetings first."),
    "stand_in_use": _("A stand among these is given to an exhibitor. Nothing was removed."),
    "stand_label_taken": _("This stand exists already."),
    "scheme_name_taken": _("You already have a scheme of this name."),
    "scheme_needs_renewal": _("Calls were opened under this scheme: a later last day needs a recorded renewal."),
    "renewal_not_later": _("The new last day must be after %(day)s."),
    "call_not_draft": _("This call was published and cannot be changed any more."),
    "call_has_opened": _("This call has opened. What was promised before stands, and cannot be changed any more."),
    "call_still_open": _("One can still apply to this call. Draw the lots when it has closed."),
    "call_without_lottery": _("This call does not draw lots."),
    "call_without_criteria": _("This call is scored. Say first what the assessors judge."),
    "weights_not_whole": _("The weights must add up to 100%."),
    "call_closes_before_it_opens": _("The last day must not be before the first."),
    "call_opens_after_fair": _("The window must open before the fair does."),
    "call_closes_after_fair": _("The window must close by the last day of the fair."),
    "call_past_sunset": _("The scheme has ended by then. Choose an earlier day or extend the scheme."),
    "call_window_over": _("The window is over already. Choose a later last day."),
    "call_currency_changed": _("The scheme has changed its currency. Open the call, correct the envelope and save it."),
    "envelope_not_committed": _("So much was not committed, or it has been paid already."),
    "envelope_overdrawn": _("The envelope does not have enough money left."),
    "envelope_exhausted": _("The envelope does not have enough money left: %(left)s."),
    # applications
    "already_in_group": _("This firm is already in the group."),
    "already_applied": _("There is already an application to this call. Open it from your applications."),
    "already_awarded": _("This application already has an award."),
    "invited_often": _("%(email)s has been invited often within the last hour. Try again later."),
    "too_many_invitations": _("A group can have at most %(most)s invitations that wait for an answer."),
    "invitation_of_another": _("This invitation was sent to another address. Sign in with that address."),
    "invitation_not_open": _("This invitation was answered or taken back, or it is too old. Ask for a new one."),
    "lead_cannot_leave": _("The lead of a group cannot leave it."),
    "not_in_group": _("This firm is no longer in the group."),
    "firm_has_award": _("This firm has part in an award. It can leave once the fair is over."),
    "call_not_open": _("This call does not take applications now. Look at its window."),
    "call_closed": _("The call has closed. This application cannot be sent any more."),
    "scheme_for_groups": _("This scheme is for groups. Found a group or choose one."),
    "scheme_for_single_firms": _("This scheme is for single firms."),
    "application_not_draft": _("This application was sent and cannot be changed any more."),
    "shares_not_whole": _("The shares must add up to 100%."),
    "lead_must_take_part": _("The lead of the group must take part."),
    "firm_not_in_group": _("A firm that you ticked has left the group meanwhile. Load the page again."),
    "firm_not_taking_part": _("A cost is for a firm that does not take part. Add the firm first."),
    "member_has_costs": _("A firm that you left out still has costs of its own. Change these costs first."),
    "too_many_lines": _("At most %(most)s costs can be listed."),
    "cost_class_unknown": _("This scheme does not know a kind of cost that you chose."),
    "application_incomplete": _("Some pages are not filled in yet. Look at the list of pages."),
    "nothing_to_support": _("The scheme cannot support this application. The reasons stand beside the amounts."),
    "facts_invalid": _("The support cannot be worked out: the rules ask for something that is not recorded here."),
    "already_assessed": _("You have assessed this application already."),
    "assessor_may_not_approve": _("You assessed this application: somebody else decides on it."),
    "nothing_to_award": _("The rules give nothing for this application today. Look at the reasons and refuse it."),
    "no_award": _("There is no award for this application."),
    "award_lapsed": _("The time to accept this award is over."),
    "exhibitor_ended": _("This exhibitor has withdrawn from the fair."),
    "stand_not_free": _("This stand is not free. Choose another."),
    "stand_taken": _("Somebody else has just been given this stand. Choose another."),
    # claims, payouts and recoveries
    "exchange_rate_missing": _("Enter first what one %(currency)s is worth in %(into)s."),
    "exchange_rate_exists": _("There is already a rate of these currencies for this day."),
    "same_currency": _("Choose another currency."),
    "nothing_to_register": _("The register has everything."),
    "firm_not_applied": _("No firm with this number has applied to you."),
    "aid_entered_already": _("The ledger has this aid already."),
    "linked_firm_unknown": _("No other firm with this number is registered here."),
    "claim_exists": _("There is already a claim of this kind on the award."),
    "claim_not_now": _("This cannot be claimed now. Look at the dates on the page of the award."),
    "claim_not_draft": _("This claim was sent and cannot be changed any more."),
    "claim_incomplete": _("A cost or a proof is still missing. The list says which."),
    "claim_needs_two_people": _("You checked this claim: a colleague of finance approves it."),
    "accepted_above_claimed": _("You cannot accept more than was claimed."),
    "cut_without_reason": _("Give the group a reason for every amount that you cut."),
    "recovery_exists": _("There is already an open case of this kind against this firm."),
    "recovery_needs_two_people": _("You opened this case: a colleague decides on it."),
    "recovery_above_paid": _("At most %(most)s can be recovered: so much was paid to this firm."),
    "recovery_above_left": _("At most %(most)s is still to come back."),
    "recovery_not_open": _("This case can no longer be answered."),
    "envelope_not_disbursed": _("So much was not paid from this envelope."),
    "award_overdrawn": _("This is more than is left of the award."),
    "disbursement_ordered": _("This payment was ordered already."),
    "disbursement_not_failed": _("Only a payment that the bank sent back can be ordered again."),
    "account_not_yours_to_enter": _("This account is entered by the payee, or the payment is on its way."),
    "agency_without_account": _("Enter first the account from which you pay."),
    "nothing_to_send": _("Nothing waits for a file of this kind. Look whether accounts are missing."),
    # visits
    "already_visiting": _("You have already booked a visit to this fair."),
    "slot_taken": _("Somebody else has just taken this time. Choose another."),
    "own_slot_taken": _("You already have a meeting at this time. Choose another."),
    "visit_fair_over": _("This fair is over."),
    "visit_fair_cancelled": _("This fair was cancelled."),
    "visit_over": _("This fair is over, and your visit is on record: it can no longer be cancelled."),
    "visit_not_booked": _("Book a visit to this fair first. Then you can ask for meetings."),
    "exhibitor_withdrawn": _("This exhibitor does not take part in the fair any more."),
    "no_such_slot": _("This time is not to be had. Choose one of the free times."),
    "badge_of_another": _("Only the visitor can make this badge."),
    "badge_unknown": _("This badge is not of this fair, or its owner has taken it back."),
    "contact_of_another": _("Somebody else noted this contact on this phone. They send it once they sign in."),
    "agenda_on_tour": _("%(buyer)s goes to a workshop at the time of a planned meeting. Place that meeting anew."),
    "hosting_not_offered": _("No travel support is offered for this visit."),
    "hosting_terms_stand": _(
        "Buyers have applied on these terms: now only the ceilings can change, for whoever applies from here on."
    ),
    "hosting_applied": _("You have already applied for travel support."),
    "hosting_needs_two_people": _("You chose or checked this yourself: somebody else approves the money."),
    "hosting_fair_begun": _("The fair has begun. This is no longer possible."),
    "hosting_fair_not_over": _("You can claim once the fair is over."),
    "contact_answered": _("Somebody has already answered about this contact: change the lead instead."),
    "hosting_claim_over": _("The time to claim is over."),
    "hosting_without_evidence": _("Hand in at least one ticket, boarding pass or invoice first."),
    "hosting_not_open": _("Files can be handed in between the promise and the claim."),
    "hosting_call_of_other_fair": _("This call is of another fair."),
    "no_such_colleague": _("This person does not work for your organisation."),
    "workshop_full": _("The hosts have no room left for so many people then. Choose another time."),
    "workshop_too_far": _("With the way there and back this does not fit into your agenda. Choose another time."),
    "workshop_in_the_way": _("A visit to a workshop, with the way to it, is in this time. Choose another."),
    "no_exhibitors_yet": _("Nobody exhibits at this fair yet. Exhibitors come with the awards that groups accept."),
    "workshop_closed": _("This workshop takes no more visits."),
    "tour_empty": _("Choose at least one workshop."),
    "tour_impossible": _("No such tour fits into this day, with the hosts' times, the ways and your agenda."),
    "meeting_begun": _("The time of this meeting has begun. Say whether it was held."),
    "meeting_not_begun": _("You can say this once the time of the meeting has begun."),
    "meeting_changed": _("The other side has changed this meeting meanwhile. Look at it again."),
    "agenda_by_organiser": _("The organiser gives the times at this fair. Ask for a meeting without a time."),
    "already_requested": _("There is a request between you already. Look at your requests."),
    "own_veto": _("You have said that you do not want to meet. That cannot be taken back."),
    "maximum_reached": _("You have %(maximum)s meetings or requests, the most at this fair. Take one back first."),
    "their_maximum_reached": _("They have as many meetings as this fair allows."),
    "request_expired": _("The time to answer this request is over."),
    "meeting_stands": _("You have a meeting with them. Cancel the meeting first."),
    "workshop_visit_stands": _("A visit to a workshop is booked between you. Cancel it first."),
    "absent_while_meeting": _("You have a meeting on one of these half days. Move or cancel it first."),
    "agenda_by_participants": _("At this fair participants choose times themselves. Change its settings first."),
    "agenda_under_way": _("An agenda is being made already. Wait for it, or stop it."),
    "agenda_changed": _("This agenda has moved on meanwhile. Look at it again."),
    "agenda_late": _("The time of a meeting in this agenda has begun meanwhile. Make the agenda anew."),
    "exhibitor_planned": _("The exhibitor has another meeting of this agenda then."),
    "visit_planned": _("The buyer has another meeting of this agenda then."),
    "exhibitor_busy": _("The exhibitor has something else then."),
    "visit_busy": _("The buyer has something else then."),
    "exhibitor_away": _("The exhibitor is away then."),
    "visit_away": _("The buyer is away then."),
    "other_half": _("It was asked for in the other half of the day."),
    "no_table": _("Every table is taken then."),
    "table_taken": _("Somebody has just been given this table. Make the agenda anew."),
    "not_to_be_placed": _("This request is no longer to be placed."),
    # payments
    "card_service_away": _("The card service does not answer. Nothing was taken. Try again, or pay by transfer."),
    "card_service_refused": _("The card service does not take this payment. Pay by transfer, or ask the agency."),
    "card_account_changed": _("A colleague has just changed the account. Look at it again."),
    "card_account_not_set_up": _("The platform is not set up for this account."),
    "card_account_refused": _("Stripe does not let us in with this. Check that it is whole and still valid."),
    "card_account_taken": _("This account is another agency's."),
    "cards_not_taken": _("Cards are not taken here. Pay by bank transfer."),
    "nothing_left_to_pay": _("There is nothing left to pay."),
    "payment_under_way": _("Another payment for this is under way. Wait until it has ended, then look again."),
    "payment_recorded": _("This payment was recorded already."),
    "payment_unknown": _("There is no such payment here."),
    "payment_amount_differs": _("The amount is not the one that was asked."),
    "not_from_stripe": _("This does not come from Stripe, or it is too old."),
    "amount_not_positive": _("The amount must be more than zero."),
    "refund_above_paid": _("At most %(most)s can go back: that was paid and is not on its way back."),
    "refund_recorded": _("This refund was recorded already."),
    "account_missing": _("Enter your bank account first."),
    "file_known": _("This file was imported already."),
    "statement_unreadable": _(
        "Line %(line)s: this is neither a camt.053 statement nor a table with the columns %(columns)s."
    ),
    "statement_incomplete": _("Line %(line)s: %(name)s is missing or wrong."),
    "statement_of_another": _("Line %(line)s: this is the statement of another account, %(account)s."),
    "statement_amount_wrong": _("Line %(line)s: “%(value)s” is not an amount."),
    "statement_currency_wrong": _("Line %(line)s: “%(value)s” is not a currency."),
    "statement_day_wrong": _("Line %(line)s: “%(value)s” is not a day like 2027-03-09."),
    "statement_columns_wrong": _("Line %(line)s: %(found)s columns where the first line has %(wanted)s."),
    "statement_sum_wrong": _("Line %(line)s: the amounts do not add up to this one. The file may be cut off."),
    "charge_not_fitting": _("There is no charge of yours with this reference, in this currency and for one fair."),
    "no_transfers_back": _("There is no transfer that waits to be sent back."),
    "deposit_not_held": _("This deposit is not put by any more."),
    "charged_already": _("This was charged already."),
    "extra_not_offered": _("This is not offered any more, or you have ordered it already."),
    "reduction_above_owed": _("At most %(most)s is owed."),
    "refund_by_card": _("This money goes back to the card by itself."),
    # followup
    "lead_exists": _("This meeting already has a lead."),
    "meeting_not_held": _("Mark the meeting as held first; then it can become a lead."),
    "already_answered": _("This question was already answered. Thank you."),
    "prompt_expired": _("This link has expired. Sign in to tell us what came of the contact."),
    "figure_changed": _("The other side changed its figure while you were looking. This is what it says now."),
    "own_order": _("Your own side reported this order. The other side confirms it."),
    "order_judged": _("The other side has already said what it thinks of this order."),
    "order_not_disputed": _("This order is not in dispute, or not any more."),
    "own_figure_missing": _("Say what the order was worth. A rough figure is enough."),
    "share_of_another": _("An order is shared among the firms of its group only, and no part is below zero."),
    "correction_too_late": _("This can no longer be corrected here: you have been asked again since, or soon will be."),
    "order_was_reported": _("You reported an order. Correct its figures; if there was none, tell the agency."),
    "no_wave": _("Give at least one day. The first one, some days after the fair, is worth the most."),
    "wave_too_early": _("Choose a later day: after the fair and after the waves that have begun."),
    "shares_not_the_order": _("The parts must add up to the order: %(whole)s."),
    # monitoring
    "no_awards_to_export": _("Nothing was awarded here yet."),
    "too_long_for_workbook": _("A workbook holds at most %(most)s rows here. Take the CSV file, or narrow the list."),
    "estimation_failed": _("This could not be worked out. It is tried again later."),
}

_TITLES: dict[int, Any] = {
    400: _("This request cannot be read"),
    403: _("You may not do this"),
    404: _("Page not found"),
    405: _("This address does not take that"),
    409: _("Somebody was faster"),
    413: _("This is too large"),
    422: _("Something is missing or wrong"),
    429: _("Too many tries"),
    500: _("Something went wrong on our side"),
    503: _("We are not available for a moment"),
}

_SUGGESTIONS: dict[int, Any] = {
    400: _("Go back, load the page again and repeat what you did."),
    403: _("Go back, or sign in with another account."),
    404: _("Check the address, or start from the home page."),
    405: _("Go back and use the buttons of the page."),
    409: _("Go back, load the page again and choose anew."),
    413: _("Go back and send something smaller."),
    422: _("Go back and correct it."),
    429: _("Wait a few minutes and try again."),
    500: _("It has been recorded. Try again in a few minutes."),
    503: _("Nothing was changed. Go back in a minute: what you typed is still in your form."),
}


def sentence(error: DomainError) -> str:
    """The error in the reader's language."""
    text = SENTENCES.get(error.code)
    if text is None:
        log.warning("error_without_sentence", code=error.code)
        return str(gettext("This is not possible."))
    shown = {name: write_money(each) if isinstance(each, Money) else each for name, each in error.params.items()}
    return f"{text % shown if shown else text}"


def show_on_form(form: Form, error: DomainError) -> None:
    """Put a refusal of the service beside its field, or at the head of the form."""
    message = sentence(error)
    field = error.field if isinstance(error, Invalid) else None
    if field and field in form:
        form[field].errors = [*form[field].errors, message]
    else:
        form.form_errors.append(message)


def error_page(status: int, message: str | None, *, details: Any = ()) -> ResponseReturnValue:
    """A page that says in plain words what happened and what to do; without `message` its title says it all."""
    page = render_template(
        "errors/error.html",
        status=status,
        title=_TITLES.get(status, _TITLES[500]),
        message=message,
        suggestion=_SUGGESTIONS.get(status, _SUGGESTIONS[500]),
        request_id=g.get("request_id", ""),
        details=details,
    )
    return page, status


def init_errors(app: Flask) -> None:
    """Nobody sees a stack trace: every error of the app becomes a page."""

    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> ResponseReturnValue:
        return error_page(error.http_status, sentence(error))

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> ResponseReturnValue:
        return error_page(400, gettext("The form was open for too long, or your browser blocks cookies."))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        return error_page(status, None)

    @app.errorhandler(OperationalError)
    def database_error(error: OperationalError) -> ResponseReturnValue:
        log.error("database_unavailable", path=request.path, error=str(error.orig))
        _forget_viewer()
        return error_page(503, gettext("The database does not answer."))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.exception("unexpected_error", path=request.path)
        _forget_viewer()
        return error_page(500, gettext("This should not have happened."))

    if app.testing:
        # A test wants the stack trace, not the page about it.
        app.error_handler_spec[None][None].pop(Exception)


def _forget_viewer() -> None:
    """Let the error page be rendered without asking the database who is looking."""
    session = g.pop("db_session", None)
    if session is not None:
        session.close()
    # Flask-Login keeps the viewer here; asking for them again would ask the database that has just failed.
    g._login_user = AnonymousViewer()
