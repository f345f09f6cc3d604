"""The whole chain in chromium, by the same story that is played over plain HTTP."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.tourist import Tourist
from tests.journeys.platform import Platform
from tests.journeys.story import LINKS, Story


@pytest.mark.browser
def test_five_people_take_a_fair_from_publication_to_a_confirmed_order(chromium: Browser, tmp_path: Path) -> None:
    album = Path(os.environ.get("FAIRLINK_SCREENSHOTS") or tmp_path)
    album.mkdir(parents=True, exist_ok=True)
    with Platform() as platform:
        story = Story(platform, lambda base: Tourist(base, chromium, album))
        story.play()
    assert [link for link in LINKS if link not in story.links] == []
    photographs = {file.name for file in album.glob("*.png")}
    assert {"home-360.png", "home-1280.png", "follow-up-360.png"} <= photographs
