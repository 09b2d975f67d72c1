"""The OpenAPI document is valid and complete, and its page keeps to the content security policy."""

import base64
import hashlib
import json
import re

import pytest
from django.core.management import call_command

from crm.api import documents, urls
from crm.api.schema import SETTINGS
from tests.api.addresses import ADDRESSES
from tests.api.contract import opened, template_of
from tests.api.test_permissions import path_of

REFUSALS = {
    (template_of(path_of(name)), method.lower()): statuses
    for name, address in ADDRESSES.items()
    for method, statuses in address.refusals.items()
}
CHROMIUM = "/usr/bin/chromium"


def test_document_is_valid_and_made_without_a_warning(tmp_path):
    path = tmp_path / "openapi.json"
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(path),
        "--custom-settings", "crm.api.schema.SETTINGS",
    )  # fmt: skip
    assert json.loads(path.read_text())["paths"].keys() == opened()["paths"].keys()


def test_document_is_for_everybody_and_names_every_operation(client, db):
    answer = client.get("/api/v1/schema/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    found = {path: set(operations) for path, operations in answer.json()["paths"].items()}
    assert found == {
        template_of(path_of(name)): {method.lower() for method in address.needs} for name, address in ADDRESSES.items()
    }


def test_every_operation_says_who_may_and_what_can_go_wrong():
    ids = []
    for path, operations in opened()["paths"].items():
        for method, operation in operations.items():
            problems = {"400", "401", "403", "429", "503"} | ({"404"} if "{" in path else set())
            problems |= {"409"} if "{customer_id}" in path else set()
            problems |= set() if method == "get" else {"409", "413", "415", "422"}
            problems |= REFUSALS.get((path, method), set())
            found = {status for status in operation["responses"] if status >= "400"}
            assert (operation["security"], found, bool(operation["summary"])) == (
                [{"token": []}],
                problems,
                True,
            )
            kinds = {kind for status in problems for kind in operation["responses"][status]["content"]}
            assert kinds == {"application/problem+json"}
            ids.append(operation["operationId"])
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("Idempotency-Key" in names) == (method != "get")
    assert len(ids) == len(set(ids))


def test_bodies_are_closed_and_bounded():
    def unbounded(place, schema):
        if (
            schema.get("type") == "object"
            and "properties" in schema
            and schema.get("additionalProperties") is not False
        ):
            yield place
        if "string" in schema.get("type", ()) and not schema.keys() & {
            "maxLength",
            "enum",
            "format",
            "pattern",
        }:
            yield place
        if schema.get("type") == "array" and "maxItems" not in schema:
            yield place
        for name, inner in schema.get("properties", {}).items():
            yield from unbounded(f"{place}.{name}", inner)

    bodies = {name: schema for name, schema in opened()["components"]["schemas"].items() if name.endswith("Body")}
    assert len(bodies) >= 8
    assert [place for name, schema in bodies.items() for place in unbounded(name, schema)] == []


def test_only_the_page_relaxes_the_policy_and_only_for_its_own_style(client, db):
    page = client.get("/api/v1/docs/")
    (style,) = re.findall(r"<style>(.*?)</style>", page.content.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" == documents.INLINE_STYLE
    usual = client.get("/api/v1/schema/")["Content-Security-Policy"]
    relaxed = page["Content-Security-Policy"].replace(f" {documents.INLINE_STYLE}", "")
    assert sorted(relaxed.split("; ")) == sorted(usual.split("; "))


def test_docs_need_no_token_and_have_a_name(client, db):
    assert {pattern.name for pattern in urls.urlpatterns} >= {"api-docs", "api-schema"}
    assert client.get("/api/v1/docs/?script=").status_code == 200
    assert SETTINGS["TITLE"] in client.get("/api/v1/docs/").content.decode()


@pytest.mark.browser
def test_page_shows_the_operations_without_a_violation(live_server, db):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(
            "window.violations = [];"
            "document.addEventListener('securitypolicyviolation',"
            " e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));"
        )
        page.goto(f"{live_server.url}/api/v1/docs/")
        page.wait_for_selector(".opblock")
        operations = page.locator(".opblock").count()
        page.locator(".opblock-summary-control").first.click()
        page.wait_for_selector(".opblock-body .responses-table")
        page.get_by_role("button", name="Try it out").first.click()
        page.get_by_role("button", name="Authorize").first.click()
        page.wait_for_selector(".dialog-ux")
        violations = page.evaluate("window.violations")
        browser.close()
    assert (operations, violations, complaints) == (sum(len(a.needs) for a in ADDRESSES.values()), [], [])
