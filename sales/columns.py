"""The columns of an order file."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers import columns

COST = "成本 成本价 单位成本 商品成本 进价 进货价 采购价 unitcost costprice purchaseprice cost"
SYNONYMS = {
    "line": "行id 行号 行编号 子订单编号 子订单号 子单号 明细编号 lineid lineno linenumber rowid orderitemid",
    "order": "订单编号 订单号 订单id 主订单编号 单号 小票号 小票编号 流水号 交易号 交易编号 orderid orderno ordernumber order "
    "invoiceno invoice invoicenumber receiptno receiptnumber transactionid basketid",
    "customer": "客户id 客户编号 客户号 会员id 会员编号 会员号 会员卡号 顾客编号 顾客id 用户id 用户编号 买家昵称 买家会员名 买家id 买家 "
    "customerid customerno customernumber customer memberid memberno clientid userid buyerid householdid",
    "customer_name": "客户名称 客户姓名 会员姓名 会员名称 顾客姓名 收货人姓名 收货人 姓名 customername buyername recipient name",
    "phone": columns.PERSON["phone"],
    "email": columns.PERSON["email"],
    "time": "付款时间 付款日期 订单付款时间 支付时间 下单时间 下单日期 订单日期 订单时间 订单创建时间 交易时间 交易日期 消费时间 消费日期 购买时间 "
    "购买日期 成交时间 销售日期 日期 时间 invoicedate orderdate orderpurchasetimestamp purchasedate transactiondate "
    "orderedat paidat date time timestamp datetime createdat",
    "product": "产品id 产品编号 商品编码 商品编号 商品id 商家编码 货号 条码 条形码 stockcode sku skuid productid productcode "
    "productno itemid itemcode barcode",
    "product_name": "产品名称 商品名称 商品标题 宝贝标题 品名 productname itemname description producttitle product item title",
    "category": "类别 品类 商品类目 商品分类 分类 productcategory category department",
    "quantity": "数量 购买数量 件数 商品数量 宝贝总数量 销量 quantity qty units",
    "price": "单价 商品单价 售价 价格 unitprice price itemprice",
    "unit_cost": COST,
    "amount": "实付金额 实收金额 买家实际支付金额 买家实付金额 支付金额 销售额 成交金额 销售金额 订单金额 总金额 金额 amount sales linetotal "
    "salesvalue revenue netamount total totalamount paymentvalue",
    "status": "订单状态 交易状态 状态 orderstatus status",
    "store": "门店 门店名称 店铺名称 店铺 网点 分店 store storename shop storeid branch",
    "channel": "渠道 销售渠道 来源渠道 平台 saleschannel channel",
}
LABELS = {
    "order": _("Order number"),
    "line": _("Line id"),
    "customer": _("Customer reference"),
    "customer_name": _("Customer name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "time": _("Time"),
    "product": _("Product code"),
    "product_name": _("Product name"),
    "category": _("Category"),
    "quantity": _("Quantity"),
    "price": _("Unit price"),
    "unit_cost": _("Unit cost"),
    "amount": _("Amount"),
    "status": _("Status"),
    "store": _("Store"),
    "channel": _("Channel"),
}
RETURNS_SHEET = re.compile(r"退货|退款|退回|returns?|refunds?", re.IGNORECASE)


def propose(header: Sequence[str]) -> dict[str, str]:
    """Heading → field of an order file."""
    return columns.propose(header, SYNONYMS)


def missing(fields: set[str]) -> list[str]:
    """What a file of orders cannot do without, as fields; empty where nothing is missing."""
    lacking = [] if "time" in fields else ["time"]
    if "amount" not in fields and not {"quantity", "price"} <= fields:
        lacking.append("amount")
    if not {"order", "customer"} & fields:
        lacking.append("order")
    return lacking


def is_returns(sheet_name: str, header: Sequence[str]) -> bool:
    """A sheet that lists the numbers of orders that were given back, as 退货 does."""
    proposed = columns.propose(header, {"order": SYNONYMS["order"]})
    told = RETURNS_SHEET.search(sheet_name) or any(RETURNS_SHEET.search(heading) for heading in header)
    return bool(proposed and told and missing(set(propose(header).values())))
