"""Documents say what the files say, and nothing else."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.analysis import DoubtRule, NetworkInfo, OperatingPoint
from models.datasets import Example
from models.measuring.evaluation import measured, report_of
from models.measuring.looks import note_look
from models.measuring.records import Record
from models.reporting import checks, compared, failing, plots, sections
from models.reporting.blocks import filled, without_marks
from models.reporting.report import DOCUMENTS, Places, check_report, write_report
from models.reporting.sources import ReportError, read_sources
from models.reporting.words import NOT_MEASURED, shown, table
from tests.models.made_up import picture

DOCS = Path(__file__).resolve().parents[2] / "docs"
POINT = OperatingPoint("sensitive", 0.3, 0.91, 0.52, "60 made-up scans", (0.85, 0.96), (0.4, 0.6), DoubtRule(stated=1, uncertain_from=0.4))
NETWORKS = {"segmenter": {"name": "seg", "file": "s.h5", "sha256": "11aa22bb33"}, "classifiers": [{"name": "cls", "file": "c.h5", "sha256": "44cc"}]}
COMPARED = {"accuracy": {"value": 0.8, "low": 0.7, "high": 0.9}, "auc": {"value": 0.85, "low": 0.8, "high": 0.9}, "dice": None}
PROTOCOL = {"protocol": "3 folds", "scans": {"busi/benign": 9}, "size_px": 64, "epochs": 1, "seed": 0, "threshold": 0.5}


def made_up_records(number=60):
    rng = np.random.default_rng(2)
    records = []
    for n in range(number):
        dataset, label = ("busi", "bus-bra")[n % 2], ("benign", "benign", "malignant")[n % 3]
        p, dice = float(rng.random()), float(rng.random())
        record = Record(f"{n}", f"g{n // 2}", dataset, label, p, None, dice, dice / (2 - dice), 1, diameter_px=float(rng.uniform(20, 140)))
        records.append(replace(record, histology="cyst" if dataset == "bus-bra" else "", annotation="text" if n % 4 == 0 else ""))
    return [*records, Record("n", "gn", "busi", "normal", 0.4, None, None, None, 1)]


@pytest.fixture
def places(tmp_path):
    """Documents of a made-up version with every measure there is."""
    documents, version, records = tmp_path / "docs", tmp_path / "weights", made_up_records()
    (documents / "measures").mkdir(parents=True)
    version.mkdir()
    for name in DOCUMENTS:
        shutil.copy(DOCS / name, documents)
    examples = [Example(picture(n), (), "benign", f"g{n}", "busi") for n in range(61)]
    metrics = {split: report_of(records, POINT, 30) for split in ("validation", "held-out")}
    point = {"name": "sensitive", "threshold": 0.3, "sensitivity": 0.91, "specificity": 0.52, "measured_on": "60 made-up scans"}
    intervals = {"sensitivity_interval": [0.85, 0.96], "specificity_interval": None}
    manifest = {"version": "9.9.9", "created": "2030-01-02", **NETWORKS, "trained_on": "nothing", "operating_points": [{**point, **intervals}]}
    write(version / "manifest.json", {**manifest, "data": {"training": {"busi/benign": 7}}, "metrics": metrics})
    info = NetworkInfo("9.9.9", "seg", "cls", "nothing", POINT, (POINT,), {"s.h5": "11aa22bb33", "c.h5": "44cc"})
    write(documents / "measures" / "held-out.json", measured("evaluate X --split held-out", records, [POINT], info, examples, "held-out", 30))
    rows = [
        {
            "outline": "jagged",
            "auc": {"value": 0.9, "low": 0.8, "high": 0.95},
            "from_network": {"flips": {"sensitive": 0.04}},
            "from_annotated": {"p": 1},
        }
    ]
    robustness = {"command": "python benchmarks/outline_robustness.py", "networks": {"version": "9.9.9", "hashes": {"s.h5": "11aa22bb33"}}, "seed": 0}
    robustness |= {
        "data": {"split": "held-out", "scans": 60},
        "rows": rows,
        "summary": {"holds": {"no leak": True}, "each": {"jagged": {"p": False}}},
    }
    write(documents / "measures" / "outline_robustness.json", robustness)
    write(documents / "measures" / "compare.json", compared_systems())
    machine = {"cores": 2, "processor": "A Processor", "system": "An OS", "python": "3.11", "screen": "offscreen"}
    write(
        documents / "measures" / "performance.json", {"command": "c", "program": "8", "networks": {"version": "9"}, "machine": machine, "parts": {}}
    )
    note_look(documents / "measures" / "held-out.jsonl", "evaluate X --split held-out", "9.9.9", info.hashes, examples)
    return Places(version, documents, tmp_path / "model_card.md")


def compared_systems():
    def systems(**more):
        leaky = {name: dict(figure, value=figure["value"] + 0.1) if figure else None for name, figure in COMPARED.items()}
        figures = leaky if more else COMPARED
        return {"systems": {"resnet50": {"title": "ResNet50", "start": "imagenet", "metrics": {"pooled": figures}}}}

    leaks = {"tested": 9, "with_a_copy_in_training": 8, "with_their_group_in_training": 9}
    difference = {"guided minus resnet50": {"pooled": {"value": 0.01, "low": -0.02, "high": 0.04, "scans": 9}}}
    return {
        "grouped": {**PROTOCOL, "folds": 3, "folds_tested": [2], **systems(), "differences": difference},
        "leaky": {**PROTOCOL, **systems(leaks=leaks), "leaks": leaks, "warning": "WRONG"},
    }


def write(path, content):
    path.write_text(json.dumps(content))


def test_a_made_up_version_fills_every_block_and_then_the_check_holds(places):
    assert set(check_report(places)) >= {places.documents / name for name in DOCUMENTS}
    changed = write_report(places)
    assert places.figures / "roc.svg" in changed
    assert check_report(places) == []
    assert write_report(places) == []
    card = places.card.read_text()
    assert "Version **9.9.9**" in card
    assert "of 100 malignant lesions 91 (85–96) are called malignant, of 100 benign ones 52 are called benign (60 made-up scans)" in card
    assert "| jagged | 0.900 (0.800–0.950) | 0.040 |" in card
    assert "| outline | AUC | verdicts that turn, sensitive |" in card
    assert "Kept to what was wished: no leak yes" in card
    assert "| ResNet50 | 0.800 | 0.900 | – | – | – | – | – | – | 0.850 | 0.950 | – | – |" in card
    assert "| ResNet50 | imagenet | 0.800 (0.700–0.900) | – | – | – | 0.850 (0.800–0.900) | – |" in card
    assert "1 of 3 folds" in card
    assert "Of 9 tested pictures 8 have a copy in training" in card
    assert "* AUC, guided minus resnet50: 0.010 (−0.020 to 0.040)" in card
    assert "1 look at held-out scans" in card
    assert "| of the surest 80 % |" in card
    assert "other weights" not in card


def test_networks_at_a_clinic_that_they_have_never_seen_are_shown_at_the_points_that_were_chosen_at_home(places):
    document = places.documents / "validation.md"
    document.write_text("<!-- figures: other-clinic -->\n<!-- /figures -->\n")
    write_report(places)
    assert NOT_MEASURED in document.read_text()
    records = [replace(record, dataset="bus-bra", device="GE") for record in made_up_records() if record.label != "normal"]
    examples = [Example(picture(n), (), "benign", f"g{n}", "bus-bra") for n in range(60)]
    info = NetworkInfo("2.0-busi", "seg", "cls", "BUSI", POINT, (POINT,), {"s.h5": "99"})
    write(places.documents / "measures" / "other-clinic.json", measured("evaluate X --split all", records, [POINT], info, examples, "all", 30))
    write_report(places)
    said = document.read_text()
    assert "Version 2.0-busi, `evaluate X --split all`: 60 scans, none of which it has learned or been chosen from." in said
    assert "|  | BUS-BRA |" in said
    assert "| sensitive, from 0.300 | 0." in said
    assert "| GE | 40 | 20 |" in said
    card = places.card.read_text()
    assert "on BUS-BRA, which they had never seen" in card
    assert "At the sensitive point that had been chosen at home sensitivity was 0." in card


def test_suspicions_are_shown_by_what_was_wrong_and_by_how_many_cases_there_were(places):
    rows = [
        {"clinics": "honest", "from": "all", "size": 5, "suspected": 0.0067},
        {"clinics": "honest", "from": "a machine", "size": 5, "suspected": 0.5},
        {"clinics": "inverted", "from": "all", "size": 20, "suspected": 1.0},
    ]
    data = {"clinics": 300, "scans": 250, "split": "validation"}
    write(places.documents / "measures" / "suspicions.json", {"command": "python b.py", "networks": {"hashes": {}}, "data": data, "rows": rows})
    document = places.documents / "validation.md"
    document.write_text("<!-- figures: suspicions -->\n<!-- /figures -->\n")
    write_report(places)
    said = document.read_text()
    assert "`python b.py`: 300 simulated clinics each, drawn from 250 validation scans." in said
    assert "| what was approved | 5 | 20 |" in said
    assert "| honest | 0.7 | – |" in said
    assert "| inverted | – | 100.0 |" in said


def test_a_figure_that_changed_is_found_and_so_is_a_document_changed_by_hand(places):
    write_report(places)
    manifest = json.loads((places.version / "manifest.json").read_text())
    manifest["metrics"]["held-out"]["metrics"]["busi"]["dice"]["value"] = 0.123
    write(places.version / "manifest.json", manifest)
    assert check_report(places) == [places.documents / "validation.md", places.documents / "model_card.md", places.card]
    assert places.documents / "validation.md" in write_report(places)
    assert "0.123" in places.card.read_text()
    places.card.write_text(places.card.read_text().replace("0.123", "0.923"))
    assert check_report(places) == [places.card]


def test_a_plot_of_older_figures_is_found_and_drawn_anew(places):
    write_report(places)
    path = places.documents / "measures" / "held-out.json"
    evaluation = json.loads(path.read_text())
    evaluation["curves"]["busi"]["dice"]["counts"][0] += 1
    write(path, evaluation)
    assert check_report(places) == [places.figures / picture.file for picture in plots.PICTURES]
    before = (places.figures / "dice.svg").read_bytes()
    write_report(places)
    assert (places.figures / "dice.svg").read_bytes() != before
    assert check_report(places) == []


def test_the_same_figures_are_drawn_as_the_same_bytes_without_a_date(places):
    evaluation = json.loads((places.documents / "measures" / "held-out.json").read_text())
    assert [each.name for each in plots.PICTURES] == ["roc", "reliability", "dice", "size"]
    for each in plots.PICTURES:
        picture_bytes = each.drawn(evaluation)
        assert picture_bytes == each.drawn(evaluation)
        assert b"<dc:date>" not in picture_bytes
        assert len(picture_bytes) < 60_000


def test_figures_of_other_weights_never_stand_for_this_version(places):
    measures = places.documents / "measures"
    for name in ("held-out", "outline_robustness"):
        path = measures / f"{name}.json"
        path.write_text(path.read_text().replace("11aa22bb33", "99ff99ff99"))
    sources = read_sources(places.version, measures)
    assert sources.evaluation is None
    assert failing.failures(sources) == "Not measured for this version yet."
    assert "**These are figures of other weights, version 9.9.9.**" in checks.robustness(sources)


def test_held_out_scans_come_before_validation_scans_and_the_text_says_which(places):
    measures = places.documents / "measures"
    held_out = json.loads((measures / "held-out.json").read_text())
    write(measures / "validation.json", {**held_out, "split": "validation"})
    assert sections.calibration(read_sources(places.version, measures)).startswith("On 61 scans that were held out.")
    (measures / "held-out.json").unlink()
    assert "thresholds and calibration were chosen" in sections.calibration(read_sources(places.version, measures))


def test_miscalibration_is_named_only_where_chance_does_not_explain_it(places):
    sources = read_sources(places.version, places.documents / "measures")
    pooled = sources.measures["held-out"]["metrics"]["pooled"]
    pooled["ece"]["value"] = pooled["ece_if_calibrated"]["high"]
    assert "no more than chance brings about" in sections.calibration(sources)
    pooled["ece"]["value"] += 0.001
    assert "**more than chance brings about**" in sections.calibration(sources)


def test_a_summary_of_like_parts_becomes_a_table_and_what_is_left_out_stays_out(places):
    stages = {"nothing": {"correlation": 1.0, "blank": 0.0}, "everything": {"correlation": 0.02, "blank": 0.5}}
    summary = {"sanity": {"classifier 1": stages}, "chance": {"scan": 0.07}}
    write(places.documents / "measures" / "saliency_fidelity.json", {"rows": [{"map": "a", "peak": None}], "summary": summary})
    said = checks.saliency(read_sources(places.version, places.documents / "measures"))
    assert "|  | everything |\n| --- | --- |\n| classifier 1 | 0.020 |" in said
    assert "* How often a peak at a random place would lie in the lesion: scan 0.070" in said
    assert "blank" not in said


def test_of_the_signs_of_doubt_those_that_stand_alone_are_listed(places):
    rows = [{"point": "sensitive", "signs": signs, "auroc": {"value": 0.7, "low": 0.6, "high": 0.8}} for signs in (["band"], ["band", "mirrored"])]
    summary = {"sensitive": {"signs": ["band", "mirrored"], "is surely better than distance": False}}
    write(places.documents / "measures" / "doubt.json", {"rows": rows, "summary": summary})
    said = checks.signs_of_doubt(read_sources(places.version, places.documents / "measures"))
    assert "| sensitive | band | 0.700 (0.600–0.800) |" in said
    assert said.count("mirrored") == 1
    assert "* sensitive: signs band, mirrored, is surely better than distance no" in said


def test_one_protocol_alone_is_no_comparison_of_two(places):
    path = places.documents / "measures" / "compare.json"
    write(path, {"grouped": compared_systems()["grouped"]})
    said = compared.comparison(read_sources(places.version, places.documents / "measures"))
    assert "leaky" not in said
    assert "| ResNet50 | imagenet |" in said


def test_without_measures_the_documents_say_that_nothing_was_measured(places):
    shutil.rmtree(places.documents / "measures")
    write_report(places)
    assert places.card.read_text().count("Not measured for this version yet.") >= 5
    assert "has no line yet" in places.card.read_text()
    assert not list(places.figures.glob("*.svg"))


@pytest.mark.parametrize(
    ("text", "said"),
    [("<!-- figures: nothing -->\n<!-- /figures -->", "nothing"), ("<!-- figures: version -->\nand so on", "without beginning or end")],
)
def test_a_block_that_nothing_writes_and_one_without_an_end_are_named(text, said):
    with pytest.raises(ReportError, match=f"page.md.*{said}"):
        filled(text, {"version": lambda: "1"}, "page.md")


def test_what_is_written_by_hand_stays_as_it_is():
    text = "before\n\n<!-- figures: a -->\nold\n<!-- /figures -->\n\nafter\n"
    assert filled(text, {"a": lambda: "new"}, "page") == "before\n\n<!-- figures: a -->\n\nnew\n\n<!-- /figures -->\n\nafter\n"
    assert without_marks(filled(text, {"a": lambda: "new"}, "page")) == "before\n\nnew\n\nafter\n"


def test_a_figure_stands_with_its_interval_or_with_the_scans_behind_it():
    assert shown({"value": 0.8841, "low": 0.8669, "high": 0.8989, "scans": 9}) == "0.884 (0.867–0.899)"
    assert shown({"value": 1.0, "low": 1.0, "high": 1.0, "scans": 25}) == "1.000 of 25"
    assert shown({"value": -0.0001, "low": -0.02, "high": 0.03, "scans": 9}) == "0.000 (−0.020 to 0.030)"
    assert shown({"value": None, "low": None, "high": None, "scans": 0}) == "–"
    assert table(["a|b"], [["c"]]) == "| a\\|b |\n| --- |\n| c |"


def test_a_file_of_measures_that_is_broken_is_named(places):
    (places.documents / "measures" / "compare.json").write_text("{")
    with pytest.raises(ReportError, match=r"compare\.json"):
        check_report(places)


def test_a_file_of_measures_that_lacks_something_is_an_error_with_the_documents_name(places):
    write(places.documents / "measures" / "compare.json", {"grouped": {}})
    with pytest.raises(ReportError, match=r"validation\.md.*systems"):
        check_report(places)


def test_the_card_is_plain_enough_for_the_window(places):
    write_report(places)
    card = places.card.read_text()
    assert not re.search(r"<[a-z!/]|!\[", card), "no HTML and no pictures"
    assert card.startswith("# Model card\n\n**For research only. Not for clinical use.**")
    assert re.search(r"!\[.*\]\(figures/roc\.svg\)", (places.documents / "validation.md").read_text())
