"""Harbour Goods: a small shop with an English-speaking staff."""

from random import Random

STORES = [("LDN1", "Covent Garden", "London"), ("BRS1", "Harbourside", "Bristol")]
CHANNELS = ["store", "web"]
CHANNEL_WEIGHTS = [60, 40]
SOURCES = {"store": "pos", "web": "shop"}
FIRST = "Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Noah Oliver George Arthur Muhammad Leo Harry Oscar Archie Henry Grace Ruby Priya Anika Sean Nia Tom Ella Jack Zoe".split()
LAST = "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Harris Khan Clarke Jackson Lewis Begum Hughes Edwards Hill Moore O'Brien".split()
GOODS = [
    ("Kitchen", "Enamel mug", 12), ("Kitchen", "Oak chopping board", 38), ("Kitchen", "Linen tea towel", 14),
    ("Home", "Wool blanket", 85), ("Home", "Beeswax candle", 18), ("Home", "Stoneware vase", 42),
    ("Garden", "Trowel", 22), ("Garden", "Bird feeder", 27), ("Gifts", "Letterpress card", 4),
    ("Gifts", "Tea sampler", 16),
]  # fmt: skip


def name(random: Random) -> str:
    return f"{random.choice(FIRST)} {random.choice(LAST)}"


def phone(random: Random, number: int) -> str:
    """From the range that the British regulator keeps for drama: 07700 900000 to 900999."""
    return f"07700 900{number % 1000:03d}"
