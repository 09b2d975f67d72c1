"""Who the servers run as. PostgreSQL refuses root, so root lends them an account."""

import os
import pwd

from ops.problem import Problem

_PREFERRED = ("nobody", "daemon")


def server_account() -> pwd.struct_passwd | None:
    """The unprivileged account root drops to, or None when we are not root.

    Only an account that exists is used; none is made. Raises Problem where
    there is none.
    """
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall() if account.pw_uid != 0}
    for name in (*_PREFERRED, *accounts):
        if name in accounts:
            return accounts[name]
    raise Problem(
        "PostgreSQL refuses to run as root and this machine has no other account.\n"
        "Run as a normal user, or set DATABASE_URL and REDIS_URL to servers of your own."
    )


def give(path: str | os.PathLike[str], account: pwd.struct_passwd | None) -> None:
    """Make `account` the owner of `path`; without one, leave it to us."""
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)
