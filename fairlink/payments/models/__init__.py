"""Tables of prices, charges with their ledger, invoices, payments, refunds, bank accounts and Stripe's events."""

from fairlink.payments.models.accounts import CardAccount
from fairlink.payments.models.banking import BankAccount, BankEntry, BankFile, RefundFile
from fairlink.payments.models.charges import Charge, ChargeEntry, PaymentTerms, Price, RefundRun
from fairlink.payments.models.invoices import Invoice, InvoiceCounter
from fairlink.payments.models.payments import Dispute, Payment, PaymentPart, Receipt, StripeEvent
from fairlink.payments.models.refunds import Refund, RefundPart

__all__ = [
    "BankAccount",
    "BankEntry",
    "BankFile",
    "CardAccount",
    "Charge",
    "ChargeEntry",
    "Dispute",
    "Invoice",
    "InvoiceCounter",
    "Payment",
    "PaymentPart",
    "PaymentTerms",
    "Price",
    "Receipt",
    "Refund",
    "RefundFile",
    "RefundPart",
    "RefundRun",
    "StripeEvent",
]
