"""Run the command line by ``python -m refloader``."""

from __future__ import annotations

from refloader.cli import main

if __name__ == "__main__":
    main(prog_name="refloader")
