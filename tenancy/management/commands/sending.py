from django.core.management.base import BaseCommand

from tenancy import sending


class Command(BaseCommand):
    help = "Whether mails, messages and webhooks may leave this installation; a restored copy begins with off."

    def add_arguments(self, parser):
        parser.add_argument("what", choices=["on", "off", "status"])

    def handle(self, *, what, **options):
        if what != "status":
            sending.switch(on=what == "on")
        self.stdout.write(f"sending is {'off' if sending.paused() else 'on'}")
