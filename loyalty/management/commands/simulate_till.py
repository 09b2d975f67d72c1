import json
import sys

from django.core.management.base import BaseCommand, CommandError

from loyalty.simulation.running import simulate

FAULTS = ("lost", "double", "oversold", "wrong", "unanswered")


class Command(BaseCommand):
    help = (
        "Clerks sell and redeem at once against web and worker processes started for it, in a company of its own. "
        "Exits 1 where a purchase was lost, stands twice or spent points that were not there."
    )

    def add_arguments(self, parser):
        parser.add_argument("--clerks", type=int, default=8)
        parser.add_argument("--seconds", type=float, default=40)
        parser.add_argument("--kill", action="store_true", help="kill web processes and the worker at random")
        parser.add_argument("--json", action="store_true", help="one JSON object, which is all it prints anyway")

    def handle(self, *, clerks: int, seconds: float, kill: bool, **options):
        if not 1 <= clerks <= 64:
            raise CommandError("--clerks: 1 to 64")
        if not 1 <= seconds <= 3600:
            raise CommandError("--seconds: 1 to 3600")
        told = simulate(clerks=clerks, seconds=seconds, kill=kill)
        self.stdout.write(json.dumps(told))
        if any(told[fault] for fault in FAULTS):
            sys.exit(1)
