"""Where the function's packages are looked for on this machine."""

import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

from stand_in import packages


class Packages(unittest.TestCase):
    """Python's own, Debian's, the clone's, pip's."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        modules = unittest.mock.patch.dict(sys.modules)
        for patch in (
            modules,
            unittest.mock.patch.object(sys, "path", list(sys.path)),
            unittest.mock.patch.object(packages, "NEEDED", ("needed_here.part", "json")),
            unittest.mock.patch.object(packages, "DEBIAN", str(self.folder / "debian")),
            unittest.mock.patch.object(packages, "FOLDER", self.folder / "own"),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def package(self, place, *modules):
        """Puts a package there, of which some modules are there."""
        home = self.folder / place / "needed_here"
        home.mkdir(parents=True)
        for module in ("__init__", *modules):
            (home / (module + ".py")).write_text("where = %r" % place)

    def test_debian(self):
        self.package("debian", "part")
        packages.provide()
        self.assertEqual(sys.modules["needed_here"].where, "debian")
        self.assertEqual(sys.path[-1], packages.DEBIAN)

    def test_another_pythons(self):
        self.package("debian")
        self.package("own", "part")
        packages.provide()
        self.assertEqual(sys.modules["needed_here"].where, "own")
        self.assertNotIn(packages.DEBIAN, sys.path)

    def test_pip(self):
        def install(command, **_):
            self.assertIn(str(packages.REQUIREMENTS), command)
            self.package("own", "part")
            return subprocess.CompletedProcess(command, 0)

        with unittest.mock.patch.object(subprocess, "run", side_effect=install):
            packages.provide()
        self.assertEqual(sys.modules["needed_here"].where, "own")

    def test_nowhere(self):
        with unittest.mock.patch.object(subprocess, "run", return_value=subprocess.CompletedProcess([], 1)):
            with self.assertRaisesRegex(packages.Missing, "lacks needed_here.part: `apt-get install python3-pil"):
                packages.provide()


if __name__ == "__main__":
    unittest.main()
