"""``python -m audobon`` is the command line."""

from audobon.cli import main

if __name__ == "__main__":
    main()
