"""Places that hold a person without pointing at them. Each function empties one, and counts what it emptied.

Apps above add theirs with `also`, in their ready().
"""

import json
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone
from redis import Redis

from customers import imports
from customers.models import ImportRun
from privacy import fates, reach
from privacy.persons import Known
from tenancy.encryption import EncryptedText
from tenancy.models import Job

Emptier = Callable[[Known], int]
_emptiers: dict[str, Emptier] = {}


def also(name: str, emptier: Emptier) -> None:
    """`emptier` is called in each erasure's transaction."""
    _emptiers[name] = emptier


def empty(known: Known) -> dict[str, int]:
    """Place → how many things in it spoke of the person and no longer do."""
    counts = {
        **_unowned(known),
        "tenancy.Job": _jobs(known),
        "customers.ImportRun": _runs(known),
        "files": _files(),
        "sessions": _sessions(known),
        **{name: emptier(known) for name, emptier in _emptiers.items()},
    }
    return {name: count for name, count in counts.items() if count}


def _unowned(known: Known) -> dict[str, int]:
    """Rows of models that lead to no customer, yet declare a field to be erased: a cell of a broken row."""
    reaching = set(reach.reaching())
    return {
        model._meta.label: _clear(model, known)
        for model in reach.tenant_models()
        if model not in reaching and fates.destroyed(model)
    }


def _clear(model: type[models.Model], known: Known) -> int:
    texts = [
        field.attname
        for field in model._meta.local_fields
        if isinstance(field, models.CharField | models.TextField | EncryptedText)
    ]
    names = [field.attname for field in fates.destroyed(model)]
    rows = model._base_manager.only(model._meta.pk.attname, *texts).iterator(chunk_size=2000)
    found = [row.pk for row in rows if any(known.is_in(getattr(row, name) or "") for name in texts)]
    kept = [name for name in texts if name not in names]
    for row in model._base_manager.filter(pk__in=found) if kept else ():
        for name in kept:
            setattr(row, name, known.without(getattr(row, name)))
        row.save(update_fields=kept)
    return fates.apply(model, found) if found else 0


def _jobs(known: Known) -> int:
    """What jobs say of their work: a title is a file's name, a result may quote a cell."""
    return _cleanse(Job.objects.all(), ("title", "error"), ("arguments", "cursor", "result"), known)


def _runs(known: Known) -> int:
    return _cleanse(ImportRun.objects.all(), ("filename",), ("plan",), known)


def _cleanse(rows: models.QuerySet, texts: tuple[str, ...], documents: tuple[str, ...], known: Known) -> int:
    count = 0
    for row in rows.iterator(chunk_size=500):
        former = {name: getattr(row, name) for name in (*texts, *documents)}
        for name, value in former.items():
            setattr(row, name, known.without(value))
        changed = [name for name, value in former.items() if getattr(row, name) != value]
        if changed:
            row.save(update_fields=changed)
            count += 1
    return count


def _files() -> int:
    """Uploaded files that wait, of drafts and of imports that failed or were cancelled, are thrown away: a file
    may hold the person in any form. Those under way are not touched; erasure does not begin while there are any."""
    waiting = ImportRun.objects.exclude(stored="").filter(
        models.Q(job=None) | ~models.Q(job__state__in=[Job.State.WAITING, Job.State.RUNNING])
    )
    for run in waiting:
        imports.discard(run)
    return len(waiting)


def _sessions(known: Known) -> int:
    """What a page was about to tell one of the staff (“… was added”)."""
    count = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=500):
        if known.is_in(json.dumps(session.get_decoded(), ensure_ascii=False, default=str)):
            store = SessionStore(session.session_key)
            store.pop("_messages", None)
            store.save()
            count += 1
    return count


def empty_cache(known: Known) -> int:
    """After commit: entries of the cache that hold the person. What is cached can be made again."""
    cache, count = Redis.from_url(settings.REDIS_URL), 0
    for key in cache.scan_iter(count=1000, _type="string"):
        if known.is_in((cache.get(key) or b"").decode(errors="ignore")):
            count += cache.delete(key)
    cache.close()
    return count
