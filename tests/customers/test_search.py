"""Every way to look a customer up."""

import pytest

from customers import editing, identities, search
from customers.models import Customer, SharePermission, Source
from tenancy import context
from tenancy.database.bulk import fetch
from tenancy.models import Membership

PEOPLE = [
    ("M1", {"name": "张三", "phone": "13812345678", "card": "VIP001"}),
    ("M2", {"name": "张三丰", "phone": "13912345679", "email": "zsf@wudang.example"}),
    ("M3", {"name": "欧阳小明", "phone": "+44 7911 123456", "phone_2": "13712345670", "email_2": "second@example.com"}),
    ("M4", {"name": "Anna O'Brien", "email": "anna@example.com"}),
    ("M5", {"name": "單雄信"}),
]


@pytest.fixture
def people(entered):
    source = Source.objects.create(key="pos")
    identities.record([identities.Person(reference, told) for reference, told in PEOPLE], source=source)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("张三", ["张三", "张三丰"]),
        ("三丰", ["张三丰"]),
        ("小明", ["欧阳小明"]),
        ("欧阳小", ["欧阳小明"]),
        ("阳小明", ["欧阳小明"]),
        ("zs", ["张三", "张三丰"]),
        ("zsf", ["张三丰"]),
        ("zhangsanf", ["张三丰"]),
        ("ouyang", ["欧阳小明"]),
        ("xiaoming", ["欧阳小明"]),
        ("单雄信", ["單雄信"]),
        ("shanxiongxin", ["單雄信"]),
        ("zhang san", ["张三", "张三丰"]),
        ("Ouyang Xiaoming", ["欧阳小明"]),
        ("13712345670", ["欧阳小明"]),
        ("5670", ["欧阳小明"]),
        ("second@example.com", ["欧阳小明"]),
        ("anna", ["Anna O'Brien"]),
        ("o'brien", ["Anna O'Brien"]),
        ("13812345678", ["张三"]),
        ("+86 138-1234-5678", ["张三"]),
        ("5678", ["张三"]),
        ("+447911123456", ["欧阳小明"]),
        ("VIP001", ["张三"]),
        ("ZSF@wudang.example", ["张三丰"]),
        ("M3", ["欧阳小明"]),
        ("zsf@wudang", []),
        ("%", []),
        ("_三", []),
        ("'; DROP TABLE", []),
        ("\x00", []),
        ("", []),
    ],
)
def test_form_of_query_finds(people, cast, query, names):
    found = search.find(query, member=cast.ada, region="CN")
    assert [customer.name for customer in found] == names


def test_only_the_own_companys_customers_are_found(people, cast, other_tenant):
    with context.entered(other_tenant.id):
        assert search.find("张三", member=cast.charlie, region="CN") == []


def test_only_customers_of_the_data_scope_are_found(people, cast):
    Customer.objects.filter(name="张三").update(owner=cast.alice)
    assert [c.name for c in search.find("张三", member=cast.alice, region="CN")] == ["张三"]
    assert [c.name for c in search.find("5679", member=cast.alice, region="CN")] == []


def same_named(tenant, count: int, **more) -> None:
    """So many called 王伟, the first of them changed last."""
    columns = "".join(f", {column}" for column in more)
    values = "".join(f", %({column})s" for column in more)
    fetch(
        f"""INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender,
                city, industry, created_at, updated_at{columns})
            SELECT uuidv7(), %(tenant)s, 'person', '王伟', '王伟', '伟', 'wangwei', 'ww', '', '', '', now(),
                now() - n * interval '1 minute'{values} FROM generate_series(1, %(count)s) n""",
        {"tenant": tenant.id, "count": count, **more},
    )


QUERIES = ["王伟", "王", "伟", "ww", "wangw", "wang wei", "angwei"]


@pytest.mark.parametrize("query", QUERIES)
def test_clerk_finds_the_one_of_their_store_among_thousands_of_one_name(entered, cast, query):
    same_named(entered, 6_000, store_id=cast.store.id)
    same_named(entered, 1, store_id=cast.other_store.id)
    same_named(entered, 6_000)
    (found,) = search.find(query, member=cast.dora, region="CN")
    assert found.store_id == cast.other_store.id


@pytest.mark.parametrize("query", QUERIES)
def test_of_a_store_too_large_to_be_looked_through_all_that_fit_are_found(entered, cast, query):
    same_named(entered, 6_000, store_id=cast.store.id)
    fetch(
        """INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender,
               city, industry, created_at, updated_at, store_id)
           SELECT uuidv7(), %s, 'person', '李', '李', '', 'li', 'l', '', '', '', now(), now(), %s
           FROM generate_series(1, %s)""",
        [entered.id, cast.other_store.id, search.WALK + 1],
    )
    same_named(entered, 3, store_id=cast.other_store.id)
    found = search.find(query, member=cast.dora, region="CN")
    assert {one.store_id for one in found} == {cast.other_store.id}
    assert len(found) == 3


@pytest.mark.parametrize("who", ["owner", "team", "share"])
def test_what_is_owned_by_oneself_or_the_team_or_shared_is_found(entered, cast, who):
    same_named(entered, 300)
    theirs = Customer.objects.order_by("updated_at").first()
    if who == "share":
        editing.share(theirs, member=cast.alice, permission=SharePermission.VIEW, by=cast.ada)
    else:
        Customer.objects.filter(id=theirs.id).update(owner=cast.alice)
    member = cast.bob if who == "team" else cast.alice
    assert search.find("ww", member=member, region="CN") == [theirs]


def test_identifiers_come_first_then_whole_names_then_beginnings_then_pinyin_then_the_rest(entered, cast):
    source = Source.objects.create(key="pos")
    told = {"a": "林安安", "b": "安", "c": "安林", "d": "欧阳安", "e": "许平安林", "f": "林"}
    people = [identities.Person(reference, {"name": name}) for reference, name in told.items()]
    identities.record([*people, identities.Person("安", {"name": "Card"})], source=source)
    found = [customer.name for customer in search.find("安", member=cast.ada, region="CN")]
    assert found == ["Card", "安", "安林", *sorted(found[3:], key=["林安安", "欧阳安"].index)]


def test_in_a_rank_the_lately_changed_come_first(entered, cast):
    same_named(entered, 5)
    found = search.find("wangw", member=cast.ada, region="CN")
    assert [one.updated_at for one in found] == sorted((one.updated_at for one in found), reverse=True)


def test_what_fitted_is_told(people, cast):
    def how(query: str) -> list[str]:
        return [match.how for match in search.matches(query, member=cast.ada, region="CN")]

    queries = ["13812345678", "5678", "VIP001", "zsf@wudang.example", "M3", "zsf"]
    assert [how(query) for query in queries] == [["phone"], ["tail"], ["card"], ["email"], ["reference"], ["name"]]


def test_nobody_is_found_without_the_right_to_see_customers(people, cast):
    cast.ada.role.permissions = []
    cast.ada.role.save()
    assert search.matches("张三", member=Membership.objects.get(id=cast.ada.id), region="CN") == []
