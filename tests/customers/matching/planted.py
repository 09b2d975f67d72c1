"""Invented records of people of whom it is known who they are, and the real sets where they are at hand."""

from random import Random

import pytest

from bench import linkage

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力玲飞健波斌宇浩凯佳欣怡雪梅婷雨晨思"


def records(people: int, *, seed: int = 1) -> tuple[list[dict[str, str]], list[int]]:
    """Contents, in an order that says nothing, and whose they are: one to four of each person, with errors."""
    random = Random(seed)
    made = []
    for person in range(people):
        whole = _person(random)
        for _copy in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
            made.append((_spoilt(whole, random), person))
    random.shuffle(made)
    return [content for content, _person in made], [person for _content, person in made]


def _person(random: Random) -> dict[str, str]:
    return {
        "name": random.choice(FAMILY) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2)))),
        "phone": f"13{random.randrange(10**9):09}",
        "email": f"u{random.randrange(10**6)}@example.com",
        "birthday": f"{random.randrange(1950, 2006)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
        "address": f"杭州市翠苑小区{random.randrange(1, 40)}幢{random.randrange(1, 30)}0{random.randrange(1, 5)}室",
        "gender": random.choice("男女"),
        "store": f"{random.randrange(20)}号店",
    }


def _spoilt(whole: dict[str, str], random: Random) -> dict[str, str]:
    content = {field: value for field, value in whole.items() if field == "name" or random.random() < 0.7}
    if random.random() < 0.15:
        content["name"] = whole["name"][0] + random.choice(("**", "女士", "先生"))
    if "phone" in content and random.random() < 0.2:
        content["phone"] = f"{whole['phone'][:3]}****{whole['phone'][-4:]}"
    return content


def known(name: str) -> linkage.Records:
    """One of the public sets; the test is skipped where the data folder does not lie beside the clone."""
    try:
        return linkage.read(name)
    except OSError:
        pytest.skip(f"needs the shared data set linkage/{name}")
