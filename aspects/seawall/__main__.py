"""`python -m seawall`."""

from seawall.cli import run

if __name__ == "__main__":
    run()
