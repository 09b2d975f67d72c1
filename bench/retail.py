"""Invented records of what several shop systems say of the same people: families, half-hidden names, slips of the pen.

How often each field is filled and how many records a person has is as in the shared set cn_retail.
"""

from collections.abc import Iterator
from random import Random

from bench import invented
from bench.invented import CITIES, GIVEN

HOUSEHOLDS = 2000  # drawn from one seed at once
SOURCES = ("pos", "pos", "wechat", "wechat", "tmall", "app", "jd", "excel")
SAID = {  # how often each says a field
    "pos": {"phone": 0.97, "gender": 0.75, "birthday": 0.45, "address": 0.1, "email": 0.05},
    "wechat": {"openid": 1.0, "phone": 0.8, "gender": 0.6, "birthday": 0.25, "address": 0.2},
    "tmall": {"phone": 1.0, "address": 1.0, "gender": 0.3},
    "app": {"phone": 1.0, "email": 0.5, "birthday": 0.7, "gender": 0.8, "openid": 0.3, "address": 0.3},
    "jd": {"phone": 1.0, "address": 1.0, "gender": 0.3},
    "excel": {"phone": 0.9, "gender": 0.8, "birthday": 0.5, "address": 0.6, "email": 0.3},
}
ESTATES = [f"{first}{last}" for first in "锦绣 保利 万科 金地 龙湖 碧桂 中海 绿城 阳光 翠湖".split() for last in
           "名苑 新城 花园 公馆 家园 一品 豪庭 雅居 华府 天地 云庭 半岛".split()]  # fmt: skip
DISTRICTS = ["朝阳区", "海淀区", "天河区", "番禺区", "西湖区", "江宁区", "芙蓉区", "武侯区"]


def records(count: int, *, seed: str = "matching") -> Iterator[tuple[str, dict[str, str]]]:
    """So many (source, content)."""
    given = start = 0
    while given < count:
        random = Random(f"{seed}:{start}")
        for household in range(start, start + HOUSEHOLDS):
            for record in _household(random, household, max(300, count // 330)):
                if given == count:
                    return
                given += 1
                yield record
        start += HOUSEHOLDS


def _household(random: Random, number: int, stores: int) -> Iterator[tuple[str, dict[str, str]]]:
    family = invented.name(random)
    home = (random.choice(CITIES), random.choice(DISTRICTS), random.choice(ESTATES), random.randrange(1, 60),
            random.randrange(1, 4), random.randrange(1, 25) * 100 + random.randrange(1, 5))  # fmt: skip
    phone, store = invented.phone(number * 4).removeprefix("+86"), f"S{random.randrange(stores)}"
    for place in range(random.choices((1, 2, 3), (70, 20, 10))[0]):
        own = invented.name(random)
        name = own if place == 0 or random.random() < 0.4 else family[:1] + own[-2 if len(own) > 2 else -1 :]
        name = family if place == 0 else name
        mine = phone if place == 0 or random.random() < 0.15 else invented.phone(number * 4 + place).removeprefix("+86")
        person = {
            "name": name,
            "phone": mine,
            "email": f"{invented.forms(name).pinyin}{number}{place}@mail.example",
            "openid": f"o{random.getrandbits(96):024x}",
            "gender": random.choice("MF"),
            "birthday": f"19{random.randrange(50, 100)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
        }
        for _record in range(random.choices((1, 2, 3, 4, 5), (62, 25, 8, 3, 2))[0]):
            source = random.choice(SOURCES)
            yield source, _told(random, source, person, home, store if random.random() < 0.7 else "", stores)


def _told(random: Random, source: str, person: dict, home: tuple, store: str, stores: int) -> dict[str, str]:
    said = SAID[source]
    told = {key: person[key] for key in ("phone", "email", "openid", "gender", "birthday")}
    told = {key: value for key, value in told.items() if random.random() < said.get(key, 0)}
    told["name"] = _name(random, source, person)
    if "phone" in told:
        told["phone"] = _phone(random, source, told["phone"])
    if random.random() < said.get("address", 0):
        told["address"] = _address(random, home)
    told["store"] = store or f"S{random.randrange(stores)}"
    return told


def _name(random: Random, source: str, person: dict) -> str:
    name, dice = person["name"], random.random()
    if source in ("tmall", "jd") and dice < 0.25:
        return name[0] + "*" * (len(name) - 1)
    if source == "wechat" and dice < 0.15:
        return name[0] + ("先生" if person["gender"] == "M" else "女士")
    if dice < 0.03:
        return name[:-1] + random.choice(GIVEN)
    return name[0] + name[:0:-1] if dice < 0.045 else name


def _phone(random: Random, source: str, phone: str) -> str:
    dice = random.random()
    if source in ("tmall", "jd") and dice < 0.3:
        return f"{phone[:3]}****{phone[-4:]}"
    if dice > 0.98:
        place = random.randrange(3, 11)
        return phone[:place] + random.choice("0123456789") + phone[place + 1 :]
    return f"+86 {phone}" if dice > 0.9 else phone


def _address(random: Random, home: tuple) -> str:
    city, district, estate, building, unit, room = home
    if random.random() < 0.5:
        return f"{city}市{district}{estate}{building}号楼{unit}单元{room}室"
    return f"{city}{district}{estate}{building}幢{unit}-{room}"
