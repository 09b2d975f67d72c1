"""People who stand in two systems without a common key: a list of a fair, typed in by hand, with its slips; and the
families of some members, who leave the same phone."""

from collections.abc import Sequence
from random import Random
from types import ModuleType

from customers import identities
from customers.models import Source
from customers.words import Person

SHARE = 40  # one member in so many stands in the list too
FAMILIES = 4  # and of one in so many of these somebody of the family


def write_down(random: Random, members: Sequence[Person], shop: ModuleType) -> None:
    """The fair's list, as its own source."""
    source = Source.objects.create(key="fair", trust=30)
    told = []
    for number, member in enumerate(random.sample(members, k=len(members) // SHARE), 1):
        told.append(Person(f"F{number:04d}", _typed(random, member.content)))
        if number % FAMILIES == 0:
            told.append(Person(f"F{number:04d}b", _relative(random, member.content, shop)))
    identities.record(told, source=source)


def _typed(random: Random, content: dict[str, str]) -> dict[str, str]:
    """The member as somebody in a hurry wrote them down: without card and e-mail, at times with a slip."""
    told = {name: content[name] for name in ("name", "phone", "gender", "birthday", "city") if name in content}
    slip = random.random()
    if slip < 0.35:
        told["phone"] = _other_digit(random, told["phone"])
    elif slip < 0.5:
        told.pop("birthday", None)
    elif slip < 0.6:
        told.pop("phone")
    elif slip < 0.75:
        told = {"name": _addressed(content), "phone": content["phone"], "city": content["city"]}
    return told


def _addressed(content: dict[str, str]) -> str:
    """王女士, Ms Smith: all that somebody in a hurry asks for."""
    name, is_woman = content["name"], content.get("gender", "").lower() in ("f", "女")
    if " " in name:
        return f"{'Ms' if is_woman else 'Mr'} {name.split(' ')[-1]}"
    return name[0] + ("女士" if is_woman else "先生")


def _other_digit(random: Random, phone: str) -> str:
    place = random.randrange(len(phone) - 4, len(phone))
    return phone[:place] + str((int(phone[place]) + random.randrange(1, 10)) % 10) + phone[place + 1 :]


def _relative(random: Random, content: dict[str, str], shop: ModuleType) -> dict[str, str]:
    """Somebody else with the same family name, phone and town."""
    name, other = content["name"], shop.name(random)
    joined = f"{other.split(' ')[0]} {name.split(' ')[-1]}" if " " in name else name[0] + other[1:]
    return {"name": joined, "phone": content["phone"], "city": content["city"], "gender": random.choice("fm")}
