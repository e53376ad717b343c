"""The words of model cards, in Chinese and English. Templates name a note's numbers."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]  # key -> (zh-CN, en)

LANGUAGES = ("zh-CN", "en")

MODELS: Words = {
    "clv": ("客户生命周期价值", "Customer lifetime value"),
    "repurchase": ("复购概率", "Repurchase probability"),
    "churn": ("流失概率", "Churn probability"),
    "voice": ("客户之声：情感与话题", "Voice of the customer: sentiment and topics"),
}

QUESTIONS: Words = {
    "clv": (
        "未来 {horizon} 天内，每位客户预计带来多少净消费（已扣退款并折现）？",
        "How much money, refunds deducted and discounted, will each customer bring within "
        "{horizon} days?",
    ),
    "repurchase": (
        "未来 {horizon} 天内，一位老客户再次下单的概率是多少？流失概率 = 1 - 它。",
        "How likely is a past buyer to order at least once within {horizon} days? "
        "Churn is 1 minus that.",
    ),
}

HEADINGS: Words = {
    "version": ("版本", "Version"),
    "status": ("状态", "Status"),
    "trained": ("已训练", "trained"),
    "not_enough_data": ("数据不足，未训练模型", "not enough data; no model was trained"),
    "data": ("数据", "Data"),
    "people": ("人数", "people"),
    "rows": ("训练行数", "rows trained on"),
    "from": ("最早", "from"),
    "to": ("截止（不含）", "until (excluded)"),
    "holdout_days": ("留出检验天数", "days held out"),
    "repeaters": ("有复购的人数", "people with a repeat purchase"),
    "texts": ("文本数", "texts"),
    "positive": ("正面文本", "positive texts"),
    "negative": ("负面文本", "negative texts"),
    "texts_tested": ("检验文本数", "texts tested on"),
    "people_tested": ("检验人数", "people tested on"),
    "snapshots": ("快照", "Snapshots"),
    "role": ("用途", "Role"),
    "at": ("时点", "Instant"),
    "ordered": ("之后下单", "Ordered after"),
    "training": ("训练", "training"),
    "calibration": ("校准", "calibration"),
    "test": ("检验", "test"),
    "figures": (
        "效果（均为模型未见过的之后的数据）",
        "Figures (on later data the model never saw)",
    ),
    "figure": ("指标", "Figure"),
    "value": ("数值", "Value"),
    "interval": ("95% 区间", "95 % interval"),
    "baseline": ("对照", "Baseline"),
    "reliability": ("校准表", "Calibration table"),
    "predicted": ("平均预测", "Mean prediction"),
    "observed": ("实际", "Observed"),
    "features": ("最重要的特征", "Most important features"),
    "share": ("占比", "Share of gain"),
    "method": ("方法与参数", "Method and parameters"),
    "notes": ("须知", "What to know"),
    "limits": ("局限", "Limits"),
}

METRICS: Words = {
    "auc": ("AUC", "AUC"),
    "average_precision": ("平均精确率 (PR-AUC)", "Average precision (PR AUC)"),
    "lift_top_tenth": ("前 10% 提升倍数", "Lift in the top 10 %"),
    "brier": ("Brier 分数（越低越好）", "Brier score (lower is better)"),
    "macro_f1": ("宏平均 F1（正负两类）", "Macro-averaged F1 of both sides"),
    "accuracy": ("准确率", "Accuracy"),
    "mean_prediction": ("平均预测概率", "Mean predicted probability"),
    "value_error": (
        "金额绝对误差占比（越低越好）",
        "Absolute error as a share of money (lower is better)",
    ),
    "top_tenth_share": ("前 10% 客户贡献的金额占比", "Share of money, top 10 % forecast"),
    "purchases_ratio": ("购买次数：预测/实际", "Purchases: forecast / actual"),
    "value_ratio": ("金额：预测/实际", "Money: forecast / actual"),
    "interval_coverage": ("80% 区间实际覆盖率", "Coverage of the 80 % interval"),
}

BASELINES: Words = {
    "lexicon": ("仅用词典判断", "the lexicon alone"),
    "recency": ("仅按最近购买排序", "ranking by recency alone"),
    "known_rate": ("恒定为此前比例", "the earlier rate for everyone"),
    "majority": ("全部猜多数类", "always the majority"),
    "observed": ("实际比例", "the observed rate"),
    "same_as_before": ("与前一同长时段相同", "the same as in the period before"),
    "promised": ("承诺的覆盖率", "what the interval promises"),
}

NOTES: Words = {
    "dropout_not_identified": (
        "数据中看不出客户永久离开：BG/NBD 并不优于 NBD，已退回 NBD（存活概率恒为 1）。",
        "Nobody can be seen leaving for good: BG/NBD fits no better than NBD, so NBD was kept "
        "(everyone counts as active).",
    ),
    "mean_not_finite": (
        "消费模型的 q = {q:.2f} ≤ 1，总体均值不存在；无消费记录者用平均每次消费代替。",
        "The spend model has q = {q:.2f} <= 1, so its mean does not exist; the average purchase "
        "stands in where a customer shows no spend.",
    ),
    "spend_depends_on_frequency": (
        "客单价与购买频率相关（{correlation:.2f}），模型假设二者独立，结果需谨慎。",
        "Spend per purchase goes along with frequency (correlation {correlation:.2f}); "
        "the model takes them as independent.",
    ),
    "horizon_beyond_data": (
        "数据只有 {span} 天，却要预测 {horizon} 天，属于外推。",
        "The data span {span} days and the forecast {horizon}: this is extrapolation.",
    ),
    "not_clearly_better_than_baseline": (
        "在检验数据上没有明显优于对照，请谨慎使用。",
        "On the test data it is not clearly better than its baseline; use it with care.",
    ),
    "rate_shifted": (
        "检验期整体比例发生变化：平均预测 {predicted:.1%}，实际 {observed:.1%}（如季节因素）。",
        "The overall rate moved in the test period: {predicted:.1%} predicted, "
        "{observed:.1%} observed (a season, for example).",
    ),
    "voice_too_few_labels": (
        "带评分或标签的文本只有 {labeled} 条，需要 {needed} 条，正负各 {of_each} 条；暂用词典。",
        "Only {labeled} texts came with a label or stars; {needed} are needed, {of_each} of each "
        "side. Until then the lexicon judges.",
    ),
    "too_few_repeaters": (
        "有复购的客户只有 {found} 人，至少需要 {needed} 人。",
        "Only {found} customers bought again; {needed} are needed.",
    ),
    "too_short_a_span": (
        "数据只有约 {found} 天，至少需要 {needed} 天。",
        "The data span about {found} days; {needed} are needed.",
    ),
    "too_few_before_holdout": (
        "最后 {days} 天之前有复购的客户太少，无法检验。",
        "Too few customers had bought again before the last {days} days to test the model.",
    ),
    "too_few_people": (
        "{role} 快照只有 {found} 人，至少需要 {needed} 人。",
        "The {role} snapshot has {found} people; {needed} are needed.",
    ),
    "too_few_outcomes": (
        "{role} 快照中较少的一类只有 {found} 人，至少需要 {needed} 人。",
        "The rarer outcome occurs {found} times in the {role} snapshot; {needed} are needed.",
    ),
}

LIMITS: Words = {
    "voice_two_sides": (
        "只分正面与负面；褒贬参半的文本会落在一边，分数接近 0.5。",
        "Knows two sides only; a text that praises and blames falls on one, with a score near "
        "one half.",
    ),
    "voice_own_texts": (
        "适用于与训练文本相似的文本；换了品类、语言或渠道后应重新训练。",
        "Holds for texts like those it learnt from; train again for other categories, languages "
        "or channels.",
    ),
    "clv_no_season": (
        "不考虑季节：旺季前预测偏低，旺季后偏高。",
        "Knows no seasons: too low before a high season, too high after it.",
    ),
    "clv_no_marketing": (
        "假设今后的营销与过去相同。",
        "Takes marketing to go on as in the past.",
    ),
    "clv_interval_own_future": (
        "区间反映客户自身购买的随机性，不含模型参数的不确定性。",
        "The interval shows the chance in a customer's own purchases, not the uncertainty of "
        "the parameters.",
    ),
    "repurchase_buyers_only": (
        "只适用于至少下过一单的人。",
        "Holds for people with at least one order.",
    ),
    "repurchase_not_causal": (
        "预测谁会购买，不说明营销会改变谁。",
        "Says who will buy, not whom a message would change.",
    ),
    "repurchase_ids_of_today": (
        "历史快照使用今天的身份合并结果。",
        "Snapshots of the past use today's merging of identities.",
    ),
}

FEATURES: Words = {
    "recency_days": ("距上次下单天数", "days since the last order"),
    "tenure_days": ("距首次下单天数", "days since the first order"),
    "orders": ("订单数", "orders"),
    "amount": ("累计金额", "amount in total"),
    "average_order": ("平均订单金额", "average order"),
    "largest_order": ("最大订单金额", "largest order"),
    "orders_30d": ("30 天订单数", "orders in 30 days"),
    "orders_90d": ("90 天订单数", "orders in 90 days"),
    "orders_180d": ("180 天订单数", "orders in 180 days"),
    "orders_365d": ("365 天订单数", "orders in 365 days"),
    "amount_30d": ("30 天金额", "amount in 30 days"),
    "amount_90d": ("90 天金额", "amount in 90 days"),
    "amount_180d": ("180 天金额", "amount in 180 days"),
    "amount_365d": ("365 天金额", "amount in 365 days"),
    "orders_trend_90d": ("订单数较前 90 天变化", "orders against the 90 days before"),
    "amount_trend_90d": ("金额较前 90 天变化", "amount against the 90 days before"),
    "discount_share": ("折扣占比", "share of discount"),
    "coupon_share": ("用券订单占比", "share of orders with a coupon"),
    "lines_per_order": ("每单行数", "lines per order"),
    "pieces_per_order": ("每单件数", "pieces per order"),
    "channels": ("购买渠道数", "channels bought through"),
    "weekend_share": ("周末订单占比", "share of weekend orders"),
    "order_days": ("下单天数", "days with an order"),
    "mean_gap_days": ("平均购买间隔（天）", "mean gap between purchases, days"),
    "gap_deviation_days": ("购买间隔的波动（天）", "deviation of the gaps, days"),
    "last_gap_days": ("最近一次间隔（天）", "last gap, days"),
    "silence_ratio": ("沉默时长 ÷ 平均间隔", "silence as a multiple of the mean gap"),
    "products": ("买过的商品数", "products bought"),
    "products_90d": ("90 天买过的商品数", "products bought in 90 days"),
    "refunds": ("退款行数", "refund lines"),
    "refunds_90d": ("90 天退款行数", "refund lines in 90 days"),
    "refund_share": ("退款金额占比", "share of money refunded"),
    "active_days_30d": ("30 天活跃天数", "active days in 30"),
    "active_days_90d": ("90 天活跃天数", "active days in 90"),
    "views_30d": ("30 天商品浏览", "product views in 30 days"),
    "views_90d": ("90 天商品浏览", "product views in 90 days"),
    "carts_30d": ("30 天加购与结算", "carts and checkouts in 30 days"),
    "carts_90d": ("90 天加购与结算", "carts and checkouts in 90 days"),
    "searches_30d": ("30 天搜索次数", "searches in 30 days"),
    "visit_recency_days": ("距上次访问天数", "days since the last visit"),
    "messages_90d": ("90 天收到消息数", "messages received in 90 days"),
    "opens_90d": ("90 天打开数", "opens in 90 days"),
    "clicks_90d": ("90 天点击数", "clicks in 90 days"),
    "click_share_90d": ("90 天点击率", "click share in 90 days"),
    "unsubscribes": ("退订次数", "unsubscribes"),
    "probability_active": ("仍然活跃的概率", "probability of being active"),
    "purchases_if_active": ("活跃时的预计购买次数", "expected purchases if active"),
    "value_per_purchase": ("预计每次消费", "expected value per purchase"),
}
