"""Pages hold in a language whose words are longer than those of English, on the smallest of screens."""

import pytest
from playwright.sync_api import Browser

from tests.backdoor import Backdoor
from tests.browser.test_axe import sign_in
from tests.journeys.platform import Platform
from tests.main_pages import main_pages

pytestmark = pytest.mark.browser

#: Every word of the page becomes two fifths longer, as if it had been translated.
LENGTHEN = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replace(
      /\\p{L}+/gu, word => word + 'ö'.repeat(Math.round(word.length * 0.4)));
  }
}"""


def test_words_two_fifths_longer_fit_a_screen_of_320_px(
    chromium: Browser, demonstration: Platform, inside: Backdoor
) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 700})
    screen = context.new_page()
    wide = []
    for page in main_pages(inside):
        sign_in(context, page, demonstration, inside)
        screen.goto(demonstration.base + page.address)
        screen.evaluate(LENGTHEN)
        width = screen.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide.append((page.name, width))
    context.close()
    assert wide == []
