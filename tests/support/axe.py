"""Axe, the accessibility checker, on a page of a real browser.

It is a development package of the web client: `./test` installs it.
"""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).resolve().parents[2] / "clients/web/node_modules/axe-core/axe.min.js"

#: A colour on its way from one state to the next belongs to neither. What never ends is not waited for.
_SETTLE = """() => Promise.allSettled(
  document.getAnimations()
    .filter((moving) => moving.effect?.getComputedTiming().endTime !== Infinity)
    .map((moving) => moving.finished)
).then(() => null)"""


async def no_faults(page: Page) -> None:
    """Axe finds nothing serious or critical on the page, once what moves has come to rest."""
    await page.evaluate(AXE.read_text("utf-8"))
    await page.evaluate(_SETTLE)
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    faults = [fault for fault in found["violations"] if fault["impact"] in {"serious", "critical"}]
    assert not faults, [(fault["id"], fault["nodes"][0]["html"]) for fault in faults]
