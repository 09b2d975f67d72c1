"""Which column of a file holds what: proposed from the header, in Chinese or English."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

PERSON = {
    "phone": "手机 手机号 手机号码 联系手机 收货人手机 会员手机 电话 联系电话 电话号码 phone mobile tel telephone "
    "phonenumber mobilenumber mobilephone cellphone cell phone1",
    "email": "邮箱 电子邮箱 电子邮件 邮件 邮箱地址 email mail emailaddress",
}


def normal(header: str) -> str:
    """The form in which two spellings of a heading are equal: `Customer ID`, `customer_id` and `CustomerID`."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", header)).casefold()


def propose(header: Sequence[str], synonyms: Mapping[str, str]) -> dict[str, str]:
    """Heading → field. The first synonym of a field that stands in the header has it, each field once."""
    by_normal: dict[str, str] = {}
    for heading in header:
        by_normal.setdefault(normal(heading), heading)
    proposed: dict[str, str] = {}
    for field, words in synonyms.items():
        match = next((by_normal[word] for word in words.split() if word in by_normal), None)
        if match is not None and match not in proposed:
            proposed[match] = field
    return proposed
