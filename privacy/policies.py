"""What people agree to: versions of the policy, published one after another."""

from collections.abc import Mapping

from privacy import wording
from privacy.models import PolicyVersion
from tenancy import audit
from tenancy.models import Membership, Tenant


def current() -> PolicyVersion | None:
    """The newest published version of the entered company."""
    return PolicyVersion.objects.order_by("-number").first()


def begin() -> PolicyVersion:
    """The version in force; a company that has none gets its first one, in our words."""
    _one_at_a_time()
    return current() or PolicyVersion.objects.create(number=1, wording=wording.FIRST)


def publish(texts: Mapping[str, Mapping[str, str]], *, by: Membership | None) -> PolicyVersion:
    """A new version with these words (language → purpose → text); the same words again make none."""
    _one_at_a_time()
    former = current()
    texts = {language: dict(words) for language, words in texts.items()}
    if former and former.wording == texts:
        return former
    version = PolicyVersion.objects.create(number=former.number + 1 if former else 1, wording=texts, published_by=by)
    audit.record("policy.published", version, by=by, changes={"number": version.number})
    return version


def _one_at_a_time() -> None:
    Tenant.objects.select_for_update(no_key=True).get()
