"""An order file of a Chinese shop, the same for each run: 2.3 lines an order, three orders a customer."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from bench import invented
from crm.demo.chinese import CHANNEL_WEIGHTS, CHANNELS, GOODS

HEADER = ["订单编号", "会员编号", "付款时间", "商品编码", "商品名称", "数量", "单价", "实付金额", "渠道"]
PERSONAL = ["客户姓名", "手机", "邮箱"]


def write(path: Path, *, lines: int, personal: bool) -> None:
    """`personal` adds name, phone and e-mail of the buyer to each line, as marketplaces do."""
    random = Random(f"orders:{lines}")
    crowd = list(invented.people(0, lines // 7, seed="orders"))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER + PERSONAL * personal)
        written = number = 0
        at = datetime(2025, 1, 1, 9)
        while written < lines:
            number, at = number + 1, at + timedelta(minutes=5)
            who = random.choice(crowd)
            told = [who.name, who.phone.removeprefix("+86"), who.email] if personal else []
            channel = random.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
            for _line in range(min(random.choices([1, 2, 3, 4, 5], [34, 28, 20, 12, 6])[0], lines - written)):
                which = random.randrange(len(GOODS))
                _category, name, price = GOODS[which]
                count = random.choices([1, 2, 3], [80, 15, 5])[0]
                back = -1 if random.random() < 0.02 else 1
                writer.writerow(
                    [
                        f"T{number:09d}", who.card, f"{at:%Y-%m-%d %H:%M:%S}", f"P{which:03d}", name, back * count,
                        f"{price:.2f}", f"{back * count * price:.2f}", channel, *told,
                    ]
                )  # fmt: skip
                written += 1
