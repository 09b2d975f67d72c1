"""What the fields and levels of the model are called."""

from django.utils.translation import gettext_lazy as _

FIELD = {
    "name": _("Name"), "phone": _("Phone"), "email": _("E-mail"), "account": _("Card or account"),
    "address": _("Address"), "birthday": _("Birthday"), "gender": _("Gender"), "store": _("Store"),
}  # fmt: skip
LEVEL = {
    ("name", "same"): _("same name"), ("name", "other"): _("different names"),
    ("phone", "same"): _("same phone"), ("phone", "typo"): _("one digit differs"),
    ("phone", "other"): _("different phones"),
    ("gender", "same"): _("same gender"), ("birthday", "same"): _("same birthday"),
    ("address", "same"): _("same address"),
}  # fmt: skip
VETO = {
    "given_name": _("different given names"),
    "birthday": _("different birthdays"),
    "gender": _("different genders"),
}
