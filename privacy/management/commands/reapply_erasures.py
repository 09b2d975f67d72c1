import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from privacy import erasure_list, reapplying


class Command(BaseCommand):
    help = "Erase again, in a restored copy, whoever stands on these lists of erasures. Again, it changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")

    def handle(self, *, files, **options):
        entries = [one for file in files for one in self.entries(Path(file))]
        self.stdout.write(json.dumps({"listed": len(entries), "erased": reapplying.reapply(entries)}))

    def entries(self, file: Path) -> list[dict]:
        try:
            return erasure_list.parse(file.read_text(encoding="utf-8"))
        except OSError as problem:
            raise CommandError(f"{file}: {problem.strerror}") from problem
        except erasure_list.NotAList as problem:
            raise CommandError(f"{file}: {problem}") from problem
