import json

from django.core.management.base import BaseCommand

from privacy import erasure_list


class Command(BaseCommand):
    help = "Bring the list of erasures beside the database up to date and tell where it is."

    def handle(self, **options):
        added = erasure_list.write_all()
        self.stdout.write(json.dumps({"file": str(erasure_list.path()), "added": added}))
