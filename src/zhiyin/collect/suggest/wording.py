"""The sentences of a proposed recipe, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhiyin.collect.suggest.drafts import Remark

SENTENCES: Mapping[str, tuple[str, str]] = {
    "head": (
        "Proposed by `zhiyin recipe suggest` from {files} files, {rows} records. Lines without a comment are "
        "sure; a percentage says how sure a guess is. Try it: `zhiyin recipe check`.",
        "由 `zhiyin recipe suggest` 根据 {files} 个文件、{rows} 条记录生成。没有注释的行是确定的，百分比表示猜测的把握。"
        "试运行：`zhiyin recipe check`。",
    ),
    "zone": (
        "Times that tell no zone are read in this one; correct it if the files come from elsewhere.",
        "没有时区的时间按此时区读取；如果文件来自别处，请改正。",
    ),
    "currency_seen": (
        "The files write amounts with the sign of this currency.",
        "文件里的金额带有该币种的符号。",
    ),
    "currency_guess": (
        "The files name no currency; this is the workspace's. Correct it if it is another.",
        "文件没有写明币种，这里用工作区的币种；如不同请改正。",
    ),
    "source": ("{files}: {rows} records", "{files}：{rows} 条记录"),
    "more_files": ("and {n} more files", "以及另外 {n} 个文件"),
    "by_name": ("the column's name {column} says so, in part", "根据列名 {column} 的一部分判断"),
    "by_email": ("the values of {column} are e-mail addresses", "{column} 的值是电子邮件地址"),
    "by_phone": ("the values of {column} look like phone numbers", "{column} 的值像电话号码"),
    "unreadable": (
        "{share:.1%} of the sampled values of {column} cannot be read as this",
        "{column} 的抽样值中有 {share:.1%} 不能这样读取",
    ),
    "gender_codes": (
        "{column} holds codes ({values}): kept among the attributes. If you know them: "
        "gender: {{from: {column}, map: {{…}}}}",
        "{column} 是代码（{values}）：保留在附加属性里。若知道含义，可写 gender: {{from: {column}, map: {{…}}}}",
    ),
    "ambiguous_day": (
        "no value of {column} has a day above 12: day first is a guess, swap D and M if it is month first",
        "{column} 没有大于 12 的日：按“日在前”猜测；若是月在前，请对调 D 和 M",
    ),
    "ambiguous_month": (
        "no value of {column} has a day above 12: month first as in the other columns, swap D and M if not",
        "{column} 没有大于 12 的日：同其他列一样按“月在前”；若不是，请对调 D 和 M",
    ),
    "mixed_day": (
        "{n} sampled values of {column} are day first, {against} month first; these are set aside or misread",
        "{column} 的抽样值中 {n} 个日在前、{against} 个月在前；后者会被搁置或误读",
    ),
    "mixed_month": (
        "{n} sampled values of {column} are month first, {against} day first; these are set aside or misread",
        "{column} 的抽样值中 {n} 个月在前、{against} 个日在前；后者会被搁置或误读",
    ),
    "one_piece": ("no column tells a quantity", "没有数量列"),
    "price_made": ("no column tells a price per piece", "没有单价列"),
    "copies_of_lines": (
        "No line number tells a second sale from a second copy: of equal records the first stays. "
        "Take `duplicates` out to keep all.",
        "没有行号，无法区分重复销售与重复导出：相同记录只保留第一条。去掉 `duplicates` 可全部保留。",
    ),
    "copies_of_reviews": (
        "No id and no time tells a second review from a second copy: of equal records the first stays. "
        "Take `duplicates` out to keep all.",
        "没有编号和时间，无法区分重复评价与重复导出：相同记录只保留第一条。去掉 `duplicates` 可全部保留。",
    ),
    "negative_quantity": ("some quantities are negative: taken for returns", "有负数量：视为退货"),
    "no_price": (
        "some prices are zero or negative: corrections, samples, fees",
        "有零或负单价：更正、样品、费用",
    ),
    "id_of_row": ("no column is an id: the whole row makes one", "没有编号列：用整行生成"),
    "id_of_place": (
        "no column is an id and rows repeat: the row's place in its file makes one",
        "没有编号列且有相同的行：用行在文件中的位置生成",
    ),
    "id_of_event": (
        "no column is an event's id: the whole row makes one, so equal rows are one event",
        "没有事件编号列：用整行生成，相同的行算一个事件",
    ),
    "touch_kind": ("names and columns speak for {kind}", "从名称和列判断为 {kind}"),
    "last_day": ("the last day belongs to the campaign", "最后一天也属于活动期"),
    "one_channel": ("no column tells a channel", "没有渠道列"),
    "one_survey": ("all answers are of one survey", "所有回答属于同一问卷"),
    "one_network": ("no column names the network", "没有平台列"),
    "label_codes": (
        "{column} is 0 or 1; 1 is taken for positive",
        "{column} 为 0 或 1；1 视为正面",
    ),
    "event_names": (
        "names of Segment's vocabulary for the file's words",
        "把文件里的词换成 Segment 的事件名",
    ),
    "events_kept": ("as they are: {names}", "保持原样：{names}"),
    "event_codes": (
        "{column} holds codes: give each its name, such as Product Viewed, Product Added, Order Completed",
        "{column} 是代码：请写上各自的名称，如 Product Viewed、Product Added、Order Completed",
    ),
    "revenue_of_price": (
        "{column} is revenue where something was bought",
        "发生购买时，{column} 即收入",
    ),
    "fits_nothing": (
        "No table fits: the rows are kept whole in ods.records.",
        "没有合适的表：整行保存在 ods.records 中。",
    ),
    "rival": (
        "Read as {target}; {rival} would fit nearly as well: `--target {rival}`.",
        "按 {target} 读取；{rival} 也差不多合适：`--target {rival}`。",
    ),
    "belied": (
        "{column} is called like {meaning}, but its values are not",
        "{column} 的名称像 {meaning}，但值不是",
    ),
    "path_person": (
        "no column names the person: each path is one of its own",
        "没有人员列：每条路径算一个人",
    ),
    "split_path": (
        "Each step of {column}, parted by {separator}, becomes a touch; its place is kept as `position`.",
        "{column} 按 {separator} 拆开，每一步成为一次触达；次序保存在 `position`。",
    ),
    "unpivoted": (
        "Each of the {n} answers of a row becomes a record.",
        "每行的 {n} 个回答各成为一条记录。",
    ),
    "looked_up": (
        "{what} is looked up in {source} by {key}: {share:.0%} of its values are found there",
        "{what} 通过 {key} 在 {source} 中查得：{share:.0%} 的值能找到",
    ),
    "reference": ("Only looked up by other sources.", "只供其他来源查找。"),
    "empty": ("empty in all {rows} records", "{rows} 条记录中全为空"),
    "left_out": ("Not mapped:", "未映射："),
    "nothing_left_out": (
        "Every column that holds anything is mapped or packed.",
        "所有有内容的列都已映射或打包。",
    ),
    "packed": (
        "packed as JSON, for no column of {target} has this name",
        "以 JSON 保存，因为 {target} 没有同名列",
    ),
    "not_a_table": ("not read: {why}", "未读取：{why}"),
    "prose": ("it holds text, no columns", "是文本，没有列"),
    "other_format": ("the same table is there as {other}", "同一张表已有 {other}"),
    "source_line": ("{source}: {column}", "{source}：{column}"),
}


def say(told: Remark | str, language: str, **more: Any) -> str:
    """Return a sentence in `en` or `zh-CN`."""
    key, values = (told, more) if isinstance(told, str) else (told.key, {**told.told, **more})
    return SENTENCES[key][0 if language == "en" else 1].format(**values)
