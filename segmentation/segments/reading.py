"""The text of a rule read into its tree, by recursive descent. Whatever is wrong is told with its place.

rule    = all {"or" all}                    all   = one {"and" one}
one     = "not" one | "(" rule ")" | "everybody" | clause
clause  = field ["(" [window] {"," filter} ")"] comparison
window  = DAYS [".." DAYS] | [DAY] ".." [DAY]
filter  = word ("=" text | "in" "(" text {"," text} ")")
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from segmentation.segments import tree
from segmentation.segments.comparing import BEGINS, BETWEEN, EMPTY, EQUAL, HOW_MANY, IN, KNOWN, NOT_IN
from segmentation.segments.fields import Field, Vocabulary, listing
from segmentation.segments.refusing import Misfit, RuleError
from segmentation.segments.tree import Ago, All, Clause, Last, Node, Not, Some, Span, Value, Window
from segmentation.segments.writing import RESERVED

TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\u3000]+)
    |(?P<text>"(?:[^"\\]|\\.)*"|“(?:[^”\\]|\\.)*”)
    |(?P<day>\d{4}-\d\d-\d\d(?![\w]))
    |(?P<days>\d{1,9}d(?![\w]))
    |(?P<number>-?\d{1,30}(?:\.\d{1,30})?(?![\w]))
    |(?P<ago>today[+-]\d{1,9}d(?![\w]))
    |(?P<word>[^\W\d]\w*(?:\.\w+)*)
    |(?P<op><=|>=|!=|<>|[=<>≤≥≠＝＜＞])
    |(?P<dots>\.\.)
    |(?P<mark>[(),（），])""",
    re.VERBOSE,
)
PLAIN = {"≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=", "＝": "=", "＜": "<", "＞": ">", "（": "(", "）": ")", "，": ","}
ESCAPED = re.compile(r"\\(.)")
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
END = "end"
SYMBOLS = (EQUAL, "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    value: object
    position: int
    length: int

    def shown(self) -> str:
        return _("the end of the rule") if self.kind == END else f"“{str(self.value)[:40]}”"


def parse(text: str, vocabulary: Vocabulary, *, is_strict: bool = True) -> Node:
    """The tree of a rule. Raises RuleError. Where it is not strict, values that are gone meanwhile may stand in it."""
    return _Parser(text, vocabulary, is_strict).rule()


def parse_window(text: str, field: Field) -> Window:
    """A window that stands by itself, as "90d". Raises RuleError."""
    parser = _Parser(text, Vocabulary([]), True)
    if parser.token.kind not in ("days", "day", "dots"):
        parser.expected(_("days as in 30d"))
    window = parser.window(field)
    if parser.token.kind != END:
        parser.expected(_("the end of the rule"))
    return window


def parse_day(text: str) -> date | Ago | None:
    """A day that stands by itself, as "2025-03-04" or "today-30d"; None for another text. Raises RuleError."""
    parser = _Parser(text, Vocabulary([]), True)
    if len(parser.tokens) != 2 or parser.token.kind not in ("day", "ago", "word"):
        return None
    found = parser.literal()
    return found if isinstance(found, date | Ago) else None


def tokens(text: str) -> list[Token]:
    """Raises RuleError at the first character that begins nothing."""
    if len(text) > tree.LONGEST:
        raise RuleError(Misfit("too_long", most=tree.LONGEST), position=tree.LONGEST, length=len(text) - tree.LONGEST)
    for place, character in enumerate(text):
        if is_refused(character):
            raise RuleError(Misfit("bad_character", found=f"U+{ord(character):04X}"), position=place)
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            unfinished = text[place] in '"“”'
            misfit = Misfit("unfinished_text") if unfinished else Misfit("bad_character", found=text[place])
            raise RuleError(misfit, position=place, length=len(text) - place if unfinished else 1)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup, _plain(match), place, match.end() - place))
        place = match.end()
    return [*found, Token(END, "", len(text), 1)]


def is_refused(character: str) -> bool:
    """Control characters and those that turn the direction of writing stand in no rule."""
    if character in "\t\r\n":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or character in BIDI


def _plain(match: re.Match) -> str:
    told = match[0]
    if match.lastgroup == "text":
        return ESCAPED.sub(r"\1", told[1:-1])
    return PLAIN.get(told, told)


class _Parser:
    def __init__(self, text: str, vocabulary: Vocabulary, is_strict: bool):
        self.tokens, self.at = tokens(text), 0
        self.vocabulary, self.is_strict = vocabulary, is_strict
        self.clauses = 0

    # Moving over the tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += token.kind != END
        return token

    def stands(self, word: str) -> bool:
        """Whether this mark or reserved word stands here."""
        token = self.token
        return token.kind in ("word", "op", "mark", "dots") and str(token.value).casefold() == word

    def take(self, word: str) -> bool:
        """Go on over it if it stands here."""
        is_there = self.stands(word)
        self.at += is_there
        return is_there

    def need(self, word: str) -> None:
        if not self.take(word):
            self.expected(f"“{word}”")

    def expected(self, *words: str) -> None:
        token = self.token
        raise self.refused(Misfit("expected", expected=_either(words), found=token.shown(), words=words), token)

    def refused(self, misfit: Misfit, first: Token, last: Token | None = None) -> RuleError:
        last = last or first
        return RuleError(misfit, position=first.position, length=last.position + last.length - first.position)

    def fitting(self, first: Token, fit: Callable, *args, **options):
        """What `fit` makes of a token; what is wrong is told at the token."""
        try:
            return fit(*args, **options)
        except Misfit as misfit:
            raise self.refused(misfit, first, self.tokens[max(self.at - 1, 0)]) from misfit

    # The rule

    def rule(self) -> Node:
        node = self.some(1)
        if self.token.kind != END:
            self.expected("and", "or", _("the end of the rule"))
        return node

    def some(self, depth: int) -> Node:
        return self.joined("or", Some, lambda: self.joined("and", All, lambda: self.one(depth)))

    def joined(self, word: str, made: type, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self.take(word):
            parts.append(part())
        return made(tuple(parts)) if len(parts) > 1 else parts[0]

    def one(self, depth: int) -> Node:
        begin = self.token
        if depth > tree.DEEPEST:
            raise self.refused(Misfit("too_deep", most=tree.DEEPEST), begin)
        if self.take("not"):
            return Not(self.one(depth + 1))
        if self.take("("):
            node = self.some(depth + 1)
            self.need(")")
            return node
        if self.take("everybody"):
            return tree.EVERYBODY
        if begin.kind != "word" or str(begin.value).casefold() in RESERVED:
            self.expected(_("a condition"), "not", "(")
        return self.clause()

    def clause(self) -> Clause:
        begin = self.next()
        self.clauses += 1
        if self.clauses > tree.MOST_CLAUSES:
            raise self.refused(Misfit("too_many_clauses", most=tree.MOST_CLAUSES), begin)
        field = self.fitting(begin, self.vocabulary.field, str(begin.value))
        window, filters = self.inside(field)
        op_token = self.token
        op = self.fitting(op_token, field.operator, self.operator())
        values_token = self.token
        values = self.values(field, op)
        values = self.fitting(values_token, field.fit_all, op, values)
        return Clause(field.key, op, values, window, filters)

    def operator(self) -> str:
        if self.token.kind == "op":
            return str(self.next().value)
        if self.take("is"):
            for op in (EMPTY, KNOWN):
                if self.take(op.removeprefix("is ")):
                    return op
            self.expected("empty", "known")
        if self.take("not"):
            self.need("in")
            return NOT_IN
        for op in (IN, BETWEEN, BEGINS):
            if self.take(op):
                return op
        self.expected(*SYMBOLS, IN, BETWEEN, "is")
        return ""

    def values(self, field: Field, op: str) -> list:
        count = HOW_MANY.get(op, 1)
        if count == 0:
            return []
        if count is None:
            return self.list(lambda: self.value(field))
        values = [self.value(field)]
        while len(values) < count:
            self.need("and")
            values.append(self.value(field))
        return values

    def value(self, field: Field):
        token = self.token
        raw = self.literal()
        return self.fitting(token, field.fit, raw, is_strict=self.is_strict)

    def list(self, one: Callable) -> list:
        self.need("(")
        values = [one()]
        while self.take(","):
            if len(values) >= tree.MOST_VALUES:
                raise self.refused(Misfit("too_many_values", most=tree.MOST_VALUES), self.token)
            values.append(one())
        if not self.stands(")"):
            self.expected(",", ")")
        self.next()
        return values

    def literal(self):
        token = self.token
        match token.kind:
            case "text":
                return self.next().value
            case "number":
                return Decimal(str(self.next().value))
            case "day":
                return self.day()
            case "ago":
                return self.ago()
            case "word":
                return self.word()
        self.expected(_("a value"))
        return None

    def word(self):
        token = self.token
        match str(token.value).casefold():
            case "yes" | "true":
                found: object = True
            case "no" | "false":
                found = False
            case "today":
                found = Ago(0)
            case word if word in RESERVED:
                self.expected(_("a value"))
            case _:
                found = str(token.value)
        self.next()
        return found

    def day(self) -> date:
        token = self.next()
        try:
            return date.fromisoformat(str(token.value))
        except ValueError:
            raise self.refused(Misfit("no_such_day", found=token.value), token) from None

    def ago(self) -> Ago:
        token = self.next()
        days = int(str(token.value).removeprefix("today").removesuffix("d"))
        return Ago(-self.bounded(abs(days), token, least=0) * (1 if days > 0 else -1))

    def bounded(self, days: int, token: Token, *, least: int = 1) -> int:
        if not least <= days <= tree.MOST_DAYS:
            raise self.refused(Misfit("days_out_of_range", most=tree.MOST_DAYS, found=days), token)
        return days

    # What stands in parentheses after a field

    def inside(self, field: Field) -> tuple[Window | None, tuple]:
        if not self.take("("):
            return None, ()
        window = None
        filters: dict[str, tuple[Value, ...]] = {}
        first = True
        while first or self.take(","):
            if self.token.kind in ("days", "day", "dots"):
                if not first:
                    self.expected(*field.filters)
                window = self.window(field)
            else:
                name, values = self.filter(field, filters)
                filters[name] = values
            first = False
        if not self.stands(")"):
            self.expected(",", ")")
        self.next()
        return window, tuple(sorted(filters.items()))

    def window(self, field: Field) -> Window:
        begin = self.token
        if not field.has_window:
            raise self.refused(Misfit("no_window", field=field.key), begin)
        if begin.kind == "days":
            return self.last()
        first = self.day() if begin.kind == "day" else None
        if not self.take(".."):
            self.expected("..")
        last = self.day() if self.token.kind == "day" else None
        if first is None and last is None:
            self.expected(_("a day as in 2025-03-04"))
        if first and last and first > last:
            raise self.refused(Misfit("window_order"), begin, self.tokens[self.at - 1])
        return Span(first, last)

    def last(self) -> Last:
        token = self.next()
        days, until = self.bounded(int(str(token.value)[:-1]), token), 0
        if self.take(".."):
            end = self.token
            if end.kind != "days":
                self.expected(_("days as in 30d"))
            until = self.bounded(int(str(self.next().value)[:-1]), end, least=0)
            if until >= days:
                raise self.refused(Misfit("window_order"), token, end)
        return Last(days, until)

    def filter(self, field: Field, known: dict) -> tuple[str, tuple[Value, ...]]:
        token = self.token
        name = str(token.value).casefold()
        if not field.filters:
            raise self.refused(Misfit("no_filters", field=field.key), token)
        if token.kind != "word":
            self.expected(*([_("days as in 30d")] if field.has_window else []), *field.filters)
        if name not in field.filters:
            offered = listing(field.filters)
            misfit = Misfit("unknown_filter", field=field.key, found=token.value, offered=offered)
            raise self.refused(misfit, token)
        if name in known:
            raise self.refused(Misfit("twice", found=name), token)
        self.next()

        def one() -> Value:
            place = self.token
            return self.fitting(place, field.filters[name].fit, self.literal(), is_strict=self.is_strict)

        if self.take("="):
            return name, (one(),)
        if field.filters[name].number:
            self.expected("=")
        if self.take("in"):
            return name, tuple(self.list(one))
        self.expected("=", "in")
        return name, ()


def _either(words: tuple[str, ...]) -> str:
    return _(" or ").join([listing(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
