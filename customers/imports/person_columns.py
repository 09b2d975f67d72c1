"""The columns of a file of customers."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from customers import columns, custom, profiles
from customers.imports.kinds import Columns

SYNONYMS = {
    "external_id": "客户id 客户编号 客户号 会员id 会员编号 会员号 顾客id 顾客编号 用户id 用户编号 联系人id 编号 externalid customerid "
    "customerno customernumber clientid memberid memberno userid contactid leadid personid recordid recid uid id "
    "organizationid organisationid companyid accountid 企业编号 公司编号 companyno",
    "name": "姓名 客户姓名 会员姓名 顾客姓名 联系人姓名 联系人 客户名称 会员名称 顾客名称 名字 名称 收货人姓名 收货人 昵称 fullname name "
    "customername contactname membername clientname displayname nickname",
    "family_name": "姓 姓氏 familyname lastname surname",
    "given_name": "名 givenname firstname forename",
    "phone": f"{columns.PERSON['phone']} 手机1 电话1 手机一 phonework workphone businessphone primaryphone phonenumber1",
    "phone_2": "手机2 手机二 电话2 备用电话 备用手机 固定电话 固话 座机 家庭电话 phone2 mobile2 phonehome homephone "
    "secondaryphone phonenumber2 otherphone",
    "phone_3": "手机3 电话3 公司电话 办公电话 单位电话 phone3 mobile3 phoneother phonenumber3",
    "email": f"{columns.PERSON['email']} email1 emailwork workemail businessemail primaryemail e邮箱 邮箱1",
    "email_2": "邮箱2 备用邮箱 email2 emailhome homeemail personalemail secondaryemail",
    "email_3": "邮箱3 email3 emailother otheremail",
    "openid": "openid wxopenid wechatopenid 微信openid 微信",
    "unionid": "unionid wxunionid wechatunionid 微信unionid",
    "card": "会员卡号 会员卡 卡号 储值卡号 membercard cardno cardnumber loyaltycard loyaltynumber card",
    "id_number": "身份证号 身份证 身份证号码 证件号 证件号码 idnumber idcard nationalid",
    "gender": "性别 gender sex",
    "birthday": "生日 出生日期 出生年月日 出生年月 birthday birthdate dateofbirth dob bday",
    "address": "地址 详细地址 联系地址 收货地址 家庭地址 通讯地址 住址 address street address1 streetaddress mailingaddress "
    "homeaddress mailingstreet",
    "province": "省 省份 省市 所在省份 收货人省份 province state region mailingstate",
    "city": "市 城市 所在城市 收货人城市 city town mailingcity",
    "district": "区 区县 县区 所在区县 district county",
    "postcode": "邮编 邮政编码 postcode zip zipcode postalcode mailingzip mailingpostalcode",
    "country": "国家 国家地区 country countryname mailingcountry",
    "company": "公司 公司名称 单位 单位名称 工作单位 企业名称 企业 company companyname organization organisation org employer "
    "account accountname",
    "title": "职位 职务 头衔 title jobtitle contacttitle position",
    "industry": "行业 所属行业 industry sector",
    "kind": "客户类型 类型 客户类别 kind customertype contacttype accounttype",
    "store": "门店 门店编号 门店名称 所属门店 开卡门店 注册门店 店铺 store storename storecode storeid shop branch",
    "channel": "渠道 来源渠道 注册渠道 来源 channel leadsource",
    "website": "网址 网站 官网 website url homepage web",
    "note": "备注 说明 note notes description background comment comments",
    "tags": "标签 客户标签 会员标签 tag tags label labels categories",
}
LABELS = {
    "external_id": _("Customer id"),
    **{name: profiles.LABELS[name] for name in SYNONYMS if name in profiles.LABELS},
    "store": _("Store"),
    "tags": _("Tags"),
}
ANYBODY = {
    "name", "family_name", "given_name", "company", "phone", "phone_2", "email", "email_2", "openid", "unionid", "card",
}  # fmt: skip
MORE = {
    "external_id", "family_name", "given_name", "phone", "phone_2", "email", "email_2", "openid", "unionid", "card",
    "birthday", "gender", "address", "city",
}  # fmt: skip
OF_COMPANIES = ("organizationid", "organisationid", "companyid", "accountid", "企业编号", "公司编号", "companyno")


def lacking(fields: set[str]) -> list[str]:
    """A file of customers says who somebody is, and more than a name: products have names too."""
    if not fields & ANYBODY:
        return ["name"]
    return [] if fields & MORE else ["external_id"]


def of_companies(header: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Whether the rows are companies: the id is a company's, or nothing but a company is named."""
    headings = {name: columns.normal(heading) for heading, name in mapping.items()}
    if headings.get("external_id") in OF_COMPANIES and not {"given_name", "family_name"} & headings.keys():
        return True
    return "company" in headings and not {"name", "given_name", "family_name"} & headings.keys()


def of_tenant() -> Columns:
    """The entered company's columns: its own fields are among them, by key or label."""
    own = custom.fields()
    return Columns(
        labels=LABELS | {field.key: field.label for field in own},
        synonyms=SYNONYMS | {field.key: f"{columns.normal(field.key)} {columns.normal(field.label)}" for field in own},
        lacking=lacking,
        dated="birthday",
        ids=("external_id", "card", "phone", "phone_2", "phone_3", "postcode"),
    )
