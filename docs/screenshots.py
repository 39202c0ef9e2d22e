"""Takes the pictures in docs/report: the report page on the incident, at three widths, light and dark.

Needs Playwright and a Chromium on the machine; none is downloaded.

Usage:
    python docs/screenshots.py
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from base64 import b64decode
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import aws_cdk as cdk  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from seawall.engine import report_of  # noqa: E402
from seawall.report.format import Screen, format_named  # noqa: E402
from seawall.template import load  # noqa: E402
from stacks.review_incident import ReviewServerIncidentStack  # noqa: E402
from stacks.webhook_incident import WebhookIncidentStack  # noqa: E402

TARGET = ROOT / "docs" / "report"
SIZES = ((390, 844), (768, 1024), (1280, 900))
SECTIONS = ("attempts", "flows", "loops", "images")
"""Shown once each, besides the head of the page."""
SHARPNESS, QUALITY = 1.5, 80


def main() -> None:
    """Write the page on the incident somewhere, and take its pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("needs Chromium")
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as driver:
        page = write_page(Path(directory))
        browser = driver.chromium.launch(executable_path=chromium)
        for scheme in ("light", "dark"):
            for width, height in SIZES:
                shoot(browser, page, f"page-{width}-{scheme}", width, height, scheme)
        for number, section in enumerate(SECTIONS):
            shoot(browser, page, section, 1280, 900, ("light", "dark")[number % 2], section)
        browser.close()


def write_page(directory: Path) -> Path:
    """The page on the stacks of the incident, with paths as they read where the app stands."""
    app = cdk.App(outdir=str(directory / "cdk.out"))
    WebhookIncidentStack(app, "WebhookIncident")
    ReviewServerIncidentStack(app, "ReviewServerIncident")
    app.synth()
    os.chdir(directory)
    page = directory / "report.html"
    page.write_text(format_named("html").render(report_of(load(["cdk.out"])), Screen()), "utf-8")
    return page


def shoot(browser: Browser, page: Path, name: str, width: int, height: int, scheme: str, section: str = "") -> None:
    """One picture: the head of the page, or one of its sections with what is folded in it."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=SHARPNESS,
        reduced_motion="reduce",
    )
    tab = context.new_page()
    tab.goto(page.as_uri())
    if section:
        tab.evaluate("document.querySelectorAll('#flows details').forEach((each) => { each.open = true; })")
        tab.evaluate(f"document.getElementById('{section}').scrollIntoView()")
    taken = context.new_cdp_session(tab).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (TARGET / f"{name}.webp").write_bytes(b64decode(taken["data"]))
    context.close()


if __name__ == "__main__":
    main()
