"""Random lives of customers with merges and unmerges in any order, against a plain model: every row is at home.

The model knows of each row whose it is: of a source record by the identifiers it came with, of any other row the
customer who had all rows when it was written. At every moment a row stands with whom its customer was merged into, and
after all merges are undone with that customer itself.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from customers import defining, editing, identities, merging, projection, registry, tagging
from customers.matching import decisions
from customers.merging import rows
from customers.models import (
    Customer,
    CustomerShare,
    CustomerTag,
    CustomValue,
    LaterRow,
    Match,
    Merge,
    SharePermission,
    Source,
    SourceRecord,
    SourceVersion,
)
from feedback import tickets
from feedback.models import Ticket
from interactions import timeline
from interactions.models import Interaction
from loyalty import ledger, verifying
from loyalty.ledger import Cause, Movement
from loyalty.lots import Portion
from loyalty.models import Account, Entry
from privacy import consent
from privacy.models import Channel, Consent, How, Purpose
from sales import orders
from sales.lines import Line
from sales.models import Order
from segmentation import stats
from segmentation.models import CustomerStats
from tenancy import context

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
some = st.integers(0, 1000)
values = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["王芳", "李雷", "张三丰"]),
        "email": st.sampled_from(["a@example.com", "b@example.com", "c@example.com"]),
        "card": st.sampled_from(["8001", "8002"]),
        "city": st.sampled_from(["上海市", "杭州市"]),
        "shoe_size": st.sampled_from(["40", "42"]),
    },
)
STRONG = ("email", "card")


@dataclass
class Told:
    """A source record: whose it is, what it says and since when."""

    home: int
    content: dict
    at: int
    trust: int


@dataclass
class Joined:
    survivor: int
    members: list[int]
    turn: int
    merge: Merge
    gave: dict[str, object]  # where the survivor belongs by the members


@dataclass
class Model:
    records: dict[str, Told] = field(default_factory=dict)
    claims: dict[tuple[str, str], str] = field(default_factory=dict)
    above: dict[int, Joined] = field(default_factory=dict)
    rows: dict[tuple[str, object], tuple[int, int]] = field(default_factory=dict)  # (model, id) → (whose, turn)
    net: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[str, str] = field(default_factory=dict)  # number → reference
    places: dict[tuple[str, int], object] = field(default_factory=dict)  # (owner or store, whose) → what staff said
    refunded: set[str] = field(default_factory=set)
    turn: int = 0

    def root(self, person: int) -> int:
        while person in self.above:
            person = self.above[person].survivor
        return person

    def place(self, name: str, person: int, standing: list[Joined]) -> object:
        """Where the person belongs: as staff said, else as the first does who was merged into it and belongs."""
        if (name, person) in self.places:
            return self.places[name, person]
        into = [one for joined in standing if joined.survivor == person for one in joined.members]
        return next((found for one in into if (found := self.place(name, one, standing))), None)

    def path(self, person: int) -> dict[int, int]:
        """From the person up, each with the turn since which all below were one with it."""
        found, since = {}, 0
        while True:
            found[person] = since
            if person not in self.above:
                return found
            since = max(since, self.above[person].turn)
            person = self.above[person].survivor


def machine(ada, bob, places):
    class Lives(RuleBasedStateMachine):
        @initialize()
        def open(self):
            self.inside = [context.entered(ada.tenant_id), transaction.atomic()]
            for one in self.inside:
                one.__enter__()
            self.sources = [Source.objects.create(key="shop"), Source.objects.create(key="erp", trust=70)]
            defining.define(label="Shoe size", kind="number", by=ada)
            self.model, self.people, self.standing, self.count = Model(), [], [], 0
            self.edits, self.names, self.taken_back = {}, {}, set()
            for _person in range(3):
                self.arrive({"name": "王芳"}, 0)

        def next(self) -> int:
            self.model.turn += 1
            return self.model.turn

        def pick(self, choice: int) -> int:
            return choice % len(self.people)

        def fresh(self, person: int) -> Customer:
            return Customer.objects.get(id=self.people[person])

        def wrote(self, model, ids, person: int) -> None:
            for id in ids:
                self.model.rows.setdefault((model._meta.label, id), (person, self.model.turn))

        def new_rows(self, model) -> list:
            known = {id for label, id in self.model.rows if label == model._meta.label}
            return [id for id in model._base_manager.values_list("pk", flat=True) if id not in known]

        def note_new(self, person: int) -> None:
            """Whatever has been written without a record now was written of this person."""
            for model in (CustomerTag, CustomerShare, Ticket, Consent):
                self.wrote(model, self.new_rows(model), person)
            told = Interaction.objects.exclude(kind__startswith="customer.").filter(record=None)
            known = {id for label, id in self.model.rows if label == Interaction._meta.label}
            self.wrote(Interaction, [id for id in told.values_list("id", flat=True) if id not in known], person)

        # what sources say

        def arrive(self, content: dict, source: int) -> None:
            self.count += 1
            self.tell(f"{source}:{self.count}", content, source)

        @rule(content=values, source=st.integers(0, 1))
        def new_record(self, content, source):
            self.arrive(content, source)

        @rule(content=values, choice=some)
        def known_record(self, content, choice):
            ours = sorted(ref for ref in self.model.records if not ref.startswith("staff"))
            reference = ours[choice % len(ours)]
            self.tell(reference, content, int(reference[0]))

        def tell(self, reference, content, source):
            turn, model = self.next(), self.model
            person = identities.Person(reference, content, MOMENT + timedelta(minutes=turn))
            known = identities.record([person], source=self.sources[source])[reference]
            if reference not in model.records:
                owners = {model.records[model.claims[key]].home for key in self.strong(content) if key in model.claims}
                if owners:
                    chosen = min(model.root(one) for one in owners)
                    home = min(one for one in owners if model.root(one) == chosen)
                else:
                    home = len(self.people)
                    self.people.append(known.customer_id)
                model.records[reference] = Told(home, {}, 0, self.sources[source].trust)
            if content:
                model.records[reference].content, model.records[reference].at = content, turn
            for key in self.strong(content):
                model.claims.setdefault(key, reference)

        def strong(self, content):
            return [(kind, content[kind]) for kind in STRONG if kind in content]

        @rule(choice=some, content=values.filter(bool))
        def edit(self, choice, content):
            turn, person = self.next(), self.pick(choice)
            editing.change(self.fresh(person), content, by=ada)
            self.said(self.model.root(person), content, turn)

        def said(self, root, content, turn):
            """Staff add to what they said last, on a record of its own where that is a merged customer's."""
            model = self.model
            theirs = [ref for ref, told in model.records.items() if ref[0] == "s" and model.root(told.home) == root]
            reference = max(theirs, key=lambda ref: model.records[ref].at, default=f"staff{root}")
            if reference in model.records and model.records[reference].home != root:
                reference = f"staff{root}:{turn}"
            told = model.records.setdefault(reference, Told(root, {}, 0, 100))
            self.retold(reference, {**told.content, **content}, turn)
            for key in self.strong(told.content):
                model.claims.setdefault(key, reference)

        def retold(self, reference, content, turn):
            told = self.model.records[reference]
            if content != told.content:
                former, told.content, told.at = told.content, content, turn
                if not content:
                    self.taken_back |= {version for version, edit in self.edits.items() if edit[0] == reference}
                for version, name in self.new_edits():
                    if self.names.setdefault(name, reference) == reference:
                        self.wrote(SourceVersion, [version], told.home)
                        self.edits[version] = (reference, former, content)

        def new_edits(self) -> list:
            known = {id for label, id in self.model.rows if label == SourceVersion._meta.label}
            told = SourceVersion.objects.filter(record__source__key=Source.STAFF).exclude(id__in=known)
            return list(told.order_by("id").values_list("id", "record__external_id"))

        @rule(choice=some)
        def order_by_reference(self, choice):
            turn = self.next()
            ours = sorted(ref for ref in self.model.records if not ref.startswith("staff"))
            reference = ours[choice % len(ours)]
            line = Line(
                number=f"N{turn}", customer=reference, key="1", at=MOMENT, product="", name="", category="",
                quantity=Decimal(1), price=Decimal(turn), amount=Decimal(turn), is_refund=False, refunds_order=False,
                channel="", store="",
            )  # fmt: skip
            orders.record([line], source=self.sources[int(reference[0])])
            self.model.orders[f"N{turn}"] = reference

        @precondition(lambda self: set(self.model.orders) - self.model.refunded)
        @rule(choice=some)
        def refund(self, choice):
            self.next()
            ours = sorted(set(self.model.orders) - self.model.refunded)
            number = ours[choice % len(ours)]
            reference, amount = self.model.orders[number], -Decimal(number[1:])
            line = Line(
                number=number, customer=reference, key="2", at=MOMENT, product="", name="", category="",
                quantity=Decimal(-1), price=-amount, amount=amount, is_refund=True, refunds_order=False,
                channel="", store="",
            )  # fmt: skip
            orders.record([line], source=self.sources[int(reference[0])])
            self.model.refunded.add(number)

        # what people do to a customer

        @rule(choice=some, name=st.sampled_from(["owner", "store"]), which=st.integers(0, 1))
        def belong(self, choice, name, which):
            self.next()
            root, place = self.model.root(self.pick(choice)), places[name][which]
            if self.model.place(name, root, self.standing) != place:
                self.model.places.pop((name, root), None)
                given = any(one.gave.get(name) == place for one in self.standing if one.survivor == root)
                if not given or self.model.place(name, root, self.standing) != place:
                    self.model.places[name, root] = place
            Customer.objects.filter(id=self.people[root]).update(**{name: place})

        @rule(choice=some, name=st.sampled_from(["VIP", "新客", "团购"]))
        def tag(self, choice, name):
            self.next()
            person = self.pick(choice)
            tagging.put([self.people[person]], [name], by=ada)
            self.note_new(person)

        @rule(choice=some, member=st.sampled_from([0, 1]))
        def share(self, choice, member):
            self.next()
            person = self.pick(choice)
            editing.share(self.fresh(person), member=[ada, bob][member], permission=SharePermission.VIEW, by=ada)
            self.note_new(self.model.root(person))

        @rule(choice=some, name=st.sampled_from(["VIP", "新客", "团购"]))
        def untag(self, choice, name):
            self.next()
            person = self.model.root(self.pick(choice))
            tagging.take([self.people[person]], [name], by=ada)
            self.forget_gone(CustomerTag, person)

        @precondition(lambda self: CustomerShare.objects.exists())
        @rule(choice=some)
        def unshare(self, choice):
            self.next()
            share = CustomerShare.objects.order_by("id")[choice % CustomerShare.objects.count()]
            whose, _turn = self.model.rows[CustomerShare._meta.label, share.pk]
            person = self.model.root(whose)
            here = CustomerShare.objects.filter(user=share.user_id, content_object=self.people[person])
            editing.unshare(here.get(), by=ada)
            self.forget_gone(CustomerShare, person)

        def forget_gone(self, model, person):
            """What was taken off went from all who are in the person, and from nobody else."""
            standing = set(model.objects.values_list("pk", flat=True))
            label = model._meta.label
            for key in [key for key in self.model.rows if key[0] == label and key[1] not in standing]:
                assert self.model.root(self.model.rows.pop(key)[0]) == person

        @rule(choice=some)
        def open_ticket(self, choice):
            self.next()
            person = self.pick(choice)
            tickets.open(subject="x", request_id=str(uuid4()), by=ada, customer=self.fresh(person))
            self.note_new(person)

        @rule(choice=some)
        def note(self, choice):
            self.next()
            person = self.pick(choice)
            timeline.record(self.fresh(person), timeline.NOTE_ADDED, by=ada, text="x")
            self.note_new(person)

        @rule(choice=some, given=st.booleans())
        def agree(self, choice, given):
            self.next()
            person = self.pick(choice)
            how = {"channel": Channel.SMS, "how": How.PAGE, "by": ada}
            (consent.give if given else consent.withdraw)(self.fresh(person), purposes=[Purpose.SERVICE], **how)
            self.note_new(person)

        @rule(choice=some, points=st.integers(-200, 200).filter(bool))
        def points(self, choice, points):
            turn, person = self.next(), self.pick(choice)
            root = self.model.root(person)
            kind = Entry.Kind.EARN if points > 0 else Entry.Kind.TAKE_BACK
            cause = Cause(None)
            movement = Movement(kind, points, f"m{turn}", [Portion(points, None)] if points > 0 else ())
            ledger.move(ledger.current(self.people[root], at=cause.at), [movement], cause)
            self.model.net[root] += points
            self.wrote(Entry, [movement.id], root)

        # merges

        @rule(first=some, others=st.lists(some, min_size=1, max_size=2))
        def merge(self, first, others):
            roots = sorted({self.model.root(self.pick(one)) for one in (first, *others)})
            survivor = self.model.root(self.pick(first))
            absorbed = [one for one in roots if one != survivor]
            if not absorbed:
                return
            self.next()
            done = merging.merge(
                self.fresh(survivor), [self.fresh(one) for one in absorbed], origin=Merge.Origin.HAND, by=ada
            )
            self.join(survivor, absorbed, done)

        def join(self, survivor, absorbed, merge):
            missing = [name for name in places if self.model.place(name, survivor, self.standing) is None]
            joined = Joined(survivor, absorbed, self.model.turn, merge, {})
            self.standing.append(joined)
            joined.gave |= {name: self.model.place(name, survivor, self.standing) for name in missing}
            self.model.above |= dict.fromkeys(absorbed, joined)

        @rule(first=some, second=some, verdict=st.sampled_from([Match.State.SAME, Match.State.DIFFERENT]))
        def decide(self, first, second, verdict):
            """On a pair of records; what was decided already is taken back."""
            self.next()
            records = list(SourceRecord.objects.order_by("id"))
            two = {records[one % len(records)].id for one in (first, second)}
            if len(two) < 2:
                return
            match, _made = Match.objects.get_or_create(left_id=min(two), right_id=max(two))
            if match.state != Match.State.OPEN:
                self.withdraw(match)
            elif verdict == Match.State.DIFFERENT and match.left.customer_id == match.right.customer_id:
                with pytest.raises(decisions.AlreadyDecided):
                    decisions.decide(match, verdict, by=ada)
            elif merge := decisions.decide(match, verdict, by=ada):
                absorbed = [self.people.index(one.customer_id) for one in merge.members.all()]
                self.join(self.people.index(merge.survivor_id), absorbed, merge)

        def withdraw(self, match):
            joined = next((one for one in self.standing if match.merge_id == one.merge.id), None)
            listed = self.expected_later(joined) if joined else set()
            decisions.withdraw(match, by=ada)
            assert Match.objects.get(id=match.id).state == Match.State.OPEN
            if joined:
                self.standing.remove(joined)
                for person in joined.members:
                    del self.model.above[person]
                told = LaterRow.objects.filter(merge=joined.merge).values_list("model", "row_id")
                assert set(told) == listed
                assert not self.said_of(joined) & {Match.State.SAME, Match.State.AUTO}

        def said_of(self, joined) -> set[str]:
            """What is said of pairs of any two who have come apart."""
            ids = [self.people[one] for one in (self.model.root(joined.survivor), *joined.members)]
            between = Match.objects.filter(left__customer__in=ids, right__customer__in=ids)
            return set(between.exclude(left__customer=F("right__customer")).values_list("state", flat=True))

        @precondition(lambda self: self.standing)
        @rule(choice=some)
        def unmerge(self, choice):
            self.undo(self.standing[choice % len(self.standing)])

        @precondition(lambda self: any(len(one.members) > 1 for one in self.standing))
        @rule(choice=some)
        def unmerge_partly(self, choice):
            several = [one for one in self.standing if len(one.members) > 1]
            joined = several[choice % len(several)]
            person = joined.members[choice % len(joined.members)]
            self.next()
            listed = self.expected_later(joined)
            undone = merging.unmerge(joined.merge, only=[self.people[person]], by=ada)
            joined.members.remove(person)
            del self.model.above[person]
            assert {(row.model, row.row_id) for row in undone.later} == listed

        def undo(self, joined):
            self.next()
            listed = self.expected_later(joined)
            undone = merging.unmerge(Merge.objects.get(id=joined.merge.id), by=ada)
            self.standing.remove(joined)
            for person in joined.members:
                del self.model.above[person]
            assert {(row.model, row.row_id) for row in undone.later} == listed
            assert self.said_of(joined) == {Match.State.DIFFERENT}

        def expected_later(self, joined):
            """What was written to the survivor, or to whom it went into in turn, since they were one."""
            since = {one: max(turn, joined.turn) for one, turn in self.model.path(joined.survivor).items()}
            return {
                key for key, (whose, turn) in self.model.rows.items()
                if whose in since and turn > since[whose] and not self.tells_of_another(key)
                and key[1] not in self.taken_back
            }  # fmt: skip

        def tells_of_another(self, key):
            label, id = key
            return label == Interaction._meta.label and Interaction.objects.get(id=id).subject_id is not None

        @precondition(lambda self: LaterRow.objects.filter(assigned_at=None).exists())
        @rule(choice=some, to=some)
        def assign(self, choice, to):
            waiting = list(LaterRow.objects.filter(assigned_at=None).order_by("id"))
            row, person = waiting[choice % len(waiting)], self.model.root(self.pick(to))
            self.next()
            if (row.model, row.row_id) not in self.model.rows:
                with pytest.raises(merging.CannotAssign):
                    merging.assign(row, self.fresh(person), by=ada)
                return
            whose, _turn = self.model.rows[row.model, row.row_id]
            holder = self.model.root(whose)
            try:
                merging.assign(row, self.fresh(person), by=ada)
            except merging.CannotAssign:
                assert row.model in ("customers.CustomerTag", "customers.CustomerShare")
                return
            if holder == person:
                if whose == person and row.model not in registry.own:
                    self.model.rows[row.model, row.row_id] = (person, self.model.turn)
                return
            if row.model == Entry._meta.label:
                moved = Entry.objects.get(id=row.row_id).nominal
                self.model.net[holder] -= moved
                self.model.net[person] += moved
                return
            if row.model == SourceVersion._meta.label:
                self.give_edit(row.row_id, person)
                return
            self.model.rows[row.model, row.row_id] = (person, self.model.turn)
            if row.model == Ticket._meta.label:
                self.follow(Ticket.objects.get(id=row.row_id), person)

        def give_edit(self, version, person):
            """What the edit has changed is told of the person; of whom it was told, what was said before."""
            reference, before, after = self.edits[version]
            changed = {name: value for name, value in after.items() if before.get(name) != value}
            content = dict(self.model.records[reference].content)
            for name, value in changed.items():
                if content.get(name) == value:
                    content.pop(name)
                    content |= {name: before[name]} if name in before else {}
            self.said(person, changed, self.model.turn)
            self.retold(reference, content, self.next())

        def follow(self, ticket, person):
            told = Interaction.objects.filter(subject_id__in=ticket.entries.values("id"))
            for id in told.values_list("id", flat=True):
                self.model.rows[Interaction._meta.label, id] = (person, self.model.turn)

        # what holds

        @invariant()
        def every_row_is_at_home(self):
            if not self.people:
                return
            id_of = lambda person: self.people[self.model.root(person)]  # noqa: E731
            found = SourceRecord.objects.values_list("external_id", "customer_id")
            found = {self.names.get(name, name): customer_id for name, customer_id in found}
            assert found == {reference: id_of(told.home) for reference, told in self.model.records.items()}
            for one in rows.followers():
                if one.once or one.model is Order:
                    continue
                mine = {
                    id: id_of(whose) for (label, id), (whose, _turn) in self.model.rows.items() if label == one.label
                }
                pairs = one.model._base_manager.filter(pk__in=mine).values_list("pk", one.column)
                assert dict(pairs) == mine, one.label
            self.every_tag_is_seen()
            merged = {self.people[person]: self.people[joined.survivor] for person, joined in self.model.above.items()}
            rows_of = Customer.objects.filter(merged_into__isnull=False)
            assert dict(rows_of.values_list("id", "merged_into_id")) == merged

        @invariant()
        def customers_belong_where_they_did(self):
            for person, id in enumerate(self.people):
                row = Customer.objects.select_related("owner", "store").get(id=id)
                belongs = {name: self.model.place(name, person, self.standing) for name in places}
                assert {"owner": row.owner, "store": row.store} == belongs

        def every_tag_is_seen(self):
            """A root has each tag and share of all who are in it, once; whatever it has not stays where it was."""
            for model, column, key in (
                (CustomerTag, "customer_id", "tag_id"),
                (CustomerShare, "content_object_id", "user_id"),
            ):
                label = model._meta.label
                held = {row.pk: (getattr(row, column), getattr(row, key)) for row in model.objects.all()}
                expected = defaultdict(set)
                for (of, id), (whose, _turn) in self.model.rows.items():
                    if of == label:
                        expected[self.people[self.model.root(whose)]].add(held[id][1])
                seen = defaultdict(set)
                for customer_id, what in held.values():
                    if customer_id in expected:
                        seen[customer_id].add(what)
                assert seen == expected, label

        @invariant()
        def golden_rows_are_what_sources_say(self):
            speaking = defaultdict(list)
            for told in self.model.records.values():
                if told.content:
                    speaking[self.model.root(told.home)].append(projection.Told(told.trust, told.at, told.content))
            sizes = dict(CustomValue.objects.values_list("customer_id", "number"))
            for person, id in enumerate(self.people):
                row = Customer.objects.get(id=id)
                if person in self.model.above:
                    assert (row.name, row.email, row.city, row.faults, row.faulty_since) == ("", None, "", 0, None)
                    assert id not in sizes
                    continue
                surviving = projection.survive(speaking[person])
                expected = projection.golden(surviving, region="CN")._asdict()
                assert {name: getattr(row, name) for name in expected} == expected
                assert (sizes.get(id) is not None) == bool(surviving.get("shoe_size"))

        @invariant()
        def books_and_figures_are_exact(self):
            assert verifying.verify().wrong == []
            net = defaultdict(int)
            for person in range(len(self.people)):
                net[self.people[self.model.root(person)]] += self.model.net[person]
            accounts = {
                id: balance - debt
                for id, balance, debt in Account.objects.values_list("customer_id", "balance", "debt")
            }
            assert {id: points for id, points in accounts.items() if points} == {id: p for id, p in net.items() if p}
            bought = defaultdict(int)
            for number in self.model.orders.keys() - self.model.refunded:
                reference = self.model.orders[number]
                bought[self.people[self.model.root(self.model.records[reference].home)]] += 1
            assert dict(CustomerStats.objects.filter(frequency__gt=0).values_list("customer_id", "frequency")) == bought
            assert stats.rebuild() == 0

        def teardown(self):
            if not hasattr(self, "inside"):
                return
            try:
                while self.standing:
                    self.undo(self.standing[0])
                    self.books_and_figures_are_exact()
                self.every_row_is_at_home()
                self.customers_belong_where_they_did()
                self.golden_rows_are_what_sources_say()
                assert not Customer.objects.filter(merged_into__isnull=False).exists()
            finally:
                transaction.set_rollback(True)
                for one in reversed(self.inside):
                    one.__exit__(None, None, None)

    return Lives


def run(cast, *, examples: int, steps: int):
    run_state_machine_as_test(
        machine(cast.ada, cast.bob, {"owner": [cast.alice, cast.bob], "store": [cast.store, cast.other_store]}),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=False, database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # to shrink fifty steps takes longer than to read them
        ),
    )  # fmt: skip


def test_lives_with_merges_come_apart_as_if_there_had_been_none(cast):
    run(cast, examples=4, steps=20)


@pytest.mark.nightly
def test_ten_thousand_steps_come_apart_as_if_there_had_been_no_merge(cast):
    run(cast, examples=220, steps=50)
