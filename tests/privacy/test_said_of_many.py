"""An erasure finds the person elsewhere, and not all who live in the same place or have the same kind of card."""

import pytest

from customers import defining, identities
from customers.identities import Person
from customers.models import Customer, Source
from privacy import persons, reach


@pytest.fixture
def known(entered, cast):
    defining.define(label="等级", key="grade", kind="choice", choices=["金卡会员"], by=cast.ada)
    defining.define(label="爱好", key="hobby", kind="text", by=cast.ada)
    content = {
        "name": "张三丰", "company": "蓝湖百货", "title": "销售经理", "country": "中国大陆", "province": "广东省",
        "city": "深圳市", "district": "南山区", "postcode": "518000", "industry": "零售", "channel": "微信小程序",
        "grade": "金卡会员", "hobby": "收藏雀茶罐", "id_number": "440305199001011234",
    }  # fmt: skip
    source = Source.objects.create(key="crm")
    made = identities.record([Person("M1", content)], source=source)
    return persons.known(reach.rows_of(Customer.objects.get(id=made["M1"].customer_id)))


@pytest.mark.parametrize(
    "text",
    [
        "广东省的客户",
        "南山区",
        "中国大陆",
        "寄到518000",
        "微信小程序",
        "金卡会员",
        "请找销售经理",
        "蓝湖百货",
        "深圳市",
    ],
)
def test_what_is_said_of_many_names_nobody(known, text):
    assert not known.is_in(text)


@pytest.mark.parametrize("text", ["张三丰来过", "他收藏雀茶罐", "证件440305199001011234"])
def test_what_is_the_persons_own_does(known, text):
    assert known.is_in(text)
