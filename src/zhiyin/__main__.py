"""`python -m zhiyin` is the command `zhiyin`."""

from zhiyin.app.cli import main

if __name__ == "__main__":
    main()
