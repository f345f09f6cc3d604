"""The verbs that write: groups, drafts, decisions and awards."""

from fairlink.applications.service.awards import accept, change_stand, decline, lapse_overdue
from fairlink.applications.service.deciding import approve, assess, refuse, send_back
from fairlink.applications.service.drafting import (
    NewLine,
    may_be_sent,
    save_about,
    save_costs,
    save_members,
    start,
    submit,
    withdraw,
)
from fairlink.applications.service.groups import create_group, decline_invitation, invite, join, leave, revoke
from fairlink.applications.service.payouts import (
    enter_account,
    make_batch,
    mark_failed,
    mark_paid,
    order_again,
    order_payment,
    save_account,
)

__all__ = [
    "NewLine",
    "accept",
    "approve",
    "assess",
    "change_stand",
    "create_group",
    "decline",
    "decline_invitation",
    "enter_account",
    "invite",
    "join",
    "lapse_overdue",
    "leave",
    "make_batch",
    "mark_failed",
    "mark_paid",
    "may_be_sent",
    "order_again",
    "order_payment",
    "refuse",
    "revoke",
    "save_about",
    "save_account",
    "save_costs",
    "save_members",
    "send_back",
    "start",
    "submit",
    "withdraw",
]
