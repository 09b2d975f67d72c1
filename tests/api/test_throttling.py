"""How often a program may ask."""

from random import randrange
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from crm.api import throttling
from tests.api.conftest import Program


@pytest.fixture
def clock(monkeypatch):
    """clock(seconds) sets the time of the throttle."""
    now = SimpleNamespace(at=60.0 * randrange(10_000_000, 30_000_000))  # a minute no other test has counted in
    monkeypatch.setattr(throttling.time, "time", lambda: now.at)

    def turn(seconds):
        now.at += seconds

    return turn


def from_address(address, **headers):
    return Program().client.get("/api/v1/me/", REMOTE_ADDR=address, headers=headers).status_code


def test_each_token_has_its_own_minute(program, cast, settings, clock):
    settings.API_RATE = 3
    ada, other = program(cast.ada), program(cast.ada)
    assert [ada.get("me/").status_code for _time in range(5)] == [200, 200, 200, 429, 429]
    refused = ada.get("me/")
    assert (refused.json()["code"], refused["Content-Type"]) == ("throttled", "application/problem+json")
    assert other.get("me/").status_code == 200
    clock(int(refused["Retry-After"]))
    assert ada.get("me/").status_code == 200


def test_a_burst_at_the_turn_of_the_minute_is_one_burst(program, cast, settings, clock):
    settings.API_RATE = 10
    ada = program(cast.ada)
    clock(59)  # a second before the next minute
    assert [ada.get("me/").status_code for _time in range(10)] == [200] * 10
    clock(2)
    assert ada.get("me/").status_code == 429
    clock(30)
    assert [ada.get("me/").status_code for _time in range(6)] == [200] * 5 + [429]


def test_promised_wait_is_long_enough(program, cast, settings, clock):
    settings.API_RATE = 7
    ada = program(cast.ada)
    for step in (0, 13, 29, 7, 3, 11, 40, 1, 5):
        clock(step)
        while (answer := ada.get("me/")).status_code == 200:
            pass
        clock(int(answer["Retry-After"]))
        assert ada.get("me/").status_code == 200


def test_strangers_are_counted_by_address_before_anything_else(db, settings, clock):
    settings.API_ANONYMOUS_RATE = 2
    assert [from_address("203.0.113.1") for _time in range(3)] == [401, 401, 429]
    assert from_address("203.0.113.1", Authorization="Bearer tk_guess") == 429
    assert from_address("203.0.113.1", X_Forwarded_For="198.51.100.1") == 429
    assert from_address("203.0.113.2") == 401


def test_forwarded_address_counts_behind_a_proxy_of_ours(db, settings, clock):
    settings.API_ANONYMOUS_RATE, settings.AXES_IPWARE_PROXY_COUNT = 1, 1
    forged = "198.51.100.9, 203.0.113.7"
    assert from_address("10.0.0.1", X_Forwarded_For=forged) == 401
    assert from_address("10.0.0.1", X_Forwarded_For="198.51.100.8, 203.0.113.7") == 429
    assert from_address("10.0.0.1", X_Forwarded_For="203.0.113.8") == 401


def test_unknown_addresses_are_counted_too(db, settings, clock):
    settings.API_ANONYMOUS_RATE = 1
    client = Program().client
    statuses = [client.get("/api/v1/nothing/", REMOTE_ADDR="203.0.113.9").status_code for _time in range(2)]
    assert statuses == [404, 429]


def test_everybody_may_pass_where_the_cache_is_away(program, cast, monkeypatch):
    from redis.exceptions import ConnectionError

    def away(*args, **kwargs):
        raise ConnectionError

    ada = program(cast.ada)
    monkeypatch.setattr(cache, "get", away)
    assert ada.get("me/").status_code == 200
