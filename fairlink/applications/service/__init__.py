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

__all__ = [
    "NewLine",
    "accept",
    "approve",
    "assess",
    "change_stand",
    "create_group",
    "decline",
    "decline_invitation",
    "invite",
    "join",
    "lapse_overdue",
    "leave",
    "may_be_sent",
    "refuse",
    "revoke",
    "save_about",
    "save_costs",
    "save_members",
    "send_back",
    "start",
    "submit",
    "withdraw",
]
