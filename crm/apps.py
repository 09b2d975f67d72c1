from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self):
        from privacy import leftovers

        leftovers.also("tenancy.IdempotentRequest", forget_in_answers)


def forget_in_answers(known) -> int:
    from crm.api import idempotency

    return idempotency.forget_person(known)
