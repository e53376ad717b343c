"""Say in one sentence when the Python is too old; runs on any Python 3."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older Pythons are whom this is for
    sys.exit(
        "Zhiyin needs Python 3.11 or newer, this is {}.{}; install one and call "
        "`make PYTHON=python3.11 ...`.".format(*sys.version_info[:2])
    )
