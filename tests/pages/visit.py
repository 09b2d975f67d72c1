"""Somebody in front of a screen: opens pages, and finds what nobody should meet there."""

from functools import cache

from tests.cast import PASSWORD

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
HEIGHTS = {360: 740, 1024: 768, 1280: 900}


@cache
def _axe():
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


class Visit:
    def __init__(self, browser, url: str, *, language="en", width=1280, theme="light", scripts=True):
        self.url, self.scripts = url, scripts
        self.context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme=theme,
            has_touch=width < 500,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        self.context.add_cookies([{"name": "django_language", "value": language, "url": url}])
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.pages: set[str] = set()
        self.heard: list[tuple[str, str]] = []
        self.page.on("response", self._answered)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.heard.append((str(error), "")))

    def _answered(self, response) -> None:
        if response.request.is_navigation_request():
            self.pages.add(response.url)

    def _heard(self, message) -> None:
        if message.type in ("error", "warning"):
            self.heard.append((message.text, message.location.get("url", "")))

    def complaints(self) -> list[str]:
        """What the browser complained of since the last time; that a page itself is a 404 is no complaint."""
        heard, self.heard = self.heard, []
        return [
            f"{text} {url}" for text, url in heard if "Failed to load resource" not in text or url not in self.pages
        ]

    def log_in(self, email: str = "ada@example.com") -> None:
        self.open("/login/")
        self.page.fill("[name=username]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.follow("button.primary")

    def open(self, path: str, *, status: int = 200) -> None:
        response = self.page.goto(self.url + path)
        assert response.status == status, (path, response.status)
        self.settle()

    def press(self, selector: str) -> None:
        """Press what changes a part of the page."""
        self.page.locator("main").locator(selector).first.click()
        self.settle()

    def follow(self, selector: str) -> None:
        """Press what leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator("main").locator(selector).first.click()
        self.settle()

    def settle(self) -> None:
        """Until what the page loads after itself is there."""
        self.page.wait_for_load_state("load")
        if self.scripts:
            self.page.locator(".later, .htmx-request").first.wait_for(state="detached")

    def faults(self) -> list[str]:
        """What is wrong with the page as it stands: accessibility, width, complaints."""
        found = _axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
        faults = [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for rule in found
            for node in rule["nodes"]
        ]
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            faults.append(f"{beyond} pixels too wide")
        return faults + self.complaints()

    def close(self) -> None:
        self.context.close()
        assert self.complaints() == []
