"""The same questions asked of ClickHouse (chdb), DuckDB by hand, and polars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.behavior_data import FIRST_MS, STEPS

WEEK_MS = 7 * 86_400_000
GAP_MS = 30 * 60_000
WINDOW_MS = 30 * 86_400_000


class ClickHouse:
    """chdb over its own MergeTree table, sorted by person and time: the formulations that won."""

    def __init__(self, folder: Path) -> None:
        from chdb import session

        self.session = session.Session(str(folder / "chdb"))
        self.ask("create database if not exists b")
        self.ask("set max_threads = 2")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        import json

        text = str(self.session.query(query, "JSONCompactEachRow"))
        return [tuple(json.loads(line)) for line in text.splitlines()]

    def load(self, folder: Path) -> None:
        """Fill the tables and merge their parts."""
        self.ask(
            "create table b.t (person UInt32, ts Int64, event LowCardinality(String), "
            "channel LowCardinality(String), revenue Float64) engine = MergeTree "
            "order by (person, ts)"
        )
        self.ask(
            "insert into b.t select person_number, ts_ms, event, channel, revenue from "
            f"file('{folder}/activity_*.parquet', Parquet) "
            "settings max_insert_threads = 1, max_memory_usage = 3000000000"
        )
        self.ask("optimize table b.t final")
        self.ask(
            "create table b.lines (basket UInt32, item LowCardinality(String)) "
            "engine = MergeTree order by basket"
        )
        self.ask(f"insert into b.lines select * from file('{folder}/lines.parquet', Parquet)")
        self.ask("optimize table b.lines final")

    def rfm(self) -> Any:
        return sorted(
            (int(r), int(f), int(m), int(n))
            for r, f, m, n in self.ask(
                """
            with (select uniq_count from (select uniqExact(person) as uniq_count from b.t
                  where event = 'Order Completed')) as n
            select r, f, m, count() from (
                select 1 + intDiv(5 * (rank() over (order by last) - 1), n) as r,
                    1 + intDiv(5 * (rank() over (order by orders) - 1), n) as f,
                    1 + intDiv(5 * (rank() over (order by money) - 1), n) as m
                from (select person, count() as orders, max(ts) as last, sum(revenue) as money
                      from b.t where event = 'Order Completed' group by person))
            group by r, f, m"""
            )
        )

    def funnel(self) -> Any:
        conditions = ", ".join(f"event = '{name}'" for name in STEPS)
        names = ", ".join(f"'{name}'" for name in STEPS)
        rows = self.ask(
            f"""select level, count() from (
                select person, windowFunnel(604800000)(toUInt64(ts), {conditions}) as level
                from b.t where event in ({names}) group by person) group by level
            settings optimize_aggregation_in_order = 1"""
        )
        sizes = {int(level): int(count) for level, count in rows}
        return [sum(n for level, n in sizes.items() if level > k) for k in range(len(STEPS))]

    def retention(self) -> Any:
        rows = self.ask(
            f"""select first, bit - first, count() from (
                select arrayJoin(bitmaskToArray(mask)) as one, bitCount(one - 1) as bit,
                    bitCount(bitXor(mask, mask - 1)) - 1 as first
                from (select groupBitOr(bitShiftLeft(toInt64(1),
                        toUInt8(intDiv(ts - {FIRST_MS}, {WEEK_MS})))) as mask
                      from b.t group by person
                      settings optimize_aggregation_in_order = 1))
            group by first, bit"""
        )
        return sorted(tuple(map(int, row)) for row in rows)

    def sessions(self) -> Any:
        rows = self.ask(
            f"""select count(), sum(last - first), sum(events), countIf(events = 1) from (
                select person, arrayJoin(arraySplit((t, d) -> d > {GAP_MS}, times,
                        arrayDifference(times))) as visit,
                    visit[1] as first, visit[-1] as last, length(visit) as events
                from (select person, arraySort(groupArray(ts)) as times from b.t group by person
                      settings optimize_aggregation_in_order = 1))"""
        )
        return tuple(map(int, rows[0]))

    def touches(self) -> Any:
        rows = self.ask(
            f"""select path, count() from (
                select arrayJoin(arrayFilter(s -> s[-1].2 = 1, arrayReverseSplit(
                    x -> x.2 = 1, doings))) as part,
                arrayStringConcat(arraySlice(arrayCompact(arrayMap(x -> x.3, arrayFilter(
                    x -> x.2 = 0 and part[-1].1 - x.1 <= {WINDOW_MS}, part))), -7), '>') as path
                from (select person, arraySort(groupArray((ts, event = 'Order Completed',
                        toString(channel)))) as doings
                      from b.t where event in ('Ad Clicked', 'Order Completed') group by person
                      settings optimize_aggregation_in_order = 1))
            group by path"""
        )
        return sorted((path, int(count)) for path, count in rows)

    def pairs(self) -> Any:
        rows = self.ask(
            """select count(), sum(n) from (
                select arrayJoin(arrayFlatten(arrayMap((x, k) -> arrayMap(y -> (x, y),
                    arraySlice(codes, k + 1)), codes, arrayEnumerate(codes)))) as pair,
                    count() as n
                from (select arraySort(groupArray(toUInt32(substring(item, 2)))) as codes
                      from b.lines group by basket settings optimize_aggregation_in_order = 1)
                group by pair having n >= 5)"""
        )
        return tuple(map(int, rows[0]))


class DuckDB:
    """SQL by hand over DuckDB's own table, sorted by person and time."""

    def __init__(self, folder: Path) -> None:
        import duckdb

        config = {"threads": 2, "memory_limit": "3GB", "preserve_insertion_order": False}
        self.connection = duckdb.connect(folder / "hand.duckdb", config=config)
        self.connection.execute("set enable_progress_bar = false")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def load(self, folder: Path) -> None:
        """Fill the tables."""
        self.ask(
            "create table t as select person_number::integer as person, ts_ms as ts, event, "
            f"channel, revenue from '{folder}/activity_*.parquet' order by person, ts"
        )
        self.ask(f"create table lines as from '{folder}/lines.parquet' order by basket")

    def rfm(self) -> Any:
        return sorted(
            self.ask("""
            select r, f, m, count(*) from (
                select 1 + 5 * (rank() over (order by last) - 1) // count(*) over () as r,
                    1 + 5 * (rank() over (order by orders) - 1) // count(*) over () as f,
                    1 + 5 * (rank() over (order by money) - 1) // count(*) over () as m
                from (select person, count(*) as orders, max(ts) as last, sum(revenue) as money
                      from t where event = 'Order Completed' group by person))
            group by all""")
        )

    def funnel(self) -> Any:
        step = "select person, ts, {start} from t where event = '{name}'"
        first, *others = STEPS
        parts = [f"s0 as ({step.format(start='ts as start', name=first)})"]
        for n, name in enumerate(others, start=1):
            parts.append(
                f"s{n} as (select e.person, e.ts, p.start from t e asof join s{n - 1} p "
                f"on e.person = p.person and e.ts >= p.ts "
                f"where e.event = '{name}' and e.ts - p.start <= {WEEK_MS})"
            )
        counts = ", ".join(f"(select count(distinct person) from s{n})" for n in range(len(STEPS)))
        return list(self.ask(f"with {', '.join(parts)} select {counts}")[0])

    def retention(self) -> Any:
        return sorted(
            self.ask(f"""
            with people as (
                select bit_or(1::bigint << ((ts - {FIRST_MS}) // {WEEK_MS})) as mask
                from t group by person),
            sized as (select mask, count(*) as n,
                bit_count(xor(mask, mask - 1)) - 1 as first from people group by mask)
            select first, w - first, sum(n)::bigint from sized, range(26) as r(w)
            where mask & (1::bigint << w) <> 0 group by all""")
        )

    def sessions(self) -> Any:
        return self.ask(f"""
            with marked as (select person, ts, row_number() over w as place,
                    lag(ts) over w as before, lead(ts) over w as after
                from t window w as (partition by person order by ts)),
            edges as (select *, coalesce(ts - before > {GAP_MS}, true) as opens,
                    coalesce(after - ts > {GAP_MS}, true) as closes from marked),
            ends as (select *, case when closes then ts else lead(ts) over w end as last_ts,
                    case when closes then place else lead(place) over w end as last_place
                from edges where opens or closes window w as (partition by person order by place))
            select count(*), sum(last_ts - ts)::bigint, sum(last_place - place + 1)::bigint,
                count(*) filter (last_place = place)
            from ends where opens""")[0]

    def touches(self) -> Any:
        return sorted(
            self.ask(f"""
            with doings as (select person, ts, channel, event = 'Order Completed' as goal
                from t where event in ('Ad Clicked', 'Order Completed')),
            parted as (select *, coalesce(sum(goal::int) over (partition by person
                order by ts, goal rows between unbounded preceding and 1 preceding), 0) as part
                from doings),
            ended as (select *, max(ts) filter (goal) over (partition by person, part) as done
                from parted),
            near as (select *, lag(channel) over (partition by person, part order by ts) as before
                from ended where not goal and done - ts <= {WINDOW_MS}),
            paths as (select person, part, array_to_string(list(channel order by ts)[-7:], '>')
                as path from near where before is null or before <> channel group by all)
            select coalesce(path, ''), count(*) from
                (select person, part from parted where goal) left join paths using (person, part)
            group by 1""")
        )

    def pairs(self) -> Any:
        return self.ask("""
            with items as (select item, row_number() over (order by item) as code
                from (select item from lines group by item having count(*) >= 5)),
            coded as (select basket, code from lines join items using (item))
            select count(*), sum(n)::bigint from (
                select a.code, b.code, count(*) as n from coded a join coded b
                on a.basket = b.basket and a.code < b.code group by all having n >= 5)""")[0]


class Polars:
    """polars over the Parquet files, sorted by person and time."""

    def __init__(self, folder: Path) -> None:
        import polars as pl

        self.pl = pl
        self.t = pl.scan_parquet(folder / "activity_*.parquet").rename(
            {"person_number": "person", "ts_ms": "ts"}
        )
        self.lines = pl.scan_parquet(folder / "lines.parquet")

    def load(self, folder: Path) -> None:
        """Do nothing: polars has no tables of its own."""

    def rfm(self) -> Any:
        pl = self.pl
        people = (
            self.t.filter(pl.col("event") == "Order Completed")
            .group_by("person")
            .agg(pl.len().alias("f"), pl.max("ts").alias("r"), pl.sum("revenue").alias("m"))
        )
        scores = [
            (1 + 5 * (pl.col(name).rank("min") - 1).cast(pl.Int64) // pl.len()).alias(name)
            for name in ("r", "f", "m")
        ]
        cells = people.select(scores).group_by("r", "f", "m").len()
        return sorted(cells.collect(engine="streaming").rows())

    def funnel(self) -> Any:
        pl = self.pl
        first, *others = (
            self.t.filter(pl.col("event") == name).select("person", "ts") for name in STEPS
        )
        reached = first.with_columns(start="ts").collect(engine="streaming")
        found = [reached["person"].n_unique()]
        for step in others:
            events = step.collect(engine="streaming")
            reached = self._after(events, reached)
            found.append(reached["person"].n_unique())
        return found

    def _after(self, events: Any, reached: Any) -> Any:
        """Return the events with the start of the latest attempt before them."""
        pl = self.pl
        joined = events.sort("ts").join_asof(reached.sort("ts"), on="ts", by="person")
        return joined.filter(pl.col("ts") - pl.col("start") <= WEEK_MS)

    def retention(self) -> Any:
        pl = self.pl
        week = ((pl.col("ts") - FIRST_MS) // WEEK_MS).alias("week")
        weeks = self.t.select("person", week).unique().collect(engine="streaming").lazy()
        first = weeks.group_by("person").agg(pl.min("week").alias("first"))
        cells = weeks.join(first, on="person").group_by(
            "first", (pl.col("week") - pl.col("first")).alias("later")
        )
        return sorted(cells.len().collect(engine="streaming").rows())

    def sessions(self) -> Any:
        pl = self.pl
        opens = (pl.col("person") != pl.col("person").shift()) | (pl.col("ts").diff() > GAP_MS)
        numbered = self.t.select("ts", opens.fill_null(True).cum_sum().alias("visit"))
        cut = numbered.group_by("visit").agg(
            (pl.max("ts") - pl.min("ts")).alias("took"), pl.len().cast(pl.Int64).alias("events")
        )
        alone = (pl.col("events") == 1).sum().alias("alone")
        total = cut.select(pl.len(), pl.sum("took"), pl.sum("events"), alone)
        return tuple(map(int, total.collect(engine="streaming").row(0)))

    def touches(self) -> Any:
        pl = self.pl
        goal = pl.col("event") == "Order Completed"
        doings = (
            self.t.filter(goal | (pl.col("event") == "Ad Clicked"))
            .select("person", "ts", "channel", goal.alias("goal"))
            .collect(engine="streaming")
            .sort("person", "ts", "goal")
        )
        doings = doings.with_columns(part=pl.col("goal").cum_sum() - pl.col("goal").cast(pl.UInt32))
        goals = doings.filter("goal").select("person", "part", done="ts")
        near = doings.filter(~pl.col("goal")).join(goals, on=["person", "part"])
        near = near.filter(pl.col("done") - pl.col("ts") <= WINDOW_MS).sort("person", "ts")
        is_same = (
            (pl.col("channel") == pl.col("channel").shift())
            & (pl.col("part") == pl.col("part").shift())
            & (pl.col("person") == pl.col("person").shift())
        )
        paths = (
            near.filter(~is_same.fill_null(False))
            .group_by("person", "part", maintain_order=True)
            .agg(pl.col("channel").tail(7).str.join(">").alias("path"))
        )
        told = goals.join(paths, on=["person", "part"], how="left")
        return sorted(told.group_by(pl.col("path").fill_null("")).len().rows())

    def pairs(self) -> Any:
        pl = self.pl
        coded = self.lines.select("basket", code=pl.col("item").cast(pl.Categorical).to_physical())
        coded = coded.collect().lazy()
        met = coded.join(coded, on="basket").filter(pl.col("code") < pl.col("code_right"))
        sizes = met.group_by("code", "code_right").len().filter(pl.col("len") >= 5)
        total = sizes.select(pl.len().alias("pairs"), pl.sum("len").cast(pl.Int64))
        return tuple(map(int, total.collect(engine="streaming").row(0)))
