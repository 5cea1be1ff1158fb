"""A report in headless Chromium: what a reader does there, and what is to be seen."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_MEASURE = """
window.measured = [];
for (const kind of ['click', 'input']) addEventListener(kind, (event) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => measured.push(performance.now() - event.timeStamp);
  port2.postMessage(0);
}), true);
"""
_CONTRAST = """
const parts = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
const behind = (node) => { for (let each = node; each; each = each.parentElement) { const found = parts(getComputedStyle(each).backgroundColor); if (found.length < 4 || found[3]) return found; } return [255, 255, 255]; };
return [...document.querySelectorAll('h1, h2, p, a, td, th, button, label, select, .figure, .soft, .words span')].filter((node) => node.offsetParent && node.textContent.trim()).map((node) => {
  const [one, other] = [light(parts(getComputedStyle(node).color)), light(behind(node))].sort();
  return [(other + 0.05) / (one + 0.05), node.tagName + '.' + node.className + ': ' + node.textContent.slice(0, 30)];
}).sort((one, other) => one[0] - other[0])[0];
"""


class Page:
    """A report that is open."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path, width: int = 1280, media: str = "", scheme: str = "light") -> None:
        """Open a report anew in a window of this width."""
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        self.driver.get(path.as_uri())

    def ask(self, script: str) -> Any:
        """Return what an expression is in the page."""
        return self.driver.execute_script(f"return {script}")

    def click(self, selector: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, text: str) -> None:
        self.driver.find_element(By.ID, "search").send_keys(text)

    def choose(self, name: str, value: str) -> None:
        Select(self.driver.find_element(By.ID, name)).select_by_value(value)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of elements, as they are in the page and not as they are drawn."""
        found = self.ask(
            f"[...document.querySelectorAll({json.dumps(selector)})].map((each) => each.textContent)"
        )
        return list(found)

    def measure(self) -> None:
        """Take the time from now on, from each event as the browser dates it until its answer is drawn."""
        self.driver.execute_script(_MEASURE)

    def measured(self, count: int) -> list[float]:
        """Return the milliseconds that so many answers took, and forget them."""
        WebDriverWait(self.driver, 60).until(lambda _: self.ask("measured.length") >= count)
        return list(self.ask("measured.splice(0)"))

    def weakest_contrast(self) -> tuple[float, str]:
        """Return the smallest contrast of a text to what is behind it, and which text that is."""
        ratio, text = self.driver.execute_script(_CONTRAST)
        return ratio, text

    def loaded(self) -> float:
        """Return the milliseconds after which the page was whole."""
        end = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        return float(WebDriverWait(self.driver, 60).until(lambda _: self.ask(end)))

    def heap(self) -> int:
        """Return how many bytes the page's objects take, what is no longer needed left out."""
        self.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        return int(self.driver.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"])

    def colours(self, canvas: str) -> int:
        """Return how many colours a chart is drawn in."""
        return int(
            self.ask(
                f"(() => {{ const c = document.getElementById('{canvas}');"
                " const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);"
                " return new Set(d).size; })()"
            )
        )

    def complaints(self) -> list[str]:
        """Return what the browser has logged: errors of scripts, and what the policy kept from running."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextmanager
def opened() -> Iterator[Page]:
    """Start Chromium with nothing of a user's, and end it."""
    options = webdriver.ChromeOptions()
    options.binary_location = which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory() as folder:
        options.add_argument(f"--user-data-dir={folder}")
        driver = webdriver.Chrome(options=options, service=Service(which("chromedriver")))
        try:
            yield Page(driver)
        finally:
            driver.quit()
