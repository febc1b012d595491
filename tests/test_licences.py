"""Licences: of everything that the program consists of, word for word, and none that its users would have to pass on."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import pytest

from busi_gui import licences, paths
from busi_gui.licences import Package, collected, is_free_of_gpl, of_this_program, read, system_libraries, write
from busi_gui.requirements import requirements

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"


@pytest.fixture(scope="module")
def packages():
    return {package.name: package for package in of_this_program()}


def make_package(folder, name, metadata="", files=(), requires=()):
    """Install a package of one module into a folder, as pip does."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    asked = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}{asked}")
    (folder / f"{name}.py").touch()
    for path, text in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    record = [f"{name}.py", *(path for path, _ in files)]
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in record))
    (info / "top_level.txt").write_text(name)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a folder whose packages count as installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    licences._modules.cache_clear()
    yield folder
    licences._modules.cache_clear()


def the_one(requirement):
    """Return what is collected for a requirement beside Python."""
    (package,) = [package for package in collected([requirement]) if package.name != "Python"]
    return package


def test_no_package_is_under_the_gpl(packages):
    assert not {name: package.terms for name, package in packages.items() if not is_free_of_gpl(package.terms)}


def test_every_package_says_its_version_its_terms_and_brings_a_text(packages):
    assert not [name for name, package in packages.items() if not (package.version and package.terms and package.texts)]


def test_what_the_program_asks_for_is_there_and_what_that_asks_for_but_no_tool_of_developers(packages):
    direct = {licences._normal(line) for line in requirements(PROJECT)}
    there = {licences._normal(name) for name in packages}
    assert direct <= there
    assert {"shiboken6", "scramp", "mako", "tensorflow", "keras"} <= there
    assert not {"pytest", "ruff", "mypy", "hypothesis", "scikit-image"} & there


def test_texts_are_there_word_for_word(packages):
    assert "Travis E. Oliphant" in "".join(text for _, text in packages["numpy"].texts) or "NumPy Developers" in packages["numpy"].texts[0][1]
    assert "FFmpeg" in "".join(text for _, text in packages["opencv-python-headless"].texts)
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in packages["Python"].texts[0][1]


def test_qt_comes_with_the_lgpl_and_the_gpl_that_it_refers_to(packages):
    names = [name for name, _ in packages["PySide6_Essentials"].texts]
    assert names == ["LGPL-3.0.txt", "GPL-3.0.txt"]
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in packages["PySide6_Essentials"].texts[0][1]


@pytest.mark.parametrize(
    ("terms", "is_free"),
    [
        ("MIT", True),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", True),
        ("LGPLv3", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later", True),
        ("(GPL-2.0-only OR MIT) AND BSD-3-Clause", True),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("GPLv2-or-later with a special exception which allows to use PyInstaller", True),
        ("GPL-3.0-only", False),
        ("GPLv2+", False),
        ("AGPL-3.0-only", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("GNU Affero General Public License v3", False),
        ("GPL-2.0-only AND (MIT OR BSD-3-Clause)", False),
        ("MIT AND GPL-2.0-only", False),
        ("(GPL-2.0-only) OR (AGPL-3.0-only)", False),
    ],
)
def test_of_two_licences_one_without_gpl_is_enough_and_both_together_are_not(terms, is_free):
    assert is_free_of_gpl(terms) is is_free


def test_texts_are_found_wherever_a_package_keeps_them_each_once(installed):
    files = [
        ("one-1.0.dist-info/licenses/LICENSE", "Mine."),
        ("one-1.0.dist-info/licenses/vendored/zlib", "Theirs."),
        ("one/LICENSE-3RD-PARTY.txt", "Of others."),
        ("one/NOTICE", "Notice."),
        ("one/COPYING", "Mine."),
        ("one/licence_plates.xml", "<cars/>"),
        ("one/license.py", "code"),
        ("one/readme.txt", "Hello."),
    ]
    make_package(installed, "one", "License-Expression: MIT AND Zlib\n", files)
    package = the_one("one>=0.5")
    assert (package.name, package.version, package.terms) == ("one", "1.0", "MIT AND Zlib")
    assert [text for _, text in package.texts] == ["Mine.", "Theirs.", "Of others.", "Notice."]


@pytest.mark.parametrize(
    ("metadata", "terms"),
    [
        ("License: BSD\nClassifier: License :: OSI Approved :: MIT License\n", "BSD"),
        ("License: A long\n        text of it\nClassifier: License :: OSI Approved :: MIT License\n", "MIT License"),
        ("", "not said"),
    ],
)
def test_older_packages_say_their_terms_in_other_fields(installed, metadata, terms):
    make_package(installed, "old", metadata)
    assert the_one("old").terms == terms


def test_a_package_without_a_text_gets_that_of_the_licence_that_it_names(installed):
    make_package(installed, "bare", "License-Expression: MIT\n")
    ((name, text),) = the_one("bare").texts
    assert name == "MIT.txt"
    assert text.startswith("bare names its licence, MIT, and brings no text of it.")
    assert "WITHOUT WARRANTY OF ANY KIND" in text


def test_what_is_asked_for_in_turn_is_followed_extras_and_what_is_not_installed_are_not(installed):
    make_package(installed, "first", requires=["Second.One>=2; python_version > '3'", "third; extra == 'more'", "absent"])
    make_package(installed, "second_one", requires=["first"])
    make_package(installed, "third")
    assert [package.name for package in collected(["first[more]"])] == ["first", "Python", "second_one"]


def test_a_package_of_nothing_but_modules_that_stay_out_is_left_out(installed):
    make_package(installed, "first", requires=["second"])
    make_package(installed, "second")
    assert [package.name for package in collected(["first"], ["second"])] == ["first", "Python"]


def test_what_is_written_is_read_again_and_what_is_damaged_is_none(tmp_path):
    file = tmp_path / "folder" / "licences.json"
    packages = [Package("é", "1", "MIT", (("LICENSE", "“Text”\n"), ("NOTICE", "More"))), Package("b", "2", "BSD", ())]
    write(file, packages)
    assert read(file) == packages
    file.write_text('[{"name": "a"}]')
    assert read(file) == []
    assert read(tmp_path / "gone.json") == []


@pytest.mark.parametrize(("variant", "are_there"), [("full", True), ("reader", False)])
def test_only_the_variant_that_retrains_is_delivered_with_weights(tmp_path, variant, are_there):
    datas = runpy.run_path(str(ROOT / "packaging" / "parts.py"))["datas"](ROOT, tmp_path, variant)
    assert any(file.endswith(".weights.h5") for file, _ in datas) is are_there
    assert any(file.endswith("manifest.json") for file, _ in datas)


def test_the_built_program_reads_what_was_written_when_it_was_built(tmp_path, monkeypatch):
    build = runpy.run_path(str(ROOT / "packaging" / "build.py"))
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    monkeypatch.setitem(build["write_licences"].__globals__, "BUILD", tmp_path)
    build["write_licences"]("reader")
    datas = runpy.run_path(str(ROOT / "packaging" / "parts.py"))["datas"](ROOT, tmp_path, "reader")
    ((file, folder),) = [entry for entry in datas if entry[0].endswith("licences.json")]
    (tmp_path / "bundle" / folder).mkdir(parents=True)
    shutil.copy(file, tmp_path / "bundle" / folder)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "bundle"), raising=False)
    names = {package.name for package in of_this_program()}
    assert {"Python", "numpy", "PySide6_Essentials"} <= names
    assert not {"tensorflow", "keras", "h5py", "scipy", "pytest"} & names


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="this system's libraries belong to no Debian package")
def test_libraries_of_the_system_are_known_by_their_packages(tmp_path):
    (tmp_path / "libz.so.1").touch()
    (tmp_path / "libpython3.11.so.1.0").touch()
    (tmp_path / "libnobody-has-this.so.7").touch()
    (tmp_path / "libm.so.6").symlink_to("elsewhere")
    (package,) = system_libraries(tmp_path)
    assert package.name.startswith("zlib1g")
    assert package.version
    assert "Jean-loup Gailly" in package.texts[0][1]


def test_without_dpkg_nothing_is_known_of_them(tmp_path, monkeypatch):
    (tmp_path / "libz.so.1").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_libraries(tmp_path) == []


def test_without_a_project_no_package_is_known(tmp_path, monkeypatch):
    assert paths.resources_dir().parent == ROOT
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path / "resources")
    assert of_this_program() == []
