"""What can be wrong with a rule, and where: said in the reader's language, with a code for programs."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import Unreadable


class Misfit(Unreadable):
    """A part of a rule that means nothing. Where it stands is told by RuleError."""

    messages = {
        "too_long": gettext_lazy("the rule is longer than %(most)d characters"),
        "too_many_clauses": gettext_lazy("a rule has at most %(most)d conditions"),
        "too_deep": gettext_lazy("groups stand at most %(most)d deep in each other"),
        "too_many_values": gettext_lazy("at most %(most)d values in one list"),
        "bad_character": gettext_lazy("this character cannot stand in a rule: %(found)s"),
        "unfinished_text": gettext_lazy("the text that begins here has no closing quotation mark"),
        "expected": gettext_lazy("expected %(expected)s, found %(found)s"),
        "unknown_field": gettext_lazy("there is no field “%(found)s”"),
        "unknown_field_near": gettext_lazy("there is no field “%(found)s”; did you mean %(near)s?"),
        "withheld": gettext_lazy("you may not ask for “%(field)s”: your role does not show it"),
        "unknown_filter": gettext_lazy("“%(field)s” cannot be narrowed by “%(found)s”, only by %(offered)s"),
        "no_filters": gettext_lazy("“%(field)s” cannot be narrowed"),
        "twice": gettext_lazy("“%(found)s” stands here twice"),
        "no_window": gettext_lazy("“%(field)s” has no days to count in"),
        "bad_operator": gettext_lazy("“%(field)s” is not compared by “%(found)s”, only by %(offered)s"),
        "not_a_number": gettext_lazy("“%(field)s” is compared with a number, not with %(found)s"),
        "not_whole": gettext_lazy("“%(field)s” is compared with a whole number, not with %(found)s"),
        "too_many_places": gettext_lazy("at most %(most)d digits after the point"),
        "out_of_range": gettext_lazy("“%(field)s” is from %(low)s to %(high)s, not %(found)s"),
        "not_a_text": gettext_lazy("“%(field)s” is compared with a text, not with %(found)s"),
        "empty_text": gettext_lazy("the text is empty; write “is empty” for what has no value"),
        "text_too_long": gettext_lazy("a text has at most %(most)d characters"),
        "not_a_day": gettext_lazy("“%(field)s” is compared with a day (2025-03-04, today-30d), not with %(found)s"),
        "no_such_day": gettext_lazy("there is no day %(found)s"),
        "not_yes_or_no": gettext_lazy("“%(field)s” is yes or no, not %(found)s"),
        "not_a_choice": gettext_lazy("“%(field)s” is one of %(offered)s, not %(found)s"),
        "not_there": gettext_lazy("there is no “%(found)s” in “%(field)s”"),
        "not_there_near": gettext_lazy("there is no “%(found)s” in “%(field)s”; did you mean %(near)s?"),
        "wrong_order": gettext_lazy("the first of the two is greater than the second"),
        "days_out_of_range": gettext_lazy("from 1 to %(most)d days, not %(found)s"),
        "window_order": gettext_lazy("the window ends before it begins"),
        "cycle": gettext_lazy("the segment “%(found)s” depends on this one"),
        "wrong_count": gettext_lazy("“%(op)s” takes %(count)s values, not %(found)s"),
        "not_a_list": gettext_lazy("expected a list here"),
        "not_an_object": gettext_lazy("expected an object of a rule here"),
        "unknown_key": gettext_lazy("an object of a rule has no “%(found)s”"),
        "missing_key": gettext_lazy("“%(found)s” is missing here"),
    }


class RuleError(Unreadable):
    """A rule that cannot be asked. `position` and `length` are characters of its text from 0; a rule in JSON has a
    `pointer` (RFC 6901) instead. `expected` are the words that could stand there."""

    def __init__(self, misfit: Misfit, *, position: int | None = None, length: int = 1, pointer: str | None = None):
        super().__init__(misfit.code, **misfit.params)
        self.misfit, self.position, self.length, self.pointer = misfit, position, length, pointer
        self.expected: tuple[str, ...] = misfit.params.get("words", ())

    def __str__(self) -> str:
        return str(self.misfit)

    def at_its_place(self) -> str:
        """The sentence with the place before it."""
        if self.position is None:
            return f"{self.pointer or '/'}: {self}"
        return _("At character %(place)d: %(problem)s") % {"place": self.position + 1, "problem": self}
