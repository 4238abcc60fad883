"""A wheel with the library in it is of one platform, and of any Python 3: nothing of it is compiled against Python."""
import pathlib

from setuptools import Distribution, setup
from wheel.bdist_wheel import bdist_wheel

HAS_LIBRARY = (pathlib.Path(__file__).resolve().parent / "sidewinder" / "_lib").is_dir()


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return HAS_LIBRARY


class AnyPython(bdist_wheel):
    def get_tag(self):
        _, _, platform = super().get_tag()
        return "py3", "none", platform


setup(distclass=WithLibrary, cmdclass={"bdist_wheel": AnyPython})
