"""What is known of a company's goods, worked out from all orders by night and kept as a few rows per product."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.uuids import uuid7
from sales.models import Order
from segmentation import stats
from segmentation.models import OfferRules
from tenancy import audit, jobs
from tenancy.database.bulk import analyze, fetch, stage
from tenancy.models import Job, Membership, Tenant

KIND = "offers"
LONGEST_WRITE = timedelta(hours=1)

PULLS = """
    INSERT INTO segmentation_productpull AS p (tenant_id, product_id, lately, share, baskets)
    SELECT %(tenant)s, product_id, lately, share, baskets FROM new_pulls
    ON CONFLICT (tenant_id, product_id) DO UPDATE
        SET lately = excluded.lately, share = excluded.share, baskets = excluded.baskets
    WHERE (p.lately, p.share, p.baskets) IS DISTINCT FROM (excluded.lately, excluded.share, excluded.baskets)
"""
GONE_PULLS = """
    DELETE FROM segmentation_productpull p
    WHERE NOT EXISTS (SELECT FROM new_pulls n WHERE n.product_id = p.product_id)
"""
NEIGHBOURS = """
    INSERT INTO segmentation_productneighbour AS p
        (id, tenant_id, product_id, other_id, together, confidence, similarity)
    SELECT id, %(tenant)s, product_id, other_id, together, confidence, similarity FROM new_neighbours
    ON CONFLICT (tenant_id, product_id, other_id) DO UPDATE
        SET together = excluded.together, confidence = excluded.confidence, similarity = excluded.similarity
    WHERE (p.together, p.confidence, p.similarity)
        IS DISTINCT FROM (excluded.together, excluded.confidence, excluded.similarity)
"""
GONE_NEIGHBOURS = """
    DELETE FROM segmentation_productneighbour p
    WHERE NOT EXISTS (
        SELECT FROM new_neighbours n WHERE n.product_id = p.product_id AND n.other_id = p.other_id)
"""


def begin(*, by: Membership | None = None, enqueue: bool = True) -> Job | None:
    """A job that looks at all orders again; None where none has come or changed since the last time, or one
    is at work already."""
    at_work = Job.objects.filter(kind=KIND, state__in=[Job.State.WAITING, Job.State.RUNNING])
    if not is_due(rules()) or at_work.exists():
        return None
    return jobs.create(KIND, title=str(_("What goes together")), arguments={}, by=by, enqueue=enqueue)


def rules() -> OfferRules:
    """The company's; those it begins with where it has none yet."""
    return OfferRules.objects.first() or OfferRules()


def leave_out(codes: Sequence[str], *, by: Membership) -> OfferRules:
    """From now on these codes are no goods; what goes together is worked out anew."""
    row = rules()
    before, row.left_out, row.built_at = row.left_out, list(codes), None
    row.save()
    audit.record("offers.left_out", row, by=by, changes={"codes": [", ".join(before), ", ".join(codes)]})
    begin(by=by)
    return row


def is_due(rules: OfferRules) -> bool:
    """Whether an order has come or changed; one that was being written while the others were looked at counts too."""
    newest = Order.objects.aggregate(newest=Max("updated_at"))["newest"]
    return newest is not None and (rules.built_at is None or newest >= rules.built_at - LONGEST_WRITE)


@jobs.runner(KIND)
def build(job: Job) -> Iterator[None]:
    job.total = 1
    job.result = renew()
    job.done = 1
    yield


def renew() -> dict[str, int]:
    """Look at all orders and keep what differs from before; how many orders, products and pairs there are."""
    from segmentation.recommending import purchases, trying
    from segmentation.recommending.neighbours import neighbours, pull

    tenant, rows, begun = Tenant.objects.get(), rules(), timezone.now()
    found = purchases.read(tenant, until=stats.today(tenant.zone), left_out=rows.left_out)
    bought = found.purchases
    if len(bought.day):
        rows.crowd, rows.hit_rate, rows.tried = trying.choose_crowd(bought)
        rows.as_of = date.fromordinal(purchases.EPOCH.toordinal() + bought.last_day)
        _keep(found.product_ids, pull(bought), neighbours(bought))
    else:
        rows.crowd, rows.hit_rate, rows.tried, rows.as_of = OfferRules().crowd, None, 0, None
        _keep([], None, None)
    rows.orders, rows.built_at = bought.baskets, begun
    rows.save()
    return {"orders": rows.orders, "products": len(found.product_ids)}


def _keep(product_ids: list[UUID], pulls, found) -> None:
    """Write the rows that moved; figures are rounded to six places, so that what is the same stays the same."""
    tenant = {"tenant": Tenant.objects.values_list("id", flat=True).get()}
    stage("new_pulls", "product_id uuid, lately float8, share float8, baskets int", _pulls(product_ids, pulls))
    fetch(GONE_PULLS)
    fetch(PULLS, tenant)
    stage(
        "new_neighbours",
        "id uuid, product_id uuid, other_id uuid, together int, confidence float8, similarity float8",
        _pairs(product_ids, found),
    )
    fetch(GONE_NEIGHBOURS)
    fetch(NEIGHBOURS, tenant)
    analyze("segmentation_productpull", "segmentation_productneighbour")


def _pulls(product_ids: list[UUID], pulls) -> Iterable[tuple]:
    if pulls is not None:
        columns = (pulls.lately.round(6).tolist(), pulls.share.round(6).tolist(), pulls.baskets.tolist())
        yield from zip(product_ids, *columns, strict=True)


def _pairs(product_ids: list[UUID], found) -> Iterable[tuple]:
    if found is None:
        return
    columns = (
        found.together.astype(int).tolist(),
        found.confidence.round(6).tolist(),
        found.similarity.round(6).tolist(),
    )
    for product, other, *figures in zip(found.product.tolist(), found.other.tolist(), *columns, strict=True):
        yield uuid7(), product_ids[product], product_ids[other], *figures
