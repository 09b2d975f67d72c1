"""E-mail addresses in the one form in which two spellings of a mailbox are equal.

What a shop can send to is taken: a name, @, and a domain of the internet. Addresses that the standards allow
and no mailbox has are refused by choice: quoted names ("a b"@…), comments, addresses of machines (@[10.0.0.1]),
domains without a dot, and names beyond ASCII, which most providers cannot deliver to.
"""

import re

from django.utils.translation import gettext_lazy as _

from crm.lib import Unreadable, text


class EmailError(Unreadable):
    """What was written is not an address that mail can be sent to."""

    messages = {
        "no_at": _("there is no @"),
        "several": _("more than one e-mail address"),
        "masked": _("characters are hidden"),
        "space": _("there is a space in it"),
        "no_name": _("the part before @ is missing"),
        "name": _("the part before @ is not a mailbox"),
        "no_domain": _("the part behind @ is missing"),
        "domain": _("the part behind @ is not a domain"),
        "no_dot": _("the domain has no ending such as .com or .cn"),
        "reserved": _("a domain that is not on the internet"),
        "too_long": _("too long for an e-mail address"),
    }


LONGEST, LONGEST_NAME = 254, 64  # RFC 5321, 4.5.3.1
MOST_READ = 1_000
ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~\-]+"
NAME = re.compile(rf"{ATOM}(?:\.{ATOM})*", re.ASCII)
# Domains that everybody has; all others go to the library.
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?!xn--)[a-z]{2,63}", re.ASCII)
ORDINARY = re.compile(r"[a-z0-9][a-z0-9_+\-]*(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9\-]+\.)+[a-z]+", re.ASCII)
RESERVED = frozenset(("test", "invalid", "localhost", "local", "onion", "arpa"))
NOTHING = frozenset(
    ("-", "--", "/", "无", "暂无", "没有", "未知", "空", "null", "none", "n/a", "na", "nan", "\\n", "0", "@")
)
IN_BRACKETS = re.compile(r"[^<>]*<([^<>]*)>")
SEPARATORS = re.compile(r"[;,、|\s/]+")
LOOKALIKES = str.maketrans("。｡", "..")


def standard(raw: str) -> str | None:
    """The address in lower case, its domain in ASCII (IDNA); None where nothing is written.

    Takes full-width characters, blanks and line ends around it, mailto:, `name <a@b.cn>`, and a dot or comma
    behind it. Raises EmailError. The form of a form is itself.
    """
    written = tidied(raw)
    if not written or written in NOTHING:
        return None
    if len(written) > LONGEST:
        raise EmailError("too_long")
    name, at, domain = written.rpartition("@")
    if problem := evident_problem(written, name, at, domain):
        raise EmailError(problem)
    if not DOMAIN.fullmatch(domain):
        domain = domain_by_library(domain)
    if len(name) > LONGEST_NAME or len(name) + 1 + len(domain) > LONGEST:
        raise EmailError("too_long")
    if domain.rpartition(".")[2] in RESERVED:
        raise EmailError("reserved")
    return f"{name}@{domain}"


def tidied(raw: str) -> str:
    lowered = raw.lower()
    if len(lowered) <= LONGEST and ORDINARY.fullmatch(lowered):
        return lowered
    written = text.clean(raw[:MOST_READ]).translate(LOOKALIKES).casefold().strip(" ,;:、'")
    written = text.clean(written.removeprefix("mailto:").partition("?subject=")[0])
    if bracketed := IN_BRACKETS.fullmatch(written):
        written = bracketed[1].strip()
    return written.removesuffix(".")


def evident_problem(written: str, name: str, at: str, domain: str) -> str | None:
    if not at:
        return "no_at"
    if written.count("@") > 1:
        parts = [part for part in SEPARATORS.split(written) if "@" in part]
        return "several" if len(parts) > 1 else "name"
    if not name:
        return "no_name"
    if not domain:
        return "no_domain"
    if " " in written:
        return "space"
    if "**" in written:
        return "masked"
    return None if NAME.fullmatch(name) else "name"


def domain_by_library(domain: str) -> str:
    """A domain that is not plain ASCII with an ordinary ending. Raises EmailError."""
    from email_validator import EmailSyntaxError, validate_email

    if "." not in domain:
        raise EmailError("no_dot")
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False, globally_deliverable=False)
    except EmailSyntaxError as problem:
        raise EmailError("domain") from problem
    ascii_domain = found.ascii_domain.lower()
    if domain.startswith("[") or not re.search(r"\.(?:[a-z]{2,}|xn--[a-z0-9\-]+)$", ascii_domain):
        raise EmailError("domain")
    return ascii_domain
