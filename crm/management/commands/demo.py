from django.core.management.base import BaseCommand

from crm.demo import building


class Command(BaseCommand):
    help = "Make the demo companies where they do not stand, and print their logins."

    def handle(self, **options):
        for company in building.COMPANIES:
            building.build(company, say=lambda text: self.stderr.write(text))
        for line in building.logins():
            self.stdout.write(line)
