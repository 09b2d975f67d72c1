"""A company whose records are often of the same people, and what a full run would do with them."""

from collections import defaultdict
from uuid import UUID

from bench import retail
from customers import identities
from customers.matching import keeping, records, running
from customers.matching.full import Outcome, Task
from customers.models import Customer, Identifier, Match, MatchModel, Merge, MergeMember, Source, SourceRecord

Groups = set[frozenset[str]]


def told(count: int) -> None:
    """So many records of the entered company, each a customer of its own as far as nothing sure joins them."""
    of: dict[str, list[identities.Person]] = defaultdict(list)
    for place, (source, content) in enumerate(retail.records(count, seed="tests")):
        of[source].append(identities.Person(f"{source}-{place}", content))
    for key, people in of.items():
        source, _made = Source.objects.get_or_create(key=key)
        identities.record(people, source=source)


def ready() -> None:
    at: UUID | None = UUID(int=0)
    while at is not None:
        ids, at = records.stale_after(at, most=2000)
        records.prepare(ids)


def computed() -> tuple[running.Computing, Outcome]:
    """What a full run would do, with the model it learns; nothing is merged. The model is in use afterwards."""
    row = keeping.active()
    computing = running.Computing(Task(row and keeping.opened(row), running.SEED))
    computing.tell()
    while not computing.is_done:
        pass
    outcome = computing.outcome()
    computing.end()
    if row is None:
        keeping.keep(outcome.model, origin=MatchModel.Origin.TRAINED, metrics={}, seed=running.SEED, by=None)
    return computing, outcome


def groups_of(computing: running.Computing, outcome: Outcome) -> Groups:
    """The references of the records that are one person's."""
    references = {id: f"{id}" for id in SourceRecord.objects.values_list("id", flat=True)}
    found = defaultdict(set)
    for number, customer in enumerate(computing.customer_of.tolist()):
        found[outcome.cluster[customer]].add(references[computing.record_id(number)])
    return {frozenset(group) for group in found.values()}


def groups() -> Groups:
    """As they stand in the database."""
    found = defaultdict(set)
    for id, customer_id in SourceRecord.objects.values_list("id", "customer_id"):
        found[customer_id].add(str(id))
    return {frozenset(group) for group in found.values()}


def require_nothing_half_merged() -> None:
    """Every merge has moved all that it should, and nothing else is moved."""
    merged = dict(Customer.objects.exclude(merged_into=None).values_list("id", "merged_into_id"))
    members = dict(MergeMember.objects.filter(merge__undone_at=None).values_list("customer_id", "merge__survivor_id"))
    assert merged == members
    assert not Merge.objects.filter(members=None).exists()
    assert not SourceRecord.objects.filter(customer_id__in=list(merged)).exists()
    assert not Identifier.objects.filter(customer_id__in=list(merged)).exists()
    for match in Match.objects.filter(state=Match.State.AUTO).select_related("left", "right", "merge"):
        assert match.merge.undone_at is None
        assert match.left.customer_id == match.right.customer_id
