"""Values encrypted under the tenant's key, and keyed hashes to find them by.

Keys are made with the tenant, wrapped by the installation's master key and cached in the process; an
encryption key is never changed, a newer version is added, so a cached one stays right.
"""

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache, partial
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from crm.lib import crypto
from tenancy import context
from tenancy.models import DataKey


def master_keys() -> list[bytes]:
    """All master keys, the wrapping one first. Raises ImproperlyConfigured where there is none."""
    try:
        keys = [base64.b64decode(key, validate=True) for key in settings.MASTER_KEYS]
    except binascii.Error as problem:
        raise ImproperlyConfigured("MASTER_KEY is not base64") from problem
    if not keys or any(len(key) != crypto.KEY_BYTES for key in keys):
        raise ImproperlyConfigured("MASTER_KEY: give one or more keys of 32 bytes in base64")
    return keys


def make_keys() -> None:
    """The first keys of the entered tenant."""
    for purpose in DataKey.Purpose:
        add_key(purpose, version=1)


def add_key(purpose: DataKey.Purpose, *, version: int) -> DataKey:
    wrapped = crypto.wrap(crypto.new_key(), master=master_keys()[0])
    return DataKey.objects.create(purpose=purpose, version=version, wrapped=wrapped)


@lru_cache(maxsize=4096)
def _key(tenant_id: UUID, purpose: str, version: int) -> bytes:
    row = DataKey.objects.get(purpose=purpose, version=version)
    return crypto.unwrap(bytes(row.wrapped), masters=master_keys())


def newest_version(purpose: DataKey.Purpose = DataKey.Purpose.ENCRYPT) -> int:
    return _newest(context.current_tenant_id(), purpose)


@lru_cache(maxsize=1024)
def _newest(tenant_id: UUID, purpose: str) -> int:
    return DataKey.objects.filter(purpose=purpose).aggregate(newest=models.Max("version"))["newest"]


def forget_keys() -> None:
    """Empty the process's cache: after a rotation, and between tests."""
    _key.cache_clear()
    _newest.cache_clear()


def encrypt(plaintext: bytes, *, place: str) -> bytes:
    """`plaintext` under the entered tenant's newest key; it opens only for this tenant and `place`."""
    tenant_id, version = context.current_tenant_id(), newest_version()
    key = _key(tenant_id, DataKey.Purpose.ENCRYPT, version)
    return crypto.encrypt(plaintext, key=key, version=version, context=_context(tenant_id, place))


def decrypt(ciphertext: bytes, *, place: str) -> bytes:
    """Raises crypto.Unreadable for another tenant's, another field's or damaged bytes."""
    tenant_id = context.current_tenant_id()
    try:
        key = _key(tenant_id, DataKey.Purpose.ENCRYPT, crypto.version_of(ciphertext))
    except DataKey.DoesNotExist as problem:
        raise crypto.Unreadable("the key of this version is gone") from problem
    return crypto.decrypt(ciphertext, key=key, context=_context(tenant_id, place))


def blind_index(value: str, *, purpose: str) -> bytes:
    """The entered tenant's keyed hash of a standardised value, 16 bytes."""
    key = _key(context.current_tenant_id(), DataKey.Purpose.INDEX, 1)
    return crypto.blind_index(value, key=key, purpose=purpose)


def sealer(place: str) -> Callable[[str | None], "Sealed | None"]:
    """What stores texts of the entered tenant at one place, as EncryptedText.seal does; for many of them, and in any
    thread."""
    tenant_id, version = context.current_tenant_id(), newest_version()
    key = _key(tenant_id, DataKey.Purpose.ENCRYPT, version)
    sealed = crypto.Sealer(key=key, version=version, context=_context(tenant_id, place))

    def seal(text: str | None) -> Sealed | None:
        if text is None:
            return None
        return Sealed(sealed(text.encode("utf-8", "surrogatepass")) if text else b"")

    return seal


def opener(place: str) -> Callable[[bytes], str]:
    """What opens texts of the entered tenant from one place; for many of them, and where no query can be made. Raises
    crypto.Unreadable."""
    tenant_id = context.current_tenant_id()
    openers = {
        version: crypto.Opener(
            key=_key(tenant_id, DataKey.Purpose.ENCRYPT, version), context=_context(tenant_id, place)
        )
        for version in DataKey.objects.filter(purpose=DataKey.Purpose.ENCRYPT).values_list("version", flat=True)
    }

    def opened(ciphertext: bytes) -> str:
        opening = openers.get(crypto.version_of(ciphertext))
        if opening is None:
            raise crypto.Unreadable("the key of this version is gone")
        return opening(ciphertext).decode("utf-8", "surrogatepass")

    return opened


def hasher(purpose: str) -> Callable[[str], bytes]:
    """`blind_index` of the entered tenant for one purpose; for many values, and in any thread."""
    key = _key(context.current_tenant_id(), DataKey.Purpose.INDEX, 1)
    return partial(crypto.blind_index, key=key, purpose=purpose)


def seal(message: bytes, *, purpose: str) -> bytes:
    """The entered tenant's HMAC-SHA256 of a message, 32 bytes; without its key nobody can make one."""
    return crypto.seal(message, key=_key(context.current_tenant_id(), DataKey.Purpose.INDEX, 1), purpose=purpose)


def _context(tenant_id: UUID, place: str) -> bytes:
    return tenant_id.bytes + place.encode()


class Sealed(bytes):
    """Ciphertext on its way to or from the database."""


class EncryptedText(models.BinaryField):
    """Text that the database holds only as ciphertext; None and the empty string stay what they are.

    Read lazily: a row that nobody looks into costs no decryption. `update`, `bulk_update` and `filter`
    go around the instance and are refused.
    """

    description = "encrypted text"

    def __init__(self, *args, **options):
        super().__init__(*args, **{"editable": True, **options})

    def contribute_to_class(self, cls, name, **options):
        super().contribute_to_class(cls, name, **options)
        self.place = f"{cls._meta.label_lower}.{name}"
        setattr(cls, self.attname, _Opened(self))

    def from_db_value(self, value, expression, connection):
        return None if value is None else Sealed(value)

    def to_python(self, value):
        return value

    def pre_save(self, instance, add):
        return self.seal(instance.__dict__.get(self.attname))

    def seal(self, value) -> Sealed | None:
        """What is stored for `value`."""
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(encrypt(value.encode("utf-8", "surrogatepass"), place=self.place) if value else b"")

    def open(self, value: Sealed) -> str:
        return decrypt(bytes(value), place=self.place).decode("utf-8", "surrogatepass") if value else ""

    def get_db_prep_value(self, value, connection, prepared=False):
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.place}: plaintext does not go to the database; save the instance")
        return super().get_db_prep_value(value, connection, prepared)

    def value_to_string(self, instance):
        return getattr(instance, self.attname) or ""

    def formfield(self, **options):
        from django import forms

        return models.Field.formfield(self, **{"form_class": forms.CharField, **options})


class _Opened:
    """Decrypts at the first look and remembers."""

    def __init__(self, field: EncryptedText):
        self.field = field

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        if isinstance(value, Sealed):
            value = instance.__dict__[self.field.attname] = self.field.open(value)
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value
