"""The public sets of records with known truth, as the product's fields. The truth is for reporting alone."""

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from customers.matching import clusters, comparing, features, weighing
from customers.matching.clusters import Edges
from customers.matching.fields import veto_sql
from customers.matching.model import Model

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "linkage"
HISTORICAL = DATA / "splink_historical" / "historical_50k.parquet"
IDENTIFIERS = ("openid", "unionid", "email", "card")  # join at write


class Records(NamedTuple):
    contents: list[dict[str, str]]
    person: np.ndarray
    household: np.ndarray
    region: str


class Figures(NamedTuple):
    """Of pairs of records; `mixing` counts the clusters that hold several persons of one household, `strangers` those
    that hold several households; `several` the clusters of more than one record."""

    precision: float
    recall: float
    f1: float
    largest: int
    several: int
    mixing: int
    strangers: int


def read(name: str) -> Records:
    return {"cn_retail": cn_retail, "historical": historical}.get(name, lambda: febrl(int(name[-1])))()


def cn_retail() -> Records:
    fields = ("name", "email", "openid", "address", "birthday", "gender", "store")
    with gzip.open(DATA / "cn_retail" / "customers.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with gzip.open(DATA / "cn_retail" / "truth.csv.gz", "rt", encoding="utf-8") as file:
        truth = {row["record_id"]: row for row in csv.DictReader(file)}
    told = [truth[row["record_id"]] for row in rows]
    contents = [{field: row[field] for field in fields} | {"phone": row["mobile"]} for row in rows]
    return Records(
        contents, _numbered([row["person_id"] for row in told]), _numbered([row["household_id"] for row in told]), "CN"
    )


def febrl(number: int) -> Records:
    with (DATA / "febrl" / f"dataset{number}.csv").open(encoding="utf-8") as file:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
    contents = [
        {
            "given_name": row["given_name"],
            "family_name": row["surname"],
            "address": f"{row['street_number']} {row['address_1']}".strip(),
            "city": row["suburb"],
            "province": row["state"],
            "postcode": row["postcode"],
            "birthday": row["date_of_birth"],
            "id_number": row["soc_sec_id"],
        }
        for row in rows
    ]
    person = _numbered(["-".join(row["rec_id"].split("-")[:2]) for row in rows])
    return Records(contents, person, person, "AU")


def historical() -> Records:
    columns = {
        "first_name": "given_name", "surname": "family_name", "dob": "birthday", "birth_place": "city",
        "postcode_fake": "postcode", "gender": "gender", "occupation": "title",
    }  # fmt: skip
    rows = duckdb.sql(f"SELECT cluster, {', '.join(columns)} FROM '{HISTORICAL}'").fetchall()
    contents = [dict(zip(columns.values(), (value or "" for value in row[1:]), strict=True)) for row in rows]
    person = _numbered([row[0] for row in rows])
    return Records(contents, person, person, "GB")


def _numbered(names: list[str]) -> np.ndarray:
    return np.unique(np.array(names), return_inverse=True)[1]


def opened(records: Records) -> duckdb.DuckDBPyConnection:
    """The records loaded and blocked."""
    con = comparing.connect()
    made = (features.read(content, region=records.region) for content in records.contents)
    comparing.load(con, [[features.line(one).encode() for one in made]])
    comparing.block(con)
    return con


def edges_of(con: duckdb.DuckDBPyConnection) -> tuple[Edges, np.ndarray]:
    """The scored pairs, and whether something speaks against each."""
    found = con.execute(f"SELECT l, r, bits, ({veto_sql()}) AS vetoed FROM scored").fetchnumpy()
    return Edges(found["l"], found["r"], found["bits"]), found["vetoed"].astype(bool)


def identified(con: duckdb.DuckDBPyConnection, count: int) -> np.ndarray:
    """The customer of each record, before anything is matched: those of one identifier are one."""
    l, r = [], []  # noqa: E741
    for column in IDENTIFIERS:
        found = con.execute(
            f"SELECT min(i) OVER (PARTITION BY {column}) AS l, i AS r FROM record WHERE {column} <> ''"
        ).fetchnumpy()
        l.append(found["l"])
        r.append(found["r"])
    return clusters.components(count, np.concatenate(l), np.concatenate(r))


def joined(con: duckdb.DuckDBPyConnection, count: int, auto: float) -> np.ndarray:
    """The cluster of each record when nobody is asked."""
    customer = identified(con, count)
    edges, vetoed = edges_of(con)
    nameless = np.zeros(count, dtype=bool)
    nameless[con.execute("SELECT i FROM record WHERE name = ''").fetchnumpy()["i"]] = True
    is_whole = np.zeros(customer.max() + 1, dtype=bool)
    is_whole[customer[~nameless]] = True
    left, right = customer[edges.l], customer[edges.r]
    bridges = (nameless[edges.l] & is_whole[left]) | (nameless[edges.r] & is_whole[right])
    usable = (left != right) & ~vetoed & ~bridges & (edges.bits >= auto)
    found = clusters.join(
        len(is_whole),
        Edges(left[usable], right[usable], edges.bits[usable]),
        ~is_whole,
        lambda cluster: weighing.contradicting(con, customer, cluster),
        margin=auto,
    )
    return found[customer]


def figures(cluster: np.ndarray, records: Records) -> Figures:
    together = _pairs(Counter(cluster.tolist()).values())
    right = _pairs(Counter(zip(cluster.tolist(), records.person.tolist(), strict=True)).values())
    sizes = np.bincount(cluster)
    gold = _pairs(np.bincount(records.person).tolist())
    persons, households = (_different(cluster, of) for of in (records.person, records.household))
    precision, recall = right / max(together, 1), right / gold
    return Figures(
        precision, recall, 2 * right / max(together + gold, 1), int(sizes.max()), int((sizes > 1).sum()),
        persons - households, households,
    )  # fmt: skip


def _pairs(sizes) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _different(cluster: np.ndarray, of: np.ndarray) -> int:
    """How many clusters hold several of these."""
    held = np.unique(np.stack([cluster, of], axis=1), axis=0)[:, 0]
    return int((np.bincount(held) > 1).sum())


def scored(con: duckdb.DuckDBPyConnection, model: Model, *, least: float = 0.0) -> None:
    weighing.know(con, model)
    weighing.score(con, model, least=least)
