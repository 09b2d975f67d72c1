import json
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from segmentation.prediction import files, fitting


class Command(BaseCommand):
    help = "Fit a purchase model to a CSV of x, t_x, T (for gg: x, value) by maximum likelihood."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--model", required=True, choices=sorted(files.MODELS))
        parser.add_argument("--json", action="store_true")

    def handle(self, *, file, model, **options):
        try:
            columns = files.read(file, files.COLUMNS[model])
            fitting.get_ready()
            begun = time.perf_counter()
            fitted = files.MODELS[model](*columns)
        except (files.BadFile, fitting.NotEnough, ValueError, OSError) as problem:
            raise CommandError(f"{file}: {problem}") from problem
        seconds = round(time.perf_counter() - begun, 4)
        parameters = {name: value for name, value in fitted.model._asdict().items() if name != "early"}
        self.stdout.write(
            json.dumps({**parameters, "log_likelihood": fitted.log_likelihood, "n": fitted.n, "seconds": seconds})
        )
