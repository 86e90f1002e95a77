"""The report's page in a real browser, opened from its file."""

from __future__ import annotations

import page_fixtures
import pytest
from page_fixtures import Written, watched
from page_run import EVIL_CLIP, EVIL_CODEC
from playwright.sync_api import Browser, Page

from codecbench.categories import EVERY

written = page_fixtures.written
browser = page_fixtures.browser
page = page_fixtures.page

SUMMARY = f"#summary [data-panel='{EVERY}'] "
CURVES = "#rate "


def texts(page: Page, selector: str) -> list[str]:
    """Text of all elements."""
    return page.locator(selector).all_inner_texts()


def order(page: Page, column: int) -> list[float]:
    """The sort keys of a column of the summary, from above."""
    cells = page.locator(f"{SUMMARY} tbody tr > :nth-child({column})")
    found: list[str] = cells.evaluate_all("cells => cells.map(cell => cell.dataset.order)")
    return [float(value) for value in found]


def test_it_opens_from_its_file_with_every_section(page: Page) -> None:
    sections = texts(page, "section > h2")
    assert sections[:3] == ["Summary", "Rate and quality", "Frontier"]
    assert sections[-3:] == ["Listen", "Missing", "Provenance"]
    assert texts(page, "nav a") == sections
    for link in page.locator("nav a").all():
        assert page.locator(link.get_attribute("href") or "none").count() == 1


def test_hostile_names_are_text(page: Page) -> None:
    assert f"folder:{EVIL_CODEC}" in page.locator("h1").inner_text()
    assert page.locator("img").count() == 0
    assert page.locator("[onerror]").count() == 0
    assert EVIL_CLIP in page.locator("#provenance").inner_text()
    assert "49" not in page.locator("h1").inner_text()  # 7 * 7, had a template been run
    assert "bench report run <b>" in texts(page, ".command")


def test_a_heading_sorts_by_numbers_and_again_the_other_way(page: Page) -> None:
    heading = page.locator(f"{SUMMARY} thead th").nth(1)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert order(page, 2) == sorted(order(page, 2))
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert order(page, 2) == sorted(order(page, 2), reverse=True)
    others = page.locator(f"{SUMMARY} thead th[aria-sort=none]")
    assert others.count() == page.locator(f"{SUMMARY} thead th").count() - 1


def test_where_more_is_better_the_first_click_shows_the_best(page: Page) -> None:
    heading = page.locator(f"{SUMMARY} thead th", has_text="SI-SDR")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"


def test_the_choice_of_a_category_shows_its_table(page: Page) -> None:
    assert texts(page, "#summary caption:visible") == ["Means over all clips (6 clips)"]
    page.locator("#summary select").select_option("music")
    assert texts(page, "#summary caption:visible") == ["Means over music (3 clips)"]


def ticks(page: Page) -> list[str]:
    """The bitrates at the first panel's axis."""
    return page.locator(f"{CURVES} .plot:first-child .x-tick").all_text_contents()


def drag(page: Page, start: float, end: float) -> None:
    """Drag over the first panel between two shares of its width."""
    box = page.locator(f"{CURVES} svg[tabindex]").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * (start + end) * box["width"], box["y"] + 60)
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 60)
    page.mouse.up()


def test_dragging_zooms_and_reset_goes_back(page: Page) -> None:
    page.locator(CURVES).scroll_into_view_if_needed()
    before = ticks(page)
    low, high = (float(field.input_value()) for field in page.locator(f"{CURVES} .rate").all())
    drag(page, 0.3, 0.6)
    fields = [float(field.input_value()) for field in page.locator(f"{CURVES} .rate").all()]
    assert low < fields[0] < fields[1] < high
    assert ticks(page) != before
    assert all(fields[0] <= float(tick) <= fields[1] for tick in ticks(page))
    page.get_by_role("button", name="Reset zoom").first.click()
    assert ticks(page) == before
    drag(page, 0.3, 0.6)
    page.locator(f"{CURVES} svg[tabindex]").first.dblclick()
    assert ticks(page) == before


def test_fields_zoom_without_a_mouse(page: Page) -> None:
    page.locator(f"{CURVES} .rate").first.fill("20")
    page.keyboard.press("Tab")
    assert min(float(tick) for tick in ticks(page)) >= 20


def test_pointing_at_a_mark_tells_its_exact_values(page: Page, written: Written) -> None:
    summary = written.report.summary
    mel = summary[(summary.metric == "mel") & (summary.category == EVERY)]
    row = mel[(mel["series"] == "opus") & (mel.point == "16")].iloc[0]
    panel = page.locator(f"{CURVES} .plot", has_text="Mel distance")
    panel.scroll_into_view_if_needed()
    marks = panel.locator(f"use[href='{symbol(page, 'opus')}']")
    box = marks.nth(1).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    words = page.locator(f"{CURVES} .tip").inner_text()
    assert "opus" in words
    assert f"{row.bitrate_bps / 1000:.1f} kbps" in words
    shown = [float(word) for word in words.split() if word.replace(".", "").isdigit()]
    for value in (row["mean"], row.ci_low, row.ci_high):
        assert any(number == pytest.approx(value, abs=0.006) for number in shown)


def symbol(page: Page, label: str) -> str:
    """The address of a series' marker, as the legend shows it."""
    button = page.locator(f"{CURVES} .legend button", has_text=label).first
    return button.locator("use").get_attribute("href") or ""


def test_arrow_keys_walk_from_mark_to_mark(page: Page) -> None:
    panel = page.locator(f"{CURVES} svg[tabindex]").first
    panel.focus()
    seen = []
    for _ in range(3):
        panel.press("ArrowRight")
        seen.append(page.locator(f"{CURVES} .tip").inner_text())
    assert len(set(seen)) == 3
    panel.press("ArrowLeft")
    assert page.locator(f"{CURVES} .tip").inner_text() == seen[1]


def test_the_legend_hides_a_codec(page: Page) -> None:
    button = page.locator(f"{CURVES} .legend button", has_text="mp3")
    marks = page.locator(f"{CURVES} .plot use[href='{symbol(page, 'mp3')}']")
    assert marks.count() > 0
    button.press("Space")
    assert button.get_attribute("aria-pressed") == "false"
    assert marks.count() == 0
    for other in page.locator(f"{CURVES} .legend button").all():
        if other.get_attribute("aria-pressed") == "true":
            other.click()
    for words in page.locator(f"{CURVES} .plot:visible svg[tabindex]").all_text_contents():
        assert words == "All codecs of this chart are hidden."


def test_a_phone_does_not_scroll_sideways(browser: Browser, written: Written) -> None:
    with watched(browser, written.facts.path, width=390) as phone:
        phone.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
        assert phone.evaluate("document.scrollingElement.scrollWidth") <= 390
        strips = phone.locator(".strips:visible")
        assert strips.count() > 0
        for box in [strip.bounding_box() for strip in strips.all()]:
            assert box
            assert box["x"] + box["width"] <= 390


def test_without_scripts_all_tables_and_a_picture_are_there(
    browser: Browser, written: Written
) -> None:
    with watched(browser, written.facts.path, scripts=False) as still:
        assert still.locator("#summary table:visible").count() == 3
        assert still.locator("img.still").evaluate("image => image.naturalWidth") > 300
        assert still.locator(".scripted:visible").count() == 0


CONTRASTS = """
() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => channels(colour).slice(0, 3).reduce((sum, value, i) => {
    const c = value / 255;
    return sum + [0.2126, 0.7152, 0.0722][i] * (c <= 0.04045 ? c / 12.92
      : ((c + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const parts = channels(colour);
      if (parts.length < 4 || parts[3] === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const worst = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const box = node.getBoundingClientRect();
    if (!own || !box.width || node.closest("svg, script, noscript, :disabled")) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) worst.push([ratio, node.outerHTML.slice(0, 200)]);
  }
  return worst;
}
"""


def test_text_stands_out_from_what_is_behind_it(page: Page) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert page.evaluate(CONTRASTS) == []
