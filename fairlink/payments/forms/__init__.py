"""Forms about charges, prices and bank accounts."""

from fairlink.payments.forms.accounts import ConnectedAccountForm, OwnKeysForm
from fairlink.payments.forms.banking import BankAccountForm, BookForm, SetAsideForm, StatementForm
from fairlink.payments.forms.charges import ReductionForm, RefundForm, TransferForm
from fairlink.payments.forms.prices import PRICE_KINDS, PRICE_UNITS, ExtraForm, PriceForm, TermsForm

__all__ = [
    "PRICE_KINDS",
    "PRICE_UNITS",
    "BankAccountForm",
    "BookForm",
    "ConnectedAccountForm",
    "ExtraForm",
    "OwnKeysForm",
    "PriceForm",
    "ReductionForm",
    "RefundForm",
    "SetAsideForm",
    "StatementForm",
    "TermsForm",
    "TransferForm",
]
