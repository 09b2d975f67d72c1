"""Clerks who sell, redeem and take back as fast as they are answered, and send again what was not answered."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID, uuid4

GIVE_UP = 60  # seconds after which a clerk stops sending one purchase again
TIMEOUT = 15
REPLAYS = 0.05  # share of answered purchases that are sent once more all the same


@dataclass
class Told:
    """What one clerk was told. `sold` holds the answer to each key that was acknowledged, `asked` all keys."""

    asked: dict[str, UUID] = field(default_factory=dict)
    sold: dict[str, dict] = field(default_factory=dict)
    given_back: dict[str, dict] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    replays: int = 0
    differing: int = 0
    unanswered: int = 0


class Clerk(threading.Thread):
    def __init__(self, port: int, secret: str, members: dict[UUID, int], until: float, seed: int):
        super().__init__()
        self.port, self.secret, self.until = port, secret, until
        self.members = list(members)
        self.random = random.Random(seed)
        self.told = Told()
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while time.monotonic() < self.until:
            if self.told.sold and self.random.random() < 0.05:
                self._take_back()
            else:
                self._sell()
        self.hang_up()

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _sell(self) -> None:
        """One in two spends all the points it may; one in two is of the same member."""
        member = self.random.choice([self.members[0], self.random.choice(self.members)])
        key = str(uuid4())
        line = {"price": f"{self.random.randint(1500, 3000) / 100:.2f}", "name": key}
        body = {"key": key, "customer_id": str(member), "lines": [line], "points": 0}
        if self.random.random() < 0.5:
            quote = {name: value for name, value in body.items() if name != "key"}
            body["points"] = self._insist("till/quotes/", quote)[1].get("most", 0)
        self.told.asked[key] = member
        began = time.monotonic()
        status, answer, tries = self._insist("checkouts/", body)
        if status in (200, 201):
            self.told.sold[key] = answer
            if tries == 1:
                self.told.seconds.append(time.monotonic() - began)
            else:
                self.told.replays += 1
            if self.random.random() < REPLAYS:
                self._again(body, answer)
        elif status == 422:
            self.told.refused += 1
        else:
            self.told.unanswered += 1

    def _again(self, body: dict, first: dict) -> None:
        _status, answer, _tries = self._insist("checkouts/", body)
        self.told.replays += 1
        self.told.differing += answer != first

    def _take_back(self) -> None:
        key, receipt = self.random.choice(list(self.told.sold.items()))
        if key in self.told.given_back:
            return
        status, whole, _tries = self._insist(f"checkouts/{receipt['id']}/", None)
        if status != 200:
            return
        lines = [{"line_id": line["id"], "quantity": 1} for line in whole["lines"] if line["returnable"] == "1"]
        if lines:
            status, answer, _tries = self._insist(
                f"checkouts/{receipt['id']}/returns/", {"key": str(uuid4()), "lines": lines}
            )
            if status in (200, 201):
                self.told.given_back[key] = answer

    def _insist(self, path: str, body: dict | None) -> tuple[int, dict, int]:
        """(status, answer, how often it was sent): again and again until something other than a failure comes."""
        give_up, tries = time.monotonic() + GIVE_UP, 0
        while time.monotonic() < give_up:
            tries += 1
            try:
                status, answer = self.ask(path, body)
            except (OSError, http.client.HTTPException, ValueError):
                self.hang_up()
                time.sleep(0.05)
                continue
            if status < 500 and status != 429:
                return status, answer, tries
            time.sleep(0.2)
        return 0, {}, tries

    def ask(self, path: str, body: dict | None) -> tuple[int, dict]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        self.connection.request("GET" if body is None else "POST", f"/api/v1/{path}", sent, headers)
        with self.connection.getresponse() as answer:
            return answer.status, json.loads(answer.read())
