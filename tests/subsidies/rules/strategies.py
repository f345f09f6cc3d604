"""Random rules and facts that fit each other, of every kind the engine knows, for the properties."""

from random import Random
from typing import Any

from hypothesis import strategies as st

from fairlink.subsidies.rules import Facts, Rules, read_facts, read_rules

Json = dict[str, Any]
CLASSES = ("space", "build", "travel", "freight")
SIZES = ("micro", "small", "medium", "large")
WHENS = (
    None,
    None,
    "firm.size in ['micro', 'small']",
    "not firm.trained",
    "firm.participations >= 2 or 'emerging' in fair.kinds",
    "firm.region != 'north' and application.firms > 2",
)
GROUP_WHENS = (None, None, "application.firms >= 3", "'emerging' in fair.kinds")


def _amount(r: Random, most: int = 400_000) -> int:
    return r.choice((1, 3, 99, 1_000, r.randint(1, most), r.randint(1, most)))


def _when(r: Random, conditions: tuple[str | None, ...] = WHENS) -> Json:
    found = r.choice(conditions)
    return {} if found is None else {"when": found}


def _some_classes(r: Random) -> list[str]:
    return r.sample(CLASSES, r.randint(1, 3))


def _class(r: Random, code: str) -> Json:
    found: Json = {"code": code}
    match r.randint(0, 9):
        case 0:
            found["excluded"] = code != "space"
        case 1:
            found["firm_ceiling_minor"] = _amount(r)
        case 2:
            found["unit_ceiling_minor"] = _amount(r, 50_000)
        case 3:
            found["max_units"] = r.randint(1, 4)
        case 4:
            found["ceiling_minor"] = _amount(r)
        case 5:
            bands = [{"from_km": 0, "amount_minor": _amount(r, 9_000)}, {"from_km": 500, "amount_minor": _amount(r)}]
            found["unit_amount"] = {"unit": "traveller", "bands": bands}
        case _:
            pass
    if code == "freight" and r.random() < 0.5 and not found.get("excluded"):
        found["residual"] = True
    return found


def _rates(r: Random) -> Json:
    base = [
        {"code": f"b{i}", "rate_bp": r.randint(0, 9000), "when": r.choice(WHENS[2:])} for i in range(r.randint(0, 2))
    ]
    found: Json = {"base": [*base, {"code": "last", "rate_bp": r.choice((0, 2500, 3333, 5000, 7000, 9000))}]}
    found["maximum_bp"] = r.choice((9000, 10_000))
    if r.random() < 0.4:
        steps = [{"since": 1, "add_bp": r.randint(-4000, 1000)}, {"since": 3, "factor_bp": r.randint(0, 10_000)}]
        by = r.choice(("participations", "years_since_first_award"))
        found["tapers"] = [{"code": "taper", "by": by, "steps": steps}]
    if r.random() < 0.4:
        found["uplifts"] = [{"code": "up", "add_bp": r.randint(1, 3000), **_when(r)}]
    if r.random() < 0.3:
        found["time_limit"] = r.choice(({"years": 3}, {"participations": 4}))
    return found


def _caps(r: Random) -> list[Json]:
    found: list[Json] = []
    for index in range(r.randint(0, 4)):
        scope = r.choice(
            ("class_firm", "class_group", "firm_fair", "firm_year", "firm_lifetime", "group", "application")
        )
        shared = scope in ("class_group", "group", "application")
        cap: Json = {"code": f"c{index}", "scope": scope, "amount_minor": _amount(r)}
        if scope.startswith("class"):
            cap["classes"] = _some_classes(r)
        if scope in ("group", "application") and r.random() < 0.3:
            cap["per_firm"] = True
        found.append(cap | _when(r, GROUP_WHENS if shared else WHENS))
    return found


def rules_of(r: Random) -> Json:
    found: Json = {
        "format": 1,
        "name": "Random",
        "currency": r.choice(("EUR", "JPY", "KWD")),
        "sunset_on": "2030-12-31",
        "year_starts_month": r.choice((1, 4, 7)),
        "facts": [{"name": "trained", "of": "firm", "kind": "boolean", "question": "Trained?"}],
        "cost_classes": [_class(r, code) for code in CLASSES],
        "rates": _rates(r),
        "caps": _caps(r),
        "other_public": r.choice(("ignore", "deduct", "refuse_line")),
        "group": {"min_firms": r.choice((1, 1, 2))},
    }
    if r.random() < 0.3:
        found["eligibility"] = [{"code": "trained", "require": "firm.trained", "reason": "Training is needed."}]
    if r.random() < 0.2:
        requirement = {"code": "new", "require": "line.committed_on is not known", "reason": "Already ordered."}
        found["line_requirements"] = [requirement | {"refuses": r.choice(("line", "member"))}]
    if r.random() < 0.2:
        bonus = [{"fair_kind": "emerging", "most": 2}]
        found["counts"] = [
            {"code": "count", "per": r.choice(("fair", "year", "lifetime")), "most": 2, "bonuses": bonus}
        ]
    for key, odds in (("minimum_spends", 0.2), ("deductibles", 0.3)):
        if r.random() < odds:
            found[key] = [{"code": "t", "amount_minor": _amount(r, 90_000), "classes": _some_classes(r), **_when(r)}]
    found["add_ons"] = _add_ons(r)
    found |= _limits(r, found["caps"])
    found["payment"] = {"advance_bp": r.choice((0, 5000, 7500)), "retention_bp": r.choice((0, 1000))}
    if r.random() < 0.2:
        found["own_cash_bp"] = r.randint(0, 10_000)
    return found


def _add_ons(r: Random) -> Json:
    found: Json = {}
    if r.random() < 0.3:
        found["indirect_bp"] = r.randint(0, 2000)
    if r.random() < 0.3:
        found["handling_fee"] = {"share_bp": r.randint(0, 2500)}
    return found


def _limits(r: Random, caps: list[Json]) -> Json:
    found: Json = {}
    if r.random() < 0.4:
        excess = r.choice(("cut", "cut", "refuse"))
        ceiling = {"code": "de_minimis", "amount_minor": _amount(r), "currency": "EUR", "on_excess": excess}
        found["aid_ceilings"] = [ceiling]
    if r.random() < 0.2:
        found["envelope_excess"] = "refuse"
    least = _amount(r, 5_000)
    if r.random() < 0.3 and all(cap["amount_minor"] >= least for cap in caps):
        found["minimum_award"] = {"amount_minor": least, "per": r.choice(("member", "application"))}
    return found


def _member(r: Random, name: str) -> Json:
    found: Json = {"id": name, "answers": {"trained": r.random() < 0.8}}
    if r.random() < 0.9:
        found["size"] = r.choice(SIZES)
    if r.random() < 0.7:
        found["region"] = r.choice(("north", "south"))
    if r.random() < 0.3:
        found["undertaking"] = r.choice(("u1", "u2"))
    if r.random() < 0.6:
        found["first_award_on"] = f"{r.randint(2019, 2025)}-0{r.randint(1, 9)}-15"
    found["participations"] = [
        {
            "fair": r.choice(("sial", "anuga")),
            "country": "FR",
            "starts_on": f"202{r.randint(1, 6)}-0{r.randint(1, 9)}-10",
            "kinds": r.choice(([], ["emerging"])),
        }
        for _ in range(r.choice((0, 0, 1, 2, 5)))
    ]
    found["balances"] = {name: r.choice((0, 0, _amount(r))) for name in ("fair_minor", "year_minor", "lifetime_minor")}
    found["advance_paid_minor"] = r.choice((0, 0, _amount(r)))
    return found


def _line(r: Random, name: str, firms: list[str]) -> Json:
    found: Json = {"id": name, "cost_class": r.choice((*CLASSES, *CLASSES, "unheard_of"))}
    found |= {"cost_minor": r.choice((0, 1, _amount(r), _amount(r, 900_000))), "distance_km": r.choice((10, 700))}
    found["quantity"] = r.choice((1, 2, "2.5", 7))
    match r.randint(0, 2):
        case 0:
            found["member"] = r.choice(firms)
        case 1:
            among = r.sample(firms, r.randint(1, len(firms)))
            found["shares"] = [{"member": firm, "weight": r.choice((1, 3, 10, 33))} for firm in among]
        case _:
            pass
    if r.random() < 0.1:
        found["committed_on"] = "2026-01-10"
    if r.random() < 0.15:
        found["other_public_minor"] = _amount(r)
    return found


def facts_of(r: Random) -> Json:
    firms = [f"m{index}" for index in range(r.choice((1, 2, 3, 3, 5)))]
    fair = {"code": "sial", "country": "FR", "starts_on": "2026-10-12", "ends_on": "2026-10-15"}
    found: Json = {
        "fair": fair | {"kinds": r.choice(([], ["emerging"]))},
        "applied_on": "2026-03-02",
        "members": [_member(r, name) for name in firms],
        "lines": [_line(r, f"l{index}", firms) for index in range(r.randint(0, 7))],
        "exchange": [{"currency": "EUR", "rate": r.choice(("0.33", "1.1", "160"))}],
        "group_awarded_minor": r.choice((0, 0, _amount(r))),
    }
    found["prior_aid"] = [
        {
            "undertaking": r.choice((*firms, "u1")),
            "regime": "de_minimis",
            "granted_on": f"202{r.randint(2, 6)}-03-02",
            "amount_minor": _amount(r),
            "currency": "EUR",
        }
        for _ in range(r.choice((0, 0, 2)))
    ]
    if r.random() < 0.3:
        found["envelope_left_minor"] = _amount(r)
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rules, Facts, Random]:
    """Rules, facts and a source of chance.

    Drawn from one seed: thousands of cases stay cheap, and the seed is enough to see a case again.
    """
    r = Random(draw(st.integers(min_value=0, max_value=2**48)))
    rules = read_rules(rules_of(r))
    return rules, read_facts(facts_of(r), rules), r
