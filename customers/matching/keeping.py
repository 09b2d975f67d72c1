"""Models as they are kept: numbered rows of the company, of which one is in use."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import log2
from uuid import UUID

from django.db.models import Max

from customers.matching.fields import FIELDS, Level
from customers.matching.model import Model, Weight
from customers.models import MatchModel
from tenancy.models import Membership


def active() -> MatchModel | None:
    """The row in use; None where matching was never begun."""
    return MatchModel.objects.filter(is_active=True).first()


def keep(model: Model, *, origin: MatchModel.Origin, metrics: dict, seed: int, by: Membership | None) -> MatchModel:
    """A new row with the next number, in use from now on."""
    number = (MatchModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    MatchModel.objects.filter(is_active=True).update(is_active=False)
    return MatchModel.objects.create(
        number=number, origin=origin, weights=weights_of(model), frequencies=_packed(model), metrics=metrics, seed=seed,
        is_active=True, created_by=by,
    )  # fmt: skip


def activate(row: MatchModel) -> None:
    """Use an earlier model again."""
    MatchModel.objects.filter(is_active=True).update(is_active=False)
    MatchModel.objects.filter(id=row.id).update(is_active=True)


def weights_of(model: Model) -> dict:
    """m, h and u of each level as probabilities, and the bits they come to: of a level that counts by how frequent the
    value is, those of a rare one, the most it can say."""
    fields = [
        {
            "key": field.key,
            "levels": [
                {
                    "key": level.key, "m": 2**weight.person, "h": 2**weight.household, "u": 2**weight.stranger,
                    "bits": weight.person + _against(model, level, weight),
                }
                for level, weight in zip(field.levels, weights, strict=True)
            ],
        }
        for field, weights in zip(FIELDS, model.weights, strict=True)
    ]  # fmt: skip
    return {
        "fields": fields,
        "prior_bits": model.prior,
        "household_bits": model.household,
        "bars": {"review": model.review, "auto": model.auto},
    }


def _against(model: Model, level: Level, weight: Weight) -> float:
    return model.rarest.get(level.frequent, 0.0) if level.frequent else -weight.stranger


def opened(row: MatchModel) -> Model:
    """The model of a row; kept in the process, as a row never changes."""
    return _opened(row.tenant_id, row.id)


@lru_cache(maxsize=8)
def _opened(_tenant_id: UUID, model_id: UUID) -> Model:
    row = MatchModel.objects.get(id=model_id)
    return parsed(row.weights, row.frequencies)


def parsed(weights: dict, frequencies: str = "") -> Model:
    """What `weights_of` made, with the rarities where they are known."""
    known = {field["key"]: {level["key"]: level for level in field["levels"]} for field in weights["fields"]}
    rows = [[_weight(known.get(field.key, {}).get(level.key), level) for level in field.levels] for field in FIELDS]
    listed = json.loads(zlib.decompress(base64.b64decode(frequencies))) if frequencies else {}
    bars = weights["bars"]
    return Model(
        weights["prior_bits"], weights["household_bits"], rows, listed.get("rarity", {}), listed.get("rarest", {}),
        review=bars["review"], auto=bars["auto"],
    )  # fmt: skip


def _weight(kept: dict | None, level: Level) -> Weight:
    """A level that came into the product after the model was made has its beginning for a weight."""
    kept = kept or {"m": level.m, "h": level.h, "u": max(level.h, level.m) / 4}
    return Weight(*(log2(kept[kind]) for kind in "mhu"))


def forget(is_of_person: Callable[[str], bool]) -> int:
    """Take values out of what models know to be frequent. Returns how many models knew one."""
    changed = 0
    for row in MatchModel.objects.all():
        if not row.frequencies:
            continue
        listed = json.loads(zlib.decompress(base64.b64decode(row.frequencies)))
        kept = {
            column: {value: bits for value, bits in values.items() if not is_of_person(value)}
            for column, values in listed["rarity"].items()
        }
        if kept != listed["rarity"]:
            row.frequencies = _text(kept, listed["rarest"])
            row.save(update_fields=["frequencies"])
            changed += 1
    _opened.cache_clear()
    return changed


def _packed(model: Model) -> str:
    return _text(model.rarity, model.rarest)


def _text(rarity: Mapping[str, Mapping[str, float]], rarest: Mapping[str, float]) -> str:
    text = json.dumps({"rarity": rarity, "rarest": rarest}, ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode())).decode()
