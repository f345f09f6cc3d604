"""Reading bank statements: camt.053 (ISO 20022, versions 2 to 13) and a table of our own, whole or not at all.

Every refusal is an Invalid that names the line of the file at fault.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from fairlink.kernel.errors import Invalid
from fairlink.kernel.money import minor_digits

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
#: Of the table: what it must have, and what it may have.
COLUMNS = ("date", "amount", "currency")
MORE_COLUMNS = ("name", "account", "reference", "text", "id")
_AMOUNT = re.compile(r"-?\d{1,15}([.,]\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class BankLine:
    """Money that came in, as the bank tells it; `amount_minor` in `currency`."""

    #: Line of the file.
    line: int
    #: The bank's own name for it, or one made of all it says: the same entry in another file has the same.
    identity: str
    booked_on: date
    amount_minor: int
    currency: str
    payer: str
    account: str
    #: Structured creditor reference, if the payer's bank passed one on.
    reference: str
    text: str


def read_statement(content: bytes, account: str) -> list[BankLine]:
    """The money that came in on `account` (IBAN or number, as the agency wrote it) by a file; debits are left out.

    Raises Invalid for anything that is not wholly a statement of that account.
    """
    lines = _camt(content, account) if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _table(content)
    seen: Counter[str] = Counter()
    named = []
    for each in lines:
        identity = each.identity or _made_identity(each, account)
        seen[identity] += 1
        # Two equal payments on one day, of a bank that gives them no name, are two.
        named.append(replace(each, identity=f"{identity}#{seen[identity]}" if seen[identity] > 1 else identity))
    return named


def compact(account: str) -> str:
    """An account as banks compare it."""
    return re.sub(r"[^0-9A-Za-z]", "", account).upper()


def _made_identity(of: BankLine, account: str) -> str:
    told = (compact(account), of.booked_on, of.amount_minor, of.currency, of.payer, of.account, of.reference, of.text)
    return hashlib.sha256("|".join(map(str, told)).encode()).hexdigest()[:32]


def _refuse(code: str, line: int, **more: object) -> Invalid:
    return Invalid(code, field="file", line=line, **more)


def _minor(text: str, currency: str, line: int) -> int:
    if not re.fullmatch("[A-Z]{3}", currency):
        raise _refuse("statement_currency_wrong", line, value=currency)
    try:
        if not _AMOUNT.fullmatch(text):
            raise InvalidOperation
        minor = Decimal(text.replace(",", ".")).scaleb(minor_digits(currency))
        if minor != minor.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        raise _refuse("statement_amount_wrong", line, value=text) from None
    return int(minor)


def _day(text: str, line: int) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _refuse("statement_day_wrong", line, value=text) from None


# camt.053


@dataclass(slots=True)
class _Node:
    """An element of the file with its line."""

    name: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list["_Node"] = field(default_factory=list)

    def all(self, path: str) -> list["_Node"]:
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def first(self, *paths: str) -> "_Node | None":
        return next((node for path in paths for node in self.all(path)), None)

    def says(self, *paths: str) -> str:
        node = self.first(*paths)
        return " ".join(node.text.split()) if node else ""

    def need(self, *paths: str) -> "_Node":
        node = self.first(*paths)
        if node is None:
            raise _refuse("statement_incomplete", self.line, name=paths[0])
        return node


class _Tree(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root = _Node("", 1, {})
        self._open = [self.root]
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 the parser's name for it
        self._locator = locator

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 the parser's name for it
        space, local = name
        if len(self._open) == 1 and not str(space or "").startswith(NAMESPACE):
            raise _refuse("statement_unreadable", self._locator.getLineNumber(), columns=", ".join(COLUMNS))
        attributes = {key[1]: value for key, value in attrs.items()}
        node = _Node(local, self._locator.getLineNumber(), attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 the parser's name for it
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].text += content


def _camt(content: bytes, account: str) -> list[BankLine]:
    tree = _Tree()
    parser = defusedxml.sax.make_parser()
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(tree)
    parser.forbid_dtd = True
    try:
        parser.parse(io.BytesIO(content))
    except SAXException as error:
        line = error.getLineNumber() if hasattr(error, "getLineNumber") else 1
        raise _refuse("statement_unreadable", line, columns=", ".join(COLUMNS)) from None
    except DefusedXmlException:
        raise _refuse("statement_unreadable", 1, columns=", ".join(COLUMNS)) from None
    statements = tree.root.need("Document").need("BkToCstmrStmt").all("Stmt")
    if not statements:
        raise _refuse("statement_incomplete", 1, name="Stmt")
    return [line for each in statements for line in _statement(each, account)]


def _statement(node: _Node, account: str) -> Iterator[BankLine]:
    number = node.need("Acct/Id/IBAN", "Acct/Id/Othr/Id")
    if compact(number.text) != compact(account):
        raise _refuse("statement_of_another", number.line, account=number.text.strip())
    entries = [each for each in node.all("Ntry") if each.says("Sts/Cd", "Sts") == "BOOK"]
    _check_sum(node, entries)
    for entry in entries:
        if _sign(entry) > 0:
            yield from _entry(entry)


def _sign(node: _Node) -> int:
    way = node.need("CdtDbtInd")
    if way.text.strip() not in ("CRDT", "DBIT"):
        raise _refuse("statement_incomplete", way.line, name="CdtDbtInd")
    return 1 if way.text.strip() == "CRDT" else -1


def _amount(node: _Node) -> tuple[int, str]:
    currency = node.attributes.get("Ccy", "")
    return _minor(node.text.strip(), currency, node.line), currency


def _check_sum(node: _Node, entries: list[_Node]) -> None:
    """The entries must lead from the opening balance to the closing one, where both are given."""
    balances = {each.says("Tp/CdOrPrtry/Cd"): each for each in node.all("Bal")}
    opening, closing = balances.get("OPBD") or balances.get("PRCD"), balances.get("CLBD")
    if opening is None or closing is None:
        return
    before, after = (_sign(each) * _amount(each.need("Amt"))[0] for each in (opening, closing))
    moved = sum(_sign(each) * _amount(each.need("Amt"))[0] for each in entries)
    if before + moved != after:
        raise _refuse("statement_sum_wrong", closing.line)


def _entry(entry: _Node) -> Iterator[BankLine]:
    """One line for an entry, or for each of its payments if the bank booked several as one."""
    node = entry.need("Amt")
    whole, currency = _amount(node)
    day = entry.need("BookgDt/Dt", "BookgDt/DtTm")
    details = entry.all("NtryDtls/TxDtls")
    parts = [each.first("Amt", "AmtDtls/TxAmt/Amt") for each in details]
    if len(details) > 1 and all(parts):
        amounts = [_amount(part) for part in parts if part is not None]
        if sum(minor for minor, _ in amounts) != whole or {each for _, each in amounts} != {currency}:
            raise _refuse("statement_sum_wrong", node.line)
    else:
        details, amounts = (details if len(details) == 1 else [entry]), [(whole, currency)]
    named = entry.says("AcctSvcrRef")
    for number, (each, (minor, _)) in enumerate(zip(details, amounts, strict=True), start=1):
        own = each.says("Refs/AcctSvcrRef")
        batch = f"{named}/{number}" if named and len(details) > 1 else named
        yield BankLine(
            line=each.line,
            identity=own or batch,
            booked_on=_day(day.text.strip(), day.line),
            amount_minor=minor,
            currency=currency,
            payer=each.says("RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm"),
            account=each.says("RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id"),
            reference=each.says("RmtInf/Strd/CdtrRefInf/Ref"),
            text=" ".join(" ".join(one.text.split()) for one in each.all("RmtInf/Ustrd")) or entry.says("AddtlNtryInf"),
        )


# The table


def _table(content: bytes) -> list[BankLine]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if not set(COLUMNS) <= set(names) or len(set(names)) < len(names):
            raise _refuse("statement_unreadable", 1, columns=", ".join(COLUMNS))
        return [line for row in reader if any(row) for line in _row(reader.line_num, names, row)]
    except csv.Error:
        raise _refuse("statement_unreadable", reader.line_num, columns=", ".join(COLUMNS)) from None


def _row(number: int, names: list[str], row: list[str]) -> Iterator[BankLine]:
    if len(row) != len(names):
        raise _refuse("statement_columns_wrong", number, wanted=len(names), found=len(row))
    told = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    try:
        day = datetime.strptime(told["date"], "%Y-%m-%d").date()  # noqa: DTZ007 a local day has no zone
    except ValueError:
        raise _refuse("statement_day_wrong", number, value=told["date"]) from None
    minor = _minor(told["amount"], told["currency"], number)
    if minor > 0:
        more = {name: told.get(name, "") for name in MORE_COLUMNS}
        yield BankLine(
            line=number,
            identity=more["id"],
            booked_on=day,
            amount_minor=minor,
            currency=told["currency"],
            payer=more["name"],
            account=more["account"],
            reference=more["reference"],
            text=more["text"],
        )
