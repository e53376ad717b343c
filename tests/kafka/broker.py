"""A real broker for the tests: Apache Kafka in KRaft mode, one node, on this machine only."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "kafka"
LIBRARIES = CACHE / "libs"
# Any will do: the cluster lives as long as a test run.
CLUSTER = "emhpeWluLXRlc3RzLTAwMQ"

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.coordinator.rebalance.protocols=classic,consumer
"""


def fetch() -> None:
    """Copy the broker and what it needs into the cache, once for each version in the pom."""
    pom = HERE / "pom.xml"
    noted = CACHE / "pom.xml"
    if noted.exists() and noted.read_bytes() == pom.read_bytes():
        return
    if shutil.which("mvn") is None or shutil.which("java") is None:
        raise RuntimeError("The broker needs maven and Java 17; install maven, openjdk-17-jre.")
    shutil.rmtree(LIBRARIES, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={LIBRARIES}"]
    subprocess.run([*command, *options], check=True, timeout=600)
    noted.write_bytes(pom.read_bytes())


class Broker:
    """One broker in a directory of its own; it can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        fetch()
        self.directory = directory
        self.port, controller = free_ports(2)
        self._properties = directory / "server.properties"
        directory.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            PROPERTIES.format(port=self.port, controller=controller, data=directory / "data")
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._java(
            "kafka.tools.StorageTool",
            *("format", "--standalone", "-t", CLUSTER, "-c", str(self._properties)),
        ).wait(120)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> Broker:
        """Start the broker and wait until it answers."""
        self._process = self._java("kafka.Kafka", str(self._properties))
        deadline = time.monotonic() + 120
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The broker did not start; see {self.directory}/output.")
            time.sleep(0.2)
        return self

    def kill(self) -> None:
        """Let it die as by `kill -9`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> None:
        """End it for good; what it stored is not needed any more."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _java(self, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        options = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        with (self.directory / "output").open("ab") as output:
            return subprocess.Popen(
                ["java", *options, "-cp", f"{LIBRARIES}/*", main, *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
            )

    def _answers(self) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                pass
            client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
            return bool(client.list_topics(timeout=2).brokers)
        except (OSError, KafkaException):
            return False


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
