"""Who may do what: the whole authorisation of the platform in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fairlink.policy.names import Can, Kind, Role

Test = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """Permission for people of an organisation of `kinds` holding one of `roles`, if `when(user, object)` agrees.

    Empty `kinds` or `roles` means any. `anyone` drops the need to be signed in.
    """

    kinds: frozenset[Kind] = frozenset()
    roles: frozenset[Role] = frozenset()
    when: Test = lambda user, thing: True
    anyone: bool = False

    def admits(self, user: Any, thing: Any) -> bool:
        if not self.anyone:
            if not user.is_authenticated:
                return False
            if self.kinds and user.organisation_kind not in self.kinds:
                return False
            if self.roles and not self.roles & user.roles:
                return False
        return self.when(user, thing)


def _rule(kinds: str = "", roles: str = "", when: Test = lambda user, thing: True) -> Rule:
    return Rule(frozenset(map(Kind, kinds.split())), frozenset(map(Role, roles.split())), when)


def _published(user: Any, thing: Any) -> bool:
    return bool(thing.is_public)


def _of_agency(user: Any, thing: Any) -> bool:
    return bool(user.organisation_id == thing.agency_id)


def _of_firms(user: Any, thing: Any) -> bool:
    return user.organisation_id in thing.firm_ids


def _of_lead_firm(user: Any, thing: Any) -> bool:
    return bool(user.organisation_id == thing.lead_firm_id)


def _of_buyer(user: Any, thing: Any) -> bool:
    return bool(user.organisation_id == thing.buyer_id)


def _asked(user: Any, thing: Any) -> bool:
    return user.organisation_id in thing.asked_ids


def _sent(user: Any, thing: Any) -> bool:
    return user.organisation_id in thing.sender_ids


def _own(user: Any, thing: Any) -> bool:
    return bool(user.organisation_id == thing.id)


def _of_organisation(user: Any, thing: Any) -> bool:
    return bool(user.organisation_id == thing.organisation_id)


def _homeless(user: Any, thing: Any) -> bool:
    return user.organisation_id is None and bool(user.email_confirmed_at)


def _not_assessor(user: Any, thing: Any) -> bool:
    return _of_agency(user, thing) and user.id not in thing.assessor_ids | thing.conflicted_ids


def _not_decider(user: Any, thing: Any) -> bool:
    return _not_assessor(user, thing) and user.id != thing.decided_by_id


def _disinterested(user: Any, thing: Any) -> bool:
    return _submitted_to(user, thing) and user.id not in thing.conflicted_ids


def _submitted_to(user: Any, thing: Any) -> bool:
    """Staff see an application once it was sent; a draft is the applicants' own."""
    return _of_agency(user, thing) and bool(thing.is_submitted)


def _not_checker(user: Any, thing: Any) -> bool:
    return _submitted_to(user, thing) and bool(user.id != thing.checked_by_id)


def _of_agencies(user: Any, thing: Any) -> bool:
    return user.organisation_id in thing.agency_ids


def _not_opener(user: Any, thing: Any) -> bool:
    return _of_agency(user, thing) and bool(user.id != thing.opened_by_id)


ANYONE = Rule(anyone=True)
STAFF = "officer assessor approver finance"
#: Who reads figures and what they rest on. Evaluators see nothing else, and that under pseudonyms.
READERS = f"{STAFF} evaluator"

POLICY: Mapping[Can, tuple[Rule, ...]] = {
    Can.PUBLIC_READ: (ANYONE,),
    Can.ACCOUNT_MANAGE: (_rule(),),
    Can.ORGANISATION_REGISTER: (_rule(when=_homeless),),
    Can.ORGANISATION_READ: (_rule(when=_own),),
    Can.ORGANISATION_EDIT: (_rule("firm buyer association", "owner", _own), _rule("agency", "officer", _own)),
    Can.COLLEAGUE_INVITE: (_rule("firm buyer association", "owner", _own), _rule("agency", "officer", _own)),
    Can.COLLEAGUE_READ: (_rule(when=_of_organisation),),
    Can.COLLEAGUE_EDIT: (
        _rule("firm buyer association", "owner", _of_organisation),
        _rule("agency", "officer", _of_organisation),
    ),
    Can.FAIR_READ: (Rule(anyone=True, when=_published), _rule("agency", STAFF, _of_agency)),
    Can.FAIR_LIST: (_rule("agency", STAFF),),
    Can.FAIR_REVIEW: (_rule("agency", STAFF, _of_agency),),
    Can.FAIR_CREATE: (_rule("agency", "officer"),),
    Can.FAIR_EDIT: (_rule("agency", "officer", _of_agency),),
    Can.SCHEME_LIST: (_rule("agency", STAFF),),
    Can.SCHEME_READ: (_rule("agency", STAFF, _of_agency),),
    Can.SCHEME_CREATE: (_rule("agency", "officer"),),
    Can.SCHEME_EDIT: (_rule("agency", "officer", _of_agency),),
    Can.CALL_READ: (Rule(anyone=True, when=_published), _rule("agency", STAFF, _of_agency)),
    Can.CALL_CREATE: (_rule("agency", "officer", _of_agency),),
    Can.CALL_EDIT: (_rule("agency", "officer", _of_agency),),
    Can.CALL_PLAN: (_rule("agency", "officer evaluator", _of_agency),),
    Can.CALL_PLAN_READ: (_rule("agency", READERS, _of_agency),),
    Can.GROUP_CREATE: (_rule("firm", "owner"),),
    Can.GROUP_READ: (_rule("firm", "owner member", _of_firms),),
    Can.GROUP_MANAGE: (_rule("firm", "owner", _of_lead_firm),),
    Can.GROUP_JOIN: (_rule("firm", "owner"),),
    Can.GROUP_LEAVE: (_rule("firm", "owner", _of_firms),),
    Can.APPLICATION_OWN_LIST: (_rule("firm", "owner member"),),
    Can.APPLICATION_CREATE: (_rule("firm", "owner"),),
    Can.APPLICATION_READ: (_rule("firm", "owner member", _of_firms),),
    Can.APPLICATION_EDIT: (_rule("firm", "owner", _of_lead_firm),),
    Can.APPLICATION_CONFIRM: (_rule("firm", "owner", _of_firms),),
    Can.COST_FILE_READ: (
        _rule("firm", "owner member", _of_firms),
        _rule("agency", STAFF, _submitted_to),
    ),
    Can.COST_FILE_EDIT: (_rule("firm", "owner", _of_lead_firm),),
    Can.APPLICATION_WITHDRAW: (_rule("firm", "owner", _of_lead_firm),),
    Can.APPLICATION_LIST: (_rule("agency", STAFF),),
    Can.APPLICATION_REVIEW: (_rule("agency", STAFF, _submitted_to),),
    Can.APPLICATION_ASSESS: (_rule("agency", "officer assessor", _disinterested),),
    Can.APPLICATION_INTEREST: (_rule("agency", "officer assessor approver", _submitted_to),),
    Can.APPEAL_FILE: (_rule("firm", "owner", _of_lead_firm),),
    Can.APPEAL_ANSWER: (_rule("agency", "approver", _not_decider),),
    Can.APPLICATION_APPROVE: (_rule("agency", "approver", _not_assessor),),
    Can.SELECTION_READ: (_rule("agency", STAFF, _of_agency),),
    Can.SELECTION_MAKE: (_rule("agency", "approver", _of_agency),),
    Can.AWARD_LETTER: (
        _rule("firm", "owner member", _of_firms),
        _rule("agency", STAFF, _submitted_to),
    ),
    Can.AWARD_ACCEPT: (_rule("firm", "owner", _of_lead_firm),),
    Can.CLAIM_START: (_rule("firm", "owner", _of_lead_firm),),
    Can.CLAIM_READ: (_rule("firm", "owner member", _of_firms),),
    Can.CLAIM_EDIT: (_rule("firm", "owner member", _of_firms),),
    Can.CLAIM_SEND: (_rule("firm", "owner", _of_lead_firm),),
    Can.CLAIM_LIST: (_rule("agency", STAFF),),
    Can.CLAIM_REVIEW: (_rule("agency", STAFF, _submitted_to),),
    Can.CLAIM_CHECK: (_rule("agency", "officer assessor", _submitted_to),),
    Can.CLAIM_APPROVE: (_rule("agency", "finance", _not_checker),),
    Can.EVIDENCE_READ: (_rule("firm", "owner member", _of_firms), _rule("agency", STAFF, _submitted_to)),
    Can.PAYOUT_ACCOUNT_EDIT: (_rule("firm buyer association", "owner", _own), _rule("agency", "finance", _own)),
    Can.DISBURSEMENT_LIST: (_rule("agency", STAFF),),
    Can.DISBURSEMENT_REVIEW: (_rule("agency", STAFF, _of_agency),),
    Can.DISBURSEMENT_SETTLE: (_rule("agency", "finance", _of_agency),),
    Can.BATCH_MAKE: (_rule("agency", "finance"),),
    Can.BATCH_READ: (_rule("agency", "finance", _of_agency),),
    Can.RECOVERY_READ: (_rule("firm", "owner member", _of_firms),),
    Can.RECOVERY_ANSWER: (_rule("firm", "owner", _of_firms),),
    Can.RECOVERY_LIST: (_rule("agency", STAFF),),
    Can.RECOVERY_REVIEW: (_rule("agency", STAFF, _of_agency),),
    Can.RECOVERY_OPEN: (_rule("agency", "officer", _submitted_to),),
    Can.RECOVERY_DECIDE: (_rule("agency", "approver", _not_opener),),
    Can.RECOVERY_SETTLE: (_rule("agency", "finance", _of_agency),),
    Can.AID_LIST: (_rule("agency", STAFF),),
    Can.AID_EXPORT: (_rule("agency", "officer finance"),),
    Can.AID_ENTER: (_rule("agency", "officer"),),
    Can.AID_EXPORT_READ: (_rule("agency", "officer finance", _of_agency),),
    Can.EXCHANGE_RATE_EDIT: (_rule("agency", "finance"),),
    Can.FIRM_LINK_DECLARE: (_rule("firm", "owner"),),
    Can.FIRM_LINK_JUDGE: (_rule("agency", "officer", _of_agencies),),
    Can.EXHIBITOR_READ: (Rule(anyone=True, when=_published),),
    Can.EXHIBITOR_EDIT: (_rule("agency", "officer", _of_agency),),
    Can.VISIT_CREATE: (_rule("buyer", "owner member"),),
    Can.VISIT_READ: (_rule("buyer", "owner member", _of_buyer),),
    Can.VISIT_EDIT: (_rule("buyer", "owner member", _of_buyer),),
    Can.VISIT_LIST: (_rule("buyer", "owner member"),),
    Can.MEETING_REQUEST: (_rule("buyer", "owner member"),),
    Can.REQUEST_READ: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.REQUEST_ANSWER: (_rule("buyer firm", "owner member", _asked),),
    Can.REQUEST_WITHDRAW: (_rule("buyer firm", "owner member", _sent),),
    Can.MEETING_READ: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.MEETING_CHANGE: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.MEETING_ANSWER: (_rule("buyer firm", "owner member", _asked),),
    Can.MEETING_MARK: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.AGENDA_EDIT: (_rule("agency", "officer", _of_agency),),
    Can.DIARY_READ: (_rule("buyer firm", "owner member"),),
    Can.BADGE_READ: (_rule("firm", "owner member", _of_firms),),
    Can.CONTACT_CAPTURE: (_rule("firm", "owner member", _of_firms),),
    Can.CONTACT_READ: (_rule("firm", "owner member", _of_firms),),
    Can.HOSTING_REVIEW: (_rule("agency", "officer approver finance", _of_agency),),
    Can.HOSTING_EDIT: (_rule("agency", "officer", _of_agency),),
    Can.HOSTING_PAY: (_rule("agency", "approver finance", _of_agency),),
    Can.HOSTED_EVIDENCE_READ: (
        _rule("buyer", "owner member", _of_buyer),
        _rule("agency", "officer approver finance", _of_agency),
    ),
    Can.WORKSHOP_EDIT: (_rule("firm", "owner member", _of_firms),),
    Can.EXHIBIT_LIST: (_rule("firm", "owner member"),),
    Can.EXHIBIT_READ: (_rule("firm", "owner member", _of_firms),),
    Can.LEAD_READ: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.LEAD_EDIT: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.PROMPT_ANSWER: (_rule("buyer firm", "owner member", _asked),),
    Can.ORDER_READ: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.ORDER_CONFIRM: (_rule("buyer", "owner member", _of_buyer), _rule("firm", "owner member", _of_firms)),
    Can.ORDER_SHARE: (_rule("firm", "owner", _of_lead_firm),),
    Can.ORDER_SETTLE_LIST: (_rule("agency", "officer"),),
    Can.ORDER_SETTLE: (_rule("agency", "officer", _of_agency),),
    Can.FOLLOWUP_READ: (_rule("agency", "officer approver finance", _of_agency),),
    Can.FOLLOWUP_PLAN: (_rule("agency", "officer", _of_agency),),
    Can.PROMPT_RECORD: (_rule("agency", "officer", _of_agency),),
    Can.RATE_LIST: (_rule("agency", STAFF),),
    Can.RATE_EDIT: (_rule("agency", "officer finance"),),
    Can.SUPPRESSION_LIST: (_rule("agency", "officer"),),
    Can.SUPPRESSION_LIFT: (_rule("agency", "officer"),),
    Can.CHARGE_OWN_LIST: (_rule("firm buyer", "owner member"),),
    Can.CHARGE_READ: (_rule("firm buyer", "owner member", _of_firms),),
    Can.CHARGE_PAY: (_rule("firm buyer", "owner", _of_firms),),
    Can.CHARGE_PAY_FOR_GROUP: (_rule("firm", "owner", _of_lead_firm),),
    Can.EXTRA_ORDER: (_rule("firm", "owner", _of_firms),),
    Can.INVOICE_READ: (_rule("firm buyer", "owner member", _of_firms), _rule("agency", STAFF, _of_agency)),
    Can.CHARGE_LIST: (_rule("agency", STAFF),),
    Can.CHARGE_REVIEW: (_rule("agency", STAFF, _of_agency),),
    Can.CHARGE_SETTLE: (_rule("agency", "finance", _of_agency),),
    Can.PAYMENT_READ: (_rule("firm buyer", "owner member", _of_firms),),
    Can.BANK_ACCOUNT_EDIT: (_rule("agency", "finance", _own),),
    Can.CARD_ACCOUNT_EDIT: (_rule("agency", "officer finance", _own),),
    Can.BANK_FILE_IMPORT: (_rule("agency", "finance"),),
    Can.BANK_ENTRY_DECIDE: (_rule("agency", "finance", _of_agency),),
    Can.RESULT_LIST: (_rule("agency", READERS),),
    Can.RESULT_READ: (_rule("agency", READERS, _of_agency),),
    # An evaluator who holds no other role sees pseudonyms instead.
    Can.RESULT_NAMES: (_rule("agency", STAFF),),
    Can.EVALUATION_ASK: (_rule("agency", "officer evaluator", _of_agency),),
    Can.EVALUATION_EXPORT: (_rule("agency", "evaluator", _of_agency),),
    Can.AUDIT_READ: (_rule("agency", "officer approver finance"),),
}


def allows(user: Any, permission: Can, thing: Any = None) -> bool:
    """Whether `user` has `permission` on `thing` (None for actions without an object).

    The user offers `is_authenticated`, `id`, `organisation_id`, `organisation_kind`, `roles` and
    `email_confirmed_at`; objects offer what their rules ask: `is_public`, `agency_id`, `firm_ids`, `lead_firm_id`,
    `buyer_id`, `asked_ids`, `sender_ids`, `assessor_ids`,
    `conflicted_ids`, `decided_by_id` or `is_submitted`.
    """
    return any(rule.admits(user, thing) for rule in POLICY[permission])


def concerns_everybody(permission: Can) -> bool:
    """Whether strangers may have `permission` on some objects, so that signing in is not what is missing."""
    return any(rule.anyone for rule in POLICY[permission])
