"""Pages of results on many leads and orders: p95, statements, and the same figures as a direct count."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from fairlink.fairs.models import Fair
from fairlink.kernel.clock import utcnow
from fairlink.monitoring import service
from fairlink.monitoring.queries import figures
from fairlink.monitoring.rules.results import Selection, total
from fairlink.policy import Role
from tests import factories
from tests.backdoor import Backdoor, backdoor
from tests.journeys.platform import Platform

MOST_MS, MOST_STATEMENTS = 300, 15
FAIRS, APPLICATIONS = 50, 200
TIMES = 20

#: Rows made in one statement each. Every fourth applicant is refused; three of four leads are answered; every fifth
#: lead has an order, of which two of three are confirmed.
ROWS = """
INSERT INTO organisation (kind, name, country, company_number, region, created_at)
  SELECT 'firm', 'Firm ' || n, 'PE', 'F' || n, 'Region ' || n % 12, now() FROM generate_series(1, :applications) n;
INSERT INTO organisation (kind, name, country, created_at)
  SELECT 'buyer', 'Buyer ' || n, 'SE', now() FROM generate_series(1, 2000) n;
INSERT INTO organisation_sector (organisation_id, sector_code)
  SELECT o.id, s.code FROM organisation o JOIN (SELECT code, row_number() OVER (ORDER BY code) - 1 AS place,
    count(*) OVER () AS there FROM sector) s ON s.place = o.id % s.there WHERE o.kind = 'firm';
INSERT INTO producer_group (name, lead_firm_id, created_at)
  SELECT 'Group ' || id, id, now() FROM organisation WHERE kind = 'firm' AND id % 2 = 0;
INSERT INTO application (call_id, group_id, lead_firm_id, contact_id, state, locale, created_at, submitted_at)
  SELECT calls.id, g.id, firm.id, :officer, CASE WHEN firm.place % 4 = 0 THEN 'refused' ELSE 'accepted' END, 'en',
    now(), now()
  FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM organisation WHERE kind = 'firm') firm
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS there FROM call) calls
    ON calls.place = firm.place % calls.there
  LEFT JOIN producer_group g ON g.lead_firm_id = firm.id;
INSERT INTO application_member (application_id, firm_id, share_bp)
  SELECT id, lead_firm_id, 10000 FROM application;
INSERT INTO award (application_id, amount_minor, currency, commitment_id, granted_by_id, granted_at, accept_by)
  SELECT id, 450000, 'EUR', id, :officer, now(), now() FROM application WHERE state = 'accepted';
INSERT INTO exhibitor (fair_id, application_id, created_at)
  SELECT c.fair_id, a.id, now() FROM application a JOIN call c ON c.id = a.call_id WHERE a.state = 'accepted';
INSERT INTO lead (fair_id, exhibitor_id, buyer_id, recorded_side, recorded_by_id, interest, created_at)
  SELECT e.fair_id, e.id, b.id, 'firm', :officer, (ARRAY['low', 'medium', 'high'])[1 + n % 3], now()
  FROM generate_series(1, :leads) n
  JOIN (SELECT id, fair_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS there FROM exhibitor) e
    ON e.place = n % e.there
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM organisation WHERE kind = 'buyer') b
    ON b.place = n % 2000;
INSERT INTO visit (fair_id, buyer_id, visitor_id, state, created_at)
  SELECT f.id, b.id, b.id, 'booked', now() FROM fair f
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM organisation WHERE kind = 'buyer') b
    ON b.place % 100 = f.id % 100 OR b.place % 7 = f.id % 7;
INSERT INTO hosting_offer (fair_id, call_id, meetings_required, rate_bp, deposit_minor, created_at)
  SELECT fair_id, min(id), 1, 5000, 0, now() FROM call GROUP BY fair_id;
INSERT INTO hosted_stay (offer_id, visit_id, state, ceiling_minor, conditions_accepted_at, applied_at, granted_at)
  SELECT o.id, v.id, CASE WHEN v.id % 5 = 0 THEN 'withdrawn' ELSE 'granted' END, 100000, now(), now(),
    CASE WHEN v.id % 3 = 0 THEN NULL ELSE now() END
  FROM visit v JOIN hosting_offer o ON o.fair_id = v.fair_id;
INSERT INTO wave (fair_id, side, number, due_at) SELECT id, 'firm', 1, now() FROM fair;
INSERT INTO prompt (lead_id, side, kind, wave_id, state, due_at, sent_at)
  SELECT l.id, 'firm', 'wave', w.id, CASE WHEN l.id % 4 = 0 THEN 'expired' ELSE 'answered' END, now(), now()
  FROM lead l JOIN wave w ON w.fair_id = l.fair_id;
INSERT INTO answer (prompt_id, at, channel, outcome)
  SELECT p.id, f.starts_on + (p.id % 1000)::int, 'link', 'talking'
  FROM prompt p JOIN lead l ON l.id = p.lead_id JOIN fair f ON f.id = l.fair_id WHERE p.state = 'answered';
INSERT INTO trade_order (lead_id, reported_side, channel, reported_at, ordered_on, value_minor, currency, state,
    agency_minor, agency_currency, rate, rate_on, rate_source)
  SELECT l.id, 'firm', 'link', now(), f.starts_on + (l.id % 900)::int, 100000 + l.id % 5000000, 'EUR',
    CASE WHEN l.id % 3 = 0 THEN 'reported' ELSE 'confirmed' END, 100000 + l.id % 5000000, 'EUR', 1, f.starts_on,
    'same_currency'
  FROM lead l JOIN fair f ON f.id = l.fair_id WHERE l.id % 5 = 0;
INSERT INTO order_share (order_id, firm_id, value_minor)
  SELECT o.id, a.lead_firm_id, o.value_minor FROM trade_order o JOIN lead l ON l.id = o.lead_id
  JOIN exhibitor e ON e.id = l.exhibitor_id JOIN application a ON a.id = e.application_id;
"""

HOSTED = """
WITH hosted AS (
  SELECT DISTINCT v.fair_id, v.buyer_id FROM visit v JOIN hosted_stay s ON s.visit_id = v.id
  WHERE s.granted_at IS NOT NULL AND s.state <> 'withdrawn'
)
SELECT (SELECT count(*) FROM lead JOIN hosted USING (fair_id, buyer_id)), count(*), sum(o.agency_minor)::bigint
FROM trade_order o JOIN lead l ON l.id = o.lead_id JOIN hosted USING (fair_id, buyer_id) WHERE o.state = 'confirmed'
"""

DIRECT = """
SELECT (SELECT count(*) FROM application), (SELECT count(*) FROM exhibitor), (SELECT count(*) FROM lead),
  (SELECT count(DISTINCT lead_id) FROM prompt JOIN answer ON prompt_id = prompt.id),
  (SELECT count(DISTINCT lead_id) FROM trade_order), (SELECT count(*) FROM trade_order),
  (SELECT count(*) FROM trade_order WHERE state = 'confirmed'),
  (SELECT sum(agency_minor)::bigint FROM trade_order WHERE state = 'confirmed'),
  (SELECT sum(agency_minor)::bigint FROM trade_order), (SELECT sum(amount_minor)::bigint FROM award)
"""


#: The same for the fairs of a financial year.
YEAR = ("2026-07", "2027-06")
DIRECT_YEAR = """
WITH l AS (SELECT lead.* FROM lead JOIN fair f ON f.id = fair_id AND f.starts_on BETWEEN '2026-07-01' AND '2027-06-30')
SELECT (SELECT count(*) FROM l), (SELECT count(DISTINCT lead_id) FROM trade_order JOIN l ON l.id = lead_id),
  count(*), sum(agency_minor)::bigint, count(DISTINCT firm_id)
FROM trade_order o JOIN l ON l.id = o.lead_id JOIN order_share s ON s.order_id = o.id WHERE o.state = 'confirmed'
"""


def fill(inside: Backdoor, leads: int) -> Any:
    """Fairs and calls by the factories, everything else in SQL; returns the officer."""
    session = inside.session
    agency = factories.agency()
    officer = factories.officer(agency, Role.OFFICER)
    version = factories.scheme_version(factories.scheme(agency), officer)
    for number in range(FAIRS):
        # Four years of fairs, one each month.
        begins = date(2024 + number // 12, number % 12 + 1, 15)
        fair = factories.fair(agency, starts_on=begins, ends_on=begins + timedelta(days=2))
        for _ in range(2):
            factories.call(fair, version)
    values = {"applications": FAIRS * APPLICATIONS, "leads": leads, "officer": officer.id}
    # The rows fit together by their making: looking each foreign key up again would take most of the time.
    session.execute(sa.text("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0"))
    for statement in filter(str.strip, ROWS.split(";")):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        session.execute(sa.text(statement), used)
    session.commit()
    session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).execute(sa.text("ANALYZE"))
    session.commit()
    return officer


def same_figures(inside: Backdoor, agency_id: int) -> bool:
    """Whether the summary tables say what a count of the tables themselves says."""
    whole = total(figures.figures(inside.session, Selection(agency_id))["EUR"].values())
    names = [
        *("applications", "exhibitors", "leads", "leads_answered", "leads_ordered", "orders_reported"),
        *("orders_confirmed", "confirmed_minor", "reported_minor", "support_minor"),
        *("hosted_leads", "hosted_orders_confirmed", "hosted_confirmed_minor"),
    ]
    summed = [getattr(whole, name) for name in names]
    year = Selection(agency_id, since=YEAR[0], until=YEAR[1])
    part = total(figures.figures(inside.session, year)["EUR"].values())
    counted = ("leads", "leads_ordered", "orders_confirmed", "confirmed_minor")
    names += [f"{name} of a year" for name in (*counted, "firms")]
    summed += [*(getattr(part, name) for name in counted), figures.firm_values(inside.session, year).firms]
    queries = (DIRECT, HOSTED, DIRECT_YEAR)
    direct = [figure for query in queries for figure in inside.session.execute(sa.text(query)).one()]
    inside.session.rollback()
    for name, ours, theirs in zip(names, summed, direct, strict=True):
        print(f"{name:25}{ours:>20}{theirs:>20}{'' if ours == theirs else '  DIFFERENT'}")
    return summed == direct


def addresses(fair_id: int) -> list[str]:
    pages = ["", "/time", "/answers", "/concentration", "/hosted"]
    narrowed = [f"?fair={fair_id}", "?region=Region+7", "?sector=footwear&year=2027"]
    narrowed += [f"?since={YEAR[0]}&until={YEAR[1]}"]
    rows = ["leads", "leads_silent", "leads_of_both", "leads_ordered", "orders_confirmed", "prompts_answered"]
    rows += ["firm_parts", "forecasts"]
    return [
        *(f"/staff/results{page}" for page in pages),
        *(f"/staff/results{page}{part}" for page in pages for part in narrowed),
        *(f"/staff/results/rows?what={what}" for what in rows),
        *(f"/staff/results/rows?what={what}&region=Region+7" for what in rows),
        *(f"/staff/results/rows?what={what}&since={YEAR[0]}&until={YEAR[1]}" for what in rows),
    ]


def measure(browser: FlaskClient, engine: Any, address: str) -> dict[str, Any]:
    """One page, loaded several times: p95 in milliseconds, and its statements."""
    seen: list[str] = []
    note: Callable[..., None] = lambda _c, _k, statement, *_rest: seen.append(statement)  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", note)
    times = []
    try:
        for _ in range(TIMES):
            seen.clear()
            begun = time.perf_counter()
            response = browser.get(address)
            times.append((time.perf_counter() - begun) * 1000)
            assert response.status_code == 200, (address, response.status_code)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return {
        "page": address,
        "median_ms": round(statistics.median(times)),
        "p95_ms": round(sorted(times)[int(0.95 * TIMES) - 1]),
        "statements": len(seen),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # so that a log tells how far it is
    parser.add_argument("--leads", type=int, default=1_000_000, help="leads; every fifth has an order")
    leads = parser.parse_args().leads
    with Platform(worker=False) as platform, backdoor(platform) as inside:
        begun = time.perf_counter()
        officer = fill(inside, leads)
        print(f"filled in {time.perf_counter() - begun:.0f} s")
        begun = time.perf_counter()
        fairs = inside.session.scalars(sa.select(Fair.id).order_by(Fair.id)).all()
        for fair_id in fairs:
            service.refresh_fair(inside.session, fair_id, now=utcnow())
            inside.session.commit()
        print(f"{len(fairs)} fairs worked out in {time.perf_counter() - begun:.1f} s")
        inside.session.execute(sa.text("ANALYZE application_result, lead_result, firm_result"))
        inside.session.commit()
        begun = time.perf_counter()
        year = Selection(officer.organisation_id, since=YEAR[0], until=YEAR[1])
        service.ask_refresh(inside.session, year, now=utcnow())
        keys = [("all", ""), ("fair", str(fairs[0])), ("period", "/".join(YEAR))]
        service.estimate_scopes(inside.session, officer.organisation_id, keys, now=utcnow())
        inside.session.commit()
        print(f"intervals and curves of all, of one fair and of a year in {time.perf_counter() - begun:.1f} s")
        same = same_figures(inside, officer.organisation_id)
        browser = inside.app.test_client()
        for name, value in inside.sign_in(officer).items():
            browser.set_cookie(name, value)
        inside.session.commit()
        engine = inside.session.get_bind()
        pages = [measure(browser, engine, address) for address in addresses(fairs[0])]
    print(json.dumps(pages, indent=1))
    over = [page["page"] for page in pages if page["p95_ms"] > MOST_MS or page["statements"] > MOST_STATEMENTS]
    print(f"over {MOST_MS} ms or {MOST_STATEMENTS} statements: {over or 'none'}")
    return 0 if same and not over else 1


if __name__ == "__main__":
    sys.exit(main())
