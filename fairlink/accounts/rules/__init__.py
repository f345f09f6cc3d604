"""Pure decisions about passwords, company numbers, products, addresses to return to, and who may leave."""

from fairlink.accounts.rules.company_numbers import company_number, company_number_name
from fairlink.accounts.rules.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH, password_problem
from fairlink.accounts.rules.product_words import hs_prefixes
from fairlink.accounts.rules.returning import own_path
from fairlink.accounts.rules.roles import HEAD_OF_KIND, keeps_a_head, roles_fit

__all__ = [
    "HEAD_OF_KIND",
    "MAXIMUM_LENGTH",
    "MINIMUM_LENGTH",
    "company_number",
    "company_number_name",
    "hs_prefixes",
    "keeps_a_head",
    "own_path",
    "password_problem",
    "roles_fit",
]
