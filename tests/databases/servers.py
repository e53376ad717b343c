"""Database servers of our own: in a temporary folder, on this machine alone, ended by their id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PASSWORD = "s3cret-of-the-test"
START_SECONDS = 60


class NotInstalled(Exception):
    """The server's programs are not on this machine."""


@dataclass
class Server:
    """One server process. `start` may be called again after `stop` or `kill`."""

    kind: str
    folder: Path
    port: int
    command: Sequence[str]
    account: str | None
    log: Path
    process: subprocess.Popen | None = field(default=None, repr=False)
    told: int = 0  # bytes of the log that earlier starts wrote

    def start(self) -> None:
        """Start, and return when connections are taken."""
        self.told = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
                user=self.account,
                group=pwd.getpwnam(self.account).pw_gid if self.account else None,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.kind} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server in good order."""
        self._end(signal.SIGTERM if self.kind == "mysql" else signal.SIGINT)

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._end(signal.SIGQUIT if self.kind == "postgres" else signal.SIGKILL)

    def remove(self) -> None:
        """Stop, and delete the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        self.process = None

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                # MariaDB greets by itself; PostgreSQL answers a request for TLS with one letter.
                if self.kind == "mysql":
                    return len(connection.recv(1)) == 1
                connection.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
                told = self.log.read_bytes()[self.told :]
                return connection.recv(1) == b"N" and b"ready to accept" in told
        except OSError:
            return False


def start_postgres() -> Server:
    """Make a new cluster with the user `zhiyin`, and start it.

    Raises
    ------
    NotInstalled
        Where there is no `initdb` and `postgres`.
    """
    initdb, postgres = _program("initdb"), _program("postgres")
    folder, account = _folder("postgres")
    words = folder / "password"
    words.write_text(PASSWORD)
    _give(folder, account)
    _run(
        [initdb, "-D", folder / "data", "-U", "zhiyin", "--pwfile", words, "-A", "scram-sha-256",
         "-E", "UTF8", "--no-locale", "-N"],
        folder, account,
    )  # fmt: skip
    port = _free_port()
    options = ("fsync=off", "max_connections=20", f"unix_socket_directories={folder}",
               "listen_addresses=127.0.0.1", "shared_buffers=64MB", "jit=off",
               "timezone=America/New_York")  # fmt: skip
    command = [postgres, "-D", str(folder / "data"), "-p", str(port)]
    command += [part for option in options for part in ("-c", option)]
    server = Server("postgres", folder, port, command, account, folder / "log")
    server.start()
    return server


def start_mariadb() -> Server:
    """Make a new data directory with the user `zhiyin`, and start it.

    Raises
    ------
    NotInstalled
        Where there is no `mariadb-install-db` and `mariadbd`.
    """
    install, mariadbd = _program("mariadb-install-db"), _program("mariadbd")
    folder, account = _folder("mysql")
    start = folder / "start.sql"
    start.write_text(
        f"CREATE USER IF NOT EXISTS zhiyin@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
        "GRANT ALL ON *.* TO zhiyin@'127.0.0.1' WITH GRANT OPTION;\n"
        "CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4;\n"
    )
    _give(folder, account)
    _run(
        [install, "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db",
         "--auth-root-authentication-method=normal"],
        folder, account,
    )  # fmt: skip
    port = _free_port()
    command = [
        mariadbd, "--no-defaults", f"--datadir={folder / 'data'}", f"--port={port}",
        "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}", f"--init-file={start}",
        f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=2",
        "--innodb-buffer-pool-size=128M", "--default-time-zone=-05:00", "--skip-name-resolve",
    ]  # fmt: skip
    server = Server("mysql", folder, port, command, account, folder / "log")
    server.start()
    return server


def _program(name: str) -> str:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/sbin")]
    search = os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)])
    found = shutil.which(name, path=search)
    if found is None:
        raise NotInstalled(f"the program {name} is not on this machine")
    return found


def _folder(account: str) -> tuple[Path, str | None]:
    """Return a short-named folder (sockets have short names) and whom the server runs as."""
    folder = Path(tempfile.mkdtemp(prefix=f"zy-{account[:2]}-"))
    return folder, account if os.geteuid() == 0 else None


def _give(folder: Path, account: str | None) -> None:
    if account is not None:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, account, account)


def _run(command: Sequence[str | Path], folder: Path, account: str | None) -> None:
    group = pwd.getpwnam(account).pw_gid if account else None
    done = subprocess.run(
        command, cwd=folder, env=_environment(), user=account, group=group,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
