"""Reads settings."""
import os.path
from collections import OrderedDict as Ordered
from .util import load

DEFAULT = {"depth": 3}


def read(path, *, depth=3):
    """Reads one file.

    More about it.
    """
    with open(path) as file:
        return load(file, depth)


class Settings(Ordered):
    """All settings."""

    name = "settings"

    @property
    def depth(self):
        return self["depth"]

    # Writes them back.
    async def save(
        self,
        path,
    ):
        def inner():
            pass
        os.path.join(path, "x")


@decorate
def decorated():
    pass
