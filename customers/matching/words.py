"""What the fields of the model, their levels and the vetoes are called."""

from django.utils.translation import gettext_lazy as _

FIELD = {
    "name": _("Name"),
    "given": _("Given name"),
    "family": _("Family name"),
    "gender": _("Gender"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "account": _("Card or account"),
    "id_number": _("Identity number"),
    "address": _("Address"),
    "town": _("Town"),
    "birthday": _("Birthday"),
    "store": _("Store"),
    "postcode": _("Postcode"),
    "work": _("Work"),
    "household": _("Household"),
}
SAME, NEAR, DIFFERENT, UNSAID = _("the same"), _("nearly the same"), _("different"), _("one says nothing")
LEVEL = {
    ("name", "in_letters"): _("both in letters"),
    ("name", "part_in_letters"): _("both in letters, a part missing"),
    ("given", "same"): _("same given name"),
    ("given", "swapped"): _("given and family name swapped"),
    ("given", "begins"): _("shortened, or an initial"),
    ("given", "near"): _("one letter differs"),
    ("given", "head"): _("the same first letters"),
    ("given", "different"): _("different given names"),
    ("family", "same"): _("same family name"),
    ("family", "swapped"): _("given and family name swapped"),
    ("family", "begins"): _("shortened, or an initial"),
    ("family", "near"): _("one letter differs"),
    ("family", "close"): _("two letters differ"),
    ("family", "different"): _("different family names"),
    ("town", "same"): _("same town"),
    ("town", "near"): _("nearly the same town"),
    ("town", "different"): _("different towns"),
    ("address", "street"): _("same street, other number"),
    ("postcode", "area"): _("same postal area"),
    ("birthday", "year"): _("same year"),
    ("name", "same"): _("same name"),
    ("name", "letters"): _("same letters in another order"),
    ("name", "spoken"): _("sounds the same"),
    ("name", "near_latin"): _("one letter differs"),
    ("name", "shortened"): _("given name shortened"),
    ("name", "one_letter"): _("one character differs"),
    ("name", "given_alone"): _("same given name"),
    ("name", "other_length"): _("same family name, given name hidden"),
    ("name", "family_alone"): _("same family name, nothing else said"),
    ("name", "family"): _("same family name, other given name"),
    ("name", "different"): _("different names"),
    ("gender", "same"): _("same gender"),
    ("gender", "different"): _("different genders"),
    ("phone", "same"): _("same phone"),
    ("phone", "ends"): _("same last digits"),
    ("phone", "one_digit"): _("one digit differs"),
    ("phone", "different"): _("different phones"),
    ("email", "same"): _("same e-mail"),
    ("email", "near"): _("nearly the same e-mail"),
    ("email", "different"): _("different e-mails"),
    ("account", "same"): _("same card or account"),
    ("account", "different"): _("different cards or accounts"),
    ("id_number", "same"): _("same identity number"),
    ("id_number", "near"): _("nearly the same identity number"),
    ("id_number", "different"): _("different identity numbers"),
    ("address", "home"): _("same home"),
    ("address", "block"): _("same building or estate"),
    ("address", "line"): _("same street and number"),
    ("address", "near_line"): _("nearly the same street"),
    ("address", "city"): _("same city"),
    ("address", "different"): _("different places"),
    ("birthday", "same"): _("same birthday"),
    ("birthday", "swapped"): _("day and month swapped"),
    ("birthday", "moon"): _("the same by the lunar calendar"),
    ("birthday", "day"): _("same day, other year"),
    ("birthday", "near"): _("one digit differs"),
    ("birthday", "different"): _("different birthdays"),
    ("store", "same"): _("same store"),
    ("store", "different"): _("different stores"),
    ("postcode", "same"): _("same postcode"),
    ("postcode", "near"): _("one digit differs"),
    ("postcode", "different"): _("different postcodes"),
    ("work", "same"): _("same work"),
    ("work", "different"): _("different work"),
    ("household", "explains"): _("what living together explains"),
}
ANY = {"same": SAME, "near": NEAR, "different": DIFFERENT, "unsaid": UNSAID}
VETO = {
    "given_name": _("different given names"),
    "given_in_letters": _("different given names"),
    "family_in_letters": _("different family names"),
    "hidden_name": _("a part of the name is hidden"),
    "similar_name": _("names that only sound the same"),
    "swapped_name": _("names in another order"),
    "birthday": _("different birthdays"),
    "gender": _("different genders"),
    "address": _("different addresses"),
    "email": _("different e-mails"),
}


def field(key: str) -> str:
    return str(FIELD.get(key, key))


def level(field: str, key: str) -> str:
    """How the two agree in a field."""
    return str(LEVEL.get((field, key)) or ANY.get(key, key))


def veto(key: str) -> str:
    """What speaks against one person."""
    return str(VETO.get(key, key))
