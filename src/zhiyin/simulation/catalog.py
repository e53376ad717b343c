"""The shelf: products with Chinese names, prices, costs and a hidden quality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhiyin.simulation.randomness import Floats, Ints, Streams
from zhiyin.simulation.rows import fen

# Category: (median price in yuan, gross margin, returns per line sold, subcategories, brands).
CATEGORIES: dict[str, tuple[float, float, float, tuple[str, ...], tuple[str, ...]]] = {
    "女装": (
        169,
        0.52,
        0.16,
        ("连衣裙", "针织衫", "牛仔裤", "羽绒服"),
        ("素衣坊", "云裳", "木棉记"),
    ),
    "男装": (179, 0.50, 0.11, ("衬衫", "夹克", "休闲裤", "卫衣"), ("青石", "北岸", "行者")),
    "美妆护肤": (129, 0.60, 0.04, ("面膜", "口红", "精华", "防晒霜"), ("花漾", "雪肌", "半夏")),
    "母婴": (99, 0.40, 0.04, ("纸尿裤", "奶瓶", "童装", "婴儿湿巾"), ("小树苗", "暖暖", "贝乐")),
    "家居": (89, 0.45, 0.06, ("四件套", "收纳箱", "台灯", "保温杯"), ("拾光", "木语", "居然")),
    "食品": (45, 0.30, 0.01, ("坚果", "茶叶", "饼干", "速溶咖啡"), ("山野", "禾谷", "老街口")),
    "数码": (239, 0.22, 0.07, ("耳机", "充电宝", "键盘", "智能手环"), ("极光", "星舟", "律动")),
    "运动户外": (149, 0.44, 0.08, ("跑鞋", "瑜伽垫", "冲锋衣", "登山包"), ("疾风", "远足", "燃点")),
    "个护清洁": (39, 0.42, 0.02, ("洗发水", "牙膏", "洗衣液", "抽纸"), ("净界", "清泉", "舒眠")),
    "玩具文具": (59, 0.46, 0.03, ("积木", "毛绒玩具", "手账本", "钢笔"), ("奇思", "童趣", "墨香")),
}

_STYLES = ("经典", "轻奢", "简约", "国风", "家庭装", "升级款", "限定", "畅销", "新品", "礼盒")


@dataclass(frozen=True)
class Catalog:
    """Products sorted by category and, inside it, by price."""

    sku: pa.Array
    name: pa.Array
    category: Ints
    subcategory: pa.Array
    brand: pa.Array
    price: Ints  # in fen
    cost: Ints  # in fen
    quality: Floats  # hidden, standard normal
    return_rate: Floats
    shelf: Floats  # category number + cumulative popularity inside it

    def choose(self, category: Ints, u: Floats) -> Ints:
        """Return the product at quantile `u` of its category's popularity, cheap ones first."""
        return np.searchsorted(self.shelf, category + u, side="right").clip(0, len(self.price) - 1)

    def table(self) -> pa.Table:
        """Return the product file's rows."""
        names = pa.array(list(CATEGORIES))
        return pa.table(
            {
                "sku": self.sku,
                "name": self.name,
                "category": names.take(pa.array(self.category)),
                "subcategory": self.subcategory,
                "brand": self.brand,
                "price": fen(self.price),
                "cost": fen(self.cost),
            }
        )


def stock_shelf(streams: Streams, products: int) -> Catalog:
    """Return a catalog of `products` products, spread evenly over the categories."""
    rng = streams.generator("catalog")
    category = np.sort(np.arange(products) % len(CATEGORIES))
    facts = list(CATEGORIES.values())
    median = np.array([fact[0] for fact in facts])[category]
    price = np.exp(np.log(median) + rng.normal(0, 0.55, products))
    order = np.lexsort((price, category))
    # Shop prices end in .90, as they do.
    fen_price = (np.maximum(np.round(price[order]), 5) * 100 - 10).astype(np.int64)
    margin = np.array([fact[1] for fact in facts])[category] * rng.uniform(0.8, 1.15, products)
    subcategory = [facts[c][3][rng.integers(4)] for c in category]
    brand = [facts[c][4][rng.integers(3)] for c in category]
    style = [_STYLES[rng.integers(len(_STYLES))] for _ in category]
    return Catalog(
        sku=pa.array([f"P{number:05d}" for number in range(1, products + 1)]),
        name=pa.array(
            [
                f"{b}{s}{sub}{number % 9 + 1}号"
                for number, (b, s, sub) in enumerate(zip(brand, style, subcategory, strict=True))
            ]
        ),
        category=category,
        subcategory=pa.array(subcategory),
        brand=pa.array(brand),
        price=fen_price,
        cost=np.floor(fen_price * (1 - margin)).astype(np.int64),
        quality=rng.normal(0, 1, products),
        return_rate=np.array([fact[2] for fact in facts])[category],
        shelf=category + _popularity(category, rng),
    )


def _popularity(category: Ints, rng: np.random.Generator) -> Floats:
    """Return the cumulative share of each product in its category's sales, Zipf-like."""
    weight = np.minimum(rng.pareto(1.6, len(category)), 6) + 0.2
    cumulative = np.cumsum(weight)
    total = np.bincount(category, weight)
    before = np.concatenate([[0.0], np.cumsum(total)[:-1]])
    return np.minimum((cumulative - before[category]) / total[category], 1.0)
