"""What is compared of a record: its words taken apart into plain strings, once, so that two executors compare the same.

Values in, values out; no database. "" stands for what is not said, or says nothing (王** has no given name).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from crm.lib import Unreadable, addresses, birthdays, emails, names, phones, text
from crm.lib.names import PersonName
from customers.matching import western

FEMALE = frozenset(
    """
    女士 小姐 太太 夫人 阿姨 大姐 姐 嫂 姨 女 妈妈 奶奶 老太太 老板娘 f female mrs ms miss madam mme frau sra srta puan
    """.split()
)
MALE = frozenset("先生 大哥 哥 叔 叔叔 男 爸爸 爷爷 老先生 m male mr sir herr sr datuk dato encik".split())
MASKED_PHONE = re.compile(r"(?:\+?86)?(1\d{2})[*＊xX•●#?]{4}(\d{4})")
HAN = re.compile(f"[{text.HAN}]")
IN_ORDER = "12345678"  # somebody may have such a number, and a hundred others are written down with it
NOT_WORD = re.compile(r"[\W_]+")
WRITTEN_DAY = re.compile(r"(\d{4})([-/.]?)(\d\d)\2(\d\d)", re.A)


BETWEEN = "\x1f"  # the columns of a record that is written as one text


class Features(NamedTuple):
    """`name` is the whole name where it is known, `letters` the same with the letters of the given name (Latin: all
    words) in order, `length` how many characters a name in hanzi has, hidden ones too. `phone_ends` are a mobile's
    first three and last four digits, which a masked one shows as well. `home` is estate, building and room, `block`
    estate and building; `line` is an address that is not taken apart. `birthday` is YYYYMMDD, `birth_swapped` the
    same with month and day exchanged, `birth_ordinal` the day's number, for distances."""

    kind: str = ""
    name: str = ""
    family: str = ""
    given: str = ""
    script: str = ""
    given_head: str = ""
    family_head: str = ""
    letters: str = ""
    pinyin: str = ""
    length: str = ""
    gender: str = ""
    phone: str = ""
    phone_2: str = ""
    phone_ends: str = ""
    email: str = ""
    mailbox: str = ""
    openid: str = ""
    unionid: str = ""
    card: str = ""
    id_number: str = ""
    home: str = ""
    block: str = ""
    room: str = ""
    line: str = ""
    city: str = ""
    postcode: str = ""
    street: str = ""
    town: str = ""
    area: str = ""
    birthday: str = ""
    birth_swapped: str = ""
    birth_day: str = ""
    birth_year: str = ""
    birth_ordinal: int = 0
    store: str = ""
    work: str = ""


ORDINAL = Features._fields.index("birth_ordinal")


def line(one: Features) -> str:
    """The features as one text, which `of_line` reads."""
    return BETWEEN.join(map(str, one)).encode("utf-8", "replace").decode()


def of_line(told: str) -> Features | None:
    """None where it has a form that is no more."""
    texts: list = told.split(BETWEEN)
    if len(texts) != len(Features._fields):
        return None
    texts[ORDINAL] = int(texts[ORDINAL])
    return Features._make(texts)


def read(content: Mapping[str, str], *, region: str) -> Features:
    """The features of what a source record says. Never raises."""
    said = {field: value for field, value in content.items() if value}
    parsed = _parsed(said)
    return Features(
        kind=said.get("kind", "person"),
        **_name(parsed, said.get("name") or parsed.family + parsed.given),
        gender=_gender(said.get("gender", ""), parsed.honorific),
        **_phones(said, region),
        **_email(said.get("email", "")),
        openid=text.clean(said.get("openid", "")),
        unionid=text.clean(said.get("unionid", "")),
        card=text.clean(said.get("card", "")),
        id_number=NOT_WORD.sub("", text.clean(said.get("id_number", ""))).upper(),
        **_address(said),
        **_birthday(said.get("birthday", "")),
        store=text.name_key(said.get("store", "")),
        work=text.name_key(said.get("title", "") or said.get("industry", "")),
    )


def _parsed(said: Mapping[str, str]) -> PersonName:
    family, given = said.get("family_name", ""), said.get("given_name", "")
    joined = f"{family}{given}" if not (family + given).isascii() else f"{given} {family}"
    parted = names.parse(joined)
    if parted.script in western.SCRIPTS and not parted.masked:
        return PersonName(family, given, parted.honorific, script=parted.script)
    if name := said.get("name"):
        return names.parse(western.without_rank(name))
    return PersonName(family, given, script=parted.script) if family and given else parted


def _name(parsed: PersonName, raw: str) -> dict[str, str]:
    family, given = text.name_key(parsed.family), text.name_key(parsed.given)
    length = ""
    if parsed.script == "han" and not parsed.honorific:
        length = str(len(names.standard(raw).replace(" ", "")))
    if parsed.masked or (parsed.script == "han" and not given):
        return {"family": family, "length": length}
    if parsed.script == "han" and len(given) == 1 and not names.is_surname(family):  # 芳敏 of 李芳敏
        family, given = "", family + given
    if parsed.script == "han":
        letters = family + "".join(sorted(given))
        whole = family + given
    else:
        given, family = western.words(parsed)
        whole = f"{given} {family}".strip()
        letters = " ".join(sorted(whole.split()))
    spoken = text.pinyin(family + given).full if whole else ""
    is_whole = bool(family) and (bool(given) or parsed.script not in western.SCRIPTS)
    return {
        **(_heads(given, family) if western.is_western(parsed) else {}),
        "name": whole if is_whole else "",
        "family": family,
        "given": given,
        "letters": letters if is_whole else "",
        "pinyin": spoken,
        "length": length,
    }


def _heads(given: str, family: str) -> dict[str, str]:
    return {
        "script": "western",
        "given_head": given[: western.HEAD_OF_GIVEN],
        "family_head": family[: western.HEAD_OF_FAMILY],
    }


def _gender(told: str, honorific: str) -> str:
    for word in (told.strip().casefold(), honorific.casefold().strip(".")):
        if word in FEMALE:
            return "f"
        if word in MALE:
            return "m"
    return ""


def _phones(said: Mapping[str, str], region: str) -> dict[str, str]:
    found, ends = [], ""
    for field in ("phone", "phone_2", "phone_3"):
        raw = said.get(field, "")
        try:
            phone = phones.standard(raw, region) if raw else None
        except phones.PhoneError:
            if not ends and (masked := MASKED_PHONE.fullmatch(text.clean(raw).replace(" ", "").replace("-", ""))):
                ends = masked[1] + masked[2]
            continue
        if phone and not phone.placeholder and not phone.national.endswith(IN_ORDER):
            found.append(phone)
    first, second = (*found, None, None)[:2]
    if first and first.is_chinese_mobile:
        ends = first.national[:3] + first.last_four
    return {"phone": first.e164 if first else "", "phone_2": second.e164 if second else "", "phone_ends": ends}


def _email(raw: str) -> dict[str, str]:
    try:
        email = emails.standard(raw) or ""
    except emails.EmailError:
        email = ""
    return {"email": email, "mailbox": email.partition("@")[0]}


def _address(said: Mapping[str, str]) -> dict[str, str]:
    line = text.name_key(said.get("address", ""))
    read_address = addresses.parse(said.get("address", "")) if line else addresses.Address()
    home = read_address.key
    estate, building, room = home.split("|") if home else ("", "", "")
    city = text.name_key(read_address.city or said.get("city", ""))
    is_western = not HAN.search(city)
    postcode = text.name_key(said.get("postcode", ""))
    return {
        "home": home,
        "block": f"{estate}|{building}" if home else "",
        "room": room,
        "line": "" if home else line,
        "city": "" if is_western else city,
        "postcode": postcode,
        "street": "" if home else western.street(line),
        "town": text.without_accents(city) if is_western else "",
        "area": western.area(postcode),
    }


def _birthday(raw: str) -> dict:
    try:
        birthday = birthdays.parse(raw) if raw else None
    except Unreadable:
        return _written_day(raw)
    if birthday is None or birthday.placeholder:
        return {}
    day = birthday.solar
    if day is None:
        return {} if birthday.lunar else {"birth_day": f"{birthday.month:02}{birthday.day:02}"}
    swapped = f"{day:%Y}{day:%d}{day:%m}" if day.day <= 12 and day.day != day.month else ""
    return {
        "birthday": f"{day:%Y%m%d}",
        "birth_swapped": swapped,
        "birth_day": f"{day:%m%d}",
        "birth_year": f"{day:%Y}",
        "birth_ordinal": day.toordinal(),
    }


def _written_day(raw: str) -> dict:
    """Of a day that nobody can be born on, or before the years the product keeps, the figures: 1990-72-03."""
    written = WRITTEN_DAY.fullmatch(text.clean(raw))
    if not written:
        return {}
    year, _, month, day = written.groups()
    return {"birthday": year + month + day, "birth_day": month + day, "birth_year": year}
