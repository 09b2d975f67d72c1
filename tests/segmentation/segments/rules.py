"""Rules at random: trees of clauses that any field of a vocabulary can ask."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from segmentation.segments import reading
from segmentation.segments.comparing import BETWEEN, HOW_MANY
from segmentation.segments.fields import NUMERIC, Kind
from segmentation.segments.tree import Ago, All, Clause, Last, Not, Some, Span

WORDS = st.text(min_size=1, max_size=12).filter(lambda word: word.strip() and not any(map(reading.is_refused, word)))
DAYS = st.dates(date(2024, 1, 1), date(2027, 1, 1))
FEW = st.integers(1, 400)
WINDOWS = st.one_of(
    st.none(),
    FEW.map(Last),
    st.tuples(FEW, FEW).map(lambda pair: Last(max(pair) + 1, min(pair))),
    st.tuples(DAYS, DAYS).map(lambda pair: Span(min(pair), max(pair))),
    DAYS.map(lambda day: Span(day, None)),
    DAYS.map(lambda day: Span(None, day)),
)


def numbers(field):
    """More often small ones, since figures are."""
    low, high = max(field.low, Decimal(-1000)), min(field.high, Decimal(1000))
    small = st.integers(int(low), int(min(high, low + 12))).map(Decimal)
    if field.kind == Kind.WHOLE:
        return small | st.integers(int(low), int(high)).map(Decimal)
    return small | st.decimals(low, high, places=2).map(lambda one: one.normalize() + 0)


def value(field, pools):
    if field.key in pools:
        return st.sampled_from(pools[field.key])
    if field.kind in NUMERIC:
        return numbers(field)
    if field.kind == Kind.DAY:
        return DAYS | st.integers(-30, 400).map(Ago)
    return st.booleans() if field.kind == Kind.YES else WORDS


def _ordered(values):
    if type(values[0]) is not type(values[1]):
        return (values[0], values[0])
    return tuple(sorted(values, key=lambda one: -one.days if isinstance(one, Ago) else one))


def filters(field, pools):
    if not field.filters:
        return st.just(())

    def one(narrowing):
        if narrowing.number:
            return st.integers(2, 20).map(lambda number: (Decimal(number),))
        pool = pools.get(narrowing.name)
        return st.lists(st.sampled_from(pool) if pool else WORDS, min_size=1, max_size=3, unique=True).map(tuple)

    chosen = st.fixed_dictionaries({}, optional={name: one(each) for name, each in field.filters.items()})
    return chosen.map(lambda told: tuple(sorted(told.items())))


@st.composite
def clauses(draw, vocabulary, pools):
    field = vocabulary.fields[draw(st.sampled_from(sorted(vocabulary.fields)))]
    op = draw(st.sampled_from(field.operators))
    count = HOW_MANY.get(op, 1)
    size = draw(st.integers(1, 4)) if count is None else count
    values = tuple(draw(value(field, pools)) for _number in range(size))
    if op == BETWEEN:
        values = _ordered(values)
    window = draw(WINDOWS) if field.has_window else None
    return Clause(field.key, op, values, window, draw(filters(field, pools)))


def trees(vocabulary, pools=None, *, leaves=6):
    one = clauses(vocabulary, pools or {})

    def grown(parts):
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return several.map(All) | several.map(Some) | parts.map(Not)

    return st.recursive(one | st.just(All()), grown, max_leaves=leaves)
