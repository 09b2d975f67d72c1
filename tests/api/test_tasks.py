from crm.tasks import forget_old_answers
from tenancy import context
from tenancy.models import IdempotentRequest
from tests.api.conftest import order_body


def test_old_answers_of_every_company_are_forgotten(program, cast, tenant, other_tenant, transactional_db):
    for member in (cast.ada, cast.charlie):
        for key in ("old", "new"):
            program(member).post("orders/", order_body(), headers={"Idempotency-Key": key})
    for one in (tenant, other_tenant):
        with context.entered(one.id):
            IdempotentRequest.objects.filter(key="old").update(created_at="2025-01-01T00:00:00Z")
    forget_old_answers()
    for one in (tenant, other_tenant):
        with context.entered(one.id):
            assert [kept.key for kept in IdempotentRequest.objects.all()] == ["new"]
