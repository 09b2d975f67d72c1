"""A rule as JSON, for programs and the builder: the same tree, with the place of what is wrong as a JSON pointer.

{"all": [rule, …]} · {"any": [rule, …]} · {"not": rule} · everybody is {"all": []}
{"field": "bought", "op": ">=", "values": [3], "window": "90d", "where": {"category": ["tea"]}}
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from segmentation.segments import reading, tree, writing
from segmentation.segments.comparing import HOW_MANY
from segmentation.segments.fields import NUMERIC, Field, Filter, Kind, Vocabulary
from segmentation.segments.refusing import Misfit, RuleError
from segmentation.segments.tree import Ago, All, Clause, Node, Not, Some, Value, Window

KEYS = {"field", "op", "values", "window", "where"}
LONGEST_NUMBER = 60


def dump(node: Node) -> dict:
    """The tree as JSON values; whole numbers are numbers, others texts, so that none is rounded."""
    match node:
        case Not(part):
            return {"not": dump(part)}
        case All(parts):
            return {"all": [dump(part) for part in parts]}
        case Some(parts):
            return {"any": [dump(part) for part in parts]}
    told: dict = {"field": node.field, "op": node.op, "values": [_plain(one) for one in node.values]}
    if node.window:
        told["window"] = writing.window(node.window)
    if node.filters:
        told["where"] = {name: [_plain(one) for one in values] for name, values in node.filters}
    return told


def _plain(one: Value) -> object:
    if isinstance(one, Decimal):
        return int(one) if one == one.to_integral_value() else writing.value(one)
    return writing.value(one) if isinstance(one, date | Ago) else one


def load(raw: object, vocabulary: Vocabulary, *, is_strict: bool = True) -> Node:
    """The tree of a rule in JSON. Raises RuleError with a pointer."""
    return _Loading(vocabulary, is_strict).node(raw, "", 1)


class _Loading:
    def __init__(self, vocabulary: Vocabulary, is_strict: bool):
        self.vocabulary, self.is_strict, self.clauses = vocabulary, is_strict, 0

    def node(self, raw: object, place: str, depth: int) -> Node:
        if depth > tree.DEEPEST:
            raise refused(Misfit("too_deep", most=tree.DEEPEST), place)
        if not isinstance(raw, dict):
            raise refused(Misfit("not_an_object"), place)
        match list(raw):
            case ["not"]:
                return Not(self.node(raw["not"], f"{place}/not", depth + 1))
            case ["all"]:
                return self.joined(All, raw["all"], f"{place}/all", depth + bool(place))
            case ["any"]:
                return self.joined(Some, raw["any"], f"{place}/any", depth + bool(place))
        return self.clause(raw, place)

    def joined(self, made: type, raw: object, place: str, depth: int) -> Node:
        """A group of one part is that part."""
        parts = self.list(raw, place, tree.MOST_CLAUSES, "too_many_clauses")
        if not parts and made is Some:
            raise refused(Misfit("missing_key", found="any"), place)
        found = tuple(self.node(part, f"{place}/{number}", depth) for number, part in enumerate(parts))
        return found[0] if len(found) == 1 else made(found)

    def clause(self, raw: dict, place: str) -> Clause:
        self.clauses += 1
        if self.clauses > tree.MOST_CLAUSES:
            raise refused(Misfit("too_many_clauses", most=tree.MOST_CLAUSES), place)
        for name in raw:
            if name not in KEYS:
                raise refused(Misfit("unknown_key", found=str(name)[:60]), place)
        for name in ("field", "op"):
            if not isinstance(raw.get(name), str):
                raise refused(Misfit("missing_key", found=name), place)
        field = self.fitting(f"{place}/field", self.vocabulary.field, raw["field"])
        op = self.fitting(f"{place}/op", field.operator, raw["op"])
        values = self.values(raw.get("values", []), field, op, f"{place}/values")
        window = self.window(raw["window"], field, f"{place}/window") if raw.get("window") else None
        return Clause(field.key, op, values, window, self.filters(raw.get("where") or {}, field, f"{place}/where"))

    def values(self, raw: object, field: Field, op: str, place: str) -> tuple[Value, ...]:
        told, count = self.list(raw, place, tree.MOST_VALUES, "too_many_values"), HOW_MANY.get(op, 1)
        if (count is None and not told) or (count is not None and len(told) != count):
            raise refused(Misfit("wrong_count", count=1 if count is None else count, op=op, found=len(told)), place)
        found = [
            self.fitting(f"{place}/{number}", lambda one=one: field.fit(typed(one, field), is_strict=self.is_strict))
            for number, one in enumerate(told)
        ]
        return self.fitting(place, field.fit_all, op, found)

    def window(self, raw: object, field: Field, place: str) -> Window:
        if not isinstance(raw, str):
            raise refused(Misfit("not_a_text", field="window", found=str(raw)[:60]), place)
        try:
            return reading.parse_window(raw, field)
        except RuleError as problem:
            raise refused(problem.misfit, place) from problem

    def filters(self, raw: object, field: Field, place: str) -> tuple:
        if not isinstance(raw, dict):
            raise refused(Misfit("not_an_object"), place)
        found = {name: self.filter(name, values, field, place) for name, values in raw.items()}
        return tuple(sorted(found.items()))

    def filter(self, name: str, raw: object, field: Field, place: str) -> tuple[Value, ...]:
        place = f"{place}/{name}"
        if name not in field.filters:
            offered = ", ".join(field.filters)
            code = "unknown_filter" if offered else "no_filters"
            raise refused(Misfit(code, field=field.key, found=str(name)[:60], offered=offered), place)
        one = field.filters[name]
        values = self.list(raw, place, 1 if one.number else tree.MOST_VALUES, "too_many_values")
        if not values:
            raise refused(Misfit("missing_key", found=name), place)
        return tuple(
            self.fitting(f"{place}/{number}", lambda v=value: one.fit(_filtered(v, one), is_strict=self.is_strict))
            for number, value in enumerate(values)
        )

    def list(self, raw: object, place: str, most: int, code: str) -> list:
        if not isinstance(raw, list):
            raise refused(Misfit("not_a_list"), place)
        if len(raw) > most:
            raise refused(Misfit(code, most=most), place)
        return raw

    def fitting(self, place: str, fit: Callable, *args):
        try:
            return fit(*args)
        except Misfit as misfit:
            raise refused(misfit, place) from misfit


def refused(misfit: Misfit, place: str) -> RuleError:
    return RuleError(misfit, pointer=place or "/")


def typed(raw: object, field: Field) -> object:
    """What JSON spells as a value of the field's kind; what it cannot be is given back and refused there. Raises
    Misfit for texts that no rule may hold."""
    if isinstance(raw, str):
        check_characters(raw)
        if field.kind in NUMERIC:
            return _number(raw)
        if field.kind == Kind.DAY:
            return _day(raw)
    return _decimal(raw)


def _filtered(raw: object, one: Filter) -> object:
    if isinstance(raw, str):
        check_characters(raw)
    return _decimal(raw)


def check_characters(raw: str) -> None:
    """Raises Misfit."""
    for character in raw:
        if reading.is_refused(character):
            raise Misfit("bad_character", found=f"U+{ord(character):04X}")


def _decimal(raw: object) -> object:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return raw
    return _number(str(raw)[:LONGEST_NUMBER])


def _number(raw: str) -> object:
    try:
        found = Decimal(raw[:LONGEST_NUMBER])
    except InvalidOperation:
        return raw
    return found if found.is_finite() else raw


def _day(raw: str) -> object:
    try:
        return reading.parse_day(raw) or raw
    except RuleError as problem:
        raise problem.misfit from problem
