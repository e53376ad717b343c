import subprocess
import sys

import pytest

from zhiyin.app.lock import WorkspaceLock, is_locked
from zhiyin.core.errors import Conflict

HOLD = """
import sys, pathlib
from zhiyin.app.lock import WorkspaceLock
lock = WorkspaceLock(pathlib.Path(sys.argv[1]), doing="run")
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_is_told_who_has_the_workspace(tmp_path, holder):
    with pytest.raises(Conflict, match=rf"in use by process {holder.pid} \(zhiyin run\)"):
        WorkspaceLock(tmp_path, doing="import").acquire()


def test_a_killed_holder_leaves_no_lock_behind(tmp_path, holder):
    assert is_locked(tmp_path)
    holder.kill()
    holder.wait()
    assert not is_locked(tmp_path)
    lock = WorkspaceLock(tmp_path, doing="import")
    lock.acquire()
    assert is_locked(tmp_path)
    lock.release()
    assert not is_locked(tmp_path)
