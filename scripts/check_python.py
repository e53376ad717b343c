"""Say in one sentence when the Python is too old; runs on any Python 3."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Zhiyin needs Python 3.11 or newer, this is %d.%d; install one and call "
        "`make PYTHON=python3.11 ...`." % sys.version_info[:2]
    )
