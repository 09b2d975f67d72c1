"""Matching all records of a company beside bare DuckDB SQL that does the same with a table already loaded, and matching
one record that has changed.

ROWS=1000000 make bench NAME=matching measures a million.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from itertools import islice
from random import Random

import numpy as np
from django.db import connection

from bench import companies, plain_matching, retail
from bench.measuring import Sample, report, sample
from crm.lib.uuids import uuid7
from customers.matching import features, full, incremental, keeping, records, running, training
from customers.matching.full import Customers, Task
from customers.models import MatchModel, Source
from customers.words import Person
from tenancy import context
from tenancy.database.bulk import fetch, stage
from tenancy.models import Tenant

COUNT = int(os.environ.get("ROWS", "100000"))
LEARNED_FROM = min(COUNT, 100_000)
PORTION = 20_000
ONES = 300
STAGED = "id uuid, record_id uuid, place text, version_id uuid, features bytea, keys bigint[]"
INSERTS = [
    """INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender, city,
           industry, created_at, updated_at)
       SELECT id, %(tenant)s, 'person', '', '', '', '', '', '', '', '', now(), now() FROM staged_bench ORDER BY id""",
    """INSERT INTO customers_sourcerecord (id, tenant_id, source_id, external_id, customer_id, created_at)
       SELECT record_id, %(tenant)s, %(source)s, place, id, now() FROM staged_bench ORDER BY record_id""",
    f"""INSERT INTO customers_matchrecord (id, tenant_id, record_id, version_id, form, features, keys)
       SELECT uuidv7(), %(tenant)s, record_id, version_id, {records.FORM}, features, keys FROM staged_bench
       ORDER BY record_id""",
]


def main() -> None:
    tenant = companies.empty()
    lines = [line for line, _content in made()]
    model = learned(lines[:LEARNED_FROM])
    whole(lines, model)
    del lines
    with context.entered(tenant.id):
        metrics = {"review": model.review, "auto": model.auto}
        row = keeping.keep(model, origin=MatchModel.Origin.TRAINED, metrics=metrics, seed=1, by=None)
    fill(tenant)
    everything(tenant, row)
    one_by_one(tenant, row)


def made():
    """Each record as full.work takes it, with what it was made of."""
    for _source, content in retail.records(COUNT):
        yield features.line(features.read(content, region="CN")).encode(), content


def learned(lines: list[bytes]) -> training.Model:
    """Also what learning costs."""
    outcome = computed(Task(None, 1), lines)
    figures = {name: outcome.metrics[name] for name in ("compared", "peak_mb")}
    report("matching.learning", outcome.metrics["train_cpu"], "CPU s", n=len(lines), **figures)
    return outcome.model


def computed(task: Task, lines: list[bytes]) -> full.Outcome:
    """What the comparing process says, a customer for each record."""
    command = [sys.executable, "-c", "from customers.matching.full import main; main()"]
    with tempfile.TemporaryFile() as told:
        pickle.dump(task, told, protocol=5)
        for begin in range(0, len(lines), PORTION):
            pickle.dump(lines[begin : begin + PORTION], told, protocol=5)
        nobody, labels = np.zeros((0, 2), dtype=np.int64), np.zeros((0, 3), dtype=np.int64)
        for last in ([], Customers(np.arange(len(lines), dtype=np.int32), nobody, nobody, labels)):
            pickle.dump(last, told, protocol=5)
        told.seek(0)
        return pickle.loads(subprocess.run(command, stdin=told, stdout=subprocess.PIPE, check=True).stdout)


def whole(lines: list[bytes], model: training.Model) -> None:
    """Blocking, scoring and clustering, in a process of their own each."""
    ours = computed(Task(model), lines).metrics
    bare = plain_matching.measured(lines, model)
    cpu = sum(ours[name] for name in ("block_cpu", "score_cpu", "cluster_cpu"))
    report(
        "matching.compute", cpu, "CPU s", limit=bare["cpu"], n=len(lines),
        **{name: ours[name] for name in ("load_cpu", "block_cpu", "score_cpu", "cluster_cpu", "evidence_cpu")},
        compared=ours["compared"], bare_compared=bare["compared"], bare_clusters=bare["clusters"],
    )  # fmt: skip
    report("matching.memory", ours["peak_mb"], "MB", limit=1300, n=len(lines), bare_mb=bare["peak_mb"])
    BARE.append(bare["cpu"])


BARE: list[float] = []


def fill(tenant: Tenant) -> None:
    """Customers of one record each, made ready."""
    with context.entered(tenant.id):
        source, _made = Source.objects.get_or_create(key="pos")
    told = retail.records(COUNT)
    for begin in range(0, COUNT, PORTION):
        with context.entered(tenant.id):
            preparer = records.Preparer()
            rows = []
            for place, (_source, content) in enumerate(islice(told, PORTION), begin):
                one = features.read(content, region="CN")
                rows.append((uuid7(), uuid7(), str(place), uuid7(), preparer.sealed(one), preparer.keys(one)))
            stage("staged_bench", STAGED, rows)
            for statement in INSERTS:
                fetch(statement, {"tenant": tenant.id, "source": source.id})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) customers_customer, customers_sourcerecord, customers_matchrecord")


def everything(tenant: Tenant, row: MatchModel) -> None:
    """From the encrypted rows to the matches in the database; merging the customers is another bench."""
    with context.entered(tenant.id):
        begun, wall = time.process_time(), time.perf_counter()
        computing = running.Computing(Task(keeping.opened(row)))
        computing.tell()
        told = time.process_time() - begun
        while not computing.is_done:
            pass
        outcome = computing.outcome()
        written = time.process_time()
        for found, state in ((outcome.joined, "auto"), (outcome.doubtful, "open")):
            for at in range(0, len(found.l), running.PAIRS):
                places = range(at, min(at + running.PAIRS, len(found.l)))
                running.keep(running._rows(found, places, computing), row, None, state)
        done = time.process_time()
        computing.end()
    report(
        "matching.everything", done - begun + outcome.metrics["cpu_seconds"], "CPU s", limit=BARE[-1], n=COUNT,
        told_cpu=told, child_cpu=outcome.metrics["cpu_seconds"], written_cpu=done - written,
        matches=len(outcome.joined.l) + len(outcome.doubtful.l), wall=time.perf_counter() - wall,
        peak_mb=full.peak_mb(), child_mb=outcome.metrics["peak_mb"],
    )  # fmt: skip


def one_by_one(tenant: Tenant, row: MatchModel) -> None:
    """A record that has changed: made ready anew, and whom it is like."""
    random = Random(7)
    with context.entered(tenant.id):
        changed = told_anew(random)
        model = keeping.opened(row)

        def match(record_id) -> None:
            records.prepare([record_id])
            incremental.candidates(records.of_records([record_id])[record_id], model)

        sample(match, changed[:30])
        probes = probe(changed)
        found = sample(match, changed)
    report(
        "matching.one_record", found.p95, "ms p95", limit=probes.p50, n=len(changed), p50=found.p50, cpu=found.cpu_p50
    )


def told_anew(random: Random) -> list:
    """Records that have a version to be made ready from, in place of the one that was left out."""
    maker = records.Preparer()._maker
    wanted = set(random.sample(range(min(COUNT, 50_000)), ONES))
    contents = [
        (str(place), content)
        for place, (_s, content) in enumerate(retail.records(min(COUNT, 50_000)))
        if place in wanted
    ]
    ids = dict(fetch("SELECT external_id, id FROM customers_sourcerecord WHERE external_id = ANY(%s)",
                     [[place for place, _content in contents]]))  # fmt: skip
    rows = []
    for place, content in contents:
        word = maker.word(Person(place, content))
        rows.append((ids[place], uuid7(), maker.content(word), word.digest))
    stage("staged_told", "record_id uuid, version_id uuid, content bytea, digest bytea", rows)
    fetch(
        """INSERT INTO customers_sourceversion (id, tenant_id, record_id, at, digest, content)
           SELECT version_id, %s, record_id, now(), digest, content FROM staged_told""",
        [context.current_tenant_id()],
    )
    return [record_id for record_id, *_rest in rows]


def probe(record_ids: list) -> Sample:
    with connection.cursor() as cursor:
        return sample(
            lambda id: cursor.execute("SELECT features FROM customers_matchrecord WHERE record_id = %s", [id]),
            record_ids,
        )


if __name__ == "__main__":
    main()
