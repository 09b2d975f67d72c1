"""Questions about two records, asked in SQL of many pairs at once and in Python of one: the same answer both ways, held
by a test. No column is null; "" says nothing, and no two records say the same by it.
"""

from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from customers.matching.features import Features


@dataclass(frozen=True)
class Same:
    """One says in `left` what the other says in `right` (of the same name unless it is told)."""

    left: str
    right: str = ""

    def sql(self) -> str:
        left, right = self.left, self.right or self.left
        one = f"(a.{left} = b.{right} AND a.{left} <> '')"
        return one if left == right else f"({one} OR (a.{right} = b.{left} AND b.{left} <> ''))"

    def holds(self, a: Features, b: Features) -> bool:
        left, right = self.left, self.right or self.left
        one, other = getattr(a, left), getattr(b, left)
        return bool((one and one == getattr(b, right)) or (other and other == getattr(a, right)))


@dataclass(frozen=True)
class Differs:
    """Both say something, and not the same."""

    column: str

    def sql(self) -> str:
        return f"(a.{self.column} <> b.{self.column} AND a.{self.column} <> '' AND b.{self.column} <> '')"

    def holds(self, a: Features, b: Features) -> bool:
        left, right = getattr(a, self.column), getattr(b, self.column)
        return bool(left and right) and left != right


@dataclass(frozen=True)
class Unsaid:
    """At least one of the two says nothing in any of the columns."""

    columns: tuple[str, ...]

    def sql(self) -> str:
        sides = (" AND ".join(f"{side}.{name} = ''" for name in self.columns) for side in "ab")
        return "(" + " OR ".join(f"({side})" for side in sides) + ")"

    def holds(self, a: Features, b: Features) -> bool:
        return any(not any(getattr(side, name) for name in self.columns) for side in (a, b))


@dataclass(frozen=True)
class Edits:
    """Both say something, and at most `most` letters (bytes of UTF-8) were changed, left out, added or exchanged."""

    column: str
    most: int

    def sql(self) -> str:
        left, right = f"a.{self.column}", f"b.{self.column}"
        return (
            f"({left} <> '' AND {right} <> '' AND abs(strlen({left}) - strlen({right})) <= {self.most}"
            f"{self._half_stays(left, right)} AND damerau_levenshtein({left}, {right}) <= {self.most})"
        )

    def _half_stays(self, left: str, right: str) -> str:
        """Cheaper than counting, and true of all that one edit makes: what is before it or behind it is the same."""
        if self.most > 1:
            return ""
        half = f"greatest((least(length({left}), length({right})) - 2) // 2, 0)"
        return f" AND (left({left}, {half}) = left({right}, {half}) OR right({left}, {half}) = right({right}, {half}))"

    def holds(self, a: Features, b: Features) -> bool:
        left, right = getattr(a, self.column).encode(), getattr(b, self.column).encode()
        if not left or not right or abs(len(left) - len(right)) > self.most:
            return False
        return DamerauLevenshtein.distance(left, right, score_cutoff=self.most) <= self.most


@dataclass(frozen=True)
class Within:
    """What one says stands whole within what the other says."""

    column: str

    def sql(self) -> str:
        left, right = f"a.{self.column}", f"b.{self.column}"
        return f"({left} <> '' AND {right} <> '' AND (contains({left}, {right}) OR contains({right}, {left})))"

    def holds(self, a: Features, b: Features) -> bool:
        left, right = getattr(a, self.column), getattr(b, self.column)
        return bool(left and right) and (left in right or right in left)


@dataclass(frozen=True)
class Begins:
    """What one says is how the other begins: J, John."""

    column: str

    def sql(self) -> str:
        left, right = f"a.{self.column}", f"b.{self.column}"
        return f"({left} <> '' AND {right} <> '' AND (starts_with({left}, {right}) OR starts_with({right}, {left})))"

    def holds(self, a: Features, b: Features) -> bool:
        left, right = getattr(a, self.column), getattr(b, self.column)
        return bool(left and right) and (left.startswith(right) or right.startswith(left))


@dataclass(frozen=True)
class SharesLetter:
    """Names of the same number of letters of which one stands at the same place: 学帅, 学师."""

    column: str

    def sql(self) -> str:
        left, right = f"a.{self.column}", f"b.{self.column}"
        return (
            f"(length({left}) BETWEEN 2 AND 3 AND length({left}) = length({right}) AND "
            f"({left}[1] = {right}[1] OR {left}[2] = {right}[2]))"
        )

    def holds(self, a: Features, b: Features) -> bool:
        left, right = getattr(a, self.column), getattr(b, self.column)
        return 2 <= len(left) <= 3 and len(left) == len(right) and (left[0] == right[0] or left[1] == right[1])


@dataclass(frozen=True)
class DaysApart:
    """Two days (ordinals, 0 where none is said) with so many days between them."""

    column: str
    least: int
    most: int

    def sql(self) -> str:
        left, right = f"a.{self.column}", f"b.{self.column}"
        return f"({left} > 0 AND {right} > 0 AND abs({left} - {right}) BETWEEN {self.least} AND {self.most})"

    def holds(self, a: Features, b: Features) -> bool:
        left, right = getattr(a, self.column), getattr(b, self.column)
        return left > 0 and right > 0 and self.least <= abs(left - right) <= self.most


@dataclass(frozen=True)
class Both:
    questions: tuple

    def sql(self) -> str:
        return "(" + " AND ".join(one.sql() for one in self.questions) + ")"

    def holds(self, a: Features, b: Features) -> bool:
        return all(one.holds(a, b) for one in self.questions)


@dataclass(frozen=True)
class Either:
    questions: tuple

    def sql(self) -> str:
        return "(" + " OR ".join(one.sql() for one in self.questions) + ")"

    def holds(self, a: Features, b: Features) -> bool:
        return any(one.holds(a, b) for one in self.questions)


@dataclass(frozen=True)
class Not:
    question: object

    def sql(self) -> str:
        return f"(NOT {self.question.sql()})"

    def holds(self, a: Features, b: Features) -> bool:
        return not self.question.holds(a, b)


def both(*questions) -> Both:
    return Both(questions)


def either(*questions) -> Either:
    return Either(questions)
