"""What the tests of saved alignments share: pictures made by hand, and a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from seq2seq_cli.search.alignment import Alignment
from seq2seq_cli.views.picture import Picture

MakePicture = Callable[..., Picture]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def make_picture() -> MakePicture:
    """Makes a picture of words between spaces, both sides ended by `</s>`.

    Without weights, each target word looks at the source word beside it: 90 %, the rest evenly.
    """

    def make(
        source: str,
        target: str,
        weights: ArrayLike | None = None,
        *,
        run: str = "demo (bahdanau)",
        rank: int = 1,
        moment: str = "",
        unknown: Mapping[str, Sequence[str]] | None = None,
    ) -> Picture:
        columns, rows = [*source.split(" "), "</s>"], [*target.split(" "), "</s>"]
        unknown = {word: tuple(closest) for word, closest in (unknown or {}).items()}
        shape = (len(rows), len(columns))
        alignment = Alignment(
            source=tuple(columns),
            target=tuple(rows),
            weights=_diagonal(*shape) if weights is None else np.array(weights, dtype=np.float64),
            log_probs=tuple(-0.25 * row for row in range(len(rows))),
            source_known=tuple(word not in unknown for word in columns),
            source_end=True,
            target_end=True,
        )
        return Picture(
            sentence=source,
            run=run,
            rank=rank,
            moment=moment,
            text=target,
            score=-0.5 * rank,
            alignment=alignment,
            unknown=unknown,
        )

    return make


def _diagonal(rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    weights = np.full((rows, columns), 0.1 / max(1, columns - 1))
    for row in range(rows):
        weights[row, min(columns - 1, row * columns // rows)] = 0.9
    return weights


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium; required in CI, optional elsewhere."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        message = "Chromium and chromedriver are not both on the PATH"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=driver)
    opened = webdriver.Chrome(options=options, service=service)
    yield opened
    opened.quit()


class Page:
    """A saved file in the browser; what the browser complains of fails the test at its end."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def open(self, path: Path) -> None:
        self.browser.get(path.as_uri())

    def emulate(self, **features: str) -> None:
        """Media features, such as `prefers_color_scheme="dark"`."""
        named = [{"name": name.replace("_", "-"), "value": v} for name, v in features.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})

    def resize(self, width: int, height: int, *, mobile: bool = False) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def all(self, selector: str) -> list[Any]:
        return list(self.browser.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        """The text as written, with narrow no-break spaces as spaces."""
        return str(self.one(selector).get_property("textContent")).replace("\u202f", " ")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def complaints(self) -> list[str]:
        return [str(entry["message"]) for entry in self.browser.get_log("browser")]


@pytest.fixture
def page(chromium: Any) -> Iterator[Page]:
    """The browser as a desktop window in light colours."""
    opened = Page(chromium)
    chromium.get("about:blank")
    opened.complaints()
    opened.resize(1200, 900)
    opened.emulate(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    yield opened
    assert opened.complaints() == []
