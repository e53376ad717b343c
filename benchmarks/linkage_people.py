"""Made-up customers, Chinese and Western, some of them recorded twice with what people get wrong.

Every choice is drawn from one seeded generator; nothing is taken from any labeled data set.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zhiyin.identity.linkage.spelling import sounds


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史贺陶顾毛郝龚邵万覃武戴孔"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "慕容", "皇甫")
CHARACTERS = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红玲建国文斌辉鹏飞宇浩然子轩雨欣怡佳琪梓涵晨思嘉"
    "诗婷雪梅春燕海波志远鑫龙俊凯博瑞泽天翔立新永康宏亮少东晓彤若曦梦瑶美琳慧颖倩云卫民德胜长江成功家豪世"
    "杰振业光荣启航景行知行乐萱奕辰沐阳一诺可馨语桐"
)
GIVEN = words(
    "james mary robert patricia john jennifer michael linda david elizabeth william barbara "
    "richard susan joseph jessica thomas sarah charles karen christopher lisa daniel "
    "nancy matthew betty anthony margaret mark sandra donald ashley steven kimberly paul emily "
    "andrew "
    "donna joshua "
    "michelle kenneth carol kevin amanda brian dorothy george melissa edward deborah ronald "
    "stephanie timothy rebecca jason sharon jeffrey laura ryan cynthia jacob kathleen gary amy "
    "nicholas angela eric shirley jonathan anna stephen brenda larry pamela justin emma scott "
    "nicole"
)
NICKNAMES = {
    "james": "jim",
    "robert": "bob",
    "elizabeth": "liz",
    "william": "bill",
    "richard": "rick",
    "thomas": "tom",
    "christopher": "kit",
    "matthew": "matt",
    "margaret": "maggie",
    "rebecca": "becky",
    "timothy": "tim",
    "nicholas": "nick",
    "jonathan": "jonny",
    "kimberly": "kim",
    "pamela": "pam",
}
STEMS = words(
    "har ben wil tho jack rob and mar ste pat ell gra hun fos bar rus rich hen wat bro wal coop "
    "mor hol law sul fis car row ber dan gil nor old per pres quin ran sand tal und van wes yar"
)
ENDINGS = words("son ton ley man well ford er ing wood field berg stein ard ell ington es low ham")
CITIES = words(
    "北京 上海 广州 深圳 杭州 成都 重庆 武汉 西安 苏州 南京 天津 长沙 郑州 青岛 宁波 昆明 合肥"
)
WESTERN_CITIES = words("london paris berlin madrid rome vienna dublin oslo prague lisbon zurich")
DOMAINS = ("qq.com", "163.com", "gmail.com", "outlook.com", "126.com", "sina.com", "example.net")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DAYS = np.array(["1950-01-01", "2006-01-01"], dtype="datetime64[D]").astype(int)


def people(rows: int, *, seed: int = 7, duplicated: float = 0.2) -> tuple[pa.Table, pa.Array]:
    """Return `rows` records in random order, and the number of the person behind each.

    `duplicated` is the share of records that are about somebody who has one already.
    """
    rng = np.random.default_rng(seed)
    persons = round(rows * (1 - duplicated))
    known = _persons(persons, rng)
    again = rng.integers(0, persons, rows - persons)
    repeated = _mistaken({name: values[again] for name, values in known.items()}, rng)
    columns = {name: np.concatenate([known[name], repeated[name]]) for name in known}
    truth = np.concatenate([np.arange(persons), again])
    order = rng.permutation(rows)
    numbers = [f"user:{number:07d}" for number in rng.permutation(rows)]
    table = {"record_id": numbers, "source_id": ["customers"] * rows}
    table |= {name: values[order].tolist() for name, values in columns.items() if name[0] != "_"}
    return pa.table(table), pa.array(truth[order])


def _zipf(count: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return places of values, of which the first are the most common."""
    weights = 1 / (np.arange(count) + 3)
    return rng.choice(count, size, p=weights / weights.sum())


def _persons(count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    is_chinese = rng.random(count) < 0.6
    chinese, western = _chinese_names(count, rng), _western_names(count, rng)
    letters = np.where(is_chinese, [_romanized(name) for name in chinese], _joined(western))
    name = np.where(is_chinese, chinese, western).astype(object)
    number = rng.integers(0, 10_000, count).astype(str)
    domain = np.array(DOMAINS)[_zipf(len(DOMAINS), count, rng)]
    email = np.char.add(np.char.add(letters.astype(str), number), np.char.add("@", domain))
    phone = np.char.add("1", rng.integers(3_000_000_000, 9_999_999_999, count).astype(str))
    days = rng.integers(DAYS[0], DAYS[1], count).astype("datetime64[D]").astype(str)
    east = np.array(CITIES)[_zipf(len(CITIES), count, rng)]
    west = np.array(WESTERN_CITIES)[_zipf(len(WESTERN_CITIES), count, rng)]
    columns = {
        "name": name,
        "birth_date": _forgotten(days, 0.25, rng),
        "email": _forgotten(email, 0.3, rng),
        "phone": _forgotten(phone, 0.15, rng),
        "city": _forgotten(np.where(is_chinese, east, west), 0.1, rng),
        "gender": _forgotten(np.where(rng.random(count) < 0.5, "female", "male"), 0.2, rng),
    }
    return columns | {"_chinese": is_chinese}


def _chinese_names(count: int, rng: np.random.Generator) -> np.ndarray:
    surname = np.array(list(SURNAMES))[_zipf(len(SURNAMES), count, rng)]
    compound = np.array(COMPOUND)[rng.integers(0, len(COMPOUND), count)]
    surname = np.where(rng.random(count) < 0.01, compound, surname)
    characters = np.array(list(CHARACTERS))
    first = characters[_zipf(len(characters), count, rng)]
    second = characters[_zipf(len(characters), count, rng)]
    second = np.where(rng.random(count) < 0.2, "", second)
    return np.char.add(np.char.add(surname, first), second)


def _western_names(count: int, rng: np.random.Generator) -> np.ndarray:
    surnames = np.array([stem + ending for stem in STEMS for ending in ENDINGS])
    given = np.array(GIVEN)[_zipf(len(GIVEN), count, rng)]
    surname = surnames[_zipf(len(surnames), count, rng)]
    return np.char.add(np.char.add(given, " "), surname)


def _joined(names: np.ndarray) -> np.ndarray:
    return np.char.replace(names, " ", "")


def _romanized(name: str) -> str:
    return name.translate(sounds())


def _forgotten(values: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    kept = values.astype(object)
    kept[rng.random(len(kept)) < share] = None
    return kept


def _mistaken(known: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the records as somebody enters them a second time."""
    draw = rng.random((len(known["name"]), 5))
    chinese, name = known["_chinese"], known["name"]
    known["name"] = np.array(
        [_wrong_name(*row, rng) for row in zip(name, chinese, draw[:, 0], strict=True)], object
    )
    known["birth_date"] = np.array(
        [_wrong_date(*row, rng) for row in zip(known["birth_date"], draw[:, 1], strict=True)],
        object,
    )
    known["email"] = np.array(
        [_wrong_text(*row, 0.05, rng) for row in zip(known["email"], draw[:, 2], strict=True)],
        object,
    )
    known["phone"] = np.array(
        [_wrong_phone(*row, rng) for row in zip(known["phone"], draw[:, 3], strict=True)], object
    )
    for column, share in (("email", 0.25), ("phone", 0.2), ("birth_date", 0.1), ("city", 0.1)):
        known[column] = _forgotten(known[column], share, rng)
    return known


def _wrong_name(name: str, is_chinese: bool, draw: float, rng: np.random.Generator) -> str:
    return _wrong_chinese(name, draw, rng) if is_chinese else _wrong_western(name, draw, rng)


def _wrong_chinese(name: str, draw: float, rng: np.random.Generator) -> str:
    if draw < 0.06:
        place = rng.integers(0, len(name))
        other = CHARACTERS[rng.integers(0, len(CHARACTERS))]
        return name[:place] + other + name[place + 1 :]
    if draw < 0.10:
        return f"{_romanized(name[1:])} {_romanized(name[0])}".title()
    return f"{name[0]} {name[1:]}" if draw < 0.15 else name


def _wrong_western(name: str, draw: float, rng: np.random.Generator) -> str:
    given, _, surname = name.partition(" ")
    if draw < 0.08:
        return f"{NICKNAMES.get(given, given)} {surname}"
    if draw < 0.12:
        return f"{surname} {given}"
    if draw < 0.15:
        return f"{given[0]} {surname}"
    return _wrong_text(name, draw - 0.15, 0.12, rng) or name


def _wrong_text(
    text: str | None, draw: float, share: float, rng: np.random.Generator
) -> str | None:
    """Return the text with a letter changed, left out or swapped with the next."""
    if text is None or draw >= share:
        return text
    place = int(rng.integers(0, max(1, len(text) - 1)))
    how = rng.integers(0, 3)
    if how == 0:
        return text[:place] + LETTERS[rng.integers(0, 26)] + text[place + 1 :]
    if how == 1:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]


def _wrong_date(day: str | None, draw: float, rng: np.random.Generator) -> str | None:
    if day is None or draw >= 0.08:
        return day
    year, month, date = day.split("-")
    if draw < 0.03 and int(date) <= 12:
        return f"{year}-{date}-{month}"
    if draw < 0.05:
        return f"{year}-01-01"
    return f"{int(year) + int(rng.integers(1, 9))}-{month}-{date}"


def _wrong_phone(phone: str | None, draw: float, rng: np.random.Generator) -> str | None:
    if phone is None or draw >= 0.25:
        return phone
    if draw < 0.05:
        place = int(rng.integers(1, len(phone)))
        return phone[:place] + str(rng.integers(0, 10)) + phone[place + 1 :]
    if draw < 0.1:
        return f"+86 {phone[:3]}-{phone[3:7]}-{phone[7:]}"
    return f"1{rng.integers(3_000_000_000, 9_999_999_999)}"  # a new number
