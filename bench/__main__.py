"""`python -m bench [NAME]` on the servers of the environment: brings them up to date, then measures."""

import os
import subprocess
import sys
from importlib import import_module

NAMES = [
    "import_customers",
    "import_orders",
    "list_page",
    "search",
    "customer_page",
    "recommend",
    "rfm",
    "checkout",
    "matching",
    "matching_sets",
    "btyd",
    "segments",
    "insights",
]


def main(names: list[str]) -> int:
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"No such bench: {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for command in (["migrate", "-v0"], ["collectstatic", "-v0", "--noinput"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django

    django.setup()
    for name in names or NAMES:
        import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
