"""What makes a file one of a table: which columns it needs, which speak for it, which against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guide:
    """How to recognize files of a target.

    Of each group in `needs`, one column at least is there and mostly filled; none of `forbids` is.
    `signs` are points per column. One of `speaks`, if any, is a word in a header or file name.
    """

    target: str
    needs: tuple[tuple[str, ...], ...] = ()
    signs: Mapping[str, float] = field(default_factory=dict)
    forbids: tuple[str, ...] = ()
    speaks: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GUIDES = (
    Guide(
        "order_lines",
        needs=(("order_id",), ("quantity", "amount", "unit_price")),
        signs={
            "order_id": 2,
            "quantity": 2,
            "unit_price": 1.5,
            "amount": 1.5,
            "product_id": 1,
            "order_time": 1,
            "customer_id": 0.5,
            "discount": 0.5,
        },
    ),
    Guide(
        "events",
        needs=(
            ("user_id", "anonymous_id", "customer_id"),
            ("event", "page_name", "page_path", "page_url", "search_query"),
        ),
        signs={
            "event": 3.5,
            "event_time": 1,
            "user_id": 1,
            "anonymous_id": 1,
            "page_name": 2,
            "page_path": 2,
            "page_url": 2,
            "product_id": 0.5,
            "utm_source": 1,
            "event_id": 1,
        },
        forbids=("rating",),
    ),
    Guide(
        "refunds",
        needs=(("refund_time",), ("quantity", "amount", "refund_id")),
        signs={"refund_id": 3, "refund_time": 2, "quantity": 1, "amount": 1, "reason": 2},
        speaks=_words("refund refunds return returns refunded returned 退款 退货"),
    ),
    Guide(
        "campaigns",
        needs=(("campaign_id",), ("start_time", "end_time", "name", "campaign_type")),
        signs={"campaign_id": 2, "start_time": 2, "end_time": 2, "campaign_type": 1, "name": 1},
        forbids=("customer_id",),
    ),
    Guide(
        "touches",
        needs=(("campaign_id", "coupon_code", "touch_kind"), ("customer_id",)),
        signs={"campaign_id": 2, "coupon_code": 2, "customer_id": 1, "touch_time": 1},
        forbids=("order_id",),
        speaks=_words(
            "campaign campaigns coupon coupons redemption redeemed touch contact sent opened "
            "delivered message messages email sms push 活动 优惠券 触达 推送 核销 短信 发送"
        ),
    ),
    Guide(
        "coupons",
        needs=(("coupon_code",), ("product_id", "campaign_id")),
        signs={"coupon_code": 3, "product_id": 1, "campaign_id": 1},
        forbids=("customer_id", "order_id"),
    ),
    Guide(
        "costs",
        needs=(("cost_date",), ("amount",), ("channel", "campaign_id")),
        signs={"cost_date": 1, "amount": 2, "channel": 1, "impressions": 3, "clicks": 2},
        forbids=("customer_id", "order_id", "product_id"),
        speaks=_words(
            "cost costs spend ads advertising impressions clicks "
            "adspend 花费 消耗 投放 曝光 点击 广告 "
            "曝光量 点击量 展现量 投放费用"
        ),
    ),
    Guide(
        "reviews",
        needs=(("text",),),
        signs={"text": 3, "rating": 2, "label": 2, "review_time": 0.5, "product_id": 0.5},
        speaks=_words("review reviews rating comment comments stars 评论 评价 点评 评分"),
    ),
    Guide(
        "service_cases",
        needs=(("case_id",), ("opened_at",)),
        signs={
            "case_id": 3,
            "opened_at": 1,
            "closed_at": 2,
            "topic": 1,
            "status": 1,
            "satisfaction": 1,
        },
        speaks=_words(
            "case cases ticket tickets complaint complaints "
            "call calls support service 工单 客服 投诉 "
            "工单号 工单编号 满意度 受理时间"
        ),
    ),
    Guide(
        "survey_answers",
        needs=(("question",), ("answer", "score")),
        signs={"question": 3, "answer": 3, "score": 1, "survey_id": 2, "answered_at": 1},
        speaks=_words("survey question questionnaire nps answer answers 问卷 题目 问题 调研 答案"),
    ),
    Guide(
        "social_posts",
        needs=(("action", "text"), ("account_id", "post_id", "customer_id"), ("acted_at",)),
        signs={"network": 3, "action": 2, "account_id": 2, "post_id": 2, "acted_at": 0.5},
        speaks=_words(
            "social network weibo douyin xiaohongshu wechat "
            "instagram follower fans 粉丝 微博 抖音 小红书 "
            "帖子 互动类型 社交平台"
        ),
    ),
    Guide(
        "foot_traffic",
        needs=(("counted_at",), ("visitors_in",), ("store_id",)),
        signs={"visitors_in": 4, "visitors_out": 3, "passers_by": 2, "store_id": 1},
        forbids=("customer_id", "order_id", "product_id"),
    ),
    Guide(
        "third_party_attributes",
        needs=(("permission_proof",), ("attribute",), ("value",)),
        signs={"permission_proof": 5, "provider": 2, "attribute": 2, "value": 1, "valid_until": 1},
    ),
    Guide(
        "payments",
        needs=(("payment_id", "method"), ("amount",), ("paid_at",)),
        signs={"payment_id": 3, "method": 2, "fee": 2, "status": 1, "amount": 1, "paid_at": 1},
        forbids=("product_id", "quantity"),
        speaks=_words(
            "payment payments paid pay paymentid gateway "
            "settlement 支付 付款 收款 支付流水号 支付方式 支付金额"
        ),
    ),
    Guide(
        "products",
        needs=(("product_id",),),
        signs={"product_id": 2, "name": 1, "category": 1, "brand": 1, "price": 1, "cost": 1},
        forbids=("customer_id", "order_id", "coupon_code", "store_id"),
    ),
    Guide(
        "customers",
        signs={
            "customer_id": 1.5,
            "name": 1,
            "first_name": 1,
            "last_name": 1,
            "email": 1.5,
            "phone": 1,
            "gender": 1,
            "birth_date": 1.5,
            "age_group": 1,
            "income_group": 1,
            "joined_at": 1,
        },
        forbids=("product_id", "order_id"),
    ),
)
