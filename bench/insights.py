"""The pages of figures of a million customers with twenty million orders: server time and queries of each."""

import time

from bench import companies
from bench.browser import Browser
from bench.measuring import report, sample
from segmentation.insight import renewing
from segmentation.prediction import making, predicting
from tenancy import context, jobs
from tenancy.models import Job

PAGES = {
    "overview": "insights/", "year": "insights/?days=365", "grid": "rfm/", "flow": "insights/flow/",
    "cohorts": "insights/cohorts/", "tops": "insights/tops/", "pairs": "insights/pairs/", "churn": "insights/churn/",
    "value": "insights/value/", "win_back": "insights/win-back/", "segments": "segments/", "home": "",
    "champions": "customers/?r=5&f=5",
}  # fmt: skip
TURNS = 12
LIMIT, MOST_QUERIES = 300, 12


def main() -> None:
    tenant_id = companies.get_bought()
    for kind, ask in (
        (renewing.KIND, lambda: renewing.begin(enqueue=False)),
        (making.KIND, lambda: None if predicting.in_use() else making.ask(by=None, enqueue=False)),
    ):
        begun = time.perf_counter()
        with context.entered(tenant_id):
            job = ask()
        if job is None:
            continue
        jobs.run(tenant_id, job.id, take_over=True)
        with context.entered(tenant_id):
            assert Job.objects.get(id=job.id).state == Job.State.DONE
        report(f"insights.job.{kind}", time.perf_counter() - begun, "s")
    browser = Browser(companies.BOUGHT)
    for name, address in PAGES.items():
        browser.get(address)
        ours = sample(browser.get, [address] * TURNS)
        asked = browser.queries(address).asked
        report(
            f"insights.{name}", ours.p95, "ms p95", limit=LIMIT, n=TURNS, p50=ours.p50, queries=len(asked),
            most_queries=MOST_QUERIES, slowest_query=max((took for _sql, took in asked), default=0),
        )  # fmt: skip
