"""Invented people, their names about as frequent as real ones: searches and the planner depend on that."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import NamedTuple

from crm.demo.chinese import COMPOUND, SURNAMES
from crm.lib import text

GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文婷雪佳琪欣怡子轩雨涵梓浩宇晨思诗若曦嘉懿煜城瑾瑜皓"
    "乐瑶心妍俊熙语桐可馨沐泽辰亦安知远书言一诺春生海荣金龙波斌辉鹏飞宏亮凯健东晓慧莉珍凤云琴燕玲萍青月莲翠香珠爱惠美淑"
    "珊珍倩蓉颖露琳莹蕾薇菲冰洁云仙竹影清雅岚融园艺咏卿聪澜纯毓悦昭爽羽希宁育滢馥筠柔霭凝霄枫芸菲寒伊丹蓓纨仪荷眉君"
    "琰韵园婕苑毅祥诚新利民友裕河哲江旭庆德培富顺信义良山仁康星光天达岩中茂进林有坚和彪博先敬震振壮会思群豪邦承"
    "绍功松善厚裴钧冠策腾楠榕航弘义兴全才发成福永世广昌盛学祖耀延年立树炳坤恒景岳川淼焱垚鑫森晶奕昊然博朗睿渊"
)
MOBILES = [
    *range(130, 140), *range(150, 154), *range(155, 160), 166, 173, *range(175, 179), *range(180, 190), 191, 198, 199,
]  # fmt: skip
CITIES = ["上海", "杭州", "南京", "苏州", "北京", "成都", "广州", "武汉", "深圳", "西安"]
SURNAME_WEIGHTS = list(accumulate(1 / (rank + 7) for rank in range(len(SURNAMES))))
GIVEN_WEIGHTS = list(accumulate(1 / (rank + 25) for rank in range(len(GIVEN))))


class Forms(NamedTuple):
    """A name as search looks at it."""

    key: str
    given: str
    pinyin: str
    initials: str


class Person(NamedTuple):
    name: str
    phone: str
    card: str
    email: str
    city: str
    gender: str
    orders: int


def people(start: int, count: int, *, seed: str) -> Iterator[Person]:
    """The customers numbered from `start`; the same seed and number always give the same one."""
    random = Random(f"{seed}:{start}")
    for number in range(start, start + count):
        full = name(random)
        email = f"{forms(full).pinyin}{number}@customer.example" if random.random() < 0.4 else ""
        yield Person(
            full,
            phone(number),
            f"M{number:07d}",
            email,
            random.choice(CITIES),
            random.choice("fffm"),
            orders(random),
        )


def name(random: Random) -> str:
    if random.random() < 0.006:
        family = random.choice(COMPOUND)
    else:
        family = random.choices(SURNAMES, cum_weights=SURNAME_WEIGHTS)[0]
    return family + "".join(random.choices(GIVEN, cum_weights=GIVEN_WEIGHTS, k=1 if random.random() < 0.2 else 2))


def phone(number: int) -> str:
    """A mobile in E.164; every number once, neighbours far apart."""
    scattered = number * 7_919_113 % 4_800_000_007
    return f"+86{MOBILES[scattered % len(MOBILES)]}{scattered // len(MOBILES) % 100_000_000:08d}"


def orders(random: Random) -> int:
    """How many orders: one in eight has none, half of the others one."""
    return 0 if random.random() < 0.125 else min(40, 1 + int(random.paretovariate(1.6) - 0.55))


@lru_cache(maxsize=400_000)
def forms(full: str) -> Forms:
    spoken = text.pinyin(full)
    return Forms(text.name_key(full), text.name_key(text.split_name(full)[1]), spoken.full, spoken.initials)
