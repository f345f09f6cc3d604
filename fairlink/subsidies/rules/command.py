"""What `fairlink quote` and `fairlink lottery verify` do: a calculation or a check from files, as text or JSON."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from fairlink.subsidies.rules.document import Rules
from fairlink.subsidies.rules.loading import parse_json
from fairlink.subsidies.rules.lottery import Published, faults
from fairlink.subsidies.rules.outcome import LineQuote, MemberQuote, Quote
from fairlink.subsidies.rules.problems import DocumentError, FactsError, Problem, RulesError
from fairlink.subsidies.rules.quoting import quote
from fairlink.subsidies.rules.wording import english_money, english_percent, sentence
from fairlink.subsidies.rules.worked import WorkedApplication, application_parts, scheme_part

STEPS = {
    1: "Eligibility",
    2: "Eligible cost",
    3: "Rate",
    4: "Support",
    5: "Caps",
    6: "Minimum award",
    7: "What follows",
}


def run_quote(rules_path: str | Path, application_path: str | Path, as_json: bool) -> tuple[int, str]:
    """Exit code and output of ``fairlink quote RULES.json APPLICATION.json [--json]``.

    0 with the quotes; 1 with the quotes where a worked application does not give what it expects; 2 with file, path
    and reason of every problem where a document cannot be used. Either file may be a scheme file with worked
    applications, of which the rules or all applications are taken.
    """
    try:
        rules = scheme_part(_text(rules_path, RulesError))
        applications = application_parts(_text(application_path, FactsError), rules)
        results = [(each, quote(rules, each.facts)) for each in applications]
    except DocumentError as error:
        name = rules_path if isinstance(error, RulesError) else application_path
        return 2, "\n".join(f"{name}: {problem}" for problem in error.problems)
    wrong = any(each.differences(result) for each, result in results)
    return int(wrong), _json(results) if as_json else "\n\n".join(_report(rules, *each) for each in results)


_LOTTERY_FAULTS = {
    "seed_or_frame": "the seed is no seed, or an application is in the frame twice",
    "commitment": "the seed is not the one that was committed to",
    "drawn": "the draw is not the one that seed and frame give",
}


def run_lottery_verify(path: str | Path) -> tuple[int, str]:
    """Exit code and output of ``fairlink lottery verify LOTTERY.json``: draws a published lottery again.

    0 with the draw; 1 with every fault; 2 where the file is not the publication of a lottery.
    """
    try:
        data = parse_json(_text(path, DocumentError), DocumentError)
    except DocumentError as error:
        return 2, "\n".join(f"{path}: {problem}" for problem in error.problems)
    try:
        published = Published.from_dict(data)  # type: ignore[arg-type]  # any shape is tried; the wrong ones raise
    except (AttributeError, KeyError, TypeError):
        return 2, f"{path}: not the publication of a lottery"
    found = faults(published)
    if found:
        return 1, "\n".join(_LOTTERY_FAULTS[code] for code in found)
    lines = [f"{stratum}: {' '.join(names)}" for stratum, names in sorted(published.drawn.items())]
    return 0, "\n".join([*lines, "The draw is the one that seed and frame give."])


def _text(path: str | Path, error: type[DocumentError]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as reason:
        raise error([Problem("$", "unreadable_file", {"reason": reason.strerror or "unknown"})]) from None
    except UnicodeDecodeError:
        raise error([Problem("$", "unreadable_file", {"reason": "not UTF-8"})]) from None


def _json(results: list[tuple[WorkedApplication, Quote]]) -> str:
    """One quote as an object; several, or worked ones, as a list with their names and differences."""
    if len(results) == 1 and not results[0][0].name:
        return json.dumps(results[0][1].to_dict(), indent=2, ensure_ascii=False)
    found = [
        {"name": each.name, "differences": each.differences(result), "quote": result.to_dict()}
        for each, result in results
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


def _report(rules: Rules, application: WorkedApplication, result: Quote) -> str:
    head = [rules.name] + ([application.name] if application.name else [])
    lines = [": ".join(head), ""]
    lines += _totals(result)
    for member in result.members:
        lines += ["", *_member(member, result.currency)]
    lines += ["", "How this was worked out", *_explanations(result)]
    if application.expected:
        differences = application.differences(result)
        lines += ["", *(f"NOT AS EXPECTED  {each}" for each in differences)] if differences else ["", "As expected."]
    return "\n".join(lines)


def _totals(result: Quote) -> Iterator[str]:
    yield "The application can be supported." if result.eligible else "The application cannot be supported."
    for name, amount in (
        ("Cost", result.cost_minor),
        ("Eligible", result.eligible_minor),
        ("Support", result.support_minor),
        ("Own", result.own_minor),
        ("Not counted", result.ineligible_minor),
    ):
        yield f"  {name:12} {english_money(amount, result.currency):>20}"


def _member(member: MemberQuote, currency: str) -> Iterator[str]:
    state = "" if member.eligible else " (not eligible)"
    support, own = english_money(member.support_minor, currency), english_money(member.own_minor, currency)
    yield f"Firm {member.member}{state}: support {support}, own {own}"
    for line in member.lines:
        yield _line(line, currency)


def _line(line: LineQuote, currency: str) -> str:
    rate = "" if line.rate_bp is None else english_percent(line.rate_bp)
    name = f"{line.line} {line.cost_class}".strip()
    eligible, support = english_money(line.eligible_minor, currency), english_money(line.support_minor, currency)
    return f"  {name:28} eligible {eligible:>18}  {rate:>7}  support {support:>18}"


def _explanations(result: Quote) -> Iterator[str]:
    ordered = sorted(result.explanations, key=lambda line: line.step)
    for step, lines in groupby(ordered, key=lambda line: line.step):
        yield f"{step}. {STEPS[step]}"
        for line in lines:
            firm = f"firm {line.member}" if line.member else ""
            subject = " ".join(part for part in (firm, line.line, line.cost_class) if part)
            rule = f"  [{line.rule}]" if line.rule else ""
            yield f"  {subject + ': ' if subject else ''}{sentence(line, result.currency)}{rule}"
