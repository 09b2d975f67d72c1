"""Importing a file of customers into an empty company, beside COPY and upsert of the very rows it makes.

ROWS=1000000 make bench NAME=import_customers measures a million.
"""

import csv
import os
import tempfile
import time
from itertools import islice
from pathlib import Path
from uuid import UUID

from bench import companies, invented
from bench.import_orders import imported
from bench.measuring import report
from bench.plain import Plain
from crm.lib import tables
from customers import identities, imports
from customers.imports import kinds, surveys, working
from customers.imports.kinds import Rejected
from customers.models import Customer, Source
from tenancy import context

COUNT = int(os.environ.get("ROWS", "100000"))
ONE = ("customers_customer",)
ALL = (
    "customers_customer",
    "customers_sourcerecord",
    "customers_sourceversion",
    "customers_identifier",
    "webhooks_change",
)
HEADER = ["会员编号", "姓名", "手机", "邮箱", "性别", "生日", "城市", "地址", "会员卡号"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, later = Path(folder) / "customers.csv", Path(folder) / "later.csv"
        write(first, "S1")
        write(later, "S2")
        tenant_id = companies.empty().id
        written, made = written_of_ready_rows(tenant_id, first)
        one, every = Plain(tenant_id, ONE), Plain(tenant_id, ALL)
        limit, limit_all = COUNT / one.write(), COUNT / every.write()
        report("import_customers.cleaned", COUNT / written, "rows/s", limit=limit, n=COUNT)
        report(
            "import_customers.cleaned_all_rows", COUNT / written, "rows/s", limit=limit_all, n=COUNT, rows=every.rows
        )
        report("import_customers.made_ready", COUNT / made, "rows/s", n=COUNT)
        slug = companies.empty().slug
        shown = ("created", "updated", "unchanged", "rejected", "peak_mb")
        for name, path in (("everything", first), ("again", first), ("changed", later)):
            ran = imported(slug, path, "import_customers")
            figures = {key: ran[key] for key in shown}
            figures["child_cpu"] = ran["cpu"]
            report(f"import_customers.{name}", COUNT / ran["seconds"], "rows/s", limit=limit, n=COUNT, **figures)
        bare = COUNT / one.write()
        report("import_customers.limit_again", bare, "rows/s", limit=limit, n=COUNT)
        few = min(COUNT, 20_000)
        report("import_customers.bulk_create", few / bulk_created(few), "rows/s", limit=limit, n=few)


def write(path: Path, street: str) -> None:
    """Customers as a shop exports them; `street` makes another version of each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for number, person in enumerate(invented.people(0, COUNT, seed="bench")):
            phone = person.phone.removeprefix("+86")
            address = (
                f"浙江省杭州市西湖区{street}路{number % 900}号{number % 40}栋{number % 4 + 1}单元{number % 30}02室"
            )
            told = [person.gender, f"19{50 + number % 50}-0{number % 9 + 1}-1{number % 9}", person.city, address]
            out.writerow([f"M{number}", person.name, phone, person.email or "", *told, person.card])


def written_of_ready_rows(tenant_id: UUID, path: Path) -> tuple[float, float]:
    """Seconds of identities.write on words that are made and encrypted, and those to make them."""
    importer = kinds.of("customers")
    written = made = 0.0
    with context.entered(tenant_id):
        source = Source.objects.create(key="crm")
        survey = surveys.make(str(path), filename=path.name, plan=imports.Plan(), columns=importer.columns())
        reader = importer.reader(str(path), survey, source)
    items = reader.read(tables.rows(path, survey.profile, survey.sheet.name))
    for number in range(COUNT):
        begun = time.perf_counter()
        chunk = [item for item in islice(items, working.CHUNK) if not isinstance(item, Rejected)]
        reader.prepare(chunk)
        made += time.perf_counter() - begun
        if not chunk:
            break
        begun = time.perf_counter()
        with context.entered(tenant_id):
            identities.write([item.word for item in chunk], maker=reader.maker, source=source)
            if number in working.GROWN:
                importer.renew_statistics()
        written += time.perf_counter() - begun
    return written, made


def bulk_created(count: int) -> float:
    """Seconds of Django's bulk_create of the customers alone, their fields encrypted by the model."""
    with context.entered(companies.empty().id):
        rows = [
            Customer(
                name=person.name, phone=person.phone, email=person.email, city=person.city,
                **dict(zip(("name_key", "given_key", "pinyin", "initials"), invented.forms(person.name), strict=True)),
            )
            for person in invented.people(0, count, seed="bench")
        ]  # fmt: skip
        begun = time.perf_counter()
        Customer.objects.bulk_create(rows, batch_size=1000)
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
