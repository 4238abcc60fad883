"""Runs one file of end-to-end tests and ends with a summary: run.py FILE."""

import importlib.util
import pathlib
import sys
import unittest


def main():
    path = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    for test, reason in result.skipped:
        print(f"SKIPPED {test.id()}: {reason}")
    passed = result.testsRun - failed - len(result.skipped)
    print(f"{path.stem}: {passed} passed, {failed} failed, {len(result.skipped)} skipped of {result.testsRun}")
    if result.testsRun == 0:
        print(f"{path.stem}: no test ran")
        return 1
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
