"""What the tests of every page ask of it: its widths, what is to be seen, and whether text stands out."""

from __future__ import annotations

from tests.browser.chromium import Page

PHONE, DESKTOP = 390, 1280
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
# The text whose contrast with what is behind it is less than 4.5.
CONTRAST = """
(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!says || !element.checkVisibility() || element.closest(".vh, .skip, symbol")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
})()
"""
SEEN = "[...document.querySelectorAll('{}')].filter((one) => one.checkVisibility()).length"


def seen(opened: Page, selector: str) -> int:
    """Return how many of what the selector names are to be seen."""
    number = opened.value(SEEN.format(selector))
    assert isinstance(number, int)
    return number


__all__ = ("CONTRAST", "DESKTOP", "OPEN_ALL", "PHONE", "seen")
