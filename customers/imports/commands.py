"""What the import commands share."""

import re
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from crm.lib import tables
from customers import imports
from customers.imports import kinds, previews, surveys
from customers.models import ImportRun, Source
from tenancy import jobs
from tenancy.commands import TenantCommand
from tenancy.models import Job


class ImportCommand(TenantCommand):
    """Imports a file of one kind. Started again after it was killed, it goes on where it was."""

    kind: ImportRun.Kind

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file")
        parser.add_argument("--source", required=True, help="the system the file comes from")
        parser.add_argument("--map", default="", metavar="'Header=field,…'", help="which column holds which field")
        parser.add_argument("--encoding", default="")
        parser.add_argument("--delimiter", default="")
        parser.add_argument("--sheet", default="")
        parser.add_argument("--date-format", default="", help="as of strptime: %%d/%%m/%%Y %%H:%%M")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *, tenant, file, source, json, **options):
        path = readable(file)
        check_source(source)
        tenant_id = self.tenant_id(tenant)
        with self.entered(tenant):
            columns = kinds.of(self.kind).columns()
        plan = imports.Plan(
            mapping=parsed_map(options["map"], columns),
            encoding=options["encoding"],
            delimiter=options["delimiter"],
            sheet=options["sheet"],
            date_format=options["date_format"],
        )
        self.examine(path, plan, columns)
        with self.entered(tenant):
            run, resumed = self.taken(path, source, plan)
        jobs.run(tenant_id, run.job_id, take_over=True)
        with self.entered(tenant):
            self.report(Job.objects.get(id=run.job_id), run, resumed, json)

    def examine(self, path: Path, plan: imports.Plan, columns: kinds.Columns) -> None:
        """Refuse a file that cannot be read; where the page would ask, exit 2 and name the option."""
        try:
            survey = surveys.make(str(path), filename=path.name, plan=plan, columns=columns)
        except tables.TableError as problem:
            raise CommandError(str(problem)) from problem
        except UnicodeError as problem:
            raise CommandError(f"--encoding: the file is not {plan.encoding or 'text'}") from problem
        if any(map(previews.GARBLED.search, survey.sheet.header)):
            raise CommandError(f"--encoding: the header is not {survey.profile.encoding}")
        for notice in survey.profile.warnings:
            self.stderr.write(str(notice))
        for question in survey.profile.questions:
            self.ask(f"{question.message} --{question.code}: {', '.join(map(str, question.choices))}")
        self.check_kind(survey, plan)
        unknown = [heading for heading in plan.mapping if heading not in survey.sheet.header]
        if unknown:
            self.ask(f"--map: no column {', '.join(unknown)}. The file has: {', '.join(survey.sheet.header)}")
        if survey.missing:
            wanted = ", ".join(survey.missing)
            self.ask(f"--map: no column for {wanted}. The file has: {', '.join(survey.sheet.header)}")
        if problem := surveys.date_problem(survey):
            self.ask(f"--date-format: {problem}")
        for name in survey.ignored:
            self.stderr.write(f"sheet “{name}” is ignored")

    def check_kind(self, survey: surveys.Survey, plan: imports.Plan) -> None:
        """Orders are no customers: a file that has all that orders need, their numbers too, is not taken for one."""
        if self.kind != ImportRun.Kind.CUSTOMERS or plan.mapping:
            return
        orders = kinds.of(ImportRun.Kind.ORDERS).columns()
        found = set(orders.propose(survey.sheet.header).values())
        if "order" in found and not orders.lacking(found):
            self.ask(
                "this is a file of orders: import_orders takes it, with its customers. To take them alone, use --map"
            )

    def ask(self, message: str) -> None:
        self.stderr.write(message)
        sys.exit(2)

    def taken(self, path: Path, source_key: str, plan: imports.Plan) -> tuple[ImportRun, bool]:
        """The import that a killed command left behind, else a new one."""
        source, _made = Source.objects.get_or_create(key=source_key)
        with path.open("rb") as content:
            digest = imports.digest(content)
        run = imports.unfinished(digest, kind=self.kind, source=source, plan=plan)
        if run:
            return run, True
        with path.open("rb") as content:
            run = imports.take(content, filename=path.name, kind=self.kind, source=source, by=None)
        imports.start(run, plan, by=None, enqueue=False)
        return run, False

    def report(self, job: Job, run: ImportRun, resumed: bool, as_json: bool) -> None:
        if job.is_open:
            raise CommandError("another run took this import over; it goes on there")
        if job.state != Job.State.DONE:
            raise CommandError(job.error or f"the import is {job.get_state_display()}")
        figures = kinds.of(self.kind).figures
        result = {name: job.result[name] for name in figures} | {"errors_file": None, "seconds": job.result["seconds"]}
        if result["rejected"]:
            folder = Path(settings.STATE_DIR) / "errors"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            errors = folder / f"{run.id}.csv"
            errors.write_text(imports.problems_csv(run), encoding="utf-8-sig")
            errors.chmod(0o600)
            result["errors_file"] = str(errors)
        if resumed:
            self.stderr.write("went on where the former run stopped")
        if as_json:
            self.print_json(result)
        else:
            for name, value in result.items():
                self.stdout.write(f"{name}: {value}")


def readable(file: str) -> Path:
    """The path of a file that can be read. Raises CommandError."""
    path = Path(file)
    if path.is_dir():
        raise CommandError(f"{file} is a folder")
    try:
        path.open("rb").close()
    except FileNotFoundError as problem:
        raise CommandError(f"{file}: no such file") from problem
    except OSError as problem:
        raise CommandError(f"{file}: {problem.strerror}") from problem
    return path


def check_source(key: str) -> None:
    """Raises CommandError where no source can be called so."""
    if not re.match(Source.KEY, key):
        raise CommandError(f"--source “{key[:60]}”: a name has 1 to 60 letters, digits, dots, dashes or underscores")
    if key in Source.OURS:
        raise CommandError(f"--source {key} is our own; choose another name")


def parsed_map(text: str, columns: kinds.Columns) -> dict[str, str]:
    """'Header=field,…' → heading → field. Raises CommandError for an unknown field."""
    mapping = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        heading, equals, field = pair.rpartition("=")
        if not equals or field not in {*columns.labels, ""}:
            raise CommandError(f"--map: “{pair}”; fields are {', '.join(columns.labels)}")
        if field and field in mapping.values():
            raise CommandError(f"--map: two columns are {field}")
        mapping[heading] = field
    return mapping
