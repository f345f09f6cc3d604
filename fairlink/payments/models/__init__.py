"""Tables of prices, charges with their ledger, invoices, payments, refunds, bank accounts and Stripe's events."""

from fairlink.payments.models.banking import BankAccount
from fairlink.payments.models.charges import Charge, ChargeEntry, Price
from fairlink.payments.models.invoices import Invoice, InvoiceCounter
from fairlink.payments.models.payments import Payment, PaymentPart, Receipt, StripeEvent
from fairlink.payments.models.refunds import Refund, RefundPart

__all__ = [
    "BankAccount",
    "Charge",
    "ChargeEntry",
    "Invoice",
    "InvoiceCounter",
    "Payment",
    "PaymentPart",
    "Price",
    "Receipt",
    "Refund",
    "RefundPart",
    "StripeEvent",
]
