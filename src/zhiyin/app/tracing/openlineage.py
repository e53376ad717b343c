"""Runs, builds, imports and loads as OpenLineage events: plain values, by the published schema.

References
----------
OpenLineage specification 2-0-2, with its facets in the versions named in `FACETS`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhiyin import __version__
from zhiyin.ports.tables import TableSpec

SPEC = "https://openlineage.io/spec"
SCHEMA_URL = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = {
    "SchemaDatasetFacet": "1-2-0",
    "ColumnLineageDatasetFacet": "1-2-0",
    "ParentRunFacet": "1-2-0",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DocumentationDatasetFacet": "1-1-0",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
}
PRODUCER = f"urn:zhiyin:{__version__}"


@dataclass(frozen=True)
class Place:
    """How jobs and data sets are named: the jobs' namespace, and where the warehouse is.

    Tables of the embedded warehouse are named as what lies in a local file: namespace `file`, the
    file's path, and the table.
    """

    namespace: str
    warehouse: Path

    def table(self, spec: TableSpec) -> tuple[str, str]:
        """Return namespace and name of a table."""
        return "file", f"{self.warehouse}/{spec.name}"


@dataclass(frozen=True)
class Job:
    """A job and one run of it; `parent` is the job and run that it is a part of."""

    place: Place
    name: str
    run_key: str
    parent: tuple[str, str] | None = None
    kind: str = "JOB"

    @property
    def run_id(self) -> str:
        """The run's UUID, the same for the same key."""
        return run_uuid(self.run_key)


@dataclass(frozen=True)
class DataSet:
    """An input or output with its facets."""

    namespace: str
    name: str
    facets: Mapping[str, Any] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)


def run_uuid(key: str) -> str:
    """Return a UUID for the key of a run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:zhiyin:run:{key}"))


def event(
    job: Job,
    state: str,
    at: datetime,
    *,
    inputs: Iterable[DataSet] = (),
    outputs: Iterable[DataSet] = (),
    error: str | None = None,
) -> dict[str, Any]:
    """Return a run event; `state` is START, COMPLETE or FAIL, `at` aware."""
    facets: dict[str, Any] = {}
    if job.parent is not None:
        name, key = job.parent
        facets["parent"] = facet(
            "ParentRunFacet",
            run={"runId": run_uuid(key)},
            job={"namespace": job.place.namespace, "name": name},
        )
    if error is not None:
        facets["errorMessage"] = facet(
            "ErrorMessageRunFacet", message=error, programmingLanguage="PYTHON"
        )
    kind = facet("JobTypeJobFacet", processingType="BATCH", integration="ZHIYIN", jobType=job.kind)
    return {
        "eventType": state,
        "eventTime": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "run": {"runId": job.run_id, "facets": facets},
        "job": {
            "namespace": job.place.namespace, "name": job.name, "facets": {"jobType": kind},
        },
        "inputs": [_data_set(one, "inputFacets") for one in inputs],
        "outputs": [_data_set(one, "outputFacets") for one in outputs],
        "producer": PRODUCER,
        "schemaURL": SCHEMA_URL,
    }  # fmt: skip


def _data_set(one: DataSet, statistics: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "namespace": one.namespace, "name": one.name, "facets": dict(one.facets),
    }  # fmt: skip
    if one.statistics:
        told[statistics] = dict(one.statistics)
    return told


def facet(kind: str, **body: Any) -> dict[str, Any]:
    """Return a facet with what every facet says of itself."""
    url = f"{SPEC}/facets/{FACETS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": PRODUCER, "_schemaURL": url, **body}


def table_set(place: Place, spec: TableSpec) -> DataSet:
    """Return a table as a data set: its name, its columns, what it holds."""
    namespace, name = place.table(spec)
    columns = [
        {"name": column, "type": told.type.removeprefix("!"), "description": told.meaning}
        for column, told in spec.columns.items()
    ]
    facets = {"schema": facet("SchemaDatasetFacet", fields=columns)}
    if spec.description:
        facets["documentation"] = facet("DocumentationDatasetFacet", description=spec.description)
    return DataSet(namespace, name, facets)


def with_lineage(
    one: DataSet, place: Place, columns: Sequence[tuple[str, TableSpec, str]]
) -> DataSet:
    """Return an output with its columns' lineage: (column, table read, column read)."""
    fields: dict[str, Any] = {}
    for column, spec, source in columns:
        namespace, name = place.table(spec)
        fields.setdefault(column, {"inputFields": []})["inputFields"].append(
            {
                "namespace": namespace,
                "name": name,
                "field": source,
                "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION"}],
            }
        )
    if not fields:
        return one
    told = facet("ColumnLineageDatasetFacet", fields=fields)
    return DataSet(one.namespace, one.name, {**one.facets, "columnLineage": told}, one.statistics)


def with_rows(one: DataSet, rows: int) -> DataSet:
    """Return an output with the number of rows that it now has."""
    told = facet("OutputStatisticsOutputDatasetFacet", rowCount=rows)
    return DataSet(one.namespace, one.name, one.facets, {"outputStatistics": told})


def file_set(path: str, *, rows: int | None = None, size: int | None = None) -> DataSet:
    """Return a file as a data set: by its path, or by bucket and key where it lies in a store."""
    scheme, colon, rest = path.partition("://")
    namespace, name = "file", path
    if colon:
        host, _, name = rest.partition("/")
        namespace = f"{scheme}://{host}"
    metrics = {key: value for key, value in (("rowCount", rows), ("bytes", size)) if value}
    statistics = (
        {"dataQualityMetrics": facet(
            "DataQualityMetricsInputDatasetFacet", columnMetrics={}, **metrics
        )}
        if metrics
        else {}
    )  # fmt: skip
    return DataSet(namespace, name, {}, statistics)
