"""``python -m symmomentum``: the command line."""

from symmomentum.cli import main

if __name__ == "__main__":
    main()
