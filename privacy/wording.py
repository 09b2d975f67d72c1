"""The words a company begins with, until it publishes its own. Both languages are kept, so they are no messages."""

from privacy.models import Purpose

FIRST = {
    "zh-hans": {
        Purpose.SERVICE: "我们会就您的订单、积分和售后服务与您联系，例如发货通知和积分到账提醒。您可随时撤回同意。",
        Purpose.MARKETING: "我们会通过您选择的方式发送优惠和新品信息。您可随时撤回同意，不影响购物和积分。",
        Purpose.PROFILING: "我们会根据您的购买记录为您推荐商品和优惠。您可随时撤回同意。",
    },
    "en": {
        Purpose.SERVICE: "We contact you about your orders, your points and our service: that a parcel is on its way, "
        "that points have arrived, how far a refund is. You can withdraw this at any time.",
        Purpose.MARKETING: "We send you offers and news by the way you choose. You can withdraw this at any time, and "
        "still shop and use your points.",
        Purpose.PROFILING: "We recommend goods and offers by what you bought before. "
        "You can withdraw this at any time.",
    },
}
