"""One run of the simulation."""

import os
import statistics
import time
from collections.abc import Mapping
from contextlib import nullcontext

from django.db import connection

from loyalty.simulation import company, judging, servers
from loyalty.simulation.clerks import Clerk
from tenancy import context


def simulate(
    *, clerks: int, seconds: float, kill: bool,
    environment: Mapping[str, str] = os.environ, application: str = "crm.wsgi",
) -> dict:  # fmt: skip
    """Figures of the run, as `simulate_till` prints them. Writes a company of its own into the database."""
    shop = company.open_company(clerks)
    connection.close()
    with servers.running(environment, application) as running:
        began = time.monotonic()
        staff = [
            Clerk(running.port, secret, shop.members, began + seconds, seed) for seed, secret in enumerate(shop.secrets)
        ]
        with servers.killing(running) if kill else nullcontext():
            for clerk in staff:
                clerk.start()
            for clerk in staff:
                clerk.join()
        took, kills = time.monotonic() - began, running.kills
    told = [clerk.told for clerk in staff]
    with context.entered(shop.tenant_id):
        faults = judging.judge(told, shop.members)
    answered = sorted(second * 1000 for one in told for second in one.seconds)
    confirms = sum(len(one.sold) for one in told)
    return {
        "confirms": confirms,
        "refused": sum(one.refused for one in told),
        "replays": sum(one.replays for one in told),
        "unanswered": sum(one.unanswered for one in told),
        "returns": sum(len(one.given_back) for one in told),
        "kills": kills,
        **faults,
        "p50_ms": round(statistics.median(answered), 1) if answered else None,
        "p95_ms": round(answered[int(len(answered) * 0.95)], 1) if answered else None,
        "tps": round(confirms / took, 1),
    }
