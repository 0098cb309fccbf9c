"""The benchmark: the same files each time, children counted, every byte compared."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import zstandard
from PIL import Image

from audobon.formats import probe
from bench import corpus, main, peers, plot, scaling
from bench.krita import Krita
from bench.measure import Failed, Sample, interleaved, median_ratio, medians, run
from bench.report import Goal, Result, Row, markdown
from bench.scales import SCALES
from bench.tools import Place, compare_trees
from bench.versions import Versions

BURN = "import time; s = time.process_time()\nwhile time.process_time() - s < 0.3: pass"


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def make_all(folder: Path, seed: int) -> dict[str, str]:
    folder.mkdir()
    corpus.hero_blend(folder / "hero.blend", size=300_000, seed=seed, edit=1)
    corpus.hero_blend(folder / "hero5.blend", size=300_000, seed=seed, version=500)
    corpus.props_blend(folder / "props.blend", size=100_000, seed=seed, edit=1)
    corpus.painting(folder / "paint.kra", size=150_000, seed=seed, edit=1)
    corpus.pictures(folder / "pictures", count=4, seed=seed)
    corpus.text_files(folder / "notes", count=30, seed=seed)
    return digests(folder)


class TestCorpus:
    def test_one_seed_makes_one_corpus(self, tmp_path: Path) -> None:
        first, again = make_all(tmp_path / "a", 1), make_all(tmp_path / "b", 1)
        other = make_all(tmp_path / "c", 2)
        assert len(first) == 4 + 4 + 30
        assert first == again
        assert first["hero.blend"] != other["hero.blend"]
        assert first["paint.kra"] != other["paint.kra"]

    def test_files_are_what_their_names_say(self, tmp_path: Path) -> None:
        make_all(tmp_path / "a", 1)
        for name in ("hero.blend", "hero5.blend", "props.blend", "paint.kra"):
            facts = probe(str(tmp_path / "a" / name))
            assert facts.format == name.rpartition(".")[2]
        with Image.open(tmp_path / "a" / "pictures" / "set_000" / "sprite_00003.png") as image:
            image.load()
            assert image.size == (512, 512)

    def test_pictures_can_be_of_one_size(self, tmp_path: Path) -> None:
        corpus.pictures(tmp_path, count=2, seed=1, edge=64)
        for path in tmp_path.rglob("*.png"):
            with Image.open(path) as image:
                assert image.size == (64, 64)

    @pytest.mark.parametrize("edit", [1, 4])
    def test_an_edit_changes_a_little_of_a_large_scene(self, tmp_path: Path, edit: int) -> None:
        before, after = tmp_path / "1.blend", tmp_path / "2.blend"
        corpus.hero_blend(before, size=8_000_000, seed=3, edit=edit - 1)
        corpus.hero_blend(after, size=8_000_000, seed=3, edit=edit)
        old = before.read_bytes()
        blocks = {old[at : at + 64] for at in range(0, len(old), 4)}
        new = after.read_bytes()
        fresh = sum(new[at : at + 64] not in blocks for at in range(0, len(new), 64))
        assert 0 < fresh < len(new) / 64 / 20

    def test_a_painting_is_a_zip_of_stored_layers(self, tmp_path: Path) -> None:
        path = tmp_path / "paint.kra"
        corpus.painting(path, size=400_000, seed=1)
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            layer = archive.getinfo("bench/layers/layer0")
        assert layer.compress_type == zipfile.ZIP_DEFLATED
        assert layer.compress_size > layer.file_size
        assert 300_000 < path.stat().st_size < 500_000

    def test_a_compressed_scene_is_frames_of_the_same_scene(self, tmp_path: Path) -> None:
        path = tmp_path / "hero.blend"
        corpus.hero_blend(path, size=3_000_000, seed=1)
        plain = path.read_bytes()
        corpus.compress_scene(path)
        data = path.read_bytes()
        assert data.startswith(b"\x28\xb5\x2f\xfd")
        assert data.count(b"\x28\xb5\x2f\xfd") >= 3
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as back:
            assert back.read() == plain

    def test_compressed_versions_share_their_paintings(self, tmp_path: Path) -> None:
        place = Place(tmp_path / "place")
        plain = Versions(place, SCALES["tiny"], lambda _: None)
        zstd = Versions(place, SCALES["tiny"], lambda _: None, form="zstd", others=plain)
        for versions, name in ((plain, "plain"), (zstd, "zstd")):
            versions.expected(5, tmp_path / name)
        paths = {
            name: [tmp_path / name / f for f in ("paint.kra", "hero.blend")]
            for name in ("plain", "zstd")
        }
        assert paths["plain"][0].read_bytes() == paths["zstd"][0].read_bytes()
        assert paths["plain"][1].stat().st_size > paths["zstd"][1].stat().st_size


class TestCharts:
    def test_a_chart_is_svg_whose_axes_begin_at_zero(self) -> None:
        line = plot.Line("a < b", "#123456", [(100, 3.0), (400, 4.0)])
        root = ElementTree.fromstring(plot.svg("title", "x", "y", [line]))
        (drawn,) = root.iter("{http://www.w3.org/2000/svg}polyline")
        points = [tuple(map(float, one.split(","))) for one in drawn.attrib["points"].split()]
        assert points == [(188.0, 125.6), (572.0, 82.8)]
        texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"title", "a < b", "0", "500", "5"} <= set(texts)

    def test_a_cost_that_grows_misses_its_goal(self) -> None:
        steps = range(100, 1100, 100)
        flat = [[float(n), n / 100, 6.0, 0.0, n / 150] for n in steps]  # a machine that gets busy
        grown = [[float(n), 5.0 + n / 100, 6.0, 1.0, 5.0] for n in steps]
        assert scaling._flat(flat).met
        assert not scaling._flat(grown).met
        assert scaling.chart(grown).count("<polyline") == 3


@pytest.mark.hosts
def test_a_real_krita_paints_and_goes_on(tmp_path: Path) -> None:
    assert Krita.is_here(), "tools/dev.py test --hosts --install gets it"
    krita = Krita(tmp_path)
    krita.paint(tmp_path, "sketch", 1.0, 1, 2)
    krita.paint(tmp_path, "sketch", 1.0, 3, 3)
    paths = [tmp_path / f"sketch_{number}.kra" for number in (1, 2, 3)]
    assert len({path.read_bytes() for path in paths}) == 3
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            layers = [name for name in archive.namelist() if "/layers/layer" in name]
            assert archive.read("mimetype") == b"application/x-krita"
        assert len(layers) >= 4


class TestMeasure:
    def test_children_are_counted(self) -> None:
        alone = run([sys.executable, "-c", BURN])
        nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"
        with_child = run([sys.executable, "-c", nested])
        assert alone.cpu_s > 0.25
        assert with_child.cpu_s > 0.25

    def test_the_peak_is_that_of_the_largest_child(self) -> None:
        big = "x = bytearray(300_000_000); x[::4096] = b'1' * len(x[::4096])"
        nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {big!r}])"
        assert run([sys.executable, "-c", nested]).peak_mb > 290

    def test_output_is_kept_and_failure_is_told(self) -> None:
        assert run([sys.executable, "-c", "print('hello')"]).out == "hello\n"
        with pytest.raises(Failed, match=r"ended with 3: .*oh"):
            run([sys.executable, "-c", "import sys; sys.stderr.write('oh'); sys.exit(3)"])

    def test_rounds_are_interleaved_and_begin_with_each_in_turn(self) -> None:
        order: list[str] = []

        def take(name: str, number: int) -> Sample:
            order.append(name)
            return Sample(cpu_s=float(number + 1))

        samples = interleaved(2, {"a": lambda n: take("a", n), "b": lambda n: take("b", n)})
        assert order == ["a", "b", "b", "a"]
        assert [sample.cpu_s for sample in samples["a"]] == [1.0, 2.0]
        assert medians(samples["a"]).cpu_s == 1.5

    def test_ratios_are_taken_within_a_round(self) -> None:
        mine = [Sample(1.0, 2.0), Sample(10.0, 2.0), Sample(3.0, 2.0)]
        theirs = [Sample(1.0, 1.0), Sample(5.0, 1.0), Sample(2.0, 4.0)]
        assert median_ratio(mine, theirs) == 1.5
        assert median_ratio(mine, theirs, wall=True) == 2.0

    def test_other_bytes_are_refused(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name / "deep").mkdir(parents=True)
            (tmp_path / name / "deep" / "file").write_bytes(b"same size")
        compare_trees(tmp_path / "a", tmp_path / "b")
        (tmp_path / "b" / "deep" / "file").write_bytes(b"same-size")
        with pytest.raises(Failed, match="other bytes"):
            compare_trees(tmp_path / "a", tmp_path / "b")
        (tmp_path / "b" / "deep" / "more").touch()
        with pytest.raises(Failed, match="more"):
            compare_trees(tmp_path / "a", tmp_path / "b")


class TestReport:
    def test_a_table_shows_figures_goals_and_notes(self) -> None:
        goals = (Goal("peak", 250, 250, "MB", strict=True), Goal("ratio", 1.0, 1.0))
        result = Result("x", ("CPU s", "to y"), (Row("a", (1.2345, None)),), goals, ("a note",))
        text = markdown(result)
        assert "| a | 1.23 |  |" in text
        assert "- peak: 250 MB, goal < 250: missed" in text
        assert "- ratio: 1, goal <= 1: met" in text
        assert "- a note" in text


@pytest.mark.parametrize("peer", peers.PEERS)
def test_each_peer_gives_back_what_it_kept(peer: type[peers.Git], tmp_path: Path) -> None:
    if shutil.which(peer.program) is None:
        pytest.skip(f"{peer.program} is not installed")
    place = Place(tmp_path / "place")
    source, first = place.fresh("source"), place.fresh("first")
    for folder in (source, first):
        (folder / "deep").mkdir()
        (folder / "deep" / "scene.blend").write_bytes(bytes(range(256)) * 300)
    tool = peer(place, source)
    tool.start()
    tool.commit(1)
    (source / "deep" / "scene.blend").write_bytes(b"another" * 9999)
    tool.commit(2)
    out = place.fresh("out")
    tool.restore(1, out)
    compare_trees(first, out)
    out = place.fresh("out")
    tool.restore(2, out)
    compare_trees(source, out)
    assert tool.size() > 0


def test_a_group_stands_for_its_cases_each_once() -> None:
    assert main._chosen(["growth", "history"])[:2] == ["growth", "commit"]
    assert len(main._chosen(["history", "history"])) == len(main.GROUPS["history"])
    assert main._chosen(None) == list(main.CASES)


_IN_HOSTS = {"panel": "blender", "docker": "krita"}


def _marks(case: str) -> tuple[pytest.MarkDecorator, ...]:
    if case == "objects":
        return (pytest.mark.cloud, pytest.mark.xdist_group("cloud"))
    host = _IN_HOSTS.get(case)
    return (pytest.mark.hosts, pytest.mark.xdist_group(host)) if host else ()


@pytest.mark.parametrize("case", [pytest.param(case, marks=_marks(case)) for case in main.CASES])
def test_every_case_runs_and_yields_its_table(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, work = tmp_path / "figures.json", tmp_path / "work"
    work.mkdir()
    words = ["--scale", "tiny", "--case", case, "--json", str(file), "--work", str(work)]
    assert main.main(words) == 0
    held = json.loads(file.read_text("utf-8"))
    (result,) = held["results"]
    assert result["case"] == case
    assert result["rows"]
    assert all(row["figures"] for row in result["rows"])
    assert f"### {case}" in capsys.readouterr().out
    assert held["machine"]["cores"]
    assert list(work.iterdir()) == []
