"""Many people at once on a platform of one's own: signed-in browsers that press their buttons together."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from tests.journeys.platform import Platform

#: So many people load their page at a time while they arrive.
ARRIVING = 8
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Press:
    """A button: the page it is on, the address of its form, what is filled in, and who presses it."""

    cookie: dict[str, str]
    page: str
    action: str
    filled: dict[str, str] = field(default_factory=dict)


def press_at_once(platform: Platform, presses: Sequence[Press]) -> list[httpx.Response]:
    """Everybody opens their page one after another, then all press their buttons together."""
    return asyncio.run(_press_at_once(platform.base, presses))


async def _press_at_once(base: str, presses: Sequence[Press]) -> list[httpx.Response]:
    # A connection for each press: gunicorn must take them all at once.
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
    browsers = [httpx.AsyncClient(base_url=base, cookies=each.cookie, limits=limits, timeout=300) for each in presses]
    gate = asyncio.Semaphore(ARRIVING)

    async def arrive(browser: httpx.AsyncClient, press: Press) -> str:
        async with gate:
            page = await browser.get(press.page)
        _, found, form = page.text.partition(f'action="{press.action}"')
        token = _TOKEN.search(form)
        assert found, f"no form to {press.action} on {press.page}: {page.status_code}"
        assert token is not None, f"no token in the form to {press.action}"
        return token[1]

    tokens = await asyncio.gather(*map(arrive, browsers, presses))
    answers = await asyncio.gather(
        *(
            browser.post(press.action, data=press.filled | {"csrf_token": token})
            for browser, press, token in zip(browsers, presses, tokens, strict=True)
        )
    )
    for browser in browsers:
        await browser.aclose()
    return answers


def is_done(answer: httpx.Response) -> bool:
    """Whether the press did what the button says: the answer leads on to the next page."""
    return answer.status_code in (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)


def server_errors(answers: Sequence[httpx.Response]) -> int:
    """How many answers are faults of ours."""
    return sum(answer.is_server_error for answer in answers)
