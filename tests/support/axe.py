"""Axe, the accessibility checker, on a page of a real browser.

It is a development package of the web client: `./test` installs it.
"""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).resolve().parents[2] / "clients/web/node_modules/axe-core/axe.min.js"

#: A colour on its way from one state to the next belongs to neither. What never ends is not waited for.
_SETTLE = """() => Promise.allSettled(
  document.getAnimations()
    .filter((moving) => moving.playState === 'running')
    .filter((moving) => moving.effect?.getComputedTiming().endTime !== Infinity)
    .map((moving) => moving.finished)
).then(() => null)"""
#: Looks at the page; what began to move while axe looked, it saw on its way.
_LOOKS = 4


async def no_faults(page: Page) -> None:
    """Axe finds nothing serious or critical on the page, once what moves has come to rest."""
    await page.evaluate(AXE.read_text("utf-8"))
    faults: list[tuple[str, str]] = []
    for _ in range(_LOOKS):
        await page.evaluate(_SETTLE)
        faults = await _faults(page)
        if not faults:
            return
    raise AssertionError(faults)


async def _faults(page: Page) -> list[tuple[str, str]]:
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    faults = [fault for fault in found["violations"] if fault["impact"] in {"serious", "critical"}]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in faults]
